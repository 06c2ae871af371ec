"""Rate codes: a value is the number of spikes in its time.

f(x) = rate_low + (rate_high - rate_low) (x - low) / (high - low)      [Hz]

Adrian & Zotterman (1926), J. Physiol. 61:151-171.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import param
from ..errors import ParameterError
from .base import Encoder, Float, Seed, generator, rows_and_step
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

    def _decode(self, spikes: SpikeTrains, n_times: int, channels: int) -> Float:
        row = self._row_of(spikes.times, n_times, spikes.duration)
        counts = np.bincount(row * channels + spikes.indices, minlength=n_times * channels)
        step = spikes.duration / n_times
        silent = self.rate_low * step * 1e-3  # spikes expected of `low`
        return np.asarray(self.low + (counts.reshape(n_times, channels) - silent) * self._per_spike(step))

    def _rounded_up(self, times: Float, row: NDArray[np.int64], borders: Float) -> Float:
        """Times on the grid, each still in its row (rounding to nearest could leave it at its begin)."""
        if self.resolution is None:
            return np.clip(times, np.nextafter(borders[row], np.inf), borders[row + 1])
        first = np.rint(borders / self.resolution)
        steps = np.clip(np.ceil(times / self.resolution), first[row] + 1, first[row + 1])
        return np.asarray(steps * self.resolution)


class PoissonRate(Rate):
    """Poisson spikes at rate f(x): the count of a row of length T is Poisson with mean f(x) T.

    Decoded by the count, unbiased and not clipped, so that means over repetitions converge to the
    value. There is no bound of one decoding's error (``max_error`` is infinite); its standard
    deviation is

        standard_error(x, T) = sqrt(f(x) T) (high - low) / ((rate_high - rate_low) T)

    exactly, since the variance of a Poisson count is its mean. ``encode`` needs a seed.
    With ``resolution``, times are rounded up to the grid, which changes no count.

    Parameters: see Rate.
    """

    def standard_error(self, values: ArrayLike, duration: float, n_times: int | None = None) -> Float:
        """Standard deviation of decoded ``values``; rows of (n_times, n) last duration / n_times."""
        _, step = rows_and_step(duration, n_times, f"{type(self).__name__}.standard_error")
        return np.asarray(np.sqrt(self.rates(values) * step * 1e-3) * self._per_spike(step))

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """Infinite: see ``standard_error``."""
        rows_and_step(duration, n_times, f"{type(self).__name__}.max_error")
        return np.inf * self._span()

    def _encode(self, values: Float, duration: float, seed: Seed) -> tuple[Float, NDArray[np.int64]]:
        rng = generator(seed, f"{type(self).__name__}.encode")
        borders = self._borders(len(values), duration)
        step = duration / len(values)
        counts = rng.poisson(self.rates(values) * step * 1e-3)
        row, channel = np.divmod(np.repeat(np.arange(values.size), counts.ravel()), values.shape[1])
        # Given their number, the spikes of a Poisson process are independent and uniform.
        times = borders[row] + (1.0 - rng.random(len(row))) * step
        return self._rounded_up(times, row, borders), channel


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

    def _encode(self, values: Float, duration: float, seed: Seed) -> tuple[Float, NDArray[np.int64]]:
        n_times, channels = values.shape
        borders = self._borders(n_times, duration)
        rates = self.rates(values) * 1e-3  # 1/ms
        phase = np.full((n_times + 1, channels), self.phase)
        phase[1:] += np.cumsum(rates * (duration / n_times), axis=0)
        # Spike k is where the phase is k = 1, 2, ...; row r holds those in (phase[r], phase[r + 1]].
        passed = np.floor(phase).astype(np.int64)
        counts = np.diff(passed, axis=0).ravel()
        cell = np.repeat(np.arange(values.size), counts)
        nth = np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        row, channel = np.divmod(cell, channels)
        times = borders[row] + (passed[row, channel] + nth - phase[row, channel]) / rates[row, channel]
        return self._rounded_up(times, row, borders), channel
