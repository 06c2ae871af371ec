"""Networks from NIR, the neuromorphic intermediate representation.

Pedersen et al. (2024), Nat. Commun. 15:8122.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.distributions import Array
from ..base.exports import needs
from ..base.params import ParamInfo, check_number, shown
from ..connect import FromCOO
from ..errors import BackendUnsupported, ParameterError, nearest
from ..network import Network
from ..neurons import LIF, CubaLIF, NeuronModel
from ..sources import Input, Source
from ..spec import Population, Projection, SourceGroup
from . import linear
from .graph import Graph, flatten

Float = NDArray[np.float64]
NEURONS = ("LIF", "IF", "LI", "I", "CubaLIF", "CubaLI")
LINEAR = ("Affine", "Linear", "Scale", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d", "Flatten", "Delay")
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


@dataclass(frozen=True)
class _Neuron:
    """A node of neurons as pysnn has it: its model, initial states, and what a weight and a bias count."""

    model: NeuronModel
    init: dict[str, Any]
    weight: Float  # of a weight of 1, in the unit of the receptor
    receptor: str


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
    constant currents. Recurrence is nothing special.

    Parameters
    ----------
    graph : ``nir.NIRGraph``, or the path of a file that ``nir.write`` wrote.
    dt : s, > 0: how long a spike is 1. Frameworks that step by dt count it so: it moves v of a LIF by
        ``r w dt / tau``. (With Diracs of area 1, as NIR's text has them, dt is 1.)
    delay : ms, > 0, of connections without a Delay node; dt by default. (In NIR they take no time. In a
        feed-forward network each layer is that much later, and else the same.)
    seed : of the network.
    sources : by Input node, what it emits; by default ``Input()``, to be fed. Inputs are spikes.

    All neurons start with v = 0, as frameworks have it; NIR has no initial states.

    Errors: BackendUnsupported names a node that cannot be held (Threshold; a linear node that leads to an
    Output; inputs that are summed without neurons); ParameterError where shapes do not fit; ImportError
    without nir and SciPy.
    """
    nir = needs("nir", "from_nir")
    if isinstance(graph, (str, os.PathLike)):
        try:
            graph = nir.read(graph)
        except OSError as err:
            why = os.strerror(err.errno) if err.errno else "no HDF5"
            raise ParameterError(f"from_nir: {os.fspath(graph)}: cannot be read ({why})") from err
    if sources is not None and not isinstance(sources, Mapping):
        raise ParameterError(f"from_nir: sources: expected Sources by Input node (got {shown(sources)})")
    if not isinstance(graph, nir.NIRGraph):
        raise ParameterError(f"from_nir: expected a nir.NIRGraph or a path (got {shown(graph)})")
    dt = check_number(dt, ParamInfo(unit="s", above=0.0), "from_nir: dt")
    delay = check_number(
        dt * 1e3 if delay is None else delay, ParamInfo(unit="ms", above=0.0), "from_nir: delay"
    )
    flat = flatten(graph)
    for name, node in flat.nodes.items():
        if flat.kind(name) not in (*NEURONS, *LINEAR, *RELAYS, "Input"):
            raise BackendUnsupported(f"from_nir: node {name!r}: pysnn has no {type(node).__name__}")
        _check_numbers(name, node)
    return _Reader(flat, dt, delay, seed, dict(sources or {})).read()


