"""Rate codes: a value is the number of spikes in its time.

f(x) = rate_low + (rate_high - rate_low) (x - low) / (high - low)      [Hz]

Adrian & Zotterman (1926), J. Physiol. 61:151-171.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import param
from ..errors import ParameterError
from ._draws import Draws
from .base import Encoder
from .coder import Coder, Float, Lanes, Spikes, counted, no_spikes
from .given import rows_and_step
from .trains import SpikeTrains


class Rate(Encoder):
    """What both rate codes share: the value's rate, and its estimate from a count of spikes.

    Parameters
    ----------
    rate_low, rate_high: Hz, >= 0 and rate_low < rate_high: rates of ``low`` and ``high``.
    low, high, resolution: see Encoder.
    """

    rate_low: float = param(default=0.0, unit="Hz", low=0.0)
    rate_high: float = param(default=100.0, unit="Hz", above=0.0)

    def check(self) -> None:
        """Hold the two rates against each other."""
        super().check()
        if self.rate_low >= self.rate_high:
            raise ParameterError(
                f"{type(self).__name__}.rate_high: must be > rate_low = {self.rate_low:g} Hz "
                f"(got {self.rate_high:g} Hz)"
            )

    def rates(self, values: ArrayLike) -> Float:
        """Firing rate of each value [Hz], in the shape of ``values``."""
        share = (np.asarray(values, dtype=np.float64) - self.low) / self._span()
        return np.asarray(self.rate_low + (self.rate_high - self.rate_low) * share)

    def _per_spike(self, step: float) -> Any:
        """Change of the decoded value when one more spike falls into ``step`` ms."""
        return self._span() / ((self.rate_high - self.rate_low) * step * 1e-3)

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        channels = lanes.n
        row = self._row_of(spikes.times, n_times, spikes.duration)
        counts = np.bincount(row * channels + spikes.indices, minlength=n_times * channels)
        step = spikes.duration / n_times
        silent = self.rate_low * step * 1e-3  # spikes expected of `low`
        return np.asarray(self.low + (counts.reshape(n_times, channels) - silent) * self._per_spike(step))


class PoissonRate(Rate):
    """Poisson spikes at rate f(x): the count of a row of length T is Poisson with mean f(x) T.

    Decoded by the count, unbiased and not clipped, so that means over repetitions converge to the
    value. There is no bound of one decoding's error (``max_error`` is infinite); its standard
    deviation is

        standard_error(x, T) = sqrt(f(x) T) (high - low) / ((rate_high - rate_low) T)

    exactly, since the variance of a Poisson count is its mean. ``encode`` needs a seed.
    With ``resolution``, times are rounded up to the grid, which changes no count.

    Spikes are where the integral of f reaches the points of a Poisson process of rate 1 (time rescaling),
    whose intervals are drawn by (seed, sample, channel, number of the spike).

    Parameters: see Rate.
    """

    draws = True

    def standard_error(self, values: ArrayLike, duration: float, n_times: int | None = None) -> Float:
        """Standard deviation of decoded ``values``; rows of (n_times, n) last duration / n_times."""
        _, step = rows_and_step(duration, n_times, f"{type(self).__name__}.standard_error")
        return np.asarray(np.sqrt(self.rates(values) * step * 1e-3) * self._per_spike(step))

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """Infinite: see ``standard_error``."""
        rows_and_step(duration, n_times, f"{type(self).__name__}.max_error")
        return np.inf * self._span()

    def _coder(self, lanes: Lanes, step: float) -> Coder:
        return _PoissonCoder(self, lanes)


class RegularRate(Rate):
    """Evenly spaced spikes: one whenever the phase Phi(t) = phase + integral of f dt is a whole number.

    The count of a row whose phase advances by L is the number of whole numbers passed, which differs
    from L by less than 1; over the one row of static values with ``phase`` = 1/2 it is L rounded, so by
    at most 1/2. Decoded by the count, the error is therefore at most

        max_error(T) = k (high - low) / ((rate_high - rate_low) T)

    with k = 1 for contours and max(phase, 1 - phase) for static values. With ``resolution``, times are
    rounded up to the grid, which changes no count.

    Parameters
    ----------
    phase: 0 <= phase < 1: where in its first interval the train begins.
    rate_low, rate_high, low, high, resolution: see Rate.
    """

    phase: float = param(default=0.5, low=0.0, below=1.0)

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """See Encoder and the bound above."""
        rows, step = rows_and_step(duration, n_times, f"{type(self).__name__}.max_error")
        spikes = max(self.phase, 1.0 - self.phase) if n_times is None or rows == 1 else 1.0
        # Phases are sums: their rounding may move a whole number across a border, and a spike with it.
        slack = 8.0 * np.finfo(np.float64).eps * rows * self.rate_high * duration * 1e-3
        return (spikes + slack) * self._per_spike(step) + self._value_rounding()

    def _coder(self, lanes: Lanes, step: float) -> Coder:
        return _RegularCoder(self, lanes)


class _RateCoder(Coder):
    """What both codes keep: the phase of each lane, the spikes that its rate has promised so far."""

    def __init__(self, encoder: Rate, lanes: Lanes, phase: float) -> None:
        self._encoder = encoder
        self._phase = np.full((1, lanes.n), phase)

    def _advance(self, values: Float, borders: Float) -> tuple[Float, Float]:
        """Rates [1/ms] of rows, and the phase at each of their borders (rows + 1, lanes)."""
        rates = self._encoder.rates(values) * 1e-3
        phase = np.cumsum(np.concatenate([self._phase, rates * np.diff(borders)[:, None]]), axis=0)
        self._phase = phase[-1:]
        return rates, phase

    def _times(
        self, wanted: Float, row: NDArray[np.int64], lane: NDArray[np.int64], phase: Float, rates: Float,
        borders: Float,
    ) -> Float:  # fmt: skip
        """When the phase of ``lane`` is ``wanted``, which lies in ``row``."""
        times = borders[row] + (wanted - phase[row, lane]) / rates[row, lane]
        return self._encoder._rounded_up(times, borders[row], borders[row + 1])


class _RegularCoder(_RateCoder):
    """Spike k is where the phase is k = 1, 2, ...; row r holds those in (phase[r], phase[r + 1]]."""

    def __init__(self, encoder: RegularRate, lanes: Lanes) -> None:
        super().__init__(encoder, lanes, encoder.phase)

    def push(self, values: Float, borders: Float) -> Spikes:
        rates, phase = self._advance(values, borders)
        passed = np.floor(phase).astype(np.int64)
        counts = np.diff(passed, axis=0).ravel()
        cell, nth = counted(counts)
        row, lane = np.divmod(cell, values.shape[1])
        wanted = (passed[row, lane] + nth + 1).astype(np.float64)
        return self._times(wanted, row, lane, phase, rates, borders), lane


class _PoissonCoder(_RateCoder):
    """A Poisson process of rate 1 in the phase: its intervals are the draws, so that no row cuts any.

    Intervals are added one to the next in the order of their numbers, however many are drawn at a time.
    """

    _MOST_DRAWS = 1 << 20  # at a time

    def __init__(self, encoder: PoissonRate, lanes: Lanes) -> None:
        super().__init__(encoder, lanes, 0.0)
        if lanes.seed is None:
            raise ParameterError(f"{type(encoder).__name__}: draws at random; expected a seed (got None)")
        self._draws = Draws(lanes, lanes.seed)
        self._drawn = np.ones(lanes.n, np.int64)
        # Phase of each lane's next spike.
        self._next = self._draws.exponential(np.arange(lanes.n), np.zeros(lanes.n, np.int64), 1)[:, 0]

    def push(self, values: Float, borders: Float) -> Spikes:
        rates, phase = self._advance(values, borders)
        found = [self._pass(lanes, phase[-1]) for lanes in self._due(phase[-1])]
        if not found:
            return no_spikes()
        wanted, lane = (np.concatenate(part) for part in zip(*found, strict=True))
        row = _row_below(phase, wanted, lane)
        return self._times(wanted, row, lane, phase, rates, borders), lane

    def _due(self, end: Float) -> Iterator[NDArray[np.int64]]:
        """Lanes whose next spike comes by ``end``, as long as there are any; some at a time."""
        while len(lanes := np.flatnonzero(self._next <= end)):
            yield lanes[: self._MOST_DRAWS // 16]

    def _pass(self, lanes: NDArray[np.int64], end: Float) -> tuple[Float, NDArray[np.int64]]:
        """Phases of a number of spikes of ``lanes`` up to ``end``, which are then passed."""
        left = float((end[lanes] - self._next[lanes]).max())
        enough = int(left + 4.0 * np.sqrt(left)) + 4
        count = min(enough, max(16, self._MOST_DRAWS // len(lanes)))
        intervals = self._draws.exponential(lanes, self._drawn[lanes], count)
        phases = np.cumsum(np.concatenate([self._next[lanes, None], intervals], axis=1), axis=1)
        inside = phases[:, :count] <= end[lanes, None]
        passed = inside.sum(axis=1)
        self._next[lanes] = phases[np.arange(len(lanes)), passed]
        self._drawn[lanes] += passed
        return phases[:, :count][inside], np.repeat(lanes, passed)


def _row_below(phase: Float, wanted: Float, lane: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row r with phase[r, lane] < wanted <= phase[r + 1, lane] for each pair: bisection of all at once."""
    low, high = np.zeros(len(wanted), np.int64), np.full(len(wanted), len(phase) - 1)
    while np.any(high - low > 1):
        middle = (low + high) // 2
        below = phase[middle, lane] < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low
