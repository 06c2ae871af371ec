"""What the codes of changes share: a level that follows the signal in steps of a threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.params import param
from ._scan import clamped
from .base import Encoder
from .coder import Coder, Float, Lanes, Spikes, counted
from .given import rows_and_step
from .trains import SpikeTrains


class LevelEncoder(Encoder):
    """A level start + k threshold that is moved up by a spike of one train, down by one of another.

    Parameters
    ----------
    threshold: > 0 and <= 1: how far a spike moves the level, as a share of the range.
    start: >= 0 and <= 1: the level before the first row, as a share of the range.
    low, high, resolution: see Encoder.
    """

    threshold: float = param(default=0.05, above=0.0, high=1.0)
    start: float = param(default=0.5, low=0.0, high=1.0)

    trains_per_value = 2

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """See Encoder: the threshold, in the values' unit."""
        rows_and_step(duration, n_times, f"{type(self).__name__}.max_error")
        span = self._span()
        rounding = 8.0 * np.finfo(np.float64).eps * span
        return np.minimum(self.threshold, 1.0) * span + rounding + self._value_rounding()

    def _steps(self, values: Float) -> Float:
        """Distance of values from the start, in thresholds."""
        return np.asarray(((values - self.low) / self._span() - self.start) / self.threshold)

    def _band(self, steps: Float) -> tuple[Float, Float]:
        """Least and greatest level (whole numbers) at which a signal of ``steps`` makes no spike."""
        raise NotImplementedError

    def _passed(self, level: Float, nth: Float, count: Float, before: Float, after: Float) -> Float:
        """Share of the row at which each spike comes.

        Spike ``nth`` of ``count`` reaches ``level``, while the signal goes ``before`` to ``after`` (in
        steps).
        """
        raise NotImplementedError

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        level = level_at_ends(self._row_of(spikes.times, n_times, spikes.duration), spikes, n_times)
        share = self.start + level * self.threshold
        return np.asarray(np.clip(self.low + share * self._span(), self.low, self.high))


def level_at_ends(rows: NDArray[np.int64], spikes: SpikeTrains, n_times: int) -> NDArray[np.int64]:
    """Ups less downs of each pair of trains up to the end of each row (n_times, pairs)."""
    counts = np.bincount(rows * spikes.n + spikes.indices, minlength=n_times * spikes.n)
    up_and_down = counts.reshape(n_times, -1, 2)
    return np.cumsum(up_and_down[:, :, 0] - up_and_down[:, :, 1], axis=0)


class LevelCoder(Coder):
    """Keeps the level and the signal of the last row."""

    def __init__(self, encoder: LevelEncoder, lanes: Lanes) -> None:
        self._encoder = encoder
        self._level = np.zeros((1, lanes.n))
        self._steps = np.zeros((1, lanes.n))

    def push(self, values: Float, borders: Float) -> Spikes:
        steps = np.concatenate([self._steps, self._encoder._steps(values)])
        levels: Float = np.concatenate([self._level, clamped(*self._encoder._band(steps[1:]), self._level)])
        self._level, self._steps = levels[-1:], steps[-1:]
        moved = np.diff(levels, axis=0).ravel()
        counts = np.abs(moved).astype(np.int64)
        cell, before = counted(counts)
        nth = before.astype(np.float64) + 1.0
        row, lane = np.divmod(cell, values.shape[1])
        sign = np.sign(moved)[cell]
        share = self._encoder._passed(
            levels[row, lane] + sign * nth, nth, np.abs(moved[cell]), steps[row, lane], steps[row + 1, lane]
        )
        begin, end = borders[row], borders[row + 1]
        times = self._encoder._rounded_up(begin + share * (end - begin), begin, end)
        return times, 2 * lane + (sign < 0.0)
