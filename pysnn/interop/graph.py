"""A NIR graph without subgraphs, and what is checked of one."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..base.exports import needs
from ..base.params import shown
from ..errors import ParameterError
from .linear import Shape

_FINITE = ("weight", "bias", "scale", "tau", "tau_mem", "tau_syn", "r", "v_leak", "v_reset", "w_in")


@dataclass
class Graph:
    """Nodes by name, and which lead to which. The ends of subgraphs are relays, named "outer.inner"."""

    nodes: dict[str, Any] = field(default_factory=dict)
    relays: set[str] = field(default_factory=set)
    edges: list[tuple[str, str]] = field(default_factory=list)

    def kind(self, name: str) -> str:
        """The class of a node."""
        return "Relay" if name in self.relays else type(self.nodes[name]).__name__

    def after(self, name: str) -> list[str]:
        """The nodes that one leads to."""
        return [b for a, b in self.edges if a == name]

    def before(self, name: str) -> list[str]:
        """The nodes that lead to one."""
        return [a for a, b in self.edges if b == name]


def graph_of(given: Any, owner: str) -> Graph:
    """All nodes and edges of a ``nir.NIRGraph``, or of a file that ``nir.write`` wrote, and its subgraphs.

    ``owner`` : who asks, for messages.
    """
    nir = needs("nir", owner)
    if isinstance(given, (str, os.PathLike)):
        given = _file(nir, os.fspath(given), owner)
    if not isinstance(given, nir.NIRGraph):
        raise ParameterError(f"{owner}: expected a nir.NIRGraph or a path (got {shown(given)})")
    return _flatten(given, owner)


def declared(shape: Any, owner: str) -> Shape:
    """The shape that a node says it has."""
    if shape is None:
        raise ParameterError(f"{owner}: expected a shape (got None)")
    return tuple(int(n) for n in np.ravel(shape)) or (1,)


def check_numbers(node: Any, owner: str) -> None:
    """That the arrays of a node are of numbers; a threshold may be infinite."""
    for what in (*_FINITE, "v_threshold", "delay"):
        values = getattr(node, what, None)
        if values is None:
            continue
        finite = "finite " if what in _FINITE else ""
        try:
            numbers = np.asarray(values if not np.iscomplexobj(values) else np.nan, dtype=float)
        except (TypeError, ValueError):
            numbers = np.array(np.nan)
        if not (np.isfinite(numbers) if finite else ~np.isnan(numbers)).all():
            raise ParameterError(f"{owner}: {what}: expected {finite}numbers (got {shown(values)})")


def _file(nir: Any, path: str, owner: str) -> Any:
    """The graph of a file."""
    try:
        # Shapes are gone through here, also of what nir's own check refuses (kernels that are not square).
        return nir.read(path, type_check=False)
    except OSError as err:
        why = os.strerror(err.errno) if err.errno else "no HDF5"
        raise ParameterError(f"{owner}: {path}: cannot be read ({why})") from err
    except (AssertionError, KeyError, TypeError, ValueError) as err:
        why = str(err) or "a node of a kind that it does not know"
        raise ParameterError(f"{owner}: {path}: no graph that nir reads ({why})") from err


def _flatten(graph: Any, owner: str) -> Graph:
    flat = Graph()
    _add(flat, graph, "", owner, outermost=True)
    for a, b in flat.edges:
        for end in (a, b):
            if end not in flat.nodes:
                raise ParameterError(f"{owner}: an edge leads from {a!r} to {b!r}: there is no {end!r}")
    twice = [edge for edge, times in Counter(flat.edges).items() if times > 1]
    if twice:
        raise ParameterError(f"{owner}: there are two edges from {twice[0][0]!r} to {twice[0][1]!r}")
    return flat


def _add(flat: Graph, graph: Any, prefix: str, owner: str, outermost: bool = False) -> None:
    entries: dict[str, list[str]] = {}
    exits: dict[str, list[str]] = {}
    for name, node in graph.nodes.items():
        own, kind = f"{prefix}{name}", type(node).__name__
        if kind == "NIRGraph":
            _add(flat, node, f"{own}.", owner)
            inner = {
                kind: [k for k, n in node.nodes.items() if type(n).__name__ == kind]
                for kind in ("Input", "Output")
            }
            if len(inner["Input"]) != 1 or len(inner["Output"]) != 1:
                raise ParameterError(f"{owner}: subgraph {own!r}: expected one Input and one Output")
            entries[name] = [f"{own}.{inner['Input'][0]}"]
            exits[name] = [f"{own}.{inner['Output'][0]}"]
            continue
        if own in flat.nodes:
            raise ParameterError(f"{owner}: there are two nodes {own!r} (a subgraph's are 'subgraph.node')")
        flat.nodes[own] = node
        if not outermost and kind in ("Input", "Output"):
            flat.relays.add(own)
    for a, b in graph.edges:
        begin = exits.get(a, [f"{prefix}{a}"])[0]
        end = entries.get(b, [f"{prefix}{b}"])[0]
        flat.edges.append((begin, end))
