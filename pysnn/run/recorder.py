"""Takes what an engine has recorded to where it belongs: probes, counts and the spike log.

Engines hold what they record in buffers that are emptied here after each slice of a run, so that
they stay small however long the run is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..backends import ordinals
from ..backends.base import Backend
from ..base.timebase import TimeBase
from ..data import SpikeData, StateData, WeightChanges, WeightData
from ..spec import GroupSpec, PopulationSpec, ProbeSpec


class Log(Protocol):
    """Where spikes are written to (``pysnn.io.SpikeLog``)."""

    def append(self, population: str, times: ArrayLike, node_ids: ArrayLike) -> None:
        """Take some spikes of one population."""


class Chunks:
    """An array that grows at its end; joined when it is read, and then once."""

    def __init__(self, empty: NDArray[Any]) -> None:
        self._parts = [empty]

    def add(self, part: NDArray[Any]) -> None:
        """Append along the first axis."""
        if len(part):
            self._parts.append(part)

    def joined(self) -> NDArray[Any]:
        """Everything added so far."""
        if len(self._parts) > 1:
            self._parts = [np.concatenate(self._parts)]
        return self._parts[0]


class Recorder(ABC):
    """One probe at run time."""

    @abstractmethod
    def data(self, duration: float) -> Any:
        """What has been recorded up to ``duration`` ms."""


class SpikeRecorder(Recorder):
    """Spikes of a group or of some of its neurons."""

    def __init__(self, probe: ProbeSpec, group: GroupSpec) -> None:
        self._name = group.name
        self._n = group.n
        span = probe.indices
        self._indices = np.arange(*span, dtype=np.uint32) if isinstance(span, tuple) else span
        self._mask: NDArray[np.bool_] | None = None
        if self._indices is not None and len(self._indices) < group.n:
            self._mask = np.zeros(group.n, np.bool_)
            self._mask[self._indices] = True
        self._t = Chunks(np.empty(0))
        self._i = Chunks(np.empty(0, np.uint32))

    def add(self, t: NDArray[np.float64], i: NDArray[np.uint32]) -> None:
        """Keep those that the probe is for."""
        if self._mask is not None:
            inside = self._mask[i]
            t, i = t[inside], i[inside]
        self._t.add(t)
        self._i.add(i)

    def data(self, duration: float) -> SpikeData:
        """The spikes so far."""
        return SpikeData(
            self._t.joined(), self._i.joined(), self._n, duration, indices=self._indices, name=self._name
        )


class SpikeHub:
    """Empties the spike buffers of all groups into counts, spike probes and the log."""

    def __init__(self, backend: Backend, groups: list[GroupSpec]) -> None:
        self._backend = backend
        self._groups = groups
        self._recorders: dict[int, list[SpikeRecorder]] = {}
        self.counts: dict[str, int] = {}
        # Neurons are always counted. Sources are drawn inside the engine, where taking every one of
        # their spikes out would cost more than the rest: only on demand.
        for number, group in enumerate(groups):
            if isinstance(group, PopulationSpec):
                self._start(number)

    def add(self, number: int, recorder: SpikeRecorder) -> None:
        """Pass the spikes of a group on to a probe."""
        self._start(number)
        self._recorders[number].append(recorder)

    def recorded(self) -> dict[str, int]:
        """Sizes of the groups whose spikes are taken, by name."""
        return {self._groups[number].name: self._groups[number].n for number in self._recorders}

    def collect(self, log: Log | None) -> None:
        """Empty the buffers."""
        for number, recorders in self._recorders.items():
            t, i = self._backend.take_spikes(number)
            if not len(t):
                continue
            name = self._groups[number].name
            self.counts[name] += len(t)
            for recorder in recorders:
                recorder.add(t, i)
            if log is not None:
                log.append(name, t, i)

    def _start(self, number: int) -> None:
        if number not in self._recorders:
            self._recorders[number] = []
            self.counts[self._groups[number].name] = 0
            self._backend.record_spikes(number)


class StateRecorder(Recorder):
    """Samples of a state."""

    def __init__(
        self, probe: ProbeSpec, number: int, group: PopulationSpec, backend: Backend, dt: float
    ) -> None:
        span = probe.indices
        chosen = np.arange(*span, dtype=np.uint32) if isinstance(span, tuple) else span
        self._indices = np.arange(group.n, dtype=np.uint32) if chosen is None else chosen
        self._name = f"{group.name}.{probe.what}"
        self._unit = group.model.states[probe.what]
        self._backend = backend
        every = dt if probe.every is None else probe.every
        self._probe = backend.add_state_probe(number, probe.what, self._indices, every)
        self._t = Chunks(np.empty(0))
        self._values = Chunks(np.empty((0, len(self._indices))))

    def collect(self) -> None:
        """Empty the buffer."""
        t, values = self._backend.take_states(self._probe)
        self._t.add(t)
        self._values.add(values)

    def data(self, duration: float) -> StateData:
        """The samples so far."""
        return StateData(self._t.joined(), self._values.joined(), self._indices, self._name, self._unit)


class WeightRecorder(Recorder):
    """All weights of a projection at intervals; the run stops at each to have them up to date."""

    def __init__(self, probe: ProbeSpec, every: float, number: int, backend: Backend, time: TimeBase) -> None:
        self._every = time.snap(every, f"probe {probe.name!r}: every")
        self._time = time
        self._name = probe.name
        self._number = number
        self._backend = backend
        self._taken = 0
        self._t: list[float] = []
        self._values: list[NDArray[Any]] = []

    @property
    def next(self) -> float:
        """Time of the next sample, ms."""
        return self._time.snap(self._taken * self._every, self._name)

    def sample(self) -> None:
        """Copy the weights, which ``finish`` has brought up to date, for the time of ``next``."""
        self._t.append(self.next)
        self._values.append(self._backend.weights(self._number))
        self._taken += 1

    def data(self, duration: float) -> WeightData:
        """The samples so far."""
        shape = (0, self._backend.synapse_count(self._number))
        values = np.stack(self._values) if self._values else np.empty(shape)
        return WeightData(np.array(self._t), values, self._name)


class ChangeRecorder(Recorder):
    """Every change of a weight."""

    def __init__(self, probe: ProbeSpec, number: int, backend: Backend) -> None:
        self._name = probe.name
        self._number = number
        self._backend = backend
        self._probe = backend.add_change_probe(number)
        self._t = Chunks(np.empty(0))
        self._synapse = Chunks(np.empty(0, np.uint64))
        self._w = Chunks(np.empty(0))

    def collect(self) -> None:
        """Empty the buffer."""
        t, synapse, w = self._backend.take_changes(self._probe)
        self._t.add(t)
        self._synapse.add(synapse)
        self._w.add(w)

    def data(self, duration: float) -> WeightChanges:
        """The changes so far, by time."""
        t, synapse, w = self._t.joined(), self._synapse.joined(), self._w.joined()
        # A change is known when the synapse is next touched, which may be after a later one elsewhere.
        order = np.lexsort((synapse, t))  # stable: several changes of a synapse at one time stay in order
        t, synapse, w = t[order], synapse[order], w[order]
        i, j, _ = self._backend.synapses(self._number)
        k = ordinals(i, j)
        return WeightChanges(t, i[synapse], j[synapse], k[synapse], w, self._name)
