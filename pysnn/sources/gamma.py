"""Spike trains more regular than Poisson's, or more bursty: gamma renewal processes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import param
from ._sizes import check_one_or_each
from .base import MOST_RATE, Source


class Gamma(Source):
    """Independent renewal processes with gamma-distributed intervals.

    An interval T of shape k and mean 1 / rate has the density

        p(T) = (k rate)^k T^(k - 1) exp(-k rate T) / Gamma(k)

    and the coefficient of variation 1 / sqrt(k): k = 1 is Poisson, more is more regular, less is bursty.

    The trains are in equilibrium from the start, as if they had begun long ago: the rate is the same at all
    times. The first spike comes after what remains of an interval under way at time 0, of density
    rate P(T > t); it is drawn as a uniform share of an interval of shape k + 1, which is one chosen in
    proportion to its length. Intervals are real numbers; on a fixed step a spike takes effect at the end of
    the step it falls into, and several may fall into one.

    Cox (1962), Renewal Theory, ch. 5; drawn as by Marsaglia & Tsang (2000), ACM Trans. Math. Softw.
    26:363-372.

    Parameters
    ----------
    rate : >= 0 and <= 1e9 Hz; a number for all sources, or an array with one entry a source.
    shape : > 0, the k above; a number, or an array with one entry a source.
    """

    rate: ArrayLike = param(unit="Hz", low=0.0, high=MOST_RATE, array=True)
    shape: ArrayLike = param(above=0.0, array=True)

    def check_size(self, n: int, owner: str) -> None:
        """Arrays must have one entry a source."""
        check_one_or_each(self, ("rate", "shape"), n, owner)

    def mean_rate(self) -> float:
        """The rate, or the mean of all sources'."""
        return float(np.mean(np.asarray(self.rate, dtype=np.float64)))

    def lower(self, n: int) -> dict[str, float | NDArray[np.float64]]:
        """Both as arrays, of one entry or of one a source."""
        return {name: np.atleast_1d(np.asarray(value)) for name, value in self.as_dict().items()}
