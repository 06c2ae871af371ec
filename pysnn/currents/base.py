"""What every injected current declares."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..base.registry import Registry
from ..base.varied import Varied


class Current(Varied):
    """Base of all injected currents; a subclass registers itself under its class name.

    Any number among the parameters may be given for each neuron that the current is declared for, as an array
    (in their order) or as a distribution.
    """

    registry: ClassVar[Registry[Current]] = Registry("current")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Current.registry.add(cls)

    def check_size(self, n: int, owner: str) -> None:
        """Raise ParameterError if the parameters do not fit ``n`` neurons (override)."""

    def steps(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``(times [ms], amplitudes [pA])``: amplitudes[k] flows from times[k] to times[k + 1].

        It is a number, or a row with one for each neuron.
        For a current of given levels; any other has its own ``lower``.
        """
        raise NotImplementedError(f"{type(self).__name__} gives neither steps() nor a lower() of its own")

    def changes(self) -> float:
        """How often it changes for as long as it flows [1/ms]; 0 where it changes a few times in all."""
        return 0.0

    def lower(self) -> tuple[str, dict[str, float | NDArray[np.float64]]]:
        """The core's name of this current, and its parameters."""
        times, amplitudes = self.steps()
        return "StepCurrent", {"times": times, "amplitudes": amplitudes.ravel()}
