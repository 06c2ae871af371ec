"""The layers of a trained network of rectified linear units that comes as a NIR graph."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BackendUnsupported, ParameterError
from . import nir_linear
from .graph import check_numbers, declared, graph_of

Float = NDArray[np.float64]


def layers_of(given: Any, owner: str) -> tuple[list[Float], list[Float]]:
    """Weights (inputs, outputs) and biases of each layer of a chain of nodes from an Input to an Output.

    NIR has no rectified linear unit: an IF stands for each, as what exports trained networks writes. Linear
    nodes without one between them are one layer.
    """
    graph = graph_of(given, owner)
    ends = {kind: [n for n in graph.nodes if graph.kind(n) == kind] for kind in ("Input", "Output")}
    for kind, names in ends.items():
        if len(names) != 1:
            raise ParameterError(f"{owner}: expected one {kind} (got {len(names)})")
    name = ends["Input"][0]
    shape = declared(graph.nodes[name].output_type.get("output"), f"{owner}: {name!r}")
    weights, biases = list[Float](), list[Float]()
    matrix: Any = None
    bias = np.zeros(0)
    seen = {name}
    while graph.kind(name) != "Output":
        following = graph.after(name)
        if len(following) != 1 or len(graph.before(following[0])) != 1 or following[0] in seen:
            raise BackendUnsupported(
                f"{owner}: {name!r}: expected one node after another, from the Input to the Output "
                f"(it leads to {', '.join(map(repr, following)) or 'nothing'})"
            )
        (name,) = following
        seen.add(name)
        node, kind, place = graph.nodes[name], graph.kind(name), f"{owner}: {name!r}"
        check_numbers(node, place)
        if kind in nir_linear.KINDS and kind != "Delay":
            own, given_shape = nir_linear.matrix_of(node, kind, shape, place)
            if own.shape[1] != math.prod(shape):
                raise ParameterError(f"{place}: expected {own.shape[1]} inputs (got shape {shape})")
            matrix = own if matrix is None else own @ matrix
            bias = (own @ bias if bias.size else 0.0) + np.broadcast_to(
                nir_linear.bias_of(node, kind, given_shape, place), math.prod(given_shape)
            )
            shape = given_shape
        elif kind not in ("IF", "Relay", "Output"):
            raise BackendUnsupported(
                f"{place}: expected linear nodes, and IF for each rectified linear unit (got {kind})"
            )
        if kind in ("IF", "Output") and matrix is not None:
            weights.append(matrix.toarray().T)
            biases.append(bias)
            matrix, bias = None, np.zeros(0)
    return weights, biases
