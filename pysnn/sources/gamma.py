"""Spike trains more regular than Poisson's, or more bursty: gamma renewal processes."""

from __future__ import annotations

import numpy as np

from ..base.number import Numbers
from ..base.params import param
from ._sizes import check_dead_time, check_one_or_each
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

    With ``dead_time`` d an interval is d and a gamma-distributed one of mean 1 / rate - d: ``rate`` is the
    mean rate whatever d is, the coefficient of variation (1 - rate d) / sqrt(k). With probability rate d
    the train begins in a dead time, of which a uniform share is left.

    Cox (1962), Renewal Theory, ch. 5; drawn as by Marsaglia & Tsang (2000), ACM Trans. Math. Softw.
    26:363-372.

    Parameters
    ----------
    rate : >= 0 and <= 1e9 Hz; a number for all sources, a distribution, or an array with one entry a source.
    shape : > 0, the k above; a number, a distribution, or an array with one entry a source.
    dead_time : ms, >= 0 and < 1 / rate; a number, a distribution, or one a source. 0 by default.
    start, stop : ms; spikes come in (start, stop] alone, see Source.
    """

    rate: Numbers = param(unit="Hz", low=0.0, high=MOST_RATE, each=True)
    shape: Numbers = param(above=0.0, each=True)
    dead_time: Numbers = param(default=0.0, unit="ms", low=0.0, each=True)

    def check(self) -> None:
        """The dead time must leave room for the rate."""
        check_dead_time("Gamma", self.rate, self.dead_time)

    def check_size(self, n: int, owner: str) -> None:
        """Arrays must have one entry a source."""
        check_one_or_each(self, ("rate", "shape", "dead_time"), n, owner)

    def rate_while_on(self) -> float:
        """The rate, or the mean of all sources'."""
        return float(np.mean(np.asarray(self.rate, dtype=np.float64)))
