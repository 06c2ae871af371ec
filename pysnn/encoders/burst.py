"""Burst code: the larger a value, the more spikes it has and the closer they follow each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.params import param
from ..errors import ParameterError
from .base import Encoder
from .coder import Float, Lanes, Spikes, counted
from .given import rows_and_step
from .latency import fits_row
from .trains import SpikeTrains


class Burst(Encoder):
    """A burst a value and row: n spikes at equal intervals.

    share     u = (x - low) / (high - low)
    number    n = the least whole number >= n_max u
    interval  t_max - (t_max - t_min) u
    spikes    at t_first, t_first + interval, ... after the row's begin

    Decoded from the mean interval where there are two spikes or more, within what their number admits,
    (n - 1) / n_max < u <= n / n_max; one spike decodes to the middle of that, none to ``low``. With an error
    of e of a spike time

        max_error = (high - low) max(1 / (2 n_max), min(2 e / (t_max - t_min), 1 / n_max))

    of which the first is that of values with one spike; all larger ones are exact when the times are.

    Guo, Fouda, Eltawil & Salama (2021), Front. Neurosci. 15:638474, whose intervals are whole steps.

    Parameters
    ----------
    n_max: >= 1, spikes of ``high``.
    t_min, t_max: ms, 0 < t_min < t_max: interval of ``high`` and, in the limit, of ``low``.
    t_first: ms, > 0, of the first spike.
    low, high, resolution: see Encoder. A resolution must be less than t_min and than 2 t_first.
    """

    n_max: int = param(default=5, low=1.0, high=1e6)
    t_min: float = param(default=2.0, unit="ms", above=0.0)
    t_max: float = param(default=10.0, unit="ms", above=0.0)
    t_first: float = param(default=1.0, unit="ms", above=0.0)

    def check(self) -> None:
        """Hold the intervals against each other and against the grid."""
        super().check()
        if self.t_min >= self.t_max:
            raise ParameterError(f"Burst.t_max: must be > t_min = {self.t_min:g} ms (got {self.t_max:g} ms)")
        if self.resolution is not None:
            for name, least in (("t_min", self.resolution), ("t_first", 0.5 * self.resolution)):
                if getattr(self, name) <= least:
                    raise ParameterError(
                        f"Burst.{name}: must be > {least:g} ms with resolution = {self.resolution:g} ms "
                        f"(got {getattr(self, name):g} ms)"
                    )

    def longest(self) -> float:
        """When the last spike of any value comes [ms after the row's begin], on the grid if there is one."""
        # Of the values with n spikes those next to (n - 1) / n_max have the longest intervals.
        before = np.arange(self.n_max)
        slowest = before * (self.t_max - (self.t_max - self.t_min) * before / self.n_max)
        last = self.t_first + float(slowest.max())
        if self.resolution is None:
            return last
        return float(np.ceil(last / self.resolution - 1e-6)) * self.resolution

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """See Encoder and the bound above."""
        rows_and_step(duration, n_times, "Burst.max_error")
        timed = 2.0 * self._time_error(duration) / (self.t_max - self.t_min)
        share = max(0.5 / self.n_max, min(timed, 1.0 / self.n_max))
        return (share + 8.0 * np.finfo(np.float64).eps) * self._span() + self._value_rounding()

    def _encode_rows(self, values: Float, borders: Float, lanes: Lanes) -> Spikes:
        fits_row(self.longest(), borders, "Burst", "the longest burst")
        shares = ((values - self.low) / self._span()).ravel()
        counts = np.minimum(np.ceil(self.n_max * shares), self.n_max).astype(np.int64)
        cell, nth = counted(counts)
        interval = self.t_max - (self.t_max - self.t_min) * shares[cell]
        row, lane = np.divmod(cell, lanes.n)
        return self._rounded(borders[row] + (self.t_first + nth * interval)), lane

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        row = self._row_of(spikes.times, n_times, spikes.duration)
        cell = row * lanes.n + spikes.indices.astype(np.int64)
        counts = np.bincount(cell, minlength=n_times * lanes.n)
        first, last = np.full(len(counts), np.inf), np.full(len(counts), -np.inf)
        np.minimum.at(first, cell, spikes.times)
        np.maximum.at(last, cell, spikes.times)
        number = np.minimum(counts, self.n_max)
        several = counts > 1
        interval = np.divide(last - first, counts - 1, out=np.zeros(len(counts)), where=several)
        timed = (self.t_max - interval) / (self.t_max - self.t_min)
        timed = np.clip(timed, (number - 1) / self.n_max, number / self.n_max)
        share = np.where(several, timed, np.where(counts == 1, 0.5 / self.n_max, 0.0))
        return np.asarray(self.low + share.reshape(n_times, lanes.n) * self._span())
