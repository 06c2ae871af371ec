"""Networks from NIR, the neuromorphic intermediate representation.

Pedersen et al. (2024), Nat. Commun. 15:8122.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.distributions import Array
from ..base.params import ParamInfo, check_number, shown
from ..connect import FromCOO
from ..errors import BackendUnsupported, ParameterError, nearest
from ..network import Network
from ..sources import Input, Source
from ..spec import Population, Projection, SourceGroup
from . import linear, nir_linear, nir_neurons
from .graph import Graph, check_numbers, declared, graph_of
from .linear import Shape
from .nir_neurons import Neuron

Float = NDArray[np.float64]
NEURONS = nir_neurons.KINDS
RELAYS = ("Relay", "Output")


@dataclass(frozen=True)
class FromNIR:
    """What ``from_nir`` makes.

    Attributes
    ----------
    network : with all of it, to go on declaring.
    inputs : source groups by the name of their Input node; neuron k is element k of the flat input.
    populations : by the name of their node.
    outputs : populations by the name of the Output node that they lead to.
    projections : by (source node, target node), as many as there are delays.
    shapes : of each of these, as the graph has them.
    """

    network: Network
    inputs: dict[str, SourceGroup]
    populations: dict[str, Population]
    outputs: dict[str, Population]
    projections: dict[tuple[str, str], list[Projection]]
    shapes: dict[str, tuple[int, ...]]


def from_nir(
    graph: Any,
    *,
    dt: float = 1e-4,
    delay: float | None = None,
    seed: int = 0,
    sources: Mapping[str, Source] | None = None,
) -> FromNIR:
    """A network that obeys the equations of a NIR graph.

    LIF, IF, LI, I, CubaLIF and CubaLI become populations of ``LIF`` and ``CubaLIF``, exactly: a potential
    that has no unit counts as mV, seconds become ms, a spike comes where v > v_threshold. Whatever is
    linear between them (Affine, Linear, Scale, Conv1d, Conv2d, SumPool2d, AvgPool2d, Flatten, Delay,
    several in a row and in subgraphs too) becomes sparse connections, without weights of 0; biases become
    constant currents. Recurrence is nothing special. Parameters of neurons may be one for all, or along
    dimensions of length 1.

    Parameters
    ----------
    graph : ``nir.NIRGraph``, or the path of a file that ``nir.write`` wrote.
    dt : s, > 0: how long a spike is 1. Frameworks that step by dt count it so: it moves v of a LIF by
        ``r w dt / tau``. (With Diracs of area 1, as NIR's text has them, dt is 1.)
    delay : ms, >= 0, of connections without a Delay node; dt by default. (In NIR they take no time. In a
        feed-forward network each layer is that much later, and else the same.) With 0 they take none here
        either, as in frameworks that go through a step layer by layer, but for those of a circle, which
        take dt.
    seed : of the network.
    sources : by Input node, what it emits; by default ``Input()``, to be fed. Inputs are spikes.

    All neurons start with v = 0, as frameworks have it; NIR has no initial states.

    Errors: BackendUnsupported names a node that cannot be held (Threshold; LI, I or CubaLI, whose output is
    a potential, before anything but an Output; a linear node that leads to an Output; inputs that are summed
    without neurons); ParameterError where shapes do not fit, and where Delay nodes tell apart what ``delay``
    would make alike; ImportError without nir and SciPy.
    """
    flat = graph_of(graph, "from_nir")
    if sources is not None and not isinstance(sources, Mapping):
        raise ParameterError(f"from_nir: sources: expected Sources by Input node (got {shown(sources)})")
    dt = check_number(dt, ParamInfo(unit="s", above=0.0), "from_nir: dt")
    delay = check_number(
        dt * 1e3 if delay is None else delay, ParamInfo(unit="ms", low=0.0), "from_nir: delay"
    )
    for name, node in flat.nodes.items():
        if flat.kind(name) not in (*NEURONS, *nir_linear.KINDS, *RELAYS, "Input"):
            raise BackendUnsupported(f"from_nir: node {name!r}: pysnn has no {type(node).__name__}")
        check_numbers(node, _owner(name))
    return _Reader(flat, dt, delay, seed, dict(sources or {})).read()


def _leads_to(begin: str, end: str, into: dict[str, dict[str, Any]]) -> bool:
    """Whether spikes of ``begin`` may bring about some of ``end``."""
    found, waiting = {end}, [end]
    while waiting:
        before = [name for name in into.get(waiting.pop(), {}) if name not in found]
        found.update(before)
        waiting += before
    return begin in found


class _Unknown(Exception):
    """A shape that depends on neurons whose shape is not known yet."""


class _Reader:
    def __init__(self, graph: Graph, dt: float, delay: float, seed: int, sources: dict[str, Source]) -> None:
        self.graph, self.dt, self.delay, self.sources = graph, dt, delay, sources
        self.network = Network(seed)
        self.shapes: dict[str, Shape] = {}
        self.matrices: dict[str, Any] = {}
        self.straight: set[str] = set()  # linear nodes that are known to be on no circle

    def read(self) -> FromNIR:
        graph, net = self.graph, self.network
        inputs, populations, neurons = {}, {}, {}
        for name in graph.nodes:
            self._no_circle(name, ())
        self._find_shapes()
        ends = [name for name in graph.nodes if graph.kind(name) == "Input"]
        unknown = [name for name in self.sources if name not in ends]
        if unknown:
            raise ParameterError(
                f"from_nir: sources: {unknown[0]!r} is no Input node{nearest(unknown[0], ends)}"
            )
        for name, node in graph.nodes.items():
            shape = self.shapes[name]
            if graph.kind(name) == "Input":
                inputs[name] = net.source(name, math.prod(shape), self.sources.get(name, Input()))
            elif graph.kind(name) in NEURONS:
                constant = self._constant(name)
                neuron = nir_neurons.neuron_of(node, shape, constant, self.dt, _owner(name))
                neurons[name] = neuron
                populations[name] = net.population(name, math.prod(shape), neuron.model, init=neuron.init)
        projections: dict[tuple[str, str], list[Projection]] = {}
        groups: dict[str, SourceGroup | Population] = {**inputs, **populations}
        into = {name: self._into(name) for name in populations}
        for name, sources in into.items():
            for source, wires in sources.items():
                least = self._least(source, name, into, wires)
                for delay, matrix in sorted(wires.items()):
                    later = delay if delay > 0.0 else least
                    made = self._project(groups[source], populations[name], matrix, later, neurons[name])
                    projections.setdefault((source, name), []).extend(made)
        outputs = {}
        for name in graph.nodes:
            if graph.kind(name) == "Output":
                outputs.update(self._output(name, populations))
        return FromNIR(net, inputs, populations, outputs, projections, self.shapes)

    def _project(
        self, source: SourceGroup | Population, target: Population, matrix: Any, delay: float, neuron: Neuron
    ) -> list[Projection]:
        matrix.eliminate_zeros()  # those that a Delay's pieces leave of each other
        entries = matrix.tocoo()
        if entries.nnz == 0:
            return []
        weights = entries.data * neuron.weight[entries.row]
        return [
            self.network.projection(
                source, target, FromCOO(entries.col, entries.row), weight=Array(weights),
                delay=delay, receptor=neuron.receptor,
            )
        ]  # fmt: skip

    def _least(
        self, source: str, target: str, into: dict[str, dict[str, Any]], wires: dict[float, Any]
    ) -> float:
        """What connections take that take no time in NIR, ms."""
        least = self.delay if self.delay > 0.0 or not _leads_to(target, source, into) else self.dt * 1e3
        there = [delay for delay, matrix in wires.items() if matrix.count_nonzero()]
        if 0.0 in there and (alike := [delay for delay in there if 0.0 < delay <= least]):
            raise ParameterError(
                f"from_nir: delay: from {source!r} to {target!r} some connections take no time in NIR and "
                f"some {min(alike):g} ms, but here the first would take {least:g} ms: delay=0.0 keeps them "
                "apart but for circles; else give one that is shorter"
            )
        return least

    def _output(self, name: str, populations: dict[str, Population]) -> dict[str, Population]:
        before = self.graph.before(name)
        while len(before) == 1 and self.graph.kind(before[0]) in RELAYS:
            before = self.graph.before(before[0])
        if len(before) != 1 or before[0] not in populations:
            raise BackendUnsupported(
                f"from_nir: output {name!r}: expected one node of neurons before it "
                f"(got {', '.join(map(repr, before)) or 'nothing'}): what has no neurons has no place"
            )
        declared = self.graph.nodes[name].output_type["output"]
        n = populations[before[0]].n
        if declared is not None and math.prod(int(k) for k in np.ravel(declared)) != n:
            raise ParameterError(
                f"{_owner(name)}: expected {n} values, those of {before[0]!r} (got {declared})"
            )
        return {name: populations[before[0]]}

    # ---- linear parts --------------------------------------------------------------------------------

    def _into(self, name: str) -> dict[str, dict[float, Any]]:
        """Matrices from every source of spikes into a node, by source and delay [ms]."""
        found: dict[str, dict[float, Any]] = {}
        for before in self.graph.before(name):
            for source, wires in self._out_of(before, name).items():
                mine = found.setdefault(source, {})
                for delay, matrix in wires.items():
                    mine[delay] = mine[delay] + matrix if delay in mine else matrix
        return found

    def _out_of(self, name: str, to: str) -> dict[str, dict[float, Any]]:
        """The same of what a node sends on to another."""
        kind = self.graph.kind(name)
        if kind in nir_neurons.SILENT:
            raise BackendUnsupported(
                f"{_owner(name)}: {kind} sends its potential on, to {to!r}: spikes alone are sent here"
            )
        if kind == "Input" or kind in NEURONS:
            return {name: {0.0: linear.diagonal(np.ones(math.prod(self.shapes[name])))}}
        found: dict[str, dict[float, Any]] = {}
        for before in self.graph.before(name):
            for source, wires in self._out_of(before, name).items():
                mine = found.setdefault(source, {})
                for delay, matrix in wires.items():
                    for later, own in self._pieces(name):
                        key = round(delay + later, 12)
                        product = own @ matrix
                        mine[key] = mine[key] + product if key in mine else product
        return found

    def _pieces(self, name: str) -> list[tuple[float, Any]]:
        """What a linear node does, by how much later [ms]."""
        if self.graph.kind(name) != "Delay":
            return [(0.0, self.matrices[name])]
        return nir_linear.delays_of(self.graph.nodes[name], self.shapes[name], _owner(name))

    def _constant(self, name: str) -> Float:
        """What reaches a node of biases alone."""
        before = self.graph.before(name)
        total = np.zeros(math.prod(self.shapes[before[0] if before else name]))
        for linked in before:
            kind = self.graph.kind(linked)
            if kind == "Input" or kind in NEURONS:
                continue
            sent = self.matrices[linked] @ self._constant(linked)
            total = total + sent + nir_linear.bias_of(
                self.graph.nodes[linked], kind, self.shapes[linked], _owner(linked)
            )  # fmt: skip
        return total

    # ---- shapes --------------------------------------------------------------------------------------

    def _no_circle(self, name: str, way: tuple[str, ...]) -> None:
        """That linear nodes lead back to themselves through neurons alone; ``way`` : the nodes after one."""
        if name in way:
            circle = [name, *reversed(way[way.index(name) :])]
            raise BackendUnsupported(
                f"{_owner(name)} leads back to itself without neurons: {' -> '.join(circle)}"
            )
        if name in self.straight or self.graph.kind(name) in (*NEURONS, "Input"):
            return
        for before in self.graph.before(name):
            self._no_circle(before, (*way, name))
        self.straight.add(name)

    def _find_shapes(self) -> None:
        """Of what each node gives; matrices of linear ones are made with them."""
        waiting = []
        for name, node in self.graph.nodes.items():
            if self.graph.kind(name) == "Input":
                self.shapes[name] = declared(node.output_type.get("output"), _owner(name))
            elif self.graph.kind(name) in NEURONS:
                own = nir_neurons.own_shape(node, _owner(name))
                if own and 1 not in own:
                    self.shapes[name] = own
                else:
                    waiting.append(name)
        while waiting:
            found = [name for name in waiting if self._spread(name)]
            if not found:  # they wait for each other, or for nothing
                self.shapes[waiting[0]] = nir_neurons.own_shape(
                    self.graph.nodes[waiting[0]], _owner(waiting[0])
                ) or (1,)
            waiting = [name for name in waiting if name not in self.shapes]
        for name in self.graph.nodes:
            self._shape(name)
        for name in self.graph.nodes:
            self._check_input(name)

    def _spread(self, name: str) -> bool:
        """Is the shape of neurons found, of which some parameters are one for several?"""
        own = nir_neurons.own_shape(self.graph.nodes[name], _owner(name))
        try:
            given = self._shape_of_any(self.graph.before(name))
        except _Unknown:
            return False
        self.shapes[name] = given if nir_linear.spreads(own, given) else own
        return True

    def _shape(self, name: str) -> Shape:
        """The shape of what a node gives."""
        if name in self.shapes:
            return self.shapes[name]
        node, kind, owner = self.graph.nodes[name], self.graph.kind(name), _owner(name)
        if kind in NEURONS:
            raise _Unknown
        before = self.graph.before(name)
        if not before:
            raise ParameterError(f"from_nir: nothing leads to {name!r}")
        # A loop through a matrix of weights is no riddle: it says by itself what it gives.
        given = () if kind in nir_linear.WEIGHTS else self._shape_of_any(before)
        self.matrices[name], self.shapes[name] = nir_linear.matrix_of(node, kind, given, owner)
        return self.shapes[name]

    def _shape_of_any(self, names: list[str]) -> Shape:
        for name in names:
            with contextlib.suppress(_Unknown):
                return self._shape(name)
        raise _Unknown

    def _check_input(self, name: str) -> None:
        """That what comes in can be summed, and is as much as a node takes."""
        kind, before = self.graph.kind(name), self.graph.before(name)
        given = [self.shapes[linked] for linked in before]
        if len({math.prod(shape) for shape in given}) > 1:
            raise ParameterError(
                f"{_owner(name)}: inputs of shapes {', '.join(map(str, given))} cannot be summed"
            )
        expected = math.prod(self.shapes[name]) if kind in NEURONS else 0
        if kind not in NEURONS and kind != "Input":
            expected = self.matrices[name].shape[1]
        if given and math.prod(given[0]) != expected:
            raise ParameterError(f"{_owner(name)}: expected {expected} inputs (got shape {given[0]})")


def _owner(name: str) -> str:
    return f"from_nir: {name!r}"
