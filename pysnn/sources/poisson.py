"""Poisson spike trains."""

from __future__ import annotations

import numpy as np

from ..base.number import Numbers
from ..base.params import param
from ._sizes import check_dead_time, check_one_or_each
from .base import MOST_RATE, Source


class Poisson(Source):
    """Independent Poisson processes, with a dead time where one is given.

    On a fixed step the number of spikes of a step is Poisson distributed with mean rate dt (so that
    several may fall into one); in continuous time the intervals are exponential.

    With ``dead_time`` d no spike comes within d of the last, and an interval T is d and an exponential one,

        p(T) = nu exp(-nu (T - d)),  T > d,    nu = rate / (1 - rate d),

    so that ``rate`` is the mean rate whatever d is; the coefficient of variation is 1 - rate d. The trains
    are in equilibrium from the start: with probability rate d the first spike has to wait for what is left
    of a dead time, a uniform share of it. Intervals are then drawn in continuous time, and on a fixed step
    a spike takes effect at the end of the step it falls into. NEST's poisson_generator_ps has these
    parameters too.

    Cox (1962), Renewal Theory, ch. 5; Deger, Helias, Boucsein & Rotter (2012), J. Comput. Neurosci.
    32:443-463.

    Parameters
    ----------
    rate : >= 0 and <= 1e9 Hz; a number for all sources, a distribution, or an array with one entry a source.
    dead_time : ms, >= 0 and < 1 / rate; a number, a distribution, or one a source. 0 by default.
    start, stop : ms; spikes come in (start, stop] alone, see Source.
    """

    rate: Numbers = param(unit="Hz", low=0.0, high=MOST_RATE, each=True)
    dead_time: Numbers = param(default=0.0, unit="ms", low=0.0, each=True)

    def check(self) -> None:
        """The dead time must leave room for the rate."""
        check_dead_time("Poisson", self.rate, self.dead_time)

    def check_size(self, n: int, owner: str) -> None:
        """Arrays must have one entry a source."""
        check_one_or_each(self, ("rate", "dead_time"), n, owner)

    def rate_while_on(self) -> float:
        """The rate, or the mean of all sources'."""
        return float(np.mean(np.asarray(self.rate, dtype=np.float64)))
