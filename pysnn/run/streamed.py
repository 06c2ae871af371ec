"""Probes whose samples go to the log while a simulation runs, from all ranks to that of the first."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine
from ..base.ranks import Ranks
from ..base.timebase import TimeBase
from ..data import StateData, WeightChanges, WeightData
from ..errors import ParameterError, RunningError
from ..io import SpikeLog, load
from ..io.reports import Report
from ..spec import PopulationSpec, ProbeSpec, ProjectionSpec
from .places import Place, Places
from .recorder import Recorder, StateRecorder, chosen, columns
from .weight_recorder import ChangeRecorder, WeightRecorder

Rows = tuple[NDArray[np.float64], NDArray[Any]]


class Streamed(Recorder):
    """A recorder of which nothing stays: rows of numbers, each with its time, for a log.

    Attributes
    ----------
    log : the one that they go to; of several ranks the first has it.
    """

    probe_name: str
    log: SpikeLog | None = None

    def __init__(self) -> None:
        self._ready: list[Rows] = []

    @abstractmethod
    def report(self, places: Places) -> Report | None:
        """What the log is told of it, by those who have one; all ranks ask at once, before the first row."""

    @abstractmethod
    def rows(self) -> list[Rows]:
        """What has been taken here since the last call."""

    @abstractmethod
    def joined(self, parts: list[list[Rows]]) -> list[Rows]:
        """The rows of all ranks, on the first."""

    def pass_on(self, ranks: Ranks) -> None:
        """Bring what was taken to where the log is; all ranks at once."""
        rows = self.rows()
        if ranks.several:
            parts = ranks.gather(rows)
            rows = self.joined(parts) if parts else []
        self._ready += rows

    def write(self) -> None:
        """Have the log take what was passed on."""
        assert self.log is not None  # Recordings has seen to it
        while self._ready:
            self.log.append_states(self.probe_name, *self._ready.pop(0))

    def aside(self, duration: float) -> Any:
        """Nothing is read in the middle of what is written."""
        raise RunningError(
            f"data: probe {self.probe_name!r}: a signal handler cannot read the log in the middle of "
            "recording: let it note that the signal came, and read between two runs"
        )

    def read(self, kind: str) -> Any:
        """What the log has of it by now."""
        if self.log is None:
            raise ParameterError(
                f"data: probe {self.probe_name!r} writes to the log, which the first rank has: "
                "sim.gather(probe, root=None) reads it there for all"
            )
        if self.log.closed:
            return getattr(load(self.log.path, populations=[]), kind)[self.probe_name]
        return getattr(self.log, kind)(self.probe_name)


class StreamedStateRecorder(Streamed, StateRecorder):
    """Samples of a state."""

    def __init__(
        self, probe: ProbeSpec, number: int, group: PopulationSpec, engine: Engine, time: TimeBase
    ) -> None:
        Streamed.__init__(self)
        StateRecorder.__init__(self, probe, number, group, engine, time)
        self.probe_name = probe.name
        self._asked = chosen(probe, group.n)
        self._report = Report(group.name, probe.what, self._unit, self._asked, self.every)
        self._columns: Place | None = None

    def report(self, places: Places) -> Report:
        """Of all neurons that the probe is for."""
        neurons = places.ranks.gather(self.indices)
        if neurons:
            self._columns = columns(neurons, self._asked)
        return self._report

    def needs(self, begin: float, end: float) -> int:
        """None: they do not stay."""
        return 0

    def rows(self) -> list[Rows]:
        """Samples."""
        t, values = self._samples.joined()
        self.forget(0.0)
        return [(t, values)]

    def joined(self, parts: list[list[Rows]]) -> list[Rows]:
        """Columns in the order of the probe."""
        return [
            (of_ranks[0][0], np.concatenate([values for _, values in of_ranks], axis=1)[:, self._columns])
            for of_ranks in zip(*parts, strict=True)
        ]

    def data(self, duration: float) -> StateData:
        """The samples so far, read from the file."""
        data: StateData = self.read("states")
        return data


class StreamedWeightRecorder(Streamed, WeightRecorder):
    """Weights at intervals."""

    def __init__(
        self,
        probe: ProbeSpec,
        every: float,
        number: int,
        engine: Engine,
        time: TimeBase,
        projection: ProjectionSpec,
        unit: str,
    ) -> None:
        Streamed.__init__(self)
        WeightRecorder.__init__(self, probe, every, number, engine, time)
        self.probe_name = probe.name
        self._report = _of_weights(projection, unit, every=time.ms_of(self._every))
        self._places: list[Place] = []

    def report(self, places: Places) -> Report | None:
        """Synapse by synapse."""
        dtype = str(self._engine.weights(self._number).dtype)
        told, self._places = _synapses(self._report, places, self._number)
        return None if told is None else replace(told, dtype=dtype)

    def rows(self) -> list[Rows]:
        """Samples."""
        if self._samples is None:
            return []
        t, values = self._samples.joined()
        self.forget(0.0)
        return [(t, values)]

    def joined(self, parts: list[list[Rows]]) -> list[Rows]:
        """Columns in (i, j, k) order."""
        order = np.argsort(np.concatenate(self._places))
        return [
            (of_ranks[0][0], np.concatenate([values for _, values in of_ranks], axis=1)[:, order])
            for of_ranks in zip(*parts, strict=True)
        ]

    def data(self, duration: float) -> WeightData:
        """The samples so far, read from the file."""
        data: WeightData = self.read("weights")
        return data


class StreamedChangeRecorder(Streamed, ChangeRecorder):
    """Every change of a weight, as it becomes known."""

    def __init__(
        self, probe: ProbeSpec, number: int, engine: Engine, projection: ProjectionSpec, unit: str
    ) -> None:
        Streamed.__init__(self)
        ChangeRecorder.__init__(self, probe, number, engine)
        self.probe_name = probe.name
        self._report = replace(_of_weights(projection, unit, every=0.0), dtype="float64", changes=True)
        self._places: list[Place] = []

    def forget(self, time: float, from_zero: bool = False) -> None:
        """Drop what has not been written."""
        super().forget(time, from_zero)
        self._rows: list[Rows] = []

    def report(self, places: Places) -> Report | None:
        """Synapse by synapse."""
        told, self._places = _synapses(self._report, places, self._number)
        return told

    def rows(self) -> list[Rows]:
        """Which synapse has which weight."""
        rows, self._rows = self._rows, []
        return rows

    def _add(self, t: NDArray[np.float64], synapse: NDArray[np.uint64], w: NDArray[np.float64]) -> None:
        if len(t):
            self._rows.append((t, np.column_stack((synapse.astype(np.float64), w))))

    def joined(self, parts: list[list[Rows]]) -> list[Rows]:
        """Synapses by their place among those of all ranks."""
        for place, rows in zip(self._places, parts, strict=True):
            for _, values in rows:
                values[:, 0] = place[values[:, 0].astype(np.intp)]
        return [rows for of_rank in parts for rows in of_rank]

    def data(self, duration: float) -> WeightChanges:
        """The changes so far, read from the file."""
        data: WeightChanges = self.read("changes")
        return data


def _of_weights(projection: ProjectionSpec, unit: str, every: float) -> Report:
    none = np.empty(0, np.uint32)
    return Report(projection.target, "weight", unit, none, every, projection.name, none, none)


def _synapses(report: Report, places: Places, projection: int) -> tuple[Report | None, list[Place]]:
    """The report with all synapses in it, and which of these are whose, on the first rank."""
    listed = places.listed(projection)
    if listed is None:
        return None, []
    (i, j, k), whose = listed
    return replace(report, sources=i, indices=j, k=k), whose
