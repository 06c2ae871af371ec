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
from .chunks import Chunks
from .recorder import Recorder, up_to

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
        self._samples: Chunks | None = None  # until a first one tells its precision

    def saved(self) -> dict[str, NDArray[Any]]:
        """Times and values, and how many samples there were."""
        taken = {"taken": np.array([self._taken])}
        if self._samples is None:
            return {"t": np.empty(0), **taken}
        t, values = self._samples.joined()
        return {"t": t, **taken, "values": values}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from these."""
        self.forget(0.0)
        self._taken = int(arrays["taken"][0])
        if "values" in arrays:
            self._of(arrays["values"]).add(arrays["t"], arrays["values"])

    @property
    def next(self) -> int:
        """Time of the next sample, ticks."""
        return self._taken * self._every

    def sample(self) -> None:
        """Copy the weights, which ``finish`` has brought up to date, for the time of ``next``."""
        weights = self._engine.weights(self._number)[np.newaxis]
        self._of(weights).add(np.array([self._time.ms_of(self.next)]), weights)
        self._taken += 1

    def _of(self, values: NDArray[Any]) -> Chunks:
        """Those to which rows such as these are added."""
        if self._samples is None:
            self._samples = Chunks(np.empty(0), np.empty((0, values.shape[1]), values.dtype))
        return self._samples

    def data(self, duration: float) -> WeightData:
        """The samples so far."""
        if self._samples is None:
            return self._none_yet()
        t, values = self._samples.joined()
        return WeightData(t, values, self._name)

    def aside(self, duration: float) -> WeightData:
        """Those up to there."""
        samples = self._samples
        if samples is None:
            return self._none_yet()
        t, values = up_to(duration, *samples.aside())
        return WeightData(t, values, self._name)

    def _none_yet(self) -> WeightData:
        return WeightData(np.empty(0), np.empty((0, self._engine.synapse_count(self._number))), self._name)


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
        self._stand: tuple[Chunks, list[Columns]] = _none(), []  # what is sorted, and what is new

    def saved(self) -> dict[str, NDArray[Any]]:
        """Times, synapses and weights."""
        return {**self._sorted(), "begin": np.array([self._begin])}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from these."""
        self.forget(0.0)
        self._begin = float(arrays["begin"][0])
        if "synapse" in arrays:  # as earlier versions saved them
            self._add(arrays["t"], arrays["synapse"], arrays["w"])
        elif len(arrays["t"]):
            self._stand[1].append({name: arrays[name] for name in _COLUMNS})

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
            self._stand[1].append({"t": t, "i": i, "j": j, "k": k, "w": w})

    def _synapses(self) -> tuple[NDArray[np.uint32], ...]:
        rewired = self._engine.rewirings(self._number)
        if rewired != self._rewired:
            self._table, self._rewired = list_synapses(self._engine, self._number)[:3], rewired
        return self._table

    def data(self, duration: float) -> WeightChanges:
        """The changes so far, by time."""
        return self._data(self._sorted())

    def aside(self, duration: float) -> WeightChanges:
        """Those up to there."""
        chunks, new = self._stand
        columns = _joined([_named(chunks.aside()), *new])
        columns = {name: column[by_time_and_synapse(columns)] for name, column in columns.items()}
        return self._data(_named(up_to(duration, *columns.values())))

    def _data(self, columns: Columns) -> WeightChanges:
        t, i, j, k, w = (columns[name] for name in _COLUMNS)
        return WeightChanges(t, i, j, k, w, self._name)

    def _sorted(self) -> Columns:
        """All of them, by time and synapse.

        A change is known when the synapse is next touched, which may be after a later one elsewhere:
        where some of the new ones came before some of the old, all are sorted again.
        """
        chunks, new = self._stand
        if new:
            known, joined = _named(chunks.joined()), _joined(new)
            if len(known["t"]) and joined["t"].min() <= known["t"][-1]:
                joined, chunks = _joined([known, joined]), _none()
            else:
                chunks = chunks.grown()
            order = by_time_and_synapse(joined)
            chunks.add(*(column[order] for column in joined.values()))
            self._stand = chunks, []
        return _named(chunks.joined())


def _none() -> Chunks:
    return Chunks(*(np.empty(0, kind) for kind in _COLUMNS.values()))


def _named(columns: tuple[NDArray[Any], ...]) -> Columns:
    return dict(zip(_COLUMNS, columns, strict=True))


def _joined(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in _COLUMNS}


def by_time_and_synapse(changes: Mapping[str, NDArray[Any]]) -> NDArray[np.intp]:
    """The order of changes; several of a synapse at one time stay in theirs."""
    return np.lexsort((changes["k"], changes["j"], changes["i"], changes["t"]))
