"""Latency code: the larger a value, the earlier its one spike."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.params import param
from ..errors import ParameterError
from .base import Encoder
from .coder import Float, Lanes, Spikes
from .given import rows_and_step
from .trains import SpikeTrains


class Latency(Encoder):
    """One spike a value and row, ``t_min`` after the row's begin for ``high``, ``t_max`` for ``low``.

    linear:  t(x) = t_min + (t_max - t_min) (high - x) / (high - low)
    log:     t(x) = t_min + (t_max - t_min) ln(high / x) / ln(high / low),   low > 0

    Decoded by the inverse from the first spike of the row; no spike decodes to NaN. With e the error
    of a spike time (resolution / 2 and float64's rounding), the decoded value is off by at most

    linear:  e (high - low) / (t_max - t_min)
    log:     high (exp(e ln(high / low) / (t_max - t_min)) - 1), as x scales by that exponential.

    Linear after Thorpe, Delorme & Van Rullen (2001), Neural Networks 14:715-725; logarithmic, so that
    a factor common to all values is a shift common to all spikes, after Hopfield (1995), Nature
    376:33-36.

    Parameters
    ----------
    t_min, t_max: ms, 0 < t_min < t_max; t_max at most a row's time. With ``resolution``, t_max must be a
        multiple of it and t_min more than half of it.
    scale: "linear" or "log".
    low, high, resolution: see Encoder.
    """

    t_min: float = param(default=1.0, unit="ms", above=0.0)
    t_max: float = param(default=50.0, unit="ms", above=0.0)
    scale: str = param(default="linear", choices=("linear", "log"))

    def check(self) -> None:
        """Hold t_min against t_max and the scale against low."""
        super().check()
        if self.t_min >= self.t_max:
            raise ParameterError(
                f"Latency.t_max: must be > t_min = {self.t_min:g} ms (got {self.t_max:g} ms)"
            )
        if self.scale == "log" and np.min(self.low) <= 0.0:
            raise ParameterError(f"Latency.low: must be > 0 on a log scale (got {float(np.min(self.low)):g})")
        self._check_grid(self.t_min, self.t_max)

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """See Encoder and the bounds above."""
        rows_and_step(duration, n_times, "Latency.max_error")
        share = self._time_error(duration) / (self.t_max - self.t_min)
        if self.scale == "linear":
            return share * self._span() + self._value_rounding()
        # Logarithms near ln(high) lose what float64 loses on the logarithm, a factor ~1 of eps each.
        share = share + 8.0 * np.finfo(np.float64).eps
        return self.high * np.expm1(share * np.log(self.high / self.low)) + self._value_rounding()

    def _encode_rows(self, values: Float, borders: Float, lanes: Lanes) -> Spikes:
        fits_row(self.t_max, borders, "Latency")
        if self.scale == "linear":
            share = (self.high - values) / self._span()
        else:
            share = np.log(self.high / values) / np.log(self.high / self.low)
        times = borders[:-1, None] + self.t_min + (self.t_max - self.t_min) * share
        return self._rounded(times).ravel(), np.tile(np.arange(lanes.n), len(values))

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        share = (self._first_spikes(spikes, n_times) - self.t_min) / (self.t_max - self.t_min)
        if self.scale == "linear":
            values = self.high - share * self._span()
        else:
            values = self.high * np.exp(-share * np.log(self.high / self.low))
        return np.asarray(np.clip(values, self.low, self.high))


def fits_row(t_max: float, borders: Float, name: str, what: str = "t_max") -> None:
    """Raise ParameterError unless spikes up to ``t_max`` stay inside their row."""
    step = (borders[-1] - borders[0]) / (len(borders) - 1)
    if t_max > step * (1.0 + 1e-9):
        raise ParameterError(
            f"{name}.encode: {what} must be <= the time of a row, duration / n_times = {step:g} ms "
            f"(got {t_max:g} ms)"
        )
