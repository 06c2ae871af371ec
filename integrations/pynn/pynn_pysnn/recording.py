"""What is recorded, as Neo's objects."""

from __future__ import annotations

from typing import Any

import numpy as np
import quantities as pq
from pyNN import recording

import pysnn as snn

from . import simulator


class Recorder(recording.Recorder):
    """Probes of a population: by variable, of what is recorded from the start, and of what came later."""

    _simulator = simulator

    def __init__(self, population: Any, file: Any = None) -> None:
        recording.Recorder.__init__(self, population, file)
        self._probes: dict[str, list[Any]] = {}
        # The last samples that were cleared, and their times: a signal goes on with them.
        self._kept: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        # Of each variable, when the signal that was last asked for begins.
        self._begins: dict[str, float] = {}

    def _check_sampling_interval(self, sampling_interval: float | None) -> None:
        super()._check_sampling_interval(sampling_interval)
        if sampling_interval is None:
            return
        state = simulator.state
        steps = float(sampling_interval) / state.dt
        stepped = state.on_grid or state.steps_off_grid
        if not (0.0 < steps < np.inf) or (stepped and abs(steps - round(steps)) > 1e-6):
            raise ValueError(
                f"{self.population.label}: record: sampling_interval: expected a multiple of the timestep, "
                f"{state.dt:g} ms (got {sampling_interval:g})"
            )

    def _record(self, variable: Any, new_ids: set[Any], sampling_interval: float | None = None) -> None:
        if sampling_interval is not None:
            self.sampling_interval = sampling_interval
        if simulator.state.simulation is not None and new_ids:
            self._probe(simulator.state.simulation, variable, new_ids)

    def _declare(self, network: snn.Network) -> None:
        self._probes, self._kept = {}, {}
        for variable, ids in self.recorded.items():
            if ids:
                self._probe(network, variable, ids)

    def _probe(self, where: Any, variable: Any, ids: set[Any]) -> None:
        population = self.population
        indices = np.sort(np.fromiter(map(int, ids), dtype=np.int64)) - int(population.first_id)
        if variable.name == "spikes":
            probe = where.probe(population._group[indices], "spikes")
        else:
            state = population.celltype.variables[variable.name][0]
            probe = where.probe(population._group[indices], state, every=float(self.sampling_interval))
        self._probes.setdefault(variable.name, []).append(probe)

    def _reset(self) -> None:
        self._probes, self._kept = {}, {}

    def _data(self, name: str) -> list[Any]:
        simulation = simulator.state.simulation
        if simulation is None:
            return []
        return [simulation.data[probe] for probe in self._probes.get(name, [])]

    def _get_spiketimes(self, ids: Any, clear: bool = False) -> tuple[np.ndarray, np.ndarray]:
        first = int(self.population.first_id)
        wanted = np.fromiter(map(int, ids), dtype=np.int64) - first
        times, cells = [np.empty(0)], [np.empty(0, dtype=np.int64)]
        for spikes in self._data("spikes"):
            chosen = np.isin(spikes.i, wanted)
            times.append(spikes.t[chosen])
            cells.append(spikes.i[chosen].astype(np.int64) + first)
        return np.concatenate(cells), np.concatenate(times)

    def _get_all_signals(self, variable: Any, ids: Any, clear: bool = False) -> tuple[np.ndarray, None]:
        scale = self.population.celltype.variables[variable.name][1]
        wanted = np.fromiter(map(int, ids), dtype=np.int64) - int(self.population.first_id)
        columns: dict[int, np.ndarray] = {}
        begins = []
        for probe, data in zip(self._probes.get(variable.name, []), self._data(variable.name), strict=False):
            values, times = data.values, data.t[:1]
            if probe.name in self._kept:
                values, times = np.concatenate([self._kept[probe.name][0], values]), self._kept[probe.name][1]
            begins.extend(times.tolist())
            columns.update(zip(data.i.tolist(), values.T, strict=True))
        self._begins[variable.name] = min(begins, default=0.0)
        longest = max((len(columns[index]) for index in wanted if index in columns), default=0)
        signals = np.full((longest, len(wanted)), np.nan)
        for place, index in enumerate(wanted.tolist()):
            column = columns.get(index, np.empty(0))
            signals[longest - len(column) :, place] = column / scale
        return signals, None

    def _clear_simulator(self) -> None:
        simulation = simulator.state.simulation
        if simulation is None:
            return
        for name, probes in self._probes.items():
            for probe in probes:
                taken = simulation.take(probe)
                if name != "spikes" and len(taken.values):
                    self._kept[probe.name] = taken.values[-1:], taken.t[-1:]

    def _get_current_segment(self, *args: Any, **kwargs: Any) -> Any:
        """PyNN lets signals begin where recording or clearing was asked for, which may be between samples."""
        segment = super()._get_current_segment(*args, **kwargs)
        for signal in segment.analogsignals:
            signal.t_start = self._begins[signal.name] * pq.ms
        return segment

    def _local_count(self, variable: Any, filter_ids: Any = None) -> dict[int, int]:
        first = int(self.population.first_id)
        counted = np.zeros(self.population.size, dtype=np.int64)
        for spikes in self._data("spikes"):
            counted += np.bincount(spikes.i, minlength=self.population.size)
        return {
            int(cell): int(counted[int(cell) - first]) for cell in self.filter_recorded(variable, filter_ids)
        }
