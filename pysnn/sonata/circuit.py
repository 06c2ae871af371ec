"""A circuit: the network of a SONATA configuration, its inputs, its run and its reports."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ..currents import ConstantCurrent
from ..data import StateData
from ..errors import BackendUnsupported, ParameterError
from ..network import Network
from ..run import Simulation
from ..spec import Population, Probe, Projection, SourceGroup
from . import output
from .config import Config
from .edges import read_edges
from .nodes import Ids, Nodes, members, read_nodes


def load(config: str | os.PathLike[str], seed: int = 0) -> Circuit:
    """Read a SONATA circuit of point neurons, with what its configuration says of inputs, run and reports.

    Nodes become populations (one a population of SONATA, or one for each model in it), virtual nodes
    ``Input`` sources that are fed with the spikes of the inputs, edges projections; node ids stay as they
    are. Models are those of NEST that pysnn has too ("nest:iaf_psc_delta", "iaf_psc_exp", "iaf_psc_alpha",
    "iaf_cond_exp", "aeif_cond_exp", with NEST's defaults), or pysnn's own by name ("pysnn:ALIF"). A negative
    weight goes to the inhibitory receptor, as NEST has it. ``nsyns`` makes so many parallel synapses.

    Parameters
    ----------
    config : path of a JSON file: of a circuit alone, or of a simulation.
    seed : of the network.

    Errors: ParameterError names the file, population or node set that does not fit; BackendUnsupported a
    model, synapse or input that pysnn has not.
    """
    settings = Config(config)
    network = Network(seed)
    nodes = read_nodes(settings, network)
    projections = read_edges(settings, network, nodes)
    return Circuit(settings, network, nodes, projections)


@dataclass
class _Report:
    name: str
    path: Path
    probes: list[tuple[str, int, Ids, Probe[StateData]]]  # population, part, node ids
    start: float
    stop: float
    variable: str


class Circuit:
    """What ``load`` returns.

    Attributes
    ----------
    network : to add to, before it is simulated.
    nodes : by population of SONATA: its ``parts`` in the network, and where each node is.
    projections : by edge population.
    """

    def __init__(
        self,
        config: Config,
        network: Network,
        nodes: dict[str, Nodes],
        projections: dict[str, list[Projection]],
    ) -> None:
        self.config = config
        self.network = network
        self.nodes = nodes
        self.projections = projections
        self._spikes = {
            (name, part): network.probe(group, "spikes")
            for name, population in nodes.items()
            for part, group in enumerate(population.parts)
            if isinstance(group, Population)
        }
        self._reports = [self._report(name, entry) for name, entry in config.get("reports", {}).items()]
        self._fed = self._inputs()

    def group(self, population: str) -> Population | SourceGroup:
        """The one group of the network that holds a population of SONATA."""
        parts = self.nodes[population].parts
        if len(parts) != 1:
            raise ParameterError(
                f"{population!r} is of several models: {', '.join(part.name for part in parts)}"
            )
        return parts[0]

    def simulate(self, backend: str = "clock", **options: Any) -> Simulation:
        """A simulation with the configured step and inputs; ``options`` as of ``Simulation``."""
        run = self.config.get("run", {})
        sim = Simulation(self.network, backend=backend, **{"dt": float(run.get("dt", 0.1)), **options})
        for group, times, indices in self._fed:
            sim.feed(group, (times, indices))
        return sim

    def run(self, backend: str = "clock", **options: Any) -> None:
        """Simulate for ``run.tstop``, and write spikes and reports where the configuration says."""
        with self.simulate(backend, **options) as sim:
            sim.run(float(self.config.need("run", "tstop")), progress=False)
            self.write(sim)

    def write(self, sim: Simulation) -> None:
        """The spikes and reports of a simulation of this circuit, into the configured files."""
        outputs = self.config.get("output", {})
        folder = Path(outputs.get("output_dir", self.config.path.parent))
        folder.mkdir(parents=True, exist_ok=True)
        trains: dict[str, list[tuple[Any, Any]]] = {}
        for (name, part), probe in self._spikes.items():
            data = sim.data[probe]
            ids = self.nodes[name].members(part)[data.i]
            trains.setdefault(name, []).append((data.t, ids))
        order = outputs.get("spikes_sort_order", "by_time")
        output.write_spikes(folder / outputs.get("spikes_file", "spikes.h5"), trains, order)
        for report in self._reports:
            columns: dict[str, list[Any]] = {}
            for name, _, ids, states in report.probes:
                columns.setdefault(name, []).append((ids, sim.data[states]))
            path = report.path if report.path.is_absolute() else folder / report.path
            output.write_report(path, columns, report.start, report.stop)

    def _report(self, name: str, entry: dict[str, Any]) -> _Report:
        variable = entry.get("variable_name", "v")
        variable = {"V_m": "v", "v": "v"}.get(variable, variable)
        every = entry.get("dt", self.config.get("run", {}).get("dt", 0.1))
        probes = []
        for population, ids in members(self.config, self.nodes, entry.get("cells", "all")).items():
            nodes = self.nodes[population]
            for part, group in enumerate(nodes.parts):
                mine = ids[nodes.part[ids] == part]
                if isinstance(group, SourceGroup) or not len(mine):
                    continue
                if variable not in group.model.states:
                    raise ParameterError(
                        f"report {name!r}: {type(group.model).__name__} has no variable {variable!r} "
                        f"(valid: {', '.join(group.model.states)})"
                    )
                probe = self.network.probe(group[nodes.index[mine]], variable, every=float(every))
                probes.append((population, part, mine, probe))
        path = Path(entry.get("file_name", f"{name}.h5"))
        stop = float(entry.get("end_time", self.config.get("run", {}).get("tstop", np.inf)))
        return _Report(
            name, path.with_suffix(".h5"), probes, float(entry.get("start_time", 0.0)), stop, variable
        )

    def _inputs(self) -> list[tuple[SourceGroup, Any, Any]]:
        fed = []
        for name, entry in self.config.get("inputs", {}).items():
            if not entry.get("enabled", True):
                continue
            owner, kind = f"input {name!r}", entry.get("input_type")
            if kind == "spikes":
                fed += self._spike_input(owner, entry)
            elif kind == "current_clamp":
                self._current_clamp(owner, entry)
            else:
                raise BackendUnsupported(
                    f"{owner}: input_type {kind!r}: pysnn has 'spikes' and 'current_clamp'"
                )
        return fed

    def _spike_input(self, owner: str, entry: dict[str, Any]) -> list[tuple[SourceGroup, Any, Any]]:
        fed = []
        allowed = members(self.config, self.nodes, entry.get("node_set", "all"))
        for population, (times, ids) in _read_spikes(Path(entry["input_file"]), owner).items():
            names = [population] if population else list(allowed)
            if len(names) != 1 or names[0] not in self.nodes:
                raise ParameterError(f"{owner}: of which population are its spikes? (got {population!r})")
            nodes = self.nodes[names[0]]
            if ids.size and ids.max() >= len(nodes):
                raise ParameterError(f"{owner}: node id {ids.max()}: {names[0]!r} has {len(nodes)}")
            inside = np.isin(ids, allowed.get(names[0], np.empty(0, np.int64)))
            for part, group in enumerate(nodes.parts):
                here = inside & (nodes.part[ids] == part)
                if not here.any():
                    continue
                if isinstance(group, Population):
                    raise BackendUnsupported(
                        f"{owner}: {names[0]!r}: spikes are played by virtual nodes alone"
                    )
                fed.append((group, times[here], nodes.index[ids[here]]))
        return fed

    def _current_clamp(self, owner: str, entry: dict[str, Any]) -> None:
        amplitude = float(entry["amp"]) * 1e3  # nA
        start, duration = float(entry.get("delay", 0.0)), float(entry.get("duration", np.inf))
        current = ConstantCurrent(amplitude, start=start, stop=start + duration)
        for population, ids in members(self.config, self.nodes, entry.get("node_set", "all")).items():
            nodes = self.nodes[population]
            for part, group in enumerate(nodes.parts):
                mine = ids[nodes.part[ids] == part]
                if len(mine) and isinstance(group, Population):
                    self.network.current(group[nodes.index[mine]], current)


def _read_spikes(path: Path, owner: str) -> dict[str, tuple[Any, Any]]:
    """Times [ms] and node ids by population ("" where the file names none), of an HDF5 file or a table."""
    if path.suffix == ".csv":
        with open(path, encoding="utf-8", newline="") as text:
            rows = list(csv.DictReader(text, delimiter=" "))
        tables: dict[str, list[tuple[float, int]]] = {}
        for row in rows:
            time = row.get("timestamps") or row.get("timestamp")
            if time is None or "node_ids" not in row:
                raise ParameterError(f"{owner}: {path}: expected columns timestamps and node_ids")
            tables.setdefault(row.get("population", ""), []).append((float(time), int(row["node_ids"])))
        return {
            name: (np.array([t for t, _ in table]), np.array([i for _, i in table], dtype=np.int64))
            for name, table in tables.items()
        }
    found = {}
    with h5py.File(path, "r") as file:
        spikes = file["spikes"]
        # Of old files the population is not named.
        groups = {"": spikes} if "timestamps" in spikes else dict(spikes.items())
        for name, group in groups.items():
            ids = group["node_ids" if "node_ids" in group else "gids"][()].astype(np.int64)
            found[name] = (group["timestamps"][()].astype(float), ids)
    return found
