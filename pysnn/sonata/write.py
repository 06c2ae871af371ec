"""Networks written out as SONATA circuits."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ..base.params import shown
from ..base.paths import as_path
from ..errors import BackendUnsupported, ParameterError
from ..io.beside import whole
from ..run import Simulation
from ..spec import PopulationSpec, SourceSpec
from .fields import make_folder

MAGIC = 0x0A7A
FILES = ("nodes.h5", "node_types.csv", "edges.h5", "edge_types.csv", "config.json")


def write(sim: Simulation, folder: str | os.PathLike[str]) -> Path:
    """Write the network of a simulation as a SONATA circuit; the path of its configuration.

    Populations keep their names, neurons their indices as node ids. Models are written as "pysnn:CLASS" with
    their parameters and states by node; sources as virtual nodes, to be given spikes by inputs. States,
    weights and delays are those of now (spikes under way and refractory times have no place in SONATA);
    ``receptor`` of an edge type is ours. ``snn.sonata.load`` gives the same states and synapses back.

    Parameters
    ----------
    sim : of any engine.
    folder : is made; files of the same names are replaced, all of them once all are written.

    Errors: BackendUnsupported names what SONATA cannot hold: plasticity, dynamics, currents, parts of
    populations, models from equations.
    """
    if not isinstance(sim, Simulation):
        raise ParameterError(f"sonata.write: expected a Simulation (got {shown(sim)})")
    _check(sim)
    folder = as_path(folder, "sonata.write: folder")
    make_folder(folder, "sonata.write")
    # Kinds of populations are libsonata's, without which it takes all for biophysical ones.
    kinds = {p.name: {"type": "point_neuron"} for p in sim.spec.populations}
    kinds |= {source.name: {"type": "virtual"} for source in sim.spec.sources}
    edges: dict[str, Any] = {_edge_name(p.name): {} for p in sim.spec.projections}
    config = {
        "manifest": {"$BASE_DIR": "."},
        "components": {"point_neuron_models_dir": "$BASE_DIR"},
        "networks": {
            "nodes": [
                {
                    "nodes_file": "$BASE_DIR/nodes.h5",
                    "node_types_file": "$BASE_DIR/node_types.csv",
                    "populations": kinds,
                }
            ],
            "edges": [
                {
                    "edges_file": "$BASE_DIR/edges.h5",
                    "edge_types_file": "$BASE_DIR/edge_types.csv",
                    "populations": edges,
                }
            ],
        },
        "run": {"dt": sim.dt},
    }
    paths = [folder / name for name in FILES]
    with whole(*paths) as (nodes_h5, node_types, edges_h5, edge_types, configuration):
        _nodes(sim, nodes_h5, node_types)
        _edges(sim, edges_h5, edge_types)
        configuration.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return paths[-1]


def _check(sim: Simulation) -> None:
    if not sim.spec.populations and not sim.spec.sources:
        raise ParameterError("sonata.write: there is nothing to write: the network has no populations")
    named: dict[str, str] = {}
    for projection in sim.spec.projections:
        other = named.setdefault(_edge_name(projection.name), projection.name)
        if other != projection.name:
            raise ParameterError(
                f"sonata.write: {other!r} and {projection.name!r} have one name there (| for /)"
            )
        for part in ("plasticity", "dynamics"):
            if getattr(projection, part) is not None:
                raise BackendUnsupported(
                    f"sonata.write: {projection.name!r}: its {part} "
                    f"({type(getattr(projection, part)).__name__}) has no place in SONATA"
                )
    if sim.spec.currents:
        raise BackendUnsupported("sonata.write: currents have no place in a circuit: they are inputs")
    for population in sim.spec.populations:
        for part in ("homeostasis", "winner_takes_all"):
            if getattr(population, part) is not None:
                raise BackendUnsupported(f"sonata.write: {population.name!r}: {part} has no place in SONATA")
        kind = type(population.model).__name__
        registry = type(population.model).registry
        if kind not in registry or registry.get(kind, "sonata.write") is not type(population.model):
            raise BackendUnsupported(
                f"sonata.write: {population.name!r}: a model from equations has no place in SONATA"
            )


def _nodes(sim: Simulation, path: Path, types: Path) -> None:
    rows = ["node_type_id model_type model_template"]
    with h5py.File(path, "w") as file:
        _mark(file)
        groups: list[PopulationSpec | SourceSpec] = [*sim.spec.populations, *sim.spec.sources]
        for number, group in enumerate(groups):
            nodes = file.create_group(f"nodes/{group.name}")
            nodes["node_type_id"] = np.full(group.n, number, dtype=np.uint32)
            nodes["node_group_id"] = np.zeros(group.n, dtype=np.uint32)
            nodes["node_group_index"] = np.arange(group.n, dtype=np.uint64)
            own = nodes.create_group("0")
            if not isinstance(group, PopulationSpec):
                rows.append(f"{number} virtual NULL")
                continue
            kind = type(group.model).__name__
            rows.append(f"{number} point_neuron pysnn:{kind}")
            parameters = own.create_group("dynamics_params")
            for name, value in group.model.as_dict().items():
                if isinstance(value, str):
                    if value != type(group.model).__dataclass_fields__[name].default:
                        raise BackendUnsupported(
                            f"sonata.write: {group.name!r}: {name} = {value!r} has no place"
                        )
                    continue
                parameters[name] = sim.parameter(group.name, name)
            for state in type(group.model).states:
                parameters[state] = sim.state(group.name, state)
    types.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _edges(sim: Simulation, path: Path, types: Path) -> None:
    rows = ["edge_type_id model_template receptor"]
    with h5py.File(path, "w") as file:
        _mark(file)
        file.create_group("edges")
        for number, projection in enumerate(sim.spec.projections):
            synapses = sim.synapses(projection.name)
            edges = file.create_group(f"edges/{_edge_name(projection.name)}")
            for side, population, ids in (
                ("source", projection.source, synapses.i),
                ("target", projection.target, synapses.j),
            ):
                data = edges.create_dataset(f"{side}_node_id", data=ids.astype(np.uint64))
                data.attrs["node_population"] = population
            n = len(synapses)
            edges["edge_type_id"] = np.full(n, number, dtype=np.uint32)
            edges["edge_group_id"] = np.zeros(n, dtype=np.uint32)
            edges["edge_group_index"] = np.arange(n, dtype=np.uint64)
            edges["0/syn_weight"] = sim.weights(projection.name)
            edges["0/delay"] = synapses.delay
            rows.append(f"{number} static_synapse {projection.receptor}")
    types.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _edge_name(projection: str) -> str:
    """A slash would make groups within groups."""
    return projection.replace("/", "|")


def _mark(file: Any) -> None:
    file.attrs.create("magic", MAGIC, dtype=np.uint32)
    file.attrs.create("version", [0, 1], dtype=np.uint32)
