"""Ben's spiker algorithm: spikes that a filter turns back into the signal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import param
from ..errors import ParameterError
from .base import Encoder
from .coder import Coder, Float, Lanes, Spikes, no_spikes
from .given import rows_and_step
from .trains import SpikeTrains

Bool = NDArray[np.bool_]


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

    Whether a row fires depends on the rows before. Rows are gone through one by one, those of all channels
    and samples at a time, and of a long signal those of many blocks: at first as if nothing had fired before
    a block, then again where something had, until nothing changes. With any noise that is soon; a signal that
    repeats itself exactly may never forget, and is gone through as a whole.

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
        taps, past = self._filter, len(self._filter) - 1
        fired = _fired(self._left, rows, taps, self._encoder.threshold)
        for at in range(max(rows - past, 0), rows):  # whose filters reach what stays
            window = self._left[:, at : at + len(taps)]
            window -= fired[:, at, None] * taps[: window.shape[1]]
        ends, self._left, self._ends = self._ends, self._left[:, rows:].copy(), self._ends[rows:]
        row, lane = np.nonzero(fired.T)
        return ends[row], lane.astype(np.int64)


# Side by side that many lanes take the time of some, so that fewer blocks are not worth a second round.
_LANES, _LEAST_BLOCKS = 1024, 32
_BLOCK = 64  # filters in a block: after that most signals have forgotten what came before it
_ROUNDS = 4


def _fired(left: Float, rows: int, taps: Float, threshold: float) -> Bool:
    """Which of the first ``rows`` rows fire, (lanes, rows), of what earlier spikes left, (lanes, all)."""
    lanes, past = len(left), len(taps) - 1
    full = min(rows, left.shape[1] - past)  # rows that have their whole filter
    blocks = min(_LANES // lanes, full // (_BLOCK * len(taps)))
    if blocks < _LEAST_BLOCKS:
        return _one_by_one(left.copy(), rows, taps, threshold, np.empty((lanes, 0), dtype=bool))
    size = -(-full // blocks)
    # Each block with the rows before, whose spikes are given to it, and those that its filters reach.
    padded = np.pad(left, ((0, 0), (past, max(blocks * size + past - left.shape[1], 0))))
    parts = np.lib.stride_tricks.sliding_window_view(padded, size + 2 * past, axis=1)[:, ::size][:, :blocks]
    before = np.zeros((lanes, blocks, past), dtype=bool)
    fired = np.empty((lanes, blocks, size), dtype=bool)
    wrong = np.ones((lanes, blocks), dtype=bool)
    for _ in range(_ROUNDS):
        found = _one_by_one(parts[wrong], past + size, taps, threshold, before[wrong])
        fired[wrong] = found[:, past:]
        ends = np.pad(fired[:, :-1, size - past :], ((0, 0), (1, 0), (0, 0)))
        wrong = (ends != before).any(axis=2)
        before = ends
        if not wrong.any():
            break
    # From the first block that still was wrong on, in a signal that does not forget, and where it ends.
    first = int(np.argmax(wrong.any(axis=0))) * size if wrong.any() else full
    whole = np.pad(fired.reshape(lanes, -1)[:, :first], ((0, 0), (past, 0)))
    rest = padded[:, first : past + left.shape[1]].copy()
    ending = _one_by_one(rest, past + rows - first, taps, threshold, whole[:, first : first + past])
    return np.concatenate([whole[:, past:], ending[:, past:]], axis=1)


def _one_by_one(left: Float, rows: int, taps: Float, threshold: float, given: Bool) -> Bool:
    """Which of the first ``rows`` rows fire, (lanes, rows), the first as ``given``; ``left`` is used up."""
    lanes, known = given.shape
    fired = np.empty((rows, lanes), dtype=bool)
    buffer, mass = np.empty((lanes, len(taps))), np.empty(lanes)
    least = 0.5 * (1.0 + threshold) * taps.sum()
    for at in range(rows):
        window = left[:, at : at + len(taps)]
        if window.shape[1] < len(taps):  # the signal ends within the filter
            taps = taps[: window.shape[1]]
            buffer, least = np.empty(window.shape), 0.5 * (1.0 + threshold) * taps.sum()
        if at < known:
            fired[at] = given[:, at]
        else:
            np.maximum(window, 0.0, out=buffer)
            np.minimum(buffer, taps, out=buffer)
            np.add.reduce(buffer, axis=1, out=mass)
            np.greater_equal(mass, least, out=fired[at])
        if fired[at].any():
            window -= fired[at, :, None] * taps
    return fired.T
