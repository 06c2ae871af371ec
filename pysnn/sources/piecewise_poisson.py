"""Poisson spike trains whose rate changes at given times."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..base.params import param, shown
from ..errors import ParameterError
from .base import MOST_RATE, Source


class PiecewisePoisson(Source):
    """Independent Poisson processes of piecewise constant rate.

    The rate is ``rates[k]`` from ``times[k]`` to ``times[k + 1]``: 0 before the first time, and the last one
    for good (a last rate of 0 ends the trains). Between two spikes of a source

        integral of rate dt = a unit exponential

    which is inverted exactly, in continuous time. On a fixed step a spike takes effect at the end of the
    step it falls into, and several may fall into one. NEST's inhomogeneous_poisson_generator has these
    parameters too.

    Cinlar (1975), Introduction to Stochastic Processes, ch. 4.7; Brown, Barbieri, Ventura, Kass & Frank
    (2002), Neural Comput. 14:325-346.

    Parameters
    ----------
    times : ms, >= 0, ascending; on a fixed step multiples of dt. A rate from infinity on never holds.
    rates : >= 0 and <= 1e9 Hz; as long as ``times`` for all sources alike, or 2-D, (sources, times),
        a row for each.
    start, stop : ms; spikes come in (start, stop] alone, see Source. The times are of the network, not from
        ``start`` on.

    Raises OffGridError where one of the times is no multiple of a fixed step.
    """

    times: ArrayLike = param(unit="ms", low=0.0, array=True, infinite=True)
    rates: ArrayLike = param(unit="Hz", low=0.0, high=MOST_RATE, array=True, most_dimensions=2)

    def check(self) -> None:
        """The times must ascend and each must have its rate."""
        times, rates = np.asarray(self.times), np.asarray(self.rates)
        if times.ndim == 0 or rates.ndim == 0:
            raise ParameterError(
                f"PiecewisePoisson: expected arrays of times and rates (got {shown(self.times)}, "
                f"{shown(self.rates)})"
            )
        if times.size == 0 or not (times[1:] > times[:-1]).all():
            raise ParameterError(
                f"PiecewisePoisson.times: must ascend, and not be empty (got {shown(self.times)})"
            )
        if rates.shape[-1] != times.size:
            raise ParameterError(
                f"PiecewisePoisson.rates: expected {times.size} entries, one a time, in each row "
                f"(got {rates.shape[-1]})"
            )

    def check_size(self, n: int, owner: str) -> None:
        """Rates in rows must have one row a source."""
        rates = np.asarray(self.rates)
        if rates.ndim == 2 and len(rates) != n:
            raise ParameterError(f"{owner}: PiecewisePoisson.rates has {len(rates)} rows for {n} sources")
