"""The chain quantise -> bits -> PWM -> filter: a value as parallel lines of bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.params import param
from ..base.timebase import later, multiples
from ..errors import ParameterError
from ._scan import decaying_sum
from .base import Encoder
from .coder import Coder, Float, Lanes, Spikes
from .given import rows_and_step
from .trains import SpikeTrains
from .weighted_phase import bits_of, quantum_error


class BitPWM(Encoder):
    """A value is quantised, each bit is a line, a line is a pulse-width modulated carrier, a filter reads it.

    quantise  q = (x - low) / (high - low) (2^n_bits - 1), rounded to the nearest whole number
    bits      line b of the value carries bit n_bits - 1 - b of q
    PWM       in each period a line is on from the period's begin to its spike: for ``zero`` of the period
              if the bit is 0, for ``one`` of it if it is 1; as many whole periods as a row has room for
    filter    tau dy/dt = on - y,  y(0) = 0, of each line, read at the row's end

    The lines are spike trains like any other. An exponential synapse of time constant tau is the filter: the
    sum of exp(-(t - spike) / tau) is y and, for each period, exp(-(t - begin) / tau), the same for a 0 and a
    1. ``decode`` holds y against a level halfway between the least that a 1 and the most that a 0 can leave.
    The bits are then right, and

        max_error = (high - low) / (2 (2^n_bits - 1))

    even where every spike is moved by up to ``jitter`` ms. With p = period, m periods a row and g the rest of
    it, a spike at duty d adds A (exp(d p / tau) - 1), A = exp(-g / tau) sum_{j = 1..m} exp(-j p / tau), and q
    = exp(-step / tau) is left of all before; with c_d for that, the levels to be told apart are c_one
    (nothing before) and c_zero + q c_one / (1 - q) (ones for ever before). Where the second is not below the
    first the row is too short for tau, an error.

    The chain is that of a digital-to-analogue converter by pulse width: Holmes & Lipo (2003), Pulse Width
    Modulation for Power Converters, Wiley; as spikes after Arriandiaga et al. (2020), see PWM.

    Parameters
    ----------
    n_bits: 1 to 30, trains a value.
    period: ms, > 0, of the carrier; at most a row's time. With ``resolution`` a multiple of it.
    zero, one: 0 < zero < one < 1: when a line's spike comes, as a share of the period.
    tau: ms, > 0, of the filter.
    low, high, resolution: see Encoder.
    """

    n_bits: int = param(default=8, low=1.0, high=30.0)
    period: float = param(default=10.0, unit="ms", above=0.0)
    zero: float = param(default=0.2, above=0.0, below=1.0)
    one: float = param(default=0.8, above=0.0, below=1.0)
    tau: float = param(default=10.0, unit="ms", above=0.0)

    trains_per_value = "n_bits"

    def check(self) -> None:
        """Hold the two duties against each other, and the period against the grid."""
        super().check()
        if self.zero >= self.one:
            raise ParameterError(f"BitPWM.one: must be > zero = {self.zero:g} (got {self.one:g})")
        self._on_grid(self.period, "BitPWM.period")

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """See Encoder and the bound above."""
        _, step = rows_and_step(duration, n_times, "BitPWM.max_error")
        self._levels(step, "BitPWM.max_error")
        return quantum_error(self.n_bits) * self._span() + self._value_rounding()

    def jitter(self, duration: float, n_times: int | None = None) -> float:
        """How far each spike may be moved, either way and each its own, without a wrong bit [ms]."""
        _, step = rows_and_step(duration, n_times, "BitPWM.jitter")
        return self._levels(step, "BitPWM.jitter").jitter

    def filtered(self, spikes: SpikeTrains, n_times: int | None = None) -> Float:
        """y of every line at the end of each row, (n_times, trains); raises as ``decode`` does."""
        self._channels_of(spikes, "BitPWM.filtered")
        rows, step = rows_and_step(spikes.duration, n_times, "BitPWM.filtered")
        row = self._row_of(spikes.times, rows, spikes.duration)
        borders = self._borders(rows, spikes.duration)
        begin, end = borders[row], borders[row + 1]
        on = begin + np.floor((spikes.times - begin) / self.period) * self.period
        left = np.exp((spikes.times - end) / self.tau) - np.exp((on - end) / self.tau)
        added = np.bincount(row * spikes.n + spikes.indices, left, rows * spikes.n)
        return decaying_sum(added.reshape(rows, spikes.n), float(np.exp(-step / self.tau)))

    def _coder(self, lanes: Lanes, step: float) -> Coder:
        self._levels(step, "BitPWM.encode")
        return super()._coder(lanes, step)

    def _encode_rows(self, values: Float, borders: Float, lanes: Lanes) -> Spikes:
        bits = bits_of((values - self.low) / self._span(), self.n_bits)
        periods = int((borders[-1] - borders[0]) / len(values) / self.period + 1e-9)
        after = np.where(bits, self.one, self.zero) * self.period
        begin = later(borders[:-1, None], multiples(self.period, np.arange(periods)))
        times = self._rounded(later(begin[:, :, None, None], after[:, None]))
        trains = np.arange(lanes.n * self.n_bits).reshape(lanes.n, self.n_bits)
        return times.ravel(), np.broadcast_to(trains, times.shape).ravel()

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        level = self._levels(spikes.duration / n_times, "BitPWM.decode").level
        lines = self.filtered(spikes, n_times).reshape(n_times, lanes.n, self.n_bits)
        numbers = (lines > level) @ 2.0 ** np.arange(self.n_bits - 1, -1, -1)
        values = self.low + numbers / (2**self.n_bits - 1) * self._span()
        row = self._row_of(spikes.times, n_times, spikes.duration)
        heard = np.bincount(row * spikes.n + spikes.indices, minlength=n_times * spikes.n)
        silent = ~heard.reshape(lines.shape).astype(bool).all(axis=2)
        return np.asarray(np.where(silent, np.nan, np.clip(values, self.low, self.high)))

    def _levels(self, step: float, owner: str) -> _Levels:
        """What a filter can read at the end of a row of ``step`` ms; ParameterError where bits would mix."""
        p, tau = self.period, self.tau
        periods = int(step / p + 1e-9)
        if not periods:
            raise ParameterError(f"{owner}: period must be <= the time of a row, {step:g} ms (got {p:g} ms)")
        # The sum over the periods in closed form; every exponent is negative, so that nothing overflows.
        scale = np.exp(-(step - periods * p) / tau) * np.expm1(-periods * p / tau) / np.expm1(-p / tau)
        left = np.exp(-step / tau) / -np.expm1(-step / tau)  # q / (1 - q)
        begin, zero, one = (np.exp((duty - 1.0) * p / tau) for duty in (0.0, self.zero, self.one))
        least = scale * (one - begin)
        if least < 1e-200:
            raise ParameterError(
                f"{owner}: a filter of tau = {tau:g} ms has forgotten a row of {step:g} ms at its end: "
                f"expected a larger tau"
            )
        most = scale * (zero - begin) + left * least
        level = 0.5 * (least + most)
        jitter = -np.inf
        if most < least:
            early = tau * np.log(one / (level / scale + begin))
            faint = zero + left * one  # what a 0 leaves; nothing at all of a filter that is fast
            late = tau * np.log((level / scale + begin * (1.0 + left)) / faint) if faint > 0.0 else np.inf
            # A spike stays in its period, or the line would be on for another.
            jitter = min(float(early), float(late), self.zero * p, (1.0 - self.one) * p)
        if jitter <= self._time_error(step):
            raise ParameterError(
                f"{owner}: a row of {step:g} ms is too short for a filter of tau = {self.tau:g} ms to tell "
                f"bits at {self.zero:g} and {self.one:g} of the period from each other: expected a smaller "
                f"tau, longer rows or duties further apart"
            )
        return _Levels(float(level), jitter)


@dataclass(frozen=True)
class _Levels:
    """``level`` between a 0 and a 1, and the ``jitter`` [ms] that leaves them on their sides of it."""

    level: float
    jitter: float
