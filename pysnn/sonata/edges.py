"""Edges: files of them, and the projections that they become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ..base.arrays import decimals
from ..base.distributions import Array
from ..connect import FromCOO
from ..errors import BackendUnsupported, ParameterError
from ..network import Network
from ..spec import Population, Projection
from . import fields
from .config import Config, Types, read_json, read_types
from .nodes import Nodes

STATIC = ("static_synapse", "nest:static_synapse", "pysnn:static", "")


def read_edges(config: Config, network: Network, nodes: dict[str, Nodes]) -> dict[str, list[Projection]]:
    """All edge populations of a configuration, declared in ``network``."""
    found: dict[str, list[Projection]] = {}
    for entry, owner in config.listed("edges"):
        path = fields.needed(entry, "edges_file", owner)
        config.files.add(Path(path).resolve())
        with fields.hdf5(path) as file:
            for name, group in fields.group(file, "edges", path).items():
                if name in found:
                    raise ParameterError(f"{path}: there are edges {name!r} already")
                types = read_types(entry.get("edge_types_file"), "edge_type_id", name)
                found[name] = _read(config, network, nodes, name, group, types)
    return found


def _read(
    config: Config, network: Network, nodes: dict[str, Nodes], name: str, group: Any, types: Types
) -> list[Projection]:
    owner = f"edges {name!r}"
    ends = []
    for side in ("source_node_id", "target_node_id"):
        given = fields.column(group, side, owner)
        population = fields.text(group[side].attrs.get("node_population", ""))
        if population not in nodes:
            raise ParameterError(f"{owner}: {side}: there is no population {population!r}")
        size = len(nodes[population])
        if given.size and given.max() >= size:
            raise ParameterError(f"{owner}: {side}: {given.max()} is out of range: {population!r} has {size}")
        ends.append((nodes[population], fields.whole(given, f"{owner}: {side}", below=size)))
    (pre, i), (post, j) = ends
    type_ids = fields.type_ids(group, "edge_type_id", owner, bool(types))
    for side, ids in (("source_node_id", i), ("target_node_id", j)):
        if len(ids) != len(type_ids):
            raise ParameterError(f"{owner}: {side}: expected {len(type_ids)} entries (got {len(ids)})")
    _check(config, types, type_ids, owner)
    _check_own(group, owner)
    weight = _column(group, types, type_ids, ("syn_weight", "conductance"), owner)
    delay = _column(group, types, type_ids, ("delay",), owner)
    repeat = fields.whole(_column(group, types, type_ids, ("nsyns",), owner, default=1.0), f"{owner}: nsyns")
    named = [types.get(t, {}).get("receptor", "") for t in np.unique(type_ids).tolist()]
    receptor = np.array(named, dtype=object)[np.searchsorted(np.unique(type_ids), type_ids)]
    made: list[Projection] = []
    for source in range(len(pre.parts)):
        for target in range(len(post.parts)):
            model = post.templates[target]
            here = (pre.part[i] == source) & (post.part[j] == target)
            if not here.any():
                continue
            if model is None:
                raise ParameterError(f"{owner}: virtual nodes of {post.name!r} have no synapses")
            # As NEST has it, where no receptor is named: the sign chooses.
            signs = np.where(weight < 0.0, model.receptors[1], model.receptors[0])
            chosen = np.where(receptor == "", signs, receptor)
            for kind in np.unique(chosen[here].astype(str)):
                rows = np.repeat(np.flatnonzero(here & (chosen == kind)), repeat[here & (chosen == kind)])
                values = np.abs(weight[rows]) if model.absolute else weight[rows]
                post_group = post.parts[target]
                assert isinstance(post_group, Population)
                made.append(
                    network.projection(
                        pre.parts[source], post_group, FromCOO(pre.index[i[rows]], post.index[j[rows]]),
                        weight=Array(values), delay=Array(delay[rows]), receptor=str(kind),
                        name=f"{name} {len(made)}" if made else name,
                    )
                )  # fmt: skip
    return made


def _check(config: Config, types: Types, type_ids: NDArray[np.int64], owner: str) -> None:
    folder = Path(config.get("components", {}).get("synaptic_models_dir", "."))
    for type_id in np.unique(type_ids).tolist():
        if types and type_id not in types:
            raise ParameterError(f"{owner}: edge_type_id {type_id} is in no table of types")
        row = types.get(type_id, {})
        synapse = row.get("model_template", "")
        if synapse not in STATIC:
            raise BackendUnsupported(
                f"{owner}: model_template {synapse!r}: of SONATA's synapses pysnn reads static_synapse alone"
            )
        if row.get("weight_function", "wmax") not in ("wmax", "syn_weight"):
            raise BackendUnsupported(
                f"{owner}: weight_function {row['weight_function']!r}: weights must be given"
            )
        if file := row.get("dynamics_params"):
            _no_parameters(fields.entry(read_json(folder / file), file), f"{owner}: {file}")


def _check_own(group: Any, owner: str) -> None:
    """Of what edges have of their own no synapse that is static has any more."""
    for number, part in group.items():
        if number.isdecimal() and isinstance(own := part.get("dynamics_params"), h5py.Group):
            _no_parameters(own, f"{owner}: {number}/dynamics_params")


def _no_parameters(parameters: Any, owner: str) -> None:
    if len(parameters):
        raise BackendUnsupported(
            f"{owner}: {', '.join(parameters)}: a static synapse has a weight and a delay "
            "(syn_weight, delay), and no parameters"
        )


def _column(
    group: Any,
    types: Types,
    type_ids: NDArray[np.int64],
    names: tuple[str, ...],
    owner: str,
    default: float | None = None,
) -> NDArray[np.float64]:
    """A value of each edge: its own, else its type's."""
    n = len(type_ids)
    values = np.full(n, np.nan if default is None else default)
    for name in names:
        for type_id in np.unique(type_ids).tolist():
            if name in types.get(type_id, {}):
                values[type_ids == type_id] = fields.number(types[type_id][name], f"{owner}: {name}")
    which = fields.column(group, "edge_group_id", owner, n, np.zeros(n, np.int64))
    place = fields.whole(
        fields.column(group, "edge_group_index", owner, n, np.arange(n)), f"{owner}: edge_group_index"
    )
    for number in np.unique(which):
        part = group.get(str(number), {})
        for name in names:
            if isinstance(part.get(name), h5py.Dataset):
                at = np.flatnonzero(which == number)
                own = decimals(fields.column(part, name, owner))
                values[at] = own[
                    fields.whole(place[at], f"{owner}: edge_group_index, of {name}", below=len(own))
                ]
    if np.isnan(values).any():
        raise ParameterError(
            f"{owner}: {names[0]}: given neither by edge nor by type (edge {np.argmax(np.isnan(values))})"
        )
    return values
