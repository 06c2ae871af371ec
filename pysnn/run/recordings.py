"""What a simulation has recorded so far: its recorders, filled slice by slice and read by probe."""

from __future__ import annotations

from typing import Any

from ..backends.base import Backend
from ..base.timebase import TimeBase
from ..spec import GroupSpec, NetworkSpec, PopulationSpec, ProbeSpec
from .protocol import Protocol
from .recorder import (
    ChangeRecorder,
    Log,
    Recorder,
    SpikeHub,
    SpikeRecorder,
    StateRecorder,
    WeightRecorder,
)


class Recordings:
    """Everything that is recorded of one simulation, of which it knows only the engine and the protocol.

    Attributes
    ----------
    spikes : of all populations, and of the sources with a probe.
    time : ms up to which all has been taken in.
    changes : is any change of a weight recorded?
    weights : the probes of weights at intervals.
    """

    def __init__(self, spec: NetworkSpec, backend: Backend, time: TimeBase, protocol: Protocol) -> None:
        self._backend = backend
        self._protocol = protocol
        self._groups: list[GroupSpec] = [*spec.populations, *spec.sources]
        self._number = {group.name: number for number, group in enumerate(self._groups)}
        self._projection_number = {p.name: number for number, p in enumerate(spec.projections)}
        self.spikes = SpikeHub(backend, self._groups)
        self.time = backend.time
        self._recorders = {probe.name: self._recorder(probe, time) for probe in spec.probes}
        self.changes = any(isinstance(r, ChangeRecorder) for r in self._recorders.values())
        self.weights = [r for r in self._recorders.values() if isinstance(r, WeightRecorder)]

    def read(self, probe: str) -> Any:
        """The data of a probe, up to the last slice taken in."""
        with self._protocol.looking():
            return self._recorders[probe].data(self.time)

    def take(self, logged: bool) -> None:
        """Empty the engine's buffers; ``logged``: keep for ``write`` what goes to the log."""
        self.spikes.take(logged)
        for recorder in self._recorders.values():
            recorder.take()
        self.time = self._backend.time

    def write(self, log: Log) -> None:
        """Pass on what ``take`` kept."""
        self.spikes.write(log)

    def _recorder(self, probe: ProbeSpec, time: TimeBase) -> Recorder:
        if probe.target in self._number:
            number = self._number[probe.target]
            group = self._groups[number]
            if probe.what == "spikes":
                spikes = SpikeRecorder(probe, group)
                self.spikes.add(number, spikes)
                return spikes
            assert isinstance(group, PopulationSpec)  # sources have no states: the spec has checked it
            return StateRecorder(probe, number, group, self._backend, time.dt)
        number = self._projection_number[probe.target]
        if probe.every is None:
            return ChangeRecorder(probe, number, self._backend)
        return WeightRecorder(probe, probe.every, number, self._backend, time)
