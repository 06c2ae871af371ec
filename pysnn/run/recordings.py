"""What a simulation has recorded so far: its recorders, filled slice by slice and read by probe."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine
from ..base.memory import available
from ..base.ranks import Ranks
from ..base.timebase import TimeBase
from ..errors import BackendUnsupported, ParameterError
from ..io import SpikeLog
from ..io.recording import continued
from ..io.reports import Report
from ..spec import GroupSpec, NetworkSpec, PopulationSpec, ProbeSpec
from .places import Places
from .protocol import Protocol
from .recorder import (
    Log,
    Recorder,
    SpikeHub,
    SpikeRecorder,
    StateRecorder,
    chosen,
)
from .shares import Shares
from .streamed import Streamed, StreamedChangeRecorder, StreamedStateRecorder, StreamedWeightRecorder
from .weight_recorder import ChangeRecorder, WeightRecorder

MOST_HELD = 1 << 22  # samples of states in the engine's buffers, 32 MB
WORTH_ASKING = 1 << 26  # bytes; for less nobody asks the system how much is free


class Recordings:
    """Everything that is recorded of one simulation, of which it knows only the engine and the protocol.

    Attributes
    ----------
    spikes : of all populations, and of the sources with a probe.
    time : ms up to which all has been taken in.
    changes : is any change of a weight recorded?
    weights : the probes of weights at intervals.
    """

    def __init__(self, spec: NetworkSpec, engine: Engine, time: TimeBase, protocol: Protocol) -> None:
        self._engine = engine
        self._protocol = protocol
        self._groups: list[GroupSpec] = [*spec.populations, *spec.sources]
        self._number = {group.name: number for number, group in enumerate(self._groups)}
        self._projection_number = {p.name: number for number, p in enumerate(spec.projections)}
        self._projections = spec.projections
        self.spikes = SpikeHub(engine, self._groups)
        self.time = engine.time
        self._time_base = time
        self._unit = time.unit
        self._recorders: dict[str, Recorder] = {}
        self._probes = list(spec.probes)
        for probe in spec.probes:
            self._recorders[probe.name] = self._recorder(probe, time)
        self._sort()

    def add(self, probe: ProbeSpec) -> None:
        """Record it from now on."""
        if probe.name in self._recorders:
            raise ParameterError(f"there is a probe named {probe.name!r} already")
        self._recorders[probe.name] = self._recorder(probe, self._time_base)
        self._probes.append(probe)
        self._sort()

    def _sort(self) -> None:
        self.changes = any(isinstance(r, ChangeRecorder) for r in self._recorders.values())
        self.weights = [r for r in self._recorders.values() if isinstance(r, WeightRecorder)]
        self._states = {n: r for n, r in self._recorders.items() if isinstance(r, StateRecorder)}
        self._streamed = {n: r for n, r in self._recorders.items() if isinstance(r, Streamed)}

    def free_name(self, base: str) -> str:
        """One that no probe has: ``base``, or with a number behind it."""
        numbered = (base if number == 1 else f"{base}#{number}" for number in itertools.count(1))
        return next(name for name in numbered if name not in self._recorders)

    def reports(self, places: Places) -> dict[str, Report]:
        """What goes to a log beside spikes, on the first rank; all ranks ask at once."""
        told = {name: recorder.report(places) for name, recorder in self._streamed.items()}
        return {name: report for name, report in told.items() if report is not None}

    def open_log(
        self,
        path: str | os.PathLike[str],
        reports: Mapping[str, Report],
        mark: Mapping[str, Any] | None = None,
    ) -> SpikeLog:
        """A log for all that goes to one, replacing a file that is there, or going on from ``mark`` of it."""
        self.spikes.log_these()
        log = continued(path, mark, self.spikes.recorded(), reports)
        for recorder in self._streamed.values():
            recorder.log = log
        return log

    def check_room(self, end: float) -> None:
        """MemoryError where the samples of a run to ``end`` ms cannot fit."""
        needs = {name: recorder.needs(self.time, end) for name, recorder in self._states.items()}
        needed = sum(needs.values())
        free = available() if needed > WORTH_ASKING else None
        if free is None or needed <= free:
            return
        name = max(needs, key=lambda name: needs[name])
        recorder = self._states[name]
        raise MemoryError(
            f"run: probe {name!r} samples {recorder.width} neurons each {recorder.every:g} ms: until {end:g} "
            f"ms {needs[name] / 2**30:.1f} GiB, all probes {needed / 2**30:.1f} GiB; there are "
            f"{free / 2**30:.1f} GiB free. Sample less often (every=), fewer neurons (a view, as exc[:100]), "
            "or write them to a log while it runs: net.probe(..., to_log=True) and "
            'Simulation(..., log="run.h5")'
        )

    def slice_until(self, end: int) -> int:
        """``end``, or a tick before it by which all ranks hold no more than MOST_HELD samples."""
        states = self._states.values()
        each_tick = sum(recorder.width_of_all / recorder.every for recorder in states) * self._unit
        if each_tick == 0.0:
            return end
        return min(end, self._engine.ticks + max(int(MOST_HELD / each_tick), 1))

    def read(self, probe: str) -> Any:
        """The data of a probe, up to the last slice taken in."""
        with self._protocol.looking():
            if self._protocol.in_the_middle:
                return self._recorders[probe].aside(self.time)
            with self._protocol.recording("data"):
                return self.data_of(probe)

    def data_of(self, probe: str) -> Any:
        """The same for who is in the middle of it."""
        return self._recorders[probe].data(self.time)

    def is_streamed(self, probe: str) -> bool:
        """Do its samples go to a log?"""
        return probe in self._streamed

    def check_takes(self, probe: str) -> None:
        """ParameterError where what it has recorded cannot be forgotten."""
        if self.is_streamed(probe):
            raise ParameterError(
                f"take: probe {probe!r} writes to the log, which keeps it: sim.data[probe] reads it"
            )

    def check_log_rewired(self, projection: str) -> None:
        """ParameterError where a log tells of these synapses by the sources that they had when it began."""
        for probe in self._probes:
            if probe.target == projection and self.is_streamed(probe.name):
                what, then = (
                    ("changes of its weights", "change is told by those of then")
                    if probe.changes
                    else ("its weights", "sample is in the order of sim.synapses(...) of then")
                )
                raise ParameterError(
                    f"rewire: {projection!r}: probe {probe.name!r} writes {what} to the log, which tells "
                    f"synapses by the sources that they had when it began: without to_log=True each {then}"
                )

    def check_rewired(self, projection: str) -> None:
        """BackendUnsupported where synapses that change places on several ranks are recorded by place."""
        for probe in self._probes:
            if probe.target == projection:
                raise BackendUnsupported(
                    f"rewire: {projection!r}: not on several ranks (comm=) where a probe ({probe.name!r}) "
                    "records its weights: which synapse of which rank a column is changes with their "
                    "sources; sim.gather(projection) between two runs has the weights of all"
                )

    def forget_of(self, probe: str) -> None:
        """Forget what it has recorded up to the last slice taken in."""
        self._recorders[probe].forget(self.time)

    def forget(self, from_zero: bool) -> None:
        """Drop all that has been recorded, but not what is in a log."""
        self.time = self._engine.time  # first, so that nothing seems to have been recorded up to before
        self.spikes.forget()
        for recorder in self._recorders.values():
            recorder.forget(self._engine.time, from_zero)

    def saved(self, shares: Shares) -> dict[str, NDArray[Any]]:
        """All that has been recorded and not been taken, as plain arrays."""
        return {
            f"{number}/{key}": array
            for number, probe in enumerate(self._probes)
            for key, array in shares.recorded(self._recorders[probe.name], *self._target(probe)).items()
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]], counts: Mapping[str, int], shares: Shares) -> None:
        """Have recorded what was saved; ``counts``: spikes so far of each group."""
        for number, probe in enumerate(self._probes):
            prefix = f"{number}/"
            whole = {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
            recorder = self._recorders[probe.name]
            recorder.restore(shares.recorded_share(whole, recorder, *self._target(probe)))
        self.spikes.counts = {name: int(counts[name]) for name in self.spikes.counts}
        self.time = self._engine.time

    def take(self, logged: bool) -> None:
        """Empty the engine's buffers; ``logged``: keep for ``write`` what goes to the log."""
        self.spikes.take(logged)
        for recorder in self._recorders.values():
            recorder.take()
        self.time = self._engine.time

    def pass_on(self, ranks: Ranks) -> None:
        """Bring what goes to a log from all ranks to the first; all of them at once, after ``take``."""
        for recorder in self._streamed.values():
            recorder.pass_on(ranks)

    def write(self, log: Log) -> None:
        """Have the log take what ``take`` and ``pass_on`` kept."""
        self.spikes.write(log)
        for recorder in self._streamed.values():
            recorder.write()

    def _target(self, probe: ProbeSpec) -> tuple[int | None, NDArray[np.uint32] | None]:
        """The projection whose synapses a probe records, or the neurons that it does."""
        if probe.target in self._number:
            return None, chosen(probe, self._groups[self._number[probe.target]].n)
        return self._projection_number[probe.target], None

    def _recorder(self, probe: ProbeSpec, time: TimeBase) -> Recorder:
        if probe.target in self._number:
            number = self._number[probe.target]
            group = self._groups[number]
            if probe.what == "spikes":
                spikes = SpikeRecorder(probe, group, self._engine.time, self._engine.owned(number))
                self.spikes.add(number, spikes)
                return spikes
            assert isinstance(group, PopulationSpec)  # sources have no states: the spec has checked it
            if probe.to_log:
                return StreamedStateRecorder(probe, number, group, self._engine, time)
            return StateRecorder(probe, number, group, self._engine, time)
        number = self._projection_number[probe.target]
        projection = self._projections[number]
        target = self._groups[self._number[projection.target]]
        assert isinstance(target, PopulationSpec)  # the spec has checked it
        unit = target.model.weight_unit
        if probe.every is None:
            if probe.to_log:
                return StreamedChangeRecorder(probe, number, self._engine, projection, unit)
            return ChangeRecorder(probe, number, self._engine)
        if not probe.to_log:
            return WeightRecorder(probe, probe.every, number, self._engine, time)
        return StreamedWeightRecorder(probe, probe.every, number, self._engine, time, projection, unit)
