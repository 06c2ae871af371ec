"""A circuit: the network of a SONATA configuration, its inputs, its run and its reports."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..base.arrays import decimals
from ..base.params import shown
from ..currents import ConstantCurrent
from ..data import StateData
from ..errors import BackendUnsupported, ParameterError, nearest
from ..network import Network
from ..neurons import NeuronModel
from ..run import Simulation
from ..spec import Population, Probe, Projection, SourceGroup, View
from . import fields, output
from .config import Config, rows
from .edges import read_edges
from .fields import hdf5, make_folder, needed, number, whole
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


_REPORTS = ("membrane_report", "multimeter_report")  # of states of neurons, under both names
_MILLISECONDS = ("ms", "millisecond", "milliseconds", "")


@dataclass
class _Report:
    name: str
    path: Path
    probes: list[tuple[str, int, Ids, Probe[StateData]]]  # population, part, node ids
    start: float
    stop: float
    every: float
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
        reports = {name: fields.entry(e, f"report {name!r}") for name, e in config.get("reports", {}).items()}
        self._reports = [self._report(name, e) for name, e in reports.items() if e.get("enabled", True)]
        self._fed = self._inputs()

    def group(self, population: str) -> Population | SourceGroup:
        """The one group of the network that holds a population of SONATA."""
        parts = self.nodes[population].parts
        if not parts:
            raise ParameterError(f"{population!r} has no nodes")
        if len(parts) != 1:
            raise ParameterError(
                f"{population!r} is of several models: {', '.join(part.name for part in parts)}"
            )
        return parts[0]

    def simulate(self, backend: str = "clock", **options: Any) -> Simulation:
        """A simulation with the configured step and inputs; ``options`` as of ``Simulation``."""
        dt = number(self.config.get("run", {}).get("dt", 0.1), f"{self.config.path}: run.dt", "ms")
        sim = Simulation(self.network, backend=backend, **{"dt": dt, **options})
        for group, times, indices in self._fed:
            sim.feed(group, (times, indices))
        return sim

    def run(self, backend: str = "clock", **options: Any) -> None:
        """Simulate for ``run.tstop``, and write spikes and reports where the configuration says."""
        duration = number(self.config.need("run", "tstop"), f"{self.config.path}: run.tstop", "ms")
        if self.config.get("run", {}).get("tstart", 0.0) != 0.0:
            raise BackendUnsupported(f"{self.config.path}: run.tstart: runs begin at 0 ms")
        self._check_outputs()
        with self.simulate(backend, **options) as sim:
            sim.run(duration, progress=False)
            self.write(sim)

    def write(self, sim: Simulation) -> None:
        """The spikes and reports of a simulation of this circuit, into the configured files."""
        self._check_outputs()
        trains: dict[str, list[tuple[Any, Any]]] = {}
        for (name, part), probe in self._spikes.items():
            data = sim.data[probe]
            ids = self.nodes[name].members(part)[data.i]
            trains.setdefault(name, []).append((data.t, ids))
        output.write_spikes(self._spikes_file, trains, self._order)
        for report in self._reports:
            columns: dict[str, list[Any]] = {}
            for name, _, ids, states in report.probes:
                columns.setdefault(name, []).append((ids, sim.data[states]))
            output.write_report(self._folder / report.path, columns, report.start, report.stop, report.every)

    @property
    def _folder(self) -> Path:
        return Path(self.config.get("output", {}).get("output_dir", self.config.path.parent))

    @property
    def _spikes_file(self) -> Path:
        return self._folder / str(self.config.get("output", {}).get("spikes_file", "spikes.h5"))

    @property
    def _order(self) -> str:
        order = self.config.get("output", {}).get("spikes_sort_order", "by_time")
        if order not in output.ORDERS:
            raise ParameterError(
                f"{self.config.path}: output.spikes_sort_order: unknown choice {order!r}"
                f"{nearest(str(order), output.ORDERS)}"
            )
        return str(order)

    def _check_outputs(self) -> None:
        """Before a run: that its files can be written, and that none is an input or written twice."""
        make_folder(self._folder, f"{self.config.path}: output.output_dir")
        taken = dict.fromkeys(self.config.files, "is an input of this circuit")
        kept = self.config.get("output", {}).get("overwrite_output_dir", True) is False
        files = [("spikes", self._spikes_file)]
        files += [(f"report {report.name!r}", self._folder / report.path) for report in self._reports]
        for what, path in files:
            if path.resolve() in taken:
                raise ParameterError(f"{what}: {path} {taken[path.resolve()]}: name another file")
            taken[path.resolve()] = f"is the file of {what} already"
            if kept and path.exists():
                raise ParameterError(
                    f"{what}: {path}: there is one, and output.overwrite_output_dir is false"
                )
        assert self._order in output.ORDERS

    def _members(self, entry: dict[str, Any], key: str, owner: str) -> dict[str, Ids]:
        """The nodes that an entry is about, of which there must be some."""
        found = members(self.config, self.nodes, entry.get(key, "all"))
        if not found:
            raise ParameterError(f"{owner}: {key}: there is no such node ({shown(entry.get(key))})")
        return found

    def _neurons(self, entry: dict[str, Any], key: str, owner: str) -> list[tuple[str, int, Ids, View]]:
        """Of the nodes that an entry is about those that are neurons, of which there must be some.

        By population and part: node ids, and the view of them.
        """
        found = []
        for population, ids in self._members(entry, key, owner).items():
            nodes = self.nodes[population]
            for part, group in enumerate(nodes.parts):
                mine = ids[nodes.part[ids] == part]
                if len(mine) and isinstance(group, Population):
                    found.append((population, part, mine, group[nodes.index[mine]]))
        if not found:
            raise ParameterError(
                f"{owner}: {key}: {shown(entry.get(key, 'all'))} has virtual nodes alone, "
                "which have no states and take no currents"
            )
        return found

    def _report(self, name: str, entry: dict[str, Any]) -> _Report:
        owner = f"report {name!r}"
        module = entry.get("module", "membrane_report")
        if module not in _REPORTS:
            raise BackendUnsupported(f"{owner}: module {shown(module)}: pysnn has {', '.join(_REPORTS)}")
        variable = fields.one_text(entry.get("variable_name", "v"), f"{owner}: variable_name")
        variable = "v" if variable == "V_m" else variable
        every = entry.get("dt", self.config.get("run", {}).get("dt", 0.1))
        probes = []
        every = number(every, f"{owner}: dt", "ms")
        for population, part, mine, neurons in self._neurons(entry, "cells", owner):
            states = type(neurons.model).states if isinstance(neurons.model, NeuronModel) else ()
            if variable not in states:
                raise ParameterError(
                    f"{owner}: {type(neurons.model).__name__} has no variable {variable!r} "
                    f"(valid: {', '.join(states)})"
                )
            probe = self.network.probe(neurons, variable, every=every)
            probes.append((population, part, mine, probe))
        file = fields.one_text(entry.get("file_name", f"{name}.h5"), f"{owner}: file_name")
        start = number(entry.get("start_time", 0.0), f"{owner}: start_time", "ms")
        stop = entry.get("end_time", self.config.get("run", {}).get("tstop"))
        stop = np.inf if stop is None else number(stop, f"{owner}: end_time", "ms")
        if stop < start:
            raise ParameterError(f"{owner}: end_time: must be >= start_time = {start:g} ms (got {stop:g})")
        path = Path(file if file.endswith(".h5") else f"{file}.h5")
        return _Report(name, path, probes, start, stop, every, variable)

    def _inputs(self) -> list[tuple[SourceGroup, Any, Any]]:
        fed = []
        for name, entry in self.config.get("inputs", {}).items():
            owner = f"input {name!r}"
            kind = fields.entry(entry, owner).get("input_type")
            if not entry.get("enabled", True):
                continue
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
        allowed = self._members(entry, "node_set", owner)
        path = Path(needed(entry, "input_file", owner))
        self.config.files.add(path.resolve())
        for population, (times, given) in _read_spikes(path, owner).items():
            names = [population] if population else list(allowed)
            if len(names) != 1 or names[0] not in self.nodes:
                raise ParameterError(f"{owner}: of which population are its spikes? (got {population!r})")
            nodes = self.nodes[names[0]]
            if given.size and names[0] not in allowed:
                raise ParameterError(
                    f"{owner}: node_set: it has no nodes of {names[0]!r}, whose spikes {path} has"
                )
            if given.size and given.max() >= len(nodes):
                raise ParameterError(f"{owner}: node id {given.max()}: {names[0]!r} has {len(nodes)}")
            ids = whole(given, f"{owner}: {path}: node_ids")
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
        amplitude = number(needed(entry, "amp", owner), f"{owner}: amp", "nA") * 1e3
        start = number(entry.get("delay", 0.0), f"{owner}: delay", "ms")
        stop = np.inf
        if "duration" in entry:
            stop = start + number(entry["duration"], f"{owner}: duration", "ms")
        try:
            current = ConstantCurrent(amplitude, start=start, stop=stop)
        except ParameterError as err:
            raise ParameterError(f"{owner}: delay, duration: {err}") from err
        for _, _, _, neurons in self._neurons(entry, "node_set", owner):
            self.network.current(neurons, current)


def _read_spikes(path: Path, owner: str) -> dict[str, tuple[Any, Any]]:
    """Times [ms] and node ids by population ("" where the file names none), of an HDF5 file or a table."""
    if path.suffix == ".csv":
        tables: dict[str, list[tuple[float, float]]] = {}
        for at, row in rows(path):
            time = row.get("timestamps") or row.get("timestamp")
            if time is None or "node_ids" not in row:
                raise ParameterError(f"{owner}: {path}: expected columns timestamps and node_ids")
            tables.setdefault(row.get("population", ""), []).append(
                (
                    number(time, f"{owner}: {path}, line {at}: timestamps", "ms"),
                    number(row["node_ids"], f"{owner}: {path}, line {at}: node_ids"),
                )
            )
        return {
            name: (np.array([t for t, _ in table]), np.array([i for _, i in table]))
            for name, table in tables.items()
        }
    found = {}
    with hdf5(path) as file:
        spikes = fields.group(file, "spikes", f"{owner}: {path}")
        # Of old files the population is not named.
        groups = {"": spikes} if "timestamps" in spikes else dict(spikes.items())
        for name, group in groups.items():
            whose = f"{owner}: {path}: spikes/{name}".rstrip("/")
            times = fields.column(group, "timestamps", whose)
            ids = fields.column(group, "gids" if "gids" in group else "node_ids", whose, len(times))
            unit = fields.text(group["timestamps"].attrs.get("units", "ms"))
            if unit not in _MILLISECONDS:
                raise ParameterError(f"{whose}: timestamps: expected the unit ms (got {unit!r})")
            found[name] = (decimals(times), ids)
    return found
