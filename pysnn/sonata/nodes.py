"""Nodes: files of them, their attributes, sets of them, and the populations that they become."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ..base.arrays import decimals
from ..base.params import shown
from ..errors import BackendUnsupported, ParameterError, nearest
from ..network import Network
from ..sources import Input
from ..spec import Population, SourceGroup
from . import fields
from .config import Config, Types, read_json, read_types
from .models import Template, template

Ids = NDArray[np.int64]
_LIBRARY = "@library/"  # of a group: the texts that its columns of the same names number


@dataclass
class Nodes:
    """The nodes of one population of SONATA.

    Attributes
    ----------
    name : of the population.
    attributes : of each node, by name: those of its type, and its own.
    parts : the groups of pysnn that hold them; several where they are of several models.
    part, index : of each node, which of these and where in it.
    templates : of each part, or None for virtual nodes.
    """

    name: str
    attributes: dict[str, NDArray[Any]]
    parts: list[Population | SourceGroup]
    part: Ids
    index: Ids
    templates: list[Template | None]

    def __len__(self) -> int:
        return len(self.part)

    def members(self, part: int) -> Ids:
        """The node ids of a part, in its order."""
        return np.flatnonzero(self.part == part)


def read_nodes(config: Config, network: Network) -> dict[str, Nodes]:
    """All node populations of a configuration, declared in ``network``."""
    found: dict[str, Nodes] = {}
    config.need(config.circuit, "nodes")
    for entry, owner in config.listed("nodes"):
        path = fields.needed(entry, "nodes_file", owner)
        config.files.add(Path(path).resolve())
        with fields.hdf5(path) as file:
            for name, group in fields.group(file, "nodes", path).items():
                if name in found:
                    raise ParameterError(f"{path}: there is a population {name!r} already")
                types = read_types(entry.get("node_types_file"), "node_type_id", name)
                found[name] = _read(config, network, name, group, types)
    return found


def _read(config: Config, network: Network, name: str, group: Any, types: Types) -> Nodes:
    owner = f"nodes {name!r}"
    type_ids = fields.type_ids(group, "node_type_id", owner, bool(types))
    n = len(type_ids)
    if "node_id" in group and not np.array_equal(group["node_id"][()], np.arange(n)):
        raise ParameterError(f"nodes {name!r}: expected node ids 0 to {n - 1} in order")
    missing = sorted(set(type_ids.tolist()) - set(types)) if types else []
    if missing:
        raise ParameterError(f"nodes {name!r}: node_type_id {missing[0]} is in no table of types")
    attributes: dict[str, NDArray[Any]] = {
        "node_id": np.arange(n), "node_type_id": type_ids, "population": np.full(n, name),
    }  # fmt: skip
    for key in {key for row in types.values() for key in row} - {"node_type_id", "population"}:
        attributes[key] = np.array([types[t].get(key, "") for t in type_ids.tolist()], dtype=object)
    own = _own(group, n, owner)
    for key, values in own.items():
        if "/" not in key:
            attributes[key] = _over(values, attributes.get(key))
    if "model_type" not in attributes and n:
        raise ParameterError(f"{owner}: expected a column 'model_type', in its table of types or of its own")
    models = attributes.get("model_template", np.full(n, "", dtype=object))
    kinds = np.array(
        [
            "virtual" if kind == "virtual" else str(model)
            for kind, model in zip(attributes.get("model_type", np.full(n, "")), models, strict=True)
        ],
        dtype=object,
    )
    nodes = Nodes(name, attributes, [], np.zeros(n, np.int64), np.zeros(n, np.int64), [])
    for number, kind in enumerate(dict.fromkeys(kinds.tolist())):
        at = np.flatnonzero(kinds == kind)
        nodes.part[at], nodes.index[at] = number, np.arange(len(at))
        label = name if len(at) == n else f"{name}:{number}"
        if kind == "virtual":
            nodes.parts.append(network.source(label, len(at), Input()))
            nodes.templates.append(None)
            continue
        wrong = set(attributes["model_type"][at].tolist()) - {"point_neuron", "point_process"}
        if wrong:
            raise BackendUnsupported(
                f"nodes {name!r}: model_type {wrong.pop()!r}: pysnn has point neurons alone"
            )
        model = template(kind, owner)
        parameters = _parameters(config, attributes, own, at, owner)
        init = model.initial(parameters)
        nodes.parts.append(network.population(label, len(at), model.model(parameters, owner), init=init))
        nodes.templates.append(model)
    return nodes


def _own(group: Any, n: int, owner: str) -> dict[str, NDArray[Any]]:
    """What nodes have of their own, by name ("dynamics_params/NAME"); NaN where none is given."""
    found: dict[str, NDArray[Any]] = {}
    which = fields.column(group, "node_group_id", owner, n, np.zeros(n, np.int64))
    place = fields.whole(
        fields.column(group, "node_group_index", owner, n, np.arange(n)), f"{owner}: node_group_index"
    )
    for number in np.unique(which):
        part = group.get(str(number))
        if part is None:
            continue
        at = np.flatnonzero(which == number)

        def take(name: str, data: Any, at: Ids = at, part: Any = part) -> None:
            if isinstance(data, h5py.Dataset) and data.ndim == 1 and not name.startswith(_LIBRARY):
                values = fields.read(data, f"{owner}: {name}")
                if isinstance(texts := part.get(_LIBRARY + name), h5py.Dataset):
                    texts = fields.read(texts, f"{owner}: {_LIBRARY}{name}")
                    values = texts[fields.whole(values, f"{owner}: {name}", below=len(texts))]
                fields.whole(place[at], f"{owner}: node_group_index, of {name!r}", below=len(values))
                mine = values[place[at]]
                if name not in found and len(at) == n and mine.dtype.kind in "iu":
                    found[name] = mine  # as they are: not every id of 64 bits is a double
                    return
                fill = "" if values.dtype.kind in "OSU" else np.nan
                column = found.setdefault(name, np.full(n, fill, dtype=object if fill == "" else float))
                if (column.dtype == object) != (fill == ""):
                    raise ParameterError(f"{owner}: {name}: expected text or numbers, the same in all groups")
                column[at] = decimals(mine) if fill != "" else mine

        part.visititems(take)
    return found


def _over(own: NDArray[Any], of_type: NDArray[Any] | None) -> NDArray[Any]:
    """What nodes have of their own, and of those that have none what their types have."""
    given = own != "" if own.dtype == object else ~np.isnan(own.astype(float))
    if of_type is None or given.all():
        return own
    return np.where(given, own.astype(object), of_type)


def _parameters(
    config: Config, attributes: dict[str, NDArray[Any]], own: dict[str, NDArray[Any]], at: Ids, owner: str
) -> dict[str, Any]:
    """Parameters by name: those of the files that types name, and those of nodes over them."""
    folder = Path(config.get("components", {}).get("point_neuron_models_dir", "."))
    columns: dict[str, NDArray[np.float64]] = {}
    files = attributes.get("dynamics_params", np.full(len(attributes["node_id"]), "", dtype=object))[at]
    for file in filter(None, dict.fromkeys(files.tolist())):
        for name, value in fields.entry(read_json(folder / file), file).items():
            column = columns.setdefault(name, np.full(len(at), np.nan))
            column[files == file] = fields.number(value, f"{owner}: {file}: {name}")
    for key, values in own.items():
        if key.startswith("dynamics_params/"):
            name = key.removeprefix("dynamics_params/")
            if values.dtype.kind not in "iuf":
                raise ParameterError(f"{owner}: {key}: expected numbers (got text)")
            column = columns.setdefault(name, np.full(len(at), np.nan))
            given = ~np.isnan(values[at].astype(float))
            column[given] = values[at][given]
    for name, column in columns.items():
        if np.isnan(column).any():
            raise ParameterError(f"{owner}: {name}: given for some nodes of a model, and not for others")
    return {name: float(c[0]) if (c == c[0]).all() else c for name, c in columns.items()}


def members(
    config: Config, nodes: dict[str, Nodes], wanted: Any, within: tuple[str, ...] = ()
) -> dict[str, Ids]:
    """The node ids, by population, of a node set: its name, or what it is made of.

    ``within`` : the sets that it is a part of.
    """
    sets = config.node_sets
    if isinstance(wanted, str):
        if wanted == "all" and wanted not in sets:
            wanted = {}
        elif wanted not in sets:
            raise ParameterError(f"node set {wanted!r}: there is none{nearest(wanted, list(sets))}")
        elif wanted in within:
            raise ParameterError(f"node set {wanted!r}: is made of itself ({' of '.join((*within, wanted))})")
        else:
            within, wanted = (*within, wanted), sets[wanted]
    if not isinstance(wanted, (dict, list)):
        raise ParameterError(f"node set: expected a name, a list or an object of JSON (got {shown(wanted)})")
    if isinstance(wanted, list):
        if all(isinstance(entry, int) for entry in wanted):
            wanted = {"node_id": wanted}
        else:
            joined: dict[str, Ids] = {}
            for entry in wanted:
                for name, ids in members(config, nodes, entry, within).items():
                    joined[name] = np.union1d(joined.get(name, np.empty(0, np.int64)), ids)
            return joined
    found = {}
    for name, population in nodes.items():
        inside = np.ones(len(population), dtype=bool)
        for key, value in wanted.items():
            values = population.attributes.get(key)
            if values is None:
                inside[:] = False
                continue
            allowed = value if isinstance(value, list) else [value]
            if not all(isinstance(v, (str, int, float)) for v in allowed):
                raise ParameterError(
                    f"node set: {key}: expected a value or a list of them (got {shown(value)})"
                )
            inside &= _equal(values, allowed)
        if inside.any():
            found[name] = np.flatnonzero(inside)
    return found


def _equal(values: NDArray[Any], allowed: list[Any]) -> NDArray[np.bool_]:
    """Which are among those: as numbers, also where a table has them as text (4 is 4.0), or as text.

    Whole numbers of 64 bits are compared as such.
    """
    texts = {v for v in allowed if isinstance(v, str)}
    numbers = {v for v in allowed if not isinstance(v, str)}
    if values.dtype.kind in "OSU":
        return np.array(
            [v in texts or (_number(v) if isinstance(v, str) else v) in numbers for v in values.tolist()],
            bool,
        )
    numbers |= {number for v in texts if (number := _number(v)) is not None}
    if values.dtype.kind in "iu":
        bounds = np.iinfo(values.dtype)
        whole = [int(v) for v in numbers if bounds.min <= v <= bounds.max and v == int(v)]
        return np.isin(values, np.array(whole, values.dtype))
    return np.isin(values, list(numbers))


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return None
