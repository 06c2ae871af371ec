"""Pulse-width modulation code: a spike where the signal crosses a sawtooth carrier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.params import ParamInfo, check_number, param
from ..errors import ParameterError
from .base import Encoder
from .coder import Coder, Float, Lanes, Spikes
from .given import rows_and_step
from .trains import SpikeTrains


class PWM(Encoder):
    """A spike wherever signal and rising sawtooth meet: the phase in the carrier's period is the value.

    carrier   c(t) = low - guard w + (1 + 2 guard) w (t mod period) / period,    w = high - low

    The signal is a real contour: it passes the sample of row r at r * step, is linear between samples and
    stays at the last one. The carrier begins each period below ``low`` and ends it above ``high`` (by the
    guard), so every period has a spike: exactly one unless the signal rises faster than the carrier, when
    it may have more.

    Decoded: v_k = c(t_k) is the signal at spike k; between spikes linear, before the first and after the
    last constant, read off at the rows' times. Let L be the steepest slope of the contour [1/ms], s the
    carrier's, e the error of a spike time, and tail = duration mod period the unfinished last period. A
    decoded point is off by at most (s + L) e. Points are less than 2 period + 2 e apart, and between two
    exact points a signal of slope at most L leaves the line by at most L / 2 of their distance; at the
    ends it moves at most L (period + tail + e). Together

        max_error = s e + L (period + tail + 2 e),     s = (1 + 2 guard) (high - low) / period

    so a static value (L = 0) is exact when the times are.

    Arriandiaga, Portillo, Espinosa-Ramos & Kasabov (2020), IEEE Trans. Neural Netw. Learn. Syst.
    31:3920-3931.

    Parameters
    ----------
    period: ms, > 0, of the carrier; at most the duration encoded.
    guard: 0 < guard <= 1: how far the carrier reaches beyond the range, as a share of it. It keeps
        ``high`` at the end of a period apart from ``low`` at the begin of the next.
    low, high, resolution: see Encoder. A resolution must be < 2 period guard / (1 + 2 guard), the time the
        carrier spends beyond one end, twice.
    """

    period: float = param(default=10.0, unit="ms", above=0.0)
    guard: float = param(default=0.05, above=0.0, high=1.0)

    def check(self) -> None:
        """Make sure that rounding leaves a spike in its period."""
        super().check()
        margin = self.period * self.guard / (1.0 + 2.0 * self.guard)
        if self.resolution is not None and self.resolution >= 2.0 * margin:
            raise ParameterError(
                f"PWM.resolution: must be < 2 period guard / (1 + 2 guard) = {2 * margin:g} ms "
                f"(got {self.resolution:g} ms)"
            )

    def carrier(self, phase: Float) -> Float:
        """Carrier at ``phase`` (share of the period, 0 to 1), shape (len(phase), 1 or n)."""
        return np.asarray(self.low + self._share(np.asarray(phase)[:, None]) * self._span())

    def _share(self, phase: Float) -> Float:
        """Carrier at ``phase`` as a share of the range, -guard to 1 + guard."""
        return (1.0 + 2.0 * self.guard) * phase - self.guard

    def max_error(self, duration: float, n_times: int | None = None, slope: float = 0.0) -> Any:
        """See Encoder and the bound above; ``slope`` >= 0 is the contour's steepest, in its unit / ms."""
        rows_and_step(duration, n_times, "PWM.max_error")
        steepest = check_number(slope, ParamInfo(unit="1/ms", low=0.0), "PWM.max_error: slope")
        late = self._time_error(duration)
        rise = (1.0 + 2.0 * self.guard) * self._span() / self.period
        tail = duration % self.period
        return rise * late + steepest * (self.period + tail + 2.0 * late) + 4.0 * self._value_rounding()

    def _coder(self, lanes: Lanes, step: float) -> Coder:
        return _PWMCoder(self)

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        samples = self._borders(n_times, spikes.duration)[:-1]
        low, high = self._range(lanes.n)
        share = self._share(np.mod(spikes.times / self.period, 1.0))
        points = low[spikes.indices] + share * (high - low)[spikes.indices]
        order = np.lexsort((spikes.times, spikes.indices))
        times, points = spikes.times[order], points[order]
        first = np.concatenate([[0], np.cumsum(spikes.counts())])
        # The spikes on both sides of every sample, each clamped to its train.
        place = _places(times, spikes.indices[order], samples, lanes.n)
        lower = np.clip(place - 1, first[:-1], np.maximum(first[1:] - 1, first[:-1]))
        upper = np.clip(place, first[:-1], np.maximum(first[1:] - 1, first[:-1]))
        silent = np.diff(first) == 0
        if silent.all():
            return np.full((n_times, lanes.n), np.nan)
        lower, upper = (np.where(silent, 0, k) for k in (lower, upper))
        gap = times[upper] - times[lower]
        share = np.clip((samples[:, None] - times[lower]) / np.where(gap > 0.0, gap, 1.0), 0.0, 1.0)
        values = points[lower] + share * (points[upper] - points[lower])
        return np.asarray(np.where(silent, np.nan, np.clip(values, low, high)))