class _Reader:
    def __init__(self, graph: Graph, dt: float, delay: float, seed: int, sources: dict[str, Source]) -> None:
        self.graph, self.dt, self.delay, self.sources = graph, dt, delay, sources
        self.network = Network(seed)
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.matrices: dict[str, Any] = {}

    def read(self) -> FromNIR:
        graph, net = self.graph, self.network
        inputs, populations, neurons = {}, {}, {}
        for name in graph.nodes:
            self._shape(name, ())
        ends = [name for name in graph.nodes if graph.kind(name) == "Input"]
        unknown = [name for name in self.sources if name not in ends]
        if unknown:
            raise ParameterError(
                f"from_nir: sources: {unknown[0]!r} is no Input node{nearest(unknown[0], ends)}"
            )
        for name, node in graph.nodes.items():
            n = math.prod(self.shapes[name])
            if graph.kind(name) == "Input":
                inputs[name] = net.source(name, n, self.sources.get(name, Input()))
            elif graph.kind(name) in NEURONS:
                neurons[name] = _neuron(name, node, self._constant(name, ()), self.dt)
                populations[name] = net.population(name, n, neurons[name].model, init=neurons[name].init)
        projections: dict[tuple[str, str], list[Projection]] = {}
        groups: dict[str, SourceGroup | Population] = {**inputs, **populations}
        for name in populations:
            for source, wires in self._into(name).items():
                for delay, matrix in sorted(wires.items()):
                    made = self._project(groups[source], populations[name], matrix, delay, neurons[name])
                    projections.setdefault((source, name), []).extend(made)
        outputs = {}
        for name in graph.nodes:
            if graph.kind(name) == "Output":
                outputs.update(self._output(name, populations))
        return FromNIR(net, inputs, populations, outputs, projections, self.shapes)

    def _project(
        self, source: SourceGroup | Population, target: Population, matrix: Any, delay: float, neuron: _Neuron
    ) -> list[Projection]:
        entries = matrix.tocoo()
        if entries.nnz == 0:
            return []
        weights = entries.data * neuron.weight[entries.row]
        return [
            self.network.projection(
                source, target, FromCOO(entries.col, entries.row), weight=Array(weights),
                delay=delay if delay > 0.0 else self.delay, receptor=neuron.receptor,
            )
        ]  # fmt: skip

    def _output(self, name: str, populations: dict[str, Population]) -> dict[str, Population]:
        before = self.graph.before(name)
        while len(before) == 1 and self.graph.kind(before[0]) in RELAYS:
            before = self.graph.before(before[0])
        if len(before) != 1 or before[0] not in populations:
            raise BackendUnsupported(
                f"from_nir: output {name!r}: expected one node of neurons before it "
                f"(got {', '.join(map(repr, before)) or 'nothing'}): what has no neurons has no place"
            )
        return {name: populations[before[0]]}

    # ---- linear parts --------------------------------------------------------------------------------

    def _into(self, name: str) -> dict[str, dict[float, Any]]:
        """Matrices from every source of spikes into a node, by source and delay [ms]."""
        found: dict[str, dict[float, Any]] = {}
        for before in self.graph.before(name):
            for source, wires in self._out_of(before, ()).items():
                mine = found.setdefault(source, {})
                for delay, matrix in wires.items():
                    mine[delay] = mine[delay] + matrix if delay in mine else matrix
        return found

    def _out_of(self, name: str, way: tuple[str, ...]) -> dict[str, dict[float, Any]]:
        """The same of what a node sends on."""
        kind = self.graph.kind(name)
        if kind == "Input" or kind in NEURONS:
            return {name: {0.0: linear.diagonal(np.ones(math.prod(self.shapes[name])))}}
        self._no_circle(name, way)
        found: dict[str, dict[float, Any]] = {}
        for before in self.graph.before(name):
            for source, wires in self._out_of(before, (*way, name)).items():
                mine = found.setdefault(source, {})
                for delay, matrix in wires.items():
                    for later, own in self._pieces(name):
                        key = round(delay + later, 9)
                        product = own @ matrix
                        mine[key] = mine[key] + product if key in mine else product
        return found

    def _pieces(self, name: str) -> list[tuple[float, Any]]:
        """What a linear node does, by how much later [ms]."""
        if self.graph.kind(name) != "Delay":
            return [(0.0, self._matrix(name))]
        delays = np.round(np.ravel(self.graph.nodes[name].delay).astype(float) * 1e3, 9)
        if not np.isfinite(delays).all() or delays.min(initial=0.0) < 0.0:
            raise ParameterError(f"from_nir: {name!r}: expected delays >= 0 s")
        return [(float(d), linear.diagonal(np.where(delays == d, 1.0, 0.0))) for d in np.unique(delays)]

    def _constant(self, name: str, way: tuple[str, ...]) -> Float:
        """What reaches a node of biases alone."""
        total = np.zeros(math.prod(self.shapes_in(name)))
        for before in self.graph.before(name):
            kind = self.graph.kind(before)
            if kind == "Input" or kind in NEURONS:
                continue
            self._no_circle(before, way)
            sent = self._constant(before, (*way, before))
            if kind != "Delay":
                sent = self._matrix(before) @ sent + self._bias(before)
            total = total + sent
        return total

    def _bias(self, name: str) -> Float | float:
        bias = getattr(self.graph.nodes[name], "bias", None)
        if bias is None:
            return 0.0
        values = np.asarray(bias, dtype=float)
        if self.graph.kind(name) == "Affine":
            n = math.prod(self.shapes[name])
            if values.size != n:
                raise ParameterError(f"from_nir: {name!r}: bias: expected {n} values (got {values.size})")
            return np.ravel(values)
        return np.repeat(np.ravel(values), math.prod(self.shapes[name][1:]))  # of each channel

    def _no_circle(self, name: str, way: tuple[str, ...]) -> None:
        if name in way:
            raise BackendUnsupported(
                f"from_nir: {name!r} leads back to itself without neurons: {' -> '.join([*way, name])}"
            )

    def _matrix(self, name: str) -> Any:
        self._shape(name, ())
        return self.matrices[name]

    def shapes_in(self, name: str) -> tuple[int, ...]:
        """The shape of what a node is given."""
        kind = self.graph.kind(name)
        if kind in NEURONS:
            return self.shapes[name]
        before = self.graph.before(name)
        if not before:
            raise ParameterError(f"from_nir: nothing leads to {name!r}")
        return self._shape(before[0], (name,))

    def _shape(self, name: str, way: tuple[str, ...]) -> tuple[int, ...]:
        """The shape of what a node gives; the matrix of a linear one is made with it."""
        if name in self.shapes:
            return self.shapes[name]
        node, kind, owner = self.graph.nodes[name], self.graph.kind(name), f"from_nir: {name!r}"
        if kind == "Input" or kind in NEURONS:
            declared = next(iter(node.output_type.values()))
            self.shapes[name] = tuple(int(n) for n in np.ravel(declared)) or (1,)
            return self.shapes[name]
        self._no_circle(name, way)
        before = self.graph.before(name)
        if not before:
            raise ParameterError(f"from_nir: nothing leads to {name!r}")
        # A neuron's shape is declared, so that a recurrent graph is gone through but once.
        given = [self._shape(b, (*way, name)) for b in before]
        if len({math.prod(shape) for shape in given}) > 1:
            raise ParameterError(f"{owner}: inputs of shapes {', '.join(map(str, given))} cannot be summed")
        self.matrices[name], self.shapes[name] = _linear(node, kind, given[0], owner)
        if self.matrices[name].shape[1] != math.prod(given[0]):
            raise ParameterError(
                f"{owner}: expected {self.matrices[name].shape[1]} inputs (got shape {given[0]})"
            )
        return self.shapes[name]


