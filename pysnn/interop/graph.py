"""A NIR graph without subgraphs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..errors import ParameterError


@dataclass
class Graph:
    """Nodes by name, and which lead to which. The ends of subgraphs are relays, named "outer.inner"."""

    nodes: dict[str, Any] = field(default_factory=dict)
    relays: set[str] = field(default_factory=set)
    edges: list[tuple[str, str]] = field(default_factory=list)

    def kind(self, name: str) -> str:
        """The class of a node."""
        return "Relay" if name in self.relays else type(self.nodes[name]).__name__

    def before(self, name: str) -> list[str]:
        """The nodes that lead to one."""
        return [a for a, b in self.edges if b == name]


def flatten(graph: Any) -> Graph:
    """All nodes and edges of a graph and its subgraphs."""
    flat = Graph()
    _add(flat, graph, "", outermost=True)
    for a, b in flat.edges:
        for end in (a, b):
            if end not in flat.nodes:
                raise ParameterError(f"from_nir: an edge leads from {a!r} to {b!r}: there is no {end!r}")
    twice = [edge for edge, times in Counter(flat.edges).items() if times > 1]
    if twice:
        raise ParameterError("from_nir: there are two edges from {!r} to {!r}".format(*twice[0]))
    return flat


def _add(flat: Graph, graph: Any, prefix: str, outermost: bool = False) -> None:
    entries: dict[str, list[str]] = {}
    exits: dict[str, list[str]] = {}
    for name, node in graph.nodes.items():
        own, kind = f"{prefix}{name}", type(node).__name__
        if kind == "NIRGraph":
            _add(flat, node, f"{own}.")
            inner = {
                kind: [k for k, n in node.nodes.items() if type(n).__name__ == kind]
                for kind in ("Input", "Output")
            }
            if len(inner["Input"]) != 1 or len(inner["Output"]) != 1:
                raise ParameterError(f"from_nir: subgraph {own!r}: expected one Input and one Output")
            entries[name] = [f"{own}.{inner['Input'][0]}"]
            exits[name] = [f"{own}.{inner['Output'][0]}"]
            continue
        if own in flat.nodes:
            raise ParameterError(f"from_nir: there are two nodes {own!r} (a subgraph's are 'subgraph.node')")
        flat.nodes[own] = node
        if not outermost and kind in ("Input", "Output"):
            flat.relays.add(own)
    for a, b in graph.edges:
        begin = exits.get(a, [f"{prefix}{a}"])[0]
        end = entries.get(b, [f"{prefix}{b}"])[0]
        flat.edges.append((begin, end))
