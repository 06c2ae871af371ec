"""Takes what an engine has recorded to where it belongs: probes, counts and the spike log.

Engines hold what they record in buffers that are emptied here after each slice of a run, so that
they stay small however long the run is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..backends import Engine
from ..base.arrays import frozen
from ..base.timebase import TimeBase
from ..data import SpikeData, StateData
from ..spec import GroupSpec, PopulationSpec, ProbeSpec
from .chunks import Chunks


class Log(Protocol):
    """Where spikes are written to (``pysnn.io.SpikeLog``)."""

    def append(self, population: str, times: ArrayLike, node_ids: ArrayLike) -> None:
        """Take some spikes of one population."""


def chosen(probe: ProbeSpec, n: int) -> NDArray[np.uint32]:
    """The neurons that a probe of a group of ``n`` is for."""
    span = probe.indices
    if span is None:
        return np.arange(n, dtype=np.uint32)
    return np.arange(*span, dtype=np.uint32) if isinstance(span, tuple) else span


def _here(neurons: NDArray[np.uint32], owned: tuple[int, int]) -> NDArray[np.uint32]:
    """Those of them that this process has."""
    begin, end = owned
    return neurons[(neurons >= begin) & (neurons < end)]


class Recorder(ABC):
    """One probe at run time."""

    def take(self) -> None:  # noqa: B027 - what is not in a buffer of the engine needs none
        """Empty the engine's buffer."""

    @abstractmethod
    def data(self, duration: float) -> Any:
        """What has been recorded up to ``duration`` ms."""

    @abstractmethod
    def aside(self, duration: float) -> Any:
        """The same, for a signal handler that may come in the middle of any other call, and changes nothing.

        RunningError where that cannot be.
        """

    @abstractmethod
    def forget(self, time: float, from_zero: bool = False) -> None:
        """Keep nothing of what was recorded up to ``time`` ms, where it goes on or begins at 0 again."""

    @abstractmethod
    def saved(self) -> dict[str, NDArray[Any]]:
        """What has been recorded, as plain arrays, for ``restore`` of the same probe elsewhere."""

    @abstractmethod
    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Have recorded what was saved."""


class SpikeRecorder(Recorder):
    """Spikes of a group or of some of its neurons, of those that this process has."""

    def __init__(self, probe: ProbeSpec, group: GroupSpec, begin: float, owned: tuple[int, int]) -> None:
        self._name = group.name
        self._n = group.n
        self._indices = _here(chosen(probe, group.n), owned)
        self._mask: NDArray[np.bool_] | None = None
        if len(self._indices) < group.n:
            self._mask = np.zeros(group.n, np.bool_)
            self._mask[self._indices] = True
        self.forget(begin)

    def forget(self, time: float, from_zero: bool = False) -> None:
        """Begin anew."""
        self._since = time, Chunks(np.empty(0), np.empty(0, np.uint32))

    def saved(self) -> dict[str, NDArray[Any]]:
        """Times and indices."""
        begin, spikes = self._since
        t, i = spikes.joined()
        return {"t": t, "i": i, "begin": np.array([begin])}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from these."""
        self.forget(float(arrays["begin"][0]))
        self.add(arrays["t"], arrays["i"])

    def add(self, t: NDArray[np.float64], i: NDArray[np.uint32]) -> None:
        """Keep those that the probe is for."""
        if self._mask is not None:
            inside = self._mask[i]
            t, i = t[inside], i[inside]
        self._since[1].add(t, i)

    def data(self, duration: float) -> SpikeData:
        """The spikes so far."""
        begin, spikes = self._since
        t, i = spikes.joined()
        return self._data(t, i, begin, duration)

    def aside(self, duration: float) -> SpikeData:
        """Those up to there."""
        begin, spikes = self._since
        t, i = up_to(duration, *spikes.aside())
        return self._data(t, i, begin, duration)

    def _data(
        self, t: NDArray[np.float64], i: NDArray[np.uint32], begin: float, duration: float
    ) -> SpikeData:
        return SpikeData(t, i, self._n, duration, indices=self._indices, name=self._name, begin=begin)


