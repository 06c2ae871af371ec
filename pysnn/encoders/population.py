"""Population code: overlapping Gaussian receptive fields, read out as latencies."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.params import param
from ..errors import ParameterError
from .base import Encoder
from .coder import Float, Lanes, Spikes
from .given import rows_and_step
from .latency import fits_row
from .trains import SpikeTrains


class Population(Encoder):
    """``n_fields`` trains a value; a field whose Gaussian response is strong fires early.

    centre     c_k = low + (2 k - 3) / 2 (high - low) / (n_fields - 2),  k = 1 ... n_fields
    width      sigma = (high - low) / (beta (n_fields - 2))
    response   g_k(x) = exp(-(x - c_k)^2 / (2 sigma^2))
    spike      t_k = t_min + (t_max - t_min) (1 - g_k) after the row's begin if g_k >= threshold, else none

    Centres are d = (high - low) / (n_fields - 2) apart and reach d / 2 beyond both ends, so every x lies
    between two of them. Decoded from the two neighbouring fields a, b that fired earliest: ln g_a - ln g_b
    is linear in x, so x is exact when the times are:

        x = (c_a + c_b) / 2 + sigma^2 (ln g_a - ln g_b) / (c_a - c_b),     clipped to [low, high]

    With an error of e of a spike time, q = e / (t_max - t_min) is that of g. The strongest field has
    g >= exp(-beta^2 / 8) - 2 q (x is within d / 2 of a centre; 2 q as another field may look stronger)
    and its stronger neighbour g >= exp(-beta^2 / 2) - 2 q, and |ln(1 + q / g)| <= -ln(1 - q / g), so

        max_error = -(d / beta^2) sum over both of ln(1 - q / g),      at most high - low.

    A channel with spikes of one field alone decodes to the field's centre (clipped), with none to NaN.

    Bohte, Kok & La Poutre (2002), Neurocomputing 48:17-37 (there within 10 ms, beta = 1.5, and a field
    that would fire after 0.9 of that time is silent).

    Parameters
    ----------
    n_fields: >= 3, trains a value.
    beta: > 0, overlap; Bohte et al. take 1 to 2.
    t_min, t_max: ms, 0 < t_min < t_max; t_max at most a row's time. With ``resolution``, t_max must be a
        multiple of it and t_min more than half of it.
    threshold: > 0 and < exp(-beta^2 / 2), or a value could leave fewer than two spikes.
    low, high, resolution: see Encoder.
    """

    n_fields: int = param(default=8, low=3.0, high=1e6)
    beta: float = param(default=1.5, above=0.0)
    t_min: float = param(default=1.0, unit="ms", above=0.0)
    t_max: float = param(default=11.0, unit="ms", above=0.0)
    threshold: float = param(default=0.1, above=0.0, below=1.0)

    trains_per_value = "n_fields"

    def check(self) -> None:
        """Make sure that two fields fire for every value, each in its row."""
        super().check()
        weakest = float(np.exp(-0.5 * self.beta**2))
        if self.threshold >= weakest:
            raise ParameterError(
                f"Population.threshold: must be < exp(-beta^2 / 2) = {weakest:g}, so that two fields fire "
                f"for every value (got {self.threshold:g})"
            )
        if self.t_min >= self.t_max:
            raise ParameterError(
                f"Population.t_max: must be > t_min = {self.t_min:g} ms (got {self.t_max:g} ms)"
            )
        self._check_grid(self.t_min, self.t_max)

    def centres(self, channels: int = 1) -> Float:
        """Centres of the fields, float64[channels, n_fields]."""
        low, high = self._range(channels)
        place = (2.0 * np.arange(1, self.n_fields + 1) - 3.0) / (2.0 * (self.n_fields - 2))
        return np.asarray(low[:, None] + place * (high - low)[:, None])

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """See Encoder and the bound above."""
        rows_and_step(duration, n_times, "Population.max_error")
        span = self._span()
        share = self._time_error(duration) / (self.t_max - self.t_min) + 8.0 * np.finfo(np.float64).eps
        near, far = np.exp(-np.array([0.125, 0.5]) * self.beta**2) - 2.0 * share
        # Beyond this the third field could pass for one of the two.
        if share >= far or 2.0 * share >= np.exp(-0.125 * self.beta**2) - np.exp(-0.5 * self.beta**2):
            return span * 1.0
        logs = -np.log1p(-share / near) - np.log1p(-share / far)
        distance = span / (self.n_fields - 2)
        return np.minimum(span, logs * distance / self.beta**2) + self._value_rounding()

    def _encode_rows(self, values: Float, borders: Float, lanes: Lanes) -> Spikes:
        channels = lanes.n
        fits_row(self.t_max, borders, "Population")
        offset = (values[:, :, None] - self.centres(channels)) / self._sigma(channels)[:, None]
        response = np.exp(-0.5 * offset**2)
        begin = borders[:-1, None, None]
        times = self._rounded(begin + self.t_min + (self.t_max - self.t_min) * (1.0 - response))
        fires = response >= self.threshold
        trains = np.arange(channels * self.n_fields).reshape(channels, self.n_fields)
        return times[fires], np.broadcast_to(trains, fires.shape)[fires]

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        channels = lanes.n
        first = self._first_spikes(spikes, n_times).reshape(n_times, channels, self.n_fields)
        late = (first - self.t_min) / (self.t_max - self.t_min)
        response = np.maximum(np.where(np.isnan(first), 0.0, 1.0 - late), 0.0)
        best = np.argmax(response, axis=2)
        padded = np.pad(response, ((0, 0), (0, 0), (1, 1)))
        left, right = (np.take_along_axis(padded, (best + k)[:, :, None], 2)[:, :, 0] for k in (0, 2))
        neighbour = np.where(left > right, best - 1, best + 1)
        strongest = np.take_along_axis(response, best[:, :, None], 2)[:, :, 0]
        second = np.maximum(left, right)
        # Centres are evenly spaced: (c_a + c_b) / 2 and c_a - c_b from the numbers of the fields.
        low, high = self._range(channels)
        distance = (high - low) / (self.n_fields - 2)
        side = neighbour - best
        both = second > 0.0
        ratio = np.divide(strongest, second, out=np.ones_like(second), where=both)
        shift = np.where(both, 0.5 * side - np.log(ratio) / (self.beta**2 * side), 0.0)
        values = np.clip(low + (best - 0.5 + shift) * distance, low, high)
        return np.asarray(np.where(strongest > 0.0, values, np.nan))

    def _sigma(self, channels: int) -> Float:
        low, high = self._range(channels)
        return (high - low) / (self.beta * (self.n_fields - 2))
