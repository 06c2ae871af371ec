"""Moving-window code: samples held against the mean of those before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.params import param
from ._levels import level_at_ends
from .base import Encoder
from .coder import Coder, Float, Lanes, Spikes
from .given import rows_and_step
from .trains import SpikeTrains


class MovingWindow(Encoder):
    """A spike at the end of each row whose sample is more than ``threshold`` from the mean of those before.

    mean    m_r = mean of the last ``window`` samples before x_r (of those there are; row 0 has none)
    spike   of train 0 where x_r > m_r + threshold w,  of train 1 where x_r < m_r - threshold w;
            w = high - low

    A slow drift makes no spike and an offset none, an edge makes some: a code of changes. ``signs`` tells
    them exactly. ``decode`` adds them up in thresholds from ``start`` on, as its authors do; nothing bounds
    how far that runs away, so ``max_error`` is infinite. To follow a signal take StepForward.

    Petro, Kasabov & Kiss (2020), IEEE Trans. Neural Netw. Learn. Syst. 31:358-370 (who hold the first samples
    against the mean of the first window, and so know it before it is over).

    Parameters
    ----------
    window: >= 1, samples in the mean.
    threshold: > 0 and <= 1, as a share of the range.
    start: >= 0 and <= 1: the value decoded before the first row, as a share of the range.
    low, high, resolution: see Encoder.
    """

    window: int = param(default=5, low=1.0, high=1e6)
    threshold: float = param(default=0.05, above=0.0, high=1.0)
    start: float = param(default=0.5, low=0.0, high=1.0)

    trains_per_value = 2

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """Infinite: see above."""
        rows_and_step(duration, n_times, "MovingWindow.max_error")
        return np.inf * self._span()

    def signs(self, spikes: SpikeTrains, n_times: int | None = None) -> NDArray[np.int64]:
        """+1 where the sample was more than the threshold above the mean before it, -1 where below, else 0.

        Shape (n,), or with ``n_times`` (n_times, n). Raises ParameterError as ``decode`` does.
        """
        owner = "MovingWindow.signs"
        self._channels_of(spikes, owner)
        rows, _ = rows_and_step(spikes.duration, n_times, owner)
        levels = level_at_ends(self._row_of(spikes.times, rows, spikes.duration), spikes, rows)
        signs = np.diff(levels, axis=0, prepend=0)
        return np.asarray(signs[0] if n_times is None else signs)

    def _coder(self, lanes: Lanes, step: float) -> Coder:
        return _WindowCoder(self, lanes)

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        levels = level_at_ends(self._row_of(spikes.times, n_times, spikes.duration), spikes, n_times)
        share = self.start + levels * self.threshold
        return np.asarray(np.clip(self.low + share * self._span(), self.low, self.high))


class _WindowCoder(Coder):
    """Keeps the last window of samples (0 where there were none) and how many there were."""

    def __init__(self, encoder: MovingWindow, lanes: Lanes) -> None:
        self._encoder = encoder
        self._last = np.zeros((encoder.window, lanes.n))
        self._rows = 0

    def push(self, values: Float, borders: Float) -> Spikes:
        encoder, window, rows = self._encoder, self._encoder.window, len(values)
        shares = (values - encoder.low) / encoder._span()
        known = np.concatenate([self._last, shares])
        # Newest first, for every row alike: the sum's bits follow from its samples alone.
        total = np.zeros_like(shares)
        for back in range(1, window + 1):
            total += known[window - back : window - back + rows]
        count = np.minimum(self._rows + np.arange(rows), window)
        departure = shares - total / np.maximum(count, 1)[:, None]
        departure[count == 0] = 0.0
        self._last, self._rows = known[-window:], self._rows + rows
        row, lane = np.nonzero(np.abs(departure) > encoder.threshold)
        return borders[row + 1], 2 * lane + (departure[row, lane] < 0.0)
