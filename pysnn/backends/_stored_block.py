"""Synapses as an engine stores them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.arrays import frozen
from ..base.timebase import TimeBase

Float = NDArray[np.float64]
Index = NDArray[np.uint32]


class StoredBlock:
    """Synapses of a projection as one shard of the memory holds them.

    Rows by source, each row cut into runs of equal delay, in a run by target. Of plastic projections, and on
    "event" and "opencl" of all, ``weight`` is no copy and shows the weights of later runs too. Where "clock"
    packs the rows of static projections, ``weight`` is copied from them at every access.

    Attributes
    ----------
    weight : the weights, read-only; one entry where all are equal and static.
    unit : of delays, ms.
    source_begin, target_begin, target_end : neurons of the whole groups that rows and targets are of.
    """

    def __init__(self, arrays: dict[str, Any], unit: float) -> None:
        self._stored: NDArray[Any] | None = frozen(arrays["weight"]) if "weight" in arrays else None
        self._constant = bool(arrays["constant"])
        self.unit = unit
        self.source_begin = int(arrays["row_base"])
        self.target_begin = int(arrays["target_begin"])
        self.target_end = int(arrays["target_end"])
        self._synapses = int(arrays["synapses"])
        self._arrays = arrays
        self._first = int(arrays["member_begin"])
        self._end = int(arrays["member_end"])

    @property
    def weight(self) -> NDArray[Any]:
        """Weights, in the order of ``i``, ``j`` and ``delay``; one where all are equal and static."""
        if self._stored is None:
            return frozen(self._arrays["read_weight"]()[self._mine])
        return self._stored

    def __len__(self) -> int:
        return self._synapses

    def i(self) -> Index:
        """Source of each synapse in the whole group (computed)."""
        rows = np.repeat(np.arange(self._arrays["row_run"].size - 1), _lengths(self._arrays["row_run"]))
        i: Index = (np.repeat(rows, self._lengths) + self.source_begin).astype(np.uint32)
        return i[self._mine]

    def j(self) -> Index:
        """Target of each synapse in the whole group (computed)."""
        return self._targets[self._mine] - np.uint32(self._first) + np.uint32(self.target_begin)

    def delay(self) -> Float:
        """Delay of each synapse [ms] (computed)."""
        run_delay = self._arrays["run_delay"].astype(np.int64) * self._arrays.get("delay_unit", 1)
        ms = TimeBase(self.unit, grid=True).ms(run_delay)
        delay: Float = np.repeat(ms, self._lengths)[self._mine]
        return delay

    @property
    def _lengths(self) -> NDArray[np.int64]:
        return _lengths(self._arrays["run_begin"])

    @cached_property
    def _targets(self) -> Index:
        """Targets of all synapses of the rows, counted from the first neuron that they share."""
        target: Index = self._arrays["target"].astype(np.uint32)
        if "bits" not in self._arrays:
            return target
        # Bitmaps: each run's bits, and beside them the targets met more than once.
        runs = self._lengths.size
        bits = np.unpackbits(self._arrays["bits"].view(np.uint8).reshape(runs, -1), axis=1, bitorder="little")
        run, found = np.nonzero(bits)
        again = np.repeat(np.arange(runs), _lengths(self._arrays["extra"]))
        run, found = np.concatenate([run, again]), np.concatenate([found, target])
        return found[np.lexsort((found, run))].astype(np.uint32)

    @property
    def _mine(self) -> NDArray[np.bool_]:
        mine: NDArray[np.bool_] = (self._targets >= self._first) & (self._targets < self._end)
        return mine


def _lengths(bounds: Index) -> NDArray[np.int64]:
    whole = bounds.astype(np.int64)
    return whole[1:] - whole[:-1]
