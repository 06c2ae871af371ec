"""Ben's spiker algorithm: spikes that a filter turns back into the signal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..base.params import param
from ..errors import ParameterError
from .base import Encoder, rows_and_step
from .coder import Coder, Float, Lanes, Spikes, no_spikes
from .trains import SpikeTrains


class BSA(Encoder):
    """A spike at the end of each row where taking the filter away brings the rest of the signal nearer to 0.

    share     u = (x - low) / (high - low), at first all of it left: s = u
    row r     spike if  sum_k |s(r + k) - h(k)| <= sum_k |s(r + k)| - threshold sum_k h(k),
              then s(r + k) <- s(r + k) - h(k)        k = 0 ... len(h) - 1, as far as the signal goes

    Decoded by the filter h: the sum of h(r - q) over all spikes q. Taps are scaled to a sum of 1, so that a
    spike in every row is ``high``, and none of them is negative, so that both sums differ by
    sum_k h(k) - 2 sum_k min(max(s(r + k), 0), h(k)), which is what is computed.

    Each spike lowers the sum of absolute errors by at least ``threshold`` times what it adds to the decoded
    signal. So for every channel

        mean |x - decoded| <= mean (x - low) - threshold mean (decoded - low)          (``mean_error``)

    A single row can be off by more; that decoded and encoded both are in the range is all that is said of it
    (max_error = high - low). The signal must be slower than the filter.
    The spike of a row is known len(h) - 1 rows later, and a stream gives it then.

    This is sequential by nature: rows are gone through one by one, all channels and samples at a time.

    Schrauwen & Van Campenhout (2003), Proc. IJCNN 4:2825-2830, with the threshold as a share of the
    filter's sum.

    Parameters
    ----------
    n_taps: >= 1, of the filter where ``taps`` gives none: a Hann window of that many rows.
    taps: shares >= 0, not all 0: a filter of one's own, one tap a row.
    threshold: >= 0 and < 1. Near 0 spikes overshoot by up to half of the filter, near 1 few are made.
    low, high, resolution: see Encoder.
    """

    n_taps: int = param(default=24, low=1.0, high=1e5)
    taps: ArrayLike | None = param(default=None, low=0.0, array=True)
    threshold: float = param(default=0.93, low=0.0, below=1.0)

    def check(self) -> None:
        """Hold the taps against silence."""
        super().check()
        if self.taps is not None and not np.any(np.atleast_1d(self.taps) > 0.0):
            raise ParameterError(
                f"BSA.taps: expected at least one tap > 0 (got {np.atleast_1d(self.taps)!r})"
            )

    @property
    def filter(self) -> Float:
        """Taps h(k), of sum 1."""
        if self.taps is None:
            taps = np.sin(np.pi * np.arange(1, self.n_taps + 1) / (self.n_taps + 1)) ** 2
        else:
            taps = np.atleast_1d(np.asarray(self.taps, dtype=np.float64))
        return np.asarray(taps / taps.sum())

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """See Encoder and above: the range. ``mean_error`` says more."""
        rows_and_step(duration, n_times, "BSA.max_error")
        return self._span() * (1.0 + 1e-12) + self._value_rounding()

    def mean_error(self, values: ArrayLike, decoded: ArrayLike) -> Float:
        """Bound of the mean absolute error of each channel, float64[n]; of values and decoded (n_times, n).

        Raises ParameterError for values that do not fit, or of another shape than ``decoded``.
        """
        given = self._contours(values, "BSA.mean_error", contour=True)
        found = self._contours(decoded, "BSA.mean_error: decoded", contour=True)
        if given.shape != found.shape:
            raise ParameterError(
                f"BSA.mean_error: decoded: expected shape {given.shape}, as values (got {found.shape})"
            )
        bound = (given - self.low).mean(axis=0) - self.threshold * (found - self.low).mean(axis=0)
        return np.asarray(bound + 1e-12 * self._span() + self._value_rounding())

    def _coder(self, lanes: Lanes, step: float) -> Coder:
        return _BSACoder(self, lanes)

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        row = self._row_of(spikes.times, n_times, spikes.duration)
        counts = np.bincount(row * lanes.n + spikes.indices, minlength=n_times * lanes.n)
        counts = counts.reshape(n_times, lanes.n)
        share = np.zeros((n_times, lanes.n))
        for k, tap in enumerate(self.filter[:n_times]):
            share[k:] += tap * counts[: n_times - k]
        return np.asarray(np.clip(self.low + share * self._span(), self.low, self.high))


class _BSACoder(Coder):
    """Keeps what is left of the signal in the rows that are not decided, and where those end."""

    def __init__(self, encoder: BSA, lanes: Lanes) -> None:
        self._encoder = encoder
        self._filter = encoder.filter
        self._left = np.empty((lanes.n, 0))  # one row a lane: sums run along memory, the same for any lanes
        self._ends = np.empty(0)

    @property
    def late(self) -> int:
        """A row is decided when its whole filter is there."""
        return len(self._filter) - 1

    def push(self, values: Float, borders: Float) -> Spikes:
        shares = (values - self._encoder.low) / self._encoder._span()
        self._left = np.concatenate([self._left, shares.T], axis=1)
        self._ends = np.append(self._ends, borders[1:])
        return self._decide(len(self._ends) - len(self._filter) + 1)

    def finish(self, end: float) -> Spikes:
        return self._decide(len(self._ends))

    def _decide(self, rows: int) -> Spikes:
        """Spikes of the first ``rows`` rows, which are then done with."""
        if rows <= 0:
            return no_spikes()
        left, factor = self._left, 0.5 * (1.0 + self._encoder.threshold)
        fired = np.empty((rows, len(left)), dtype=bool)
        for at in range(rows):
            window = left[:, at : at + len(self._filter)]
            taps = self._filter[: window.shape[1]]
            fired[at] = np.clip(window, 0.0, taps).sum(axis=1) >= factor * taps.sum()
            window -= fired[at, :, None] * taps
        row, lane = np.nonzero(fired)
        times = self._ends[row]
        self._left, self._ends = left[:, rows:].copy(), self._ends[rows:]
        return times, lane.astype(np.int64)
