"""What every spike source and every injected current declares."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..params import Parameters
from ..registry import Registry


class Source(Parameters):
    """Base of all spike sources; a subclass registers itself under its class name."""

    registry: ClassVar[Registry[Source]] = Registry("source")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Source.registry.add(cls)

    def check_size(self, n: int, owner: str) -> None:
        """Raise ParameterError if the parameters do not fit ``n`` sources (override)."""

    def lower(self, n: int) -> dict[str, float | NDArray[np.float64]]:
        """Parameters as the core takes them for ``n`` sources."""
        raise NotImplementedError

    def mean_rate(self) -> float:
        """Spikes a second of one source, on average over sources and time [Hz]; NaN where it is not known."""
        return math.nan


class Current(Parameters):
    """Base of all injected currents; a subclass registers itself under its class name."""

    registry: ClassVar[Registry[Current]] = Registry("current")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Current.registry.add(cls)

    def steps(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``(times [ms], amplitudes [pA])``: amplitudes[k] flows from times[k] to times[k + 1].

        For a current of given levels; any other has its own ``lower``.
        """
        raise NotImplementedError

    def lower(self) -> tuple[str, dict[str, float | NDArray[np.float64]]]:
        """The core's name of this current, and its parameters."""
        times, amplitudes = self.steps()
        return "StepCurrent", {"times": times, "amplitudes": amplitudes}