class SpikeHub:
    """Empties the spike buffers of all groups into counts, spike probes and the log."""

    def __init__(self, engine: Engine, groups: list[GroupSpec]) -> None:
        self._engine = engine
        self._groups = groups
        self._recorders: dict[int, list[SpikeRecorder]] = {}
        self._to_log: list[tuple[str, NDArray[np.float64], NDArray[np.uint32]]] = []
        self._logged: list[int] = []
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
        """Sizes of the groups whose spikes are taken, by name; once they go to a log, of those that do."""
        return {
            self._groups[number].name: self._groups[number].n for number in self._logged or self._recorders
        }

    def log_these(self) -> None:
        """To a log goes what is taken now, and nothing that begins later."""
        self._logged = list(self._recorders)

    def take(self, logged: bool) -> None:
        """Empty the buffers; ``logged``: keep the spikes for ``write`` too."""
        for number, recorders in self._recorders.items():
            logs = logged and number in self._logged
            t, i = self._engine.take_spikes(number)
            if not len(t):
                continue
            name = self._groups[number].name
            self.counts[name] += len(t)
            for recorder in recorders:
                recorder.add(t, i)
            if logs:
                self._to_log.append((name, t, i))

    def forget(self) -> None:
        """Count from nothing again."""
        self.counts = dict.fromkeys(self.counts, 0)

    def write(self, log: Log) -> None:
        """Pass on what was kept; what the log has refused with an error it has taken all the same."""
        while self._to_log:
            try:
                log.append(*self._to_log[0])
            except MemoryError:  # not taken: it waits for the next time
                raise
            except BaseException:
                self._to_log.pop(0)
                raise
            self._to_log.pop(0)

    def _start(self, number: int) -> None:
        if number not in self._recorders:
            self._recorders[number] = []
            self.counts[self._groups[number].name] = 0
            self._engine.record_spikes(number)


class StateRecorder(Recorder):
    """Samples of a state."""

    def __init__(
        self, probe: ProbeSpec, number: int, group: PopulationSpec, engine: Engine, time: TimeBase
    ) -> None:
        self.indices = _here(chosen(probe, group.n), engine.owned(number))
        self._name = f"{group.name}.{probe.what}"
        self._unit = group.states[probe.what]
        self._engine = engine
        every = time.dt if probe.every is None else probe.every
        self._probe = engine.add_state_probe(number, probe.what, self.indices, every)
        self.every = max(every, time.unit)  # as the core has it
        self.width = len(self.indices)
        self.width_of_all = len(chosen(probe, group.n))  # ranks, each of which has some of them
        self.forget(0.0)

    def forget(self, time: float, from_zero: bool = False) -> None:
        """Begin anew."""
        self._samples = Chunks(np.empty(0), np.empty((0, self.width)))

    def saved(self) -> dict[str, NDArray[Any]]:
        """Times and values."""
        t, values = self._samples.joined()
        return {"t": t, "values": values}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from these."""
        self.forget(0.0)
        self._samples.add(arrays["t"], arrays["values"])

    def take(self) -> None:
        """Empty the engine's buffer."""
        self._samples.add(*self._engine.take_states(self._probe))

    def needs(self, begin: float, end: float) -> int:
        """Bytes of the samples that a run from ``begin`` to ``end`` ms will keep."""
        return int((end - begin) / self.every + 1.0) * (self.width + 1) * 8

    def data(self, duration: float) -> StateData:
        """The samples so far."""
        return self._data(*self._samples.joined())

    def aside(self, duration: float) -> StateData:
        """Those up to there."""
        return self._data(*up_to(duration, *self._samples.aside()))

    def _data(self, t: NDArray[np.float64], values: NDArray[np.float64]) -> StateData:
        return StateData(t, values, self.indices, self._name, self._unit)


def up_to(time: float, t: NDArray[np.float64], *beside: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """What has ascending times of at most so many ms, and its rows of other arrays."""
    end = int(np.searchsorted(t, time, side="right"))
    return tuple(frozen(array[:end]) for array in (t, *beside))


def columns(neurons: list[NDArray[np.uint32]], asked: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Where each neuron asked for stands in the parts of all ranks."""
    all_of_them = np.concatenate(neurons)
    order = np.argsort(all_of_them, kind="stable")
    return order[np.searchsorted(all_of_them, asked, sorter=order)]