def _places(times: Float, trains: NDArray[np.integer[Any]], samples: Float, n: int) -> NDArray[np.int64]:
    """Among spikes sorted by (train, time), the first of each train after each sample (samples, trains)."""
    after = np.searchsorted(samples, times, side="left")  # samples at or after each spike, by their first
    counts = np.bincount(after * n + trains, minlength=(len(samples) + 1) * n).reshape(-1, n)
    passed = np.cumsum(counts, axis=0)
    first = np.cumsum(passed[-1]) - passed[-1]
    return np.asarray(first + passed[:-1])


class _PWMCoder(Coder):
    """Keeps the last sample: the signal's way on from it follows from the next."""

    def __init__(self, encoder: PWM) -> None:
        self._encoder = encoder
        self._time = 0.0
        self._value: Float | None = None

    @property
    def late(self) -> int:
        """One row until the next sample is there, and one as a spike may be at the begin of it."""
        return 2

    def push(self, values: Float, borders: Float) -> Spikes:
        encoder, samples = self._encoder, borders[:-1]
        values = (values - encoder.low) / encoder._span()  # all that follows is in shares of the range
        if self._value is not None:
            samples, values = np.append(self._time, samples), np.vstack([self._value, values])
        self._time, self._value = float(samples[-1]), values[-1]
        return self._crossings(samples, values, np.empty(0))

    def finish(self, end: float) -> Spikes:
        if end < self._encoder.period:
            raise ParameterError(
                f"PWM.encode: duration must be >= period = {self._encoder.period:g} ms (got {end:g} ms)"
            )
        assert self._value is not None
        return self._crossings(np.array([self._time]), self._value[None], np.array([end]))

    def _crossings(self, samples: Float, values: Float, end: Float) -> Spikes:
        """Where signal and carrier meet from the first sample to the last, or on to ``end``."""
        encoder, period = self._encoder, self._encoder.period
        stop = float(np.append(samples, end)[-1])
        # One more on both sides: a quotient rounds.
        teeth = np.arange(max(samples[0] // period - 1.0, 0.0), stop // period + 2.0) * period
        # Between neighbouring breaks both carrier and signal are linear: at most one crossing.
        breaks: Float = np.unique(np.concatenate([samples, teeth, end]))
        breaks = breaks[(breaks >= samples[0]) & (breaks <= stop)]
        first: Float = breaks[:-1]
        last: Float = breaks[1:]
        tooth = np.searchsorted(teeth, first, side="right") - 1
        at = [_interpolated(values, samples, t) for t in (first, last)]
        saw = [encoder._share((t - teeth[tooth]) / period)[:, None] for t in (first, last)]
        before, after = saw[0] - at[0], saw[1] - at[1]
        # Half open: a crossing at the end belongs to the next piece (and cannot be at a tooth's end).
        piece, channel = np.nonzero((before == 0.0) | (before * after < 0.0))
        b, a = before[piece, channel], after[piece, channel]
        share = np.where(b == 0.0, 0.0, b / np.where(b == a, 1.0, b - a))
        times = first[piece] + share * (last - first)[piece]
        return encoder._rounded(times), channel.astype(np.int64)


def _interpolated(values: Float, samples: Float, times: Float) -> Float:
    """Rows of ``values`` at ``samples``, linear between them and constant after, at ``times``."""
    below = np.searchsorted(samples, times, side="right") - 1
    above = np.minimum(below + 1, len(samples) - 1)
    gap = np.where(above > below, samples[above] - samples[below], 1.0)
    share = ((times - samples[below]) / gap * (above > below))[:, None]
    return np.asarray(values[below] + share * (values[above] - values[below]))