def _linear(node: Any, kind: str, shape: tuple[int, ...], owner: str) -> tuple[Any, tuple[int, ...]]:
    """A linear node's matrix, of a given input, and what shape it gives."""
    n = math.prod(shape)
    if kind in ("Affine", "Linear"):
        return linear.dense(np.asarray(node.weight, dtype=float), owner)
    if kind == "Scale":
        return linear.diagonal(np.broadcast_to(np.asarray(node.scale, dtype=float), shape)), shape
    if kind == "Flatten":
        end = next(iter(node.output_type.values()), None)
        return linear.diagonal(np.ones(n)), (n,) if end is None else tuple(int(k) for k in np.ravel(end))
    if kind in ("Conv1d", "Conv2d"):
        dimensions = 1 if kind == "Conv1d" else 2
        padding = node.padding if isinstance(node.padding, str) else _each(node.padding, dimensions)
        stride, dilation = _each(node.stride, dimensions), _each(node.dilation, dimensions)
        weight = np.asarray(node.weight, dtype=float)
        return linear.convolution(weight, shape, stride, padding, dilation, int(node.groups), owner)
    if kind in ("SumPool2d", "AvgPool2d"):
        kernel, stride, around = (_each(v, 2) for v in (node.kernel_size, node.stride, node.padding))
        return linear.pooling(shape, kernel, stride, around, kind == "AvgPool2d", owner)
    return linear.diagonal(np.ones(n)), shape  # relays; a Delay's pieces are made with its delays


