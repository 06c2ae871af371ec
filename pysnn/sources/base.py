"""What every spike source declares."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..base.number import Number
from ..base.params import param
from ..base.registry import Registry
from ..base.varied import Varied
from ..errors import ParameterError

# Hz: a spike a nanosecond. A window of time holds all its spikes, which with more fill any memory.
MOST_RATE = 1e9


class Source(Varied):
    """Base of all spike sources; a subclass registers itself under its class name.

    Every source emits in (start, stop] alone. What is random begins at ``start``, in equilibrium: it is as
    a source that has run all the time and is heard from then on. Times that a source is given (``times`` of
    PiecewisePoisson and SpikeArray, the periods of PWM) count from time 0, whatever ``start`` is. On a fixed
    step the number of spikes that Poisson draws a step follows from the step, whatever ``start`` is.

    Any number among the parameters may be given for each source of a group, as an array or as a distribution.

    Parameters
    ----------
    start : ms, >= 0; 0 by default. Given by name; on a fixed step a multiple of dt.
    stop : ms, > start; infinite by default. The same.

    Raises OffGridError where start or stop are no multiple of a fixed step.
    """

    registry: ClassVar[Registry[Source]] = Registry("source")

    start: Number = param(default=0.0, unit="ms", low=0.0, kw_only=True)
    stop: Number = param(default=math.inf, unit="ms", low=0.0, infinite=True, kw_only=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Source.registry.add(cls)

    def check_one(self) -> None:
        """Check what concerns several parameters at once, and that the source is on for some time."""
        super().check_one()
        if not self.stop > self.start:
            raise ParameterError(
                f"{type(self).__name__}.stop: must be > start = {self.start:g} ms (got {self.stop:g})"
            )

    def check_size(self, n: int, owner: str) -> None:
        """Raise ParameterError if the parameters do not fit ``n`` sources (override)."""

    def lower(self, n: int) -> dict[str, float | NDArray[np.float64]]:
        """Parameters as the core takes them for ``n`` sources: flat arrays of numbers."""
        return {name: np.ravel(np.asarray(value, np.float64)) for name, value in self.as_dict().items()}

    def mean_rate(self) -> float:
        """Spikes a second of one source, on average over sources and time [Hz]; NaN where it is not known.

        Of a source that stops it is not: it depends on how long the network runs.
        """
        like = self.typical()
        return like.rate_while_on() if math.isinf(like.stop) else math.nan

    def rate_while_on(self) -> float:
        """The same between start and stop (override)."""
        return math.nan
