"""Takes weights to where they belong: all of them at intervals, or each change of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine, list_synapses
from ..base.timebase import TimeBase
from ..data import WeightChanges, WeightData
from ..spec import ProbeSpec
from .recorder import Chunks, Recorder

Columns = dict[str, NDArray[Any]]
_COLUMNS: dict[str, type[np.generic]] = {
    "t": np.float64,
    "i": np.uint32,
    "j": np.uint32,
    "k": np.uint32,
    "w": np.float64,
}


class WeightRecorder(Recorder):
    """All weights of a projection at intervals; the run stops at each to have them up to date."""

    def __init__(self, probe: ProbeSpec, every: float, number: int, engine: Engine, time: TimeBase) -> None:
        # Rounded, an interval is one step at least, as the core has it.
        self._every = max(1, time.tick(every, f"probe {probe.name!r}: every"))
        self._time = time
        self._name = probe.name
        self._number = number
        self._engine = engine
        self._taken = -(-engine.ticks // self._every)
        self.forget(0.0)

    def forget(self, time: float, from_zero: bool = False) -> None:
        """Begin anew."""
        if from_zero:
            self._taken = 0
        self._t = Chunks(np.empty(0))
        self._values: Chunks | None = None  # until a first sample tells its precision

    def saved(self) -> dict[str, NDArray[Any]]:
        """Times and values, and how many samples there were."""
        arrays = {"t": self._t.joined(), "taken": np.array([self._taken])}
        return arrays if self._values is None else {**arrays, "values": self._values.joined()}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from these."""
        self.forget(0.0)
        self._taken = int(arrays["taken"][0])
        self._t.add(arrays["t"])
        if "values" in arrays:
            self._values = Chunks(np.empty((0, arrays["values"].shape[1]), arrays["values"].dtype))
            self._values.add(arrays["values"])

    @property
    def next(self) -> int:
        """Time of the next sample, ticks."""
        return self._taken * self._every

    def sample(self) -> None:
        """Copy the weights, which ``finish`` has brought up to date, for the time of ``next``."""
        weights = self._engine.weights(self._number)
        if self._values is None:
            self._values = Chunks(np.empty((0, len(weights)), weights.dtype))
        self._t.add(np.array([self._time.ms_of(self.next)]))
        self._values.add(weights[np.newaxis])
        self._taken += 1

    def data(self, duration: float) -> WeightData:
        """The samples so far."""
        none_yet = np.empty((0, self._engine.synapse_count(self._number)))
        values = none_yet if self._values is None else self._values.joined()
        return WeightData(self._t.joined(), values, self._name)


class ChangeRecorder(Recorder):
    """Every change of a weight, told by the i, j and k that its synapse had then: rewired, it has others."""

    def __init__(self, probe: ProbeSpec, number: int, engine: Engine) -> None:
        self._name = probe.name
        self._number = number
        self._engine = engine
        self._probe = engine.add_change_probe(number)
        self._begin = engine.time  # what was before is found out later, and not recorded
        self._rewired = -1  # how often they were when the table was made
        self._table: tuple[NDArray[np.uint32], ...] = ()  # i, j, k of each synapse, once they are needed
        self.forget(0.0)

    def forget(self, time: float, from_zero: bool = False) -> None:
        """Begin anew."""
        if from_zero:
            self._begin = 0.0
        self._new: list[Columns] = []
        self._clear()

    def saved(self) -> dict[str, NDArray[Any]]:
        """Times, synapses and weights."""
        if self._new:
            self._sort_in()
        return {**self._columns(), "begin": np.array([self._begin])}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from these."""
        self.forget(0.0)
        self._begin = float(arrays["begin"][0])
        if "synapse" in arrays:  # as earlier versions saved them
            self._add(arrays["t"], arrays["synapse"], arrays["w"])
        elif len(arrays["t"]):
            self._new.append({name: arrays[name] for name in _COLUMNS})

    def take(self) -> None:
        """Empty the engine's buffer."""
        t, synapse, w = self._engine.take_changes(self._probe)
        if self._begin and len(t) and t[0] <= self._begin:
            later = t > self._begin
            t, synapse, w = t[later], synapse[later], w[later]
        self._add(t, synapse, w)

    def _add(self, t: NDArray[np.float64], synapse: NDArray[np.uint64], w: NDArray[np.float64]) -> None:
        if len(t):
            i, j, k = (of_each[synapse] for of_each in self._synapses())
            self._new.append({"t": t, "i": i, "j": j, "k": k, "w": w})

    def _synapses(self) -> tuple[NDArray[np.uint32], ...]:
        rewired = self._engine.rewirings(self._number)
        if rewired != self._rewired:
            self._table, self._rewired = list_synapses(self._engine, self._number)[:3], rewired
        return self._table

    def data(self, duration: float) -> WeightChanges:
        """The changes so far, by time."""
        if self._new:
            self._sort_in()
        columns = self._columns()
        t, i, j, k, w = (columns[name] for name in _COLUMNS)
        return WeightChanges(t, i, j, k, w, self._name)

    def _columns(self) -> Columns:
        return {name: chunks.joined() for name, chunks in self._sorted.items()}

    def _clear(self) -> None:
        self._sorted = {name: Chunks(np.empty(0, kind)) for name, kind in _COLUMNS.items()}

    def _sort_in(self) -> None:
        """Join what is new to the rest, by time and synapse.

        A change is known when the synapse is next touched, which may be after a later one elsewhere:
        where some of the new ones came before some of the old, all are sorted again.
        """
        known, new, self._new = self._columns(), self._new, []
        joined = {name: np.concatenate([part[name] for part in new]) for name in _COLUMNS}
        if len(known["t"]) and joined["t"].min() <= known["t"][-1]:
            joined = {name: np.concatenate((known[name], joined[name])) for name in _COLUMNS}
            self._clear()
        order = by_time_and_synapse(joined)
        for name, chunks in self._sorted.items():
            chunks.add(joined[name][order])


def by_time_and_synapse(changes: Mapping[str, NDArray[Any]]) -> NDArray[np.intp]:
    """The order of changes; several of a synapse at one time stay in theirs."""
    return np.lexsort((changes["k"], changes["j"], changes["i"], changes["t"]))
