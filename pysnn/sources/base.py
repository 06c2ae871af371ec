"""What every spike source declares."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..base.params import Parameters
from ..base.registry import Registry

# Hz: a spike a nanosecond. A window of time holds all its spikes, which with more fill any memory.
MOST_RATE = 1e9


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