def _each(value: Any, dimensions: int) -> list[int]:
    return [int(v) for v in np.broadcast_to(np.asarray(value), (dimensions,))]


def _neuron(name: str, node: Any, bias: Float, dt: float) -> _Neuron:
    """The model of a node of neurons, with a constant input of ``bias``."""
    kind, owner = type(node).__name__, f"from_nir: {name!r}"

    def flat(what: str) -> Float:
        return np.ravel(np.asarray(getattr(node, what), dtype=np.float64))

    r = flat("r")
    n = len(r)
    threshold = flat("v_threshold") if hasattr(node, "v_threshold") else np.full(n, np.inf)
    fires = {
        # v > v_threshold in doubles is v >= the next one.
        "v_th": _plain(np.nextafter(threshold, np.inf)),
        "v_reset": _plain(flat("v_reset")) if hasattr(node, "v_threshold") else 0.0,
        "t_ref": 0.0,
    }
    if kind in ("IF", "I"):  # dv/dt = r I, in 1/s
        model: NeuronModel = LIF(tau_m=math.inf, c_m=1.0, e_l=0.0, i_e=_plain(r * bias * 1e-3), **fires)
        return _Neuron(model, {"v": 0.0}, r * dt, "delta")
    tau = flat("tau" if kind in ("LIF", "LI") else "tau_mem")
    if not (tau > 0.0).all():
        raise ParameterError(f"{owner}: expected time constants > 0 s (got {shown(tau.min())})")
    tau_m, leak = tau * 1e3, _plain(flat("v_leak"))
    if kind in ("LIF", "LI"):
        # c_m = tau_m makes 1 pA worth 1 mV.
        model = LIF(tau_m=_plain(tau_m), c_m=_plain(tau_m), e_l=leak, i_e=_plain(r * bias), **fires)
        return _Neuron(model, {"v": 0.0}, r / (tau / dt), "delta")
    tau_syn, w_in = flat("tau_syn"), flat("w_in")
    drive = w_in * bias
    positive = bool((r > 0.0).all())
    c_m, unit = (tau_m / r, np.ones(n)) if positive else (tau_m, r)
    model = CubaLIF(
        tau_m=_plain(tau_m), c_m=_plain(c_m), e_l=leak, tau_syn_exc=_plain(tau_syn * 1e3),
        tau_syn_inh=_plain(tau_syn * 1e3), i_e=_plain(unit * drive), **fires,
    )  # fmt: skip
    # A constant input charges the synaptic current from 0 on: what is still missing decays.
    init = {"v": 0.0, "i_exc": _plain(-unit * drive)}
    return _Neuron(model, init, unit * (w_in / (tau_syn / dt)), "exc")


def _check_numbers(name: str, node: Any) -> None:
    """That the arrays of a node are of numbers; a threshold may be infinite."""
    for what in ("weight", "bias", "scale", "tau", "tau_mem", "tau_syn", "r", "v_leak", "v_reset", "w_in"):
        values = getattr(node, what, None)
        if values is None:
            continue
        if np.iscomplexobj(values) or not np.isfinite(np.asarray(values, dtype=float)).all():
            raise ParameterError(f"from_nir: {name!r}: {what}: expected finite numbers (got {shown(values)})")
    if np.isnan(np.asarray(getattr(node, "v_threshold", 0.0), dtype=float)).any():
        raise ParameterError(f"from_nir: {name!r}: v_threshold: expected numbers (got nan)")


def _plain(values: Float) -> Any:
    """A number where all are alike, else one a neuron."""
    return float(values[0]) if (values == values[0]).all() else values
