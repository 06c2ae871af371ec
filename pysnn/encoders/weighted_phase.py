"""Weighted-phase code: the bits of a value, one after the other."""

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


class WeightedPhase(Encoder):
    """One train a value, whose phases each weigh half of the one before: a spike is a bit that is set.

    number   q = (x - low) / (high - low) (2^n_bits - 1), rounded to the nearest whole one
    spikes   at the end of slot j of the row, (j + 1) slot after its begin, where bit n_bits - 1 - j of q
             is set; the n_bits slots are repeated as long as the row has room for all of them

    Decoded as the sum of the weights 2^(n_bits - 1 - j) of the spikes of a row over the number of
    repetitions, each spike taken to the nearest end of a slot:

        max_error = (high - low) / (2 (2^n_bits - 1)).

    ``low`` has no spike at all, and no spike decodes to ``low``.

    Kim, Kim, Huh, Lee & Choi (2018), Neurocomputing 311:373-386.

    Parameters
    ----------
    n_bits: 1 to 30, slots of a value.
    slot: ms, > 0; n_bits slots at most a row's time. With ``resolution`` a multiple of it.
    low, high, resolution: see Encoder.
    """

    n_bits: int = param(default=8, low=1.0, high=30.0)
    slot: float = param(default=1.0, unit="ms", above=0.0)

    def check(self) -> None:
        """Hold the slot against the grid."""
        super().check()
        self._on_grid(self.slot, "WeightedPhase.slot")

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """See Encoder and the bound above."""
        rows_and_step(duration, n_times, "WeightedPhase.max_error")
        return quantum_error(self.n_bits) * self._span() + self._value_rounding()

    def _repetitions(self, step: float) -> int:
        return int(step / (self.n_bits * self.slot) + 1e-9)

    def _encode_rows(self, values: Float, borders: Float, lanes: Lanes) -> Spikes:
        fits_row(self.n_bits * self.slot, borders, "WeightedPhase", "n_bits slot")
        bits = bits_of((values - self.low) / self._span(), self.n_bits)
        row, lane, bit = np.nonzero(bits)
        repetition = np.arange(self._repetitions((borders[-1] - borders[0]) / len(values)))
        slots = bit + 1 + self.n_bits * repetition[:, None]
        times = self._rounded(borders[row] + slots * self.slot)
        return times.ravel(), np.broadcast_to(lane, slots.shape).ravel()

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        repetitions = self._repetitions(spikes.duration / n_times)
        if not repetitions:
            raise ParameterError(
                f"WeightedPhase.decode: expected rows of at least n_bits slot = "
                f"{self.n_bits * self.slot:g} ms (got {spikes.duration / n_times:g} ms)"
            )
        row = self._row_of(spikes.times, n_times, spikes.duration)
        begin = self._borders(n_times, spikes.duration)[row]
        slot = np.rint((spikes.times - begin) / self.slot).astype(np.int64) - 1
        inside = (slot >= 0) & (slot < self.n_bits * repetitions)
        weights = np.where(inside, 2.0 ** (self.n_bits - 1 - slot % self.n_bits), 0.0)
        total = np.bincount(row * lanes.n + spikes.indices, weights, n_times * lanes.n)
        share = total.reshape(n_times, lanes.n) / (repetitions * (2**self.n_bits - 1))
        return np.asarray(np.clip(self.low + share * self._span(), self.low, self.high))


def bits_of(shares: Float, n_bits: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Bits of shares in [0, 1], quantised to 2^n_bits levels, the most significant first (..., n_bits)."""
    numbers = np.rint(shares * (2**n_bits - 1)).astype(np.int64)
    return np.asarray((numbers[..., None] >> np.arange(n_bits - 1, -1, -1)) & 1, dtype=np.bool_)


def quantum_error(n_bits: int) -> float:
    """Half the distance of two of 2^n_bits levels from 0 to 1, and what float64 loses on them."""
    return 0.5 / float(2**n_bits - 1) + 8.0 * float(np.finfo(np.float64).eps)
