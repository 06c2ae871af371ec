"""Rank-order code: channels fire in the order of their values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..base.params import param
from ..base.timebase import later, multiples
from ..errors import ParameterError
from .base import Encoder
from .coder import Float, Lanes, Spikes
from .given import rows_and_step
from .latency import fits_row
from .trains import SpikeTrains


class RankOrder(Encoder):
    """One spike a channel and row, the largest value first; how large is left out, which comes first is kept.

    rank    r_c = how many channels have a larger share u = (x - low) / (high - low), of equal ones those
            with a smaller number
    spike   t_c = t_min + r_c gap after the row's begin, if r_c < n_spikes

    What does not change the order -- brightness, contrast, any increasing function of the values -- changes
    no spike. Decoded from the order of spikes alone, whatever their times: the channel of rank r is table[r],
    those that were silent the mean of the rest of the table, a row without spikes NaN. Let d be how far the
    values, sorted in falling order, are from the table at most (as a share of the range; ``deviation``): then

        max_error = d (high - low),    and of the silent ones (d + how far the rest of the table is
                                       from its own mean) (high - low)

    ``fit`` takes the table from samples. With any values at all d is at most 1.

    Thorpe & Gautrais (1998), Computational Neuroscience: Trends in Research, 113-118; table and share of
    spikes after VanRullen & Thorpe (2001), Neural Computation 13:1255-1283.

    Parameters
    ----------
    gap: ms, > 0, from rank to rank. With ``resolution`` a multiple of it.
    t_min: ms, > 0, of the first. With ``resolution`` a multiple of it.
    n_spikes: >= 1: how many channels of a row fire; None for all.
    table: one share in [0, 1] a rank, not rising; None for (n - r - 1/2) / n, values spread evenly.
    low, high, resolution: see Encoder.
    """

    gap: float = param(default=1.0, unit="ms", above=0.0)
    t_min: float = param(default=1.0, unit="ms", above=0.0)
    n_spikes: int | None = param(default=None, low=1.0)
    table: ArrayLike | None = param(default=None, low=0.0, high=1.0, array=True)

    def check(self) -> None:
        """Hold times against the grid, and the table against its order."""
        super().check()
        self._on_grid(self.gap, "RankOrder.gap")
        self._on_grid(self.t_min, "RankOrder.t_min")
        if self.table is not None:
            table = np.atleast_1d(self.table)
            if len(table) == 0:
                raise ParameterError("RankOrder.table: expected one share a rank (got an empty array)")
            rising = np.flatnonzero(np.diff(table) > 0.0)
            if len(rising):
                at = rising[0] + 1
                raise ParameterError(
                    f"RankOrder.table[{at}]: must be <= the share before, {table[at - 1]:g} "
                    f"(got {table[at]:g})"
                )

    def fit(self, values: ArrayLike) -> RankOrder:
        """The same code with the table of samples (m, n): mean of the largest share, of the second, ...

        Raises ParameterError for values that cannot be encoded.
        """
        rows = self._contours(values, "RankOrder.fit", contour=True)
        return self.replace(table=-np.sort(-self._shares(rows), axis=1).mean(axis=0))

    def deviation(self, values: ArrayLike) -> float:
        """How far values (n,) or (m, n), sorted, are from the table at most, as a share of the range."""
        rows = self._contours(values, "RankOrder.deviation")
        ordered = -np.sort(-self._shares(rows), axis=1)
        return float(np.abs(ordered - self._table_of(rows.shape[1])).max())

    def max_error(self, duration: float, n_times: int | None = None, deviation: float = 1.0) -> Any:
        """See Encoder and the bound above; of the values that fired where ``n_spikes`` leaves some out."""
        rows_and_step(duration, n_times, "RankOrder.max_error")
        return deviation * self._span() + 4.0 * self._value_rounding()

    def max_error_silent(self, channels: int, deviation: float = 1.0) -> Any:
        """The bound for values that did not fire, of ``channels`` channels."""
        rest = self._table_of(channels)[self.n_spikes :]
        spread = float(np.abs(rest - rest.mean()).max()) if len(rest) else 0.0
        return (deviation + spread) * self._span() + 4.0 * self._value_rounding()

    def _shares(self, values: Float) -> Float:
        return np.asarray((values - self.low) / self._span())

    def _table_of(self, channels: int) -> Float:
        if self.table is None:
            return np.asarray((channels - np.arange(channels) - 0.5) / channels)
        table = np.atleast_1d(self.table)
        if len(table) != channels:
            raise ParameterError(
                f"RankOrder.table: expected {channels} shares, one a rank (got {len(table)})"
            )
        return np.asarray(table, dtype=np.float64)

    def _encode_rows(self, values: Float, borders: Float, lanes: Lanes) -> Spikes:
        self._table_of(lanes.channels)  # one that decode could not use is an error here
        fire = min(self.n_spikes or lanes.channels, lanes.channels)
        fits_row(self.t_min + (fire - 1) * self.gap, borders, "RankOrder", "t_min + gap (n_spikes - 1)")
        shares = self._shares(values).reshape(-1, lanes.channels)
        first = np.argsort(-shares, axis=1, kind="stable")[:, :fire]
        cell, rank = np.indices(first.shape)
        row, sample = np.divmod(cell, len(lanes.samples))
        times = self._rounded(later(borders[row], later(self.t_min, multiples(self.gap, rank))))
        return times.ravel(), (sample * lanes.channels + first).ravel()

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        table = self._table_of(lanes.channels)
        first = self._first_spikes(spikes, n_times).reshape(-1, lanes.channels)
        order = np.argsort(first, axis=1, kind="stable")  # silent channels (NaN) come last
        fired = (~np.isnan(first)).sum(axis=1)
        rank = np.arange(lanes.channels)
        # Mean of the rest of the table after each number of spikes.
        rest = np.append(np.cumsum(table[::-1])[::-1] / (lanes.channels - rank), np.nan)
        sorted_shares = np.where(rank < fired[:, None], table, rest[fired][:, None])
        shares = np.empty_like(first)
        np.put_along_axis(shares, order, sorted_shares, axis=1)
        shares[fired == 0] = np.nan
        return np.asarray(self.low + shares.reshape(n_times, lanes.n) * self._span())
