"""Poisson spike trains."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import param
from ..errors import ParameterError
from .base import MOST_RATE, Source


class Poisson(Source):
    """Independent Poisson processes.

    On a fixed step the number of spikes of a step is Poisson distributed with mean rate dt (so that
    several may fall into one); in continuous time the intervals are exponential.

    Parameters
    ----------
    rate : >= 0 and <= 1e9 Hz; a number for all sources, or an array with one entry a source.
    """

    rate: ArrayLike = param(unit="Hz", low=0.0, high=MOST_RATE, array=True)

    def check_size(self, n: int, owner: str) -> None:
        """An array of rates must have one entry a source."""
        if np.ndim(self.rate) == 1 and np.size(self.rate) != n:
            raise ParameterError(f"{owner}: Poisson.rate has {np.size(self.rate)} entries for {n} sources")

    def mean_rate(self) -> float:
        """The rate, or the mean of all sources'."""
        return float(np.mean(np.asarray(self.rate, dtype=np.float64)))

    def lower(self, n: int) -> dict[str, float | NDArray[np.float64]]:
        """``rate`` as it is."""
        rate = np.asarray(self.rate, dtype=np.float64)
        return {"rate": rate if rate.ndim else float(rate)}
