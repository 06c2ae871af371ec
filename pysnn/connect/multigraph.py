"""Synapses as the edges of a NetworkX graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..base.distributions import Array, Distribution
from ..base.params import shown
from ..errors import ParameterError
from ._indices import as_indices
from .base import ConnectionRule
from .coo import FromCOO


class FromMultiDiGraph(ConnectionRule):
    """Makes one synapse of each edge of a directed NetworkX graph, parallel edges included.

    The edges are read one by one (NetworkX's own conversion to a sparse array would add up
    parallel ones). A spec stores the pairs as ``FromCOO``, in the order of ``graph.edges``.

    Parameters
    ----------
    graph : networkx.MultiDiGraph (or DiGraph).
    weight, delay : names of edge attributes to take weights and delays [ms] from, or None.
    nodes : node labels in the order of the neurons; by default the labels are the indices.
    """

    explicit: ClassVar[bool] = True

    graph: Any
    weight: str | None = None
    delay: str | None = None
    nodes: Sequence[Any] | None = None

    def __post_init__(self) -> None:
        """The graph must be directed."""
        if not (hasattr(self.graph, "is_directed") and hasattr(self.graph, "edges")):
            raise ParameterError(
                f"FromMultiDiGraph.graph: expected a networkx graph (got {shown(self.graph)})"
            )
        if not self.graph.is_directed():
            raise ParameterError(
                "FromMultiDiGraph.graph: expected a directed graph (to_directed() makes two edges of each)"
            )

    def __len__(self) -> int:
        return int(self.graph.number_of_edges())

    def resolve(
        self, n_pre: int, n_post: int, owner: str
    ) -> tuple[ConnectionRule, Distribution | None, Distribution | None]:
        """The edges as FromCOO, with arrays of their weights and delays."""
        edges = list(self.graph.edges(data=True))
        i, j = self._indices([edge[0] for edge in edges]), self._indices([edge[1] for edge in edges])
        return FromCOO(i, j), self._attribute(edges, self.weight), self._attribute(edges, self.delay)

    def _indices(self, labels: list[Any]) -> Any:
        if self.nodes is not None:
            position = {label: at for at, label in enumerate(self.nodes)}
            lost = [label for label in labels if label not in position]
            if lost:
                raise ParameterError(f"FromMultiDiGraph.nodes: lacks the node {shown(lost[0])} of the graph")
            labels = [position[label] for label in labels]
        strange = [
            label for label in labels if isinstance(label, bool) or not isinstance(label, (int, np.integer))
        ]
        if strange:
            raise ParameterError(
                f"FromMultiDiGraph.graph: node {shown(strange[0])} is no index; give nodes=[...] in the "
                "order of the neurons"
            )
        return as_indices(np.array(labels, dtype=np.int64), "FromMultiDiGraph.graph: nodes")

    def _attribute(self, edges: list[tuple[Any, Any, dict[str, Any]]], name: str | None) -> Array | None:
        if name is None or not edges:
            return None
        for source, target, data in edges:
            if name not in data:
                raise ParameterError(
                    f"FromMultiDiGraph: the edge {shown(source)} -> {shown(target)} has no attribute {name!r}"
                )
        return Array([data[name] for _, _, data in edges])
