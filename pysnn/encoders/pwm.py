"""Pulse-width modulation code: a spike where the signal crosses a sawtooth carrier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.params import ParamInfo, check_number, param
from ..errors import ParameterError
from .base import Encoder, Float, Seed, rows_and_step
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
        share = (1.0 + 2.0 * self.guard) * np.asarray(phase)[:, None] - self.guard
        return np.asarray(self.low + share * self._span())

    def max_error(self, duration: float, n_times: int | None = None, slope: float = 0.0) -> Any:
        """See Encoder and the bound above; ``slope`` >= 0 is the contour's steepest, in its unit / ms."""
        rows_and_step(duration, n_times, "PWM.max_error")
        steepest = check_number(slope, ParamInfo(unit="1/ms", low=0.0), "PWM.max_error: slope")
        late = self._time_error(duration)
        rise = (1.0 + 2.0 * self.guard) * self._span() / self.period
        tail = duration % self.period
        return rise * late + steepest * (self.period + tail + 2.0 * late) + 4.0 * self._value_rounding()

    def _encode(self, values: Float, duration: float, seed: Seed) -> tuple[Float, NDArray[np.int64]]:
        if duration < self.period:
            raise ParameterError(
                f"PWM.encode: duration must be >= period = {self.period:g} ms (got {duration:g} ms)"
            )
        samples = np.arange(len(values), dtype=np.float64) * (duration / len(values))
        teeth = np.arange(int(np.ceil(duration / self.period))) * self.period
        # Between neighbouring breaks both carrier and signal are linear: at most one crossing.
        breaks: Float = np.unique(np.concatenate([samples, teeth, [duration]]))
        begin: Float = breaks[:-1]
        end: Float = breaks[1:]
        tooth = np.searchsorted(teeth, begin, side="right") - 1
        at = [_interpolated(values, samples, t) for t in (begin, end)]
        saw = [self.carrier((t - teeth[tooth]) / self.period) for t in (begin, end)]
        before, after = saw[0] - at[0], saw[1] - at[1]
        # Half open: a crossing at the end belongs to the next piece (and cannot be at a tooth's end).
        piece, channel = np.nonzero((before == 0.0) | (before * after < 0.0))
        b, a = before[piece, channel], after[piece, channel]
        share = np.where(b == 0.0, 0.0, b / np.where(b == a, 1.0, b - a))
        times = begin[piece] + share * (end - begin)[piece]
        return self._rounded(times), channel.astype(np.int64)

    def _decode(self, spikes: SpikeTrains, n_times: int, channels: int) -> Float:
        samples = np.arange(n_times) * (spikes.duration / n_times)
        low, high = self._range(channels)
        phase = np.mod(spikes.times / self.period, 1.0)
        share = (1.0 + 2.0 * self.guard) * phase - self.guard
        points = low[spikes.indices] + share * (high - low)[spikes.indices]
        order = np.argsort(spikes.indices, kind="stable")
        times, points = spikes.times[order], points[order]
        first = np.concatenate([[0], np.cumsum(spikes.counts())])
        values = np.full((n_times, channels), np.nan)
        for channel in np.flatnonzero(np.diff(first)):
            own = slice(first[channel], first[channel + 1])
            values[:, channel] = np.interp(samples, times[own], points[own])
        return np.asarray(np.clip(values, low, high))


def _interpolated(values: Float, samples: Float, times: Float) -> Float:
    """Rows of ``values`` at ``samples``, linear between them and constant after, at ``times``."""
    below = np.searchsorted(samples, times, side="right") - 1
    above = np.minimum(below + 1, len(samples) - 1)
    gap = np.where(above > below, samples[above] - samples[below], 1.0)
    share = ((times - samples[below]) / gap * (above > below))[:, None]
    return np.asarray(values[below] + share * (values[above] - values[below]))
