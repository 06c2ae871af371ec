"""Networks as NIR graphs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.distributions import Array, Constant
from ..base.exports import needs
from ..base.memory import available
from ..base.params import ParamInfo, check_number, shown
from ..errors import BackendUnsupported, ParameterError
from ..neurons import LIF, CubaLIF
from ..run import Simulation
from ..spec import PopulationSpec, ProjectionSpec

Float = NDArray[np.float64]


def to_nir(sim: Simulation, *, dt: float = 1e-4, frozen: bool = False) -> Any:
    """The network of a simulation as a ``nir.NIRGraph`` (``nir.write(path, graph)`` makes a file of it).

    Populations of ``LIF`` become LIF, IF (tau_m infinite) or LI (v_th infinite), of ``CubaLIF`` CubaLIF
    or CubaLI; sources become Inputs, populations that reach no other (or all) Outputs. Each projection
    becomes a Linear node and a Delay node a delay. mV and pA lose their units, ms become s.
    ``from_nir(graph, dt=dt)`` gives the same network back, spike for spike where neurons start at v =
    0.

    Parameters
    ----------
    sim : whose weights are written as they are now, and parameters as they were declared.
    dt : s, how long a spike is 1, as in ``from_nir``.
    frozen : write plastic weights, and what learns nothing after it; otherwise plasticity is refused.

    Errors: BackendUnsupported names what NIR cannot hold: other models, refractory times, resets by
    subtraction, two synaptic time constants in use, currents, plasticity and dynamics, parts of populations;
    ImportError without nir and SciPy.
    """
    if not isinstance(sim, Simulation):
        raise ParameterError(f"to_nir: expected a Simulation (got {shown(sim)})")
    nir = needs("nir", "to_nir")
    dt = check_number(dt, ParamInfo(unit="s", above=0.0), "to_nir: dt")
    spec = sim.spec
    if spec.currents:
        raise BackendUnsupported(
            f"to_nir: NIR has no currents in time ({type(spec.currents[0].current).__name__} into "
            f"{spec.currents[0].population!r}); constant ones are i_e"
        )
    if not spec.sources:
        raise BackendUnsupported("to_nir: a NIR graph has inputs, and this network has no source")
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    biases: dict[str, Float] = {}
    for source in spec.sources:
        nodes[source.name] = nir.Input(input_type={"input": np.array([source.n])})
    for population in spec.populations:
        receptors = {p.receptor for p in spec.projections if p.target == population.name}
        sends = any(p.source == population.name for p in spec.projections)
        nodes[population.name], bias = _neurons(nir, sim, population, receptors, sends, dt)
        if bias.any():
            biases[population.name] = bias
    for projection in spec.projections:
        _check(projection, frozen)
        _connect(nir, sim, projection, nodes, edges, biases)
    _add_biases(nir, sim, nodes, edges, biases)
    sending = {p.source for p in spec.projections if p.source != p.target}
    last = [p for p in spec.populations if p.name not in sending] or spec.populations
    for population in last:
        name = _unused(f"{population.name}.out", nodes)
        nodes[name] = nir.Output(output_type={"output": np.array([population.n])})
        edges.append((population.name, name))
    # nir's check would add inputs to populations that nothing reaches, and outputs to idle sources.
    return nir.NIRGraph(nodes, edges, type_check=False)


def _check(projection: ProjectionSpec, frozen: bool) -> None:
    if projection.plasticity is not None and not frozen:
        raise BackendUnsupported(
            f"to_nir: {projection.name!r}: NIR has no plasticity ({type(projection.plasticity).__name__}); "
            "frozen=True writes the weights as they are"
        )
    if projection.dynamics is not None:
        raise BackendUnsupported(
            f"to_nir: {projection.name!r}: NIR has no short-term plasticity "
            f"({type(projection.dynamics).__name__})"
        )


def _neurons(
    nir: Any, sim: Simulation, population: PopulationSpec, receptors: set[str], sends: bool, dt: float
) -> tuple[Any, Float]:
    """A node, and the constant input that the linear node before it must give."""
    owner, model, n = f"to_nir: {population.name!r}", population.model, population.n
    if not isinstance(model, (LIF, CubaLIF)):
        raise BackendUnsupported(f"{owner}: NIR has no {type(model).__name__} (it has LIF and CubaLIF)")
    for part in ("homeostasis", "winner_takes_all"):
        if getattr(population, part) is not None:
            raise BackendUnsupported(f"{owner}: NIR has no {part}")
    if model.reset != "to_v_reset":
        raise BackendUnsupported(f"{owner}: NIR has no reset {model.reset!r}")

    def each(name: str) -> Float:
        return sim.parameter(population.name, name)

    if (each("t_ref") != 0.0).any():
        raise BackendUnsupported(f"{owner}: NIR has no refractory time (t_ref = {each('t_ref').max():g} ms)")
    tau, c_m, i_e = each("tau_m"), each("c_m"), each("i_e")
    # Of LI, I and CubaLI NIR sends the potential on: where it sends, what never fires has a threshold.
    silent = bool(np.isinf(each("v_th")).all()) and not sends
    integrates = bool(np.isinf(tau).all())
    if not integrates and np.isinf(tau).any():
        raise BackendUnsupported(f"{owner}: NIR has no population of which some neurons leak")
    threshold: dict[str, Float] = {}
    if not silent:
        # v >= v_th in doubles is v > the one before.
        v_th = each("v_th")
        before = np.where(np.isinf(v_th), v_th, np.nextafter(v_th, -np.inf))
        threshold = {"v_threshold": before, "v_reset": each("v_reset")}
    if isinstance(model, LIF) and integrates:
        kind = nir.I if silent else nir.IF
        return kind(r=np.full(n, 1.0 / dt), **threshold), i_e / c_m * 1e3 * dt
    if integrates:
        raise BackendUnsupported(f"{owner}: NIR has no CubaLIF without a leak")
    charges = isinstance(model, CubaLIF) and _charges(population, i_e)
    # A constant current moves the potential to which v leaks; one through the synapse takes its time.
    leak = each("e_l") + np.where(charges | (i_e == 0.0), 0.0, tau / c_m * i_e)
    seconds = np.array([_seconds(value) for value in tau])
    if isinstance(model, LIF):
        kind = nir.LI if silent else nir.LIF
        return kind(tau=seconds, r=seconds / dt, v_leak=leak, **threshold), np.zeros(n)
    taus = [each(f"tau_syn_{receptor}") for receptor in sorted(receptors) or ["exc"]]
    if len(taus) == 2 and (taus[0] != taus[1]).any():
        raise BackendUnsupported(
            f"{owner}: NIR has one synaptic time constant (tau_syn_exc and tau_syn_inh differ)"
        )
    synaptic = np.array([_seconds(value) for value in taus[0]])
    r = np.array([_ratio(t * 1e3, c) for t, c in zip(seconds, c_m, strict=True)])
    kind = nir.CubaLI if silent else nir.CubaLIF
    node = kind(tau_syn=synaptic, tau_mem=seconds, r=r, v_leak=leak, w_in=synaptic / dt, **threshold)
    return node, np.where(charges, i_e * dt / synaptic, 0.0)


def _charges(population: PopulationSpec, i_e: Float) -> bool:
    """Is a constant current one that charges the synaptic current from 0 on, as ``from_nir`` has biases?"""
    (begins,) = [values for state, values in population.init if state == "i_exc"] or [Constant(0.0)]
    if not isinstance(begins, (Constant, Array)):
        return False
    values = begins.values if isinstance(begins, Array) else begins.value
    return bool(i_e.any()) and np.array_equal(np.broadcast_to(np.ravel(values), i_e.shape), -i_e)


def _connect(
    nir: Any,
    sim: Simulation,
    projection: ProjectionSpec,
    nodes: dict[str, Any],
    edges: list[tuple[str, str]],
    biases: dict[str, Float],
) -> None:
    """The nodes of a projection; the first onto neurons with a bias has it."""
    synapses, weights = sim.synapses(projection.name), sim.weights(projection.name)
    sizes = {group.name: group.n for group in sim.spec.populations} | {s.name: s.n for s in sim.spec.sources}
    n_post, n_pre = sizes[projection.target], sizes[projection.source]
    delays = np.unique(synapses.delay)
    room, needed = available(), 8 * n_post * n_pre * len(delays)
    if room is not None and needed > room:
        raise MemoryError(
            f"to_nir: {projection.name!r}: NIR has a matrix of all pairs a delay, here {len(delays)} of "
            f"{n_post} x {n_pre}: {needed / 1e9:.3g} GB, of which {room / 1e9:.3g} are there"
        )
    for number, delay in enumerate(delays):
        chosen = synapses.delay == delay
        matrix = np.zeros((n_post, n_pre))
        np.add.at(matrix, (synapses.j[chosen], synapses.i[chosen]), weights[chosen])
        name = _unused(projection.name if number == 0 else f"{projection.name}#{number + 1}", nodes)
        bias = biases.pop(projection.target, None)
        nodes[name] = nir.Linear(weight=matrix) if bias is None else nir.Affine(weight=matrix, bias=bias)
        if delay == 0.0:  # as connections are in NIR
            edges += [(projection.source, name), (name, projection.target)]
            continue
        later = _unused(f"{name}.delay", nodes)
        nodes[later] = nir.Delay(delay=np.full(n_post, delay * 1e-3))
        edges += [(projection.source, name), (name, later), (later, projection.target)]


def _add_biases(
    nir: Any, sim: Simulation, nodes: dict[str, Any], edges: list[tuple[str, str]], biases: dict[str, Float]
) -> None:
    """Those of neurons that nothing else reaches."""
    source = min(sim.spec.sources, key=lambda group: group.n)
    for population, bias in biases.items():
        name = _unused(f"{population}.bias", nodes)
        nodes[name] = nir.Affine(weight=np.zeros((len(bias), source.n)), bias=bias)
        edges += [(source.name, name), (name, population)]


def _unused(name: str, nodes: Mapping[str, Any]) -> str:
    """The name, or one like it: a projection and a population may be called alike, and nodes may not."""
    if name not in nodes:
        return name
    return next(other for k in itertools.count(2) if (other := f"{name}~{k}") not in nodes)


def _seconds(ms: float) -> float:
    """The double of seconds that times 1,000 gives back ``ms``, where there is one."""
    first = ms * 1e-3
    for candidate in (first, math.nextafter(first, math.inf), math.nextafter(first, 0.0)):
        if candidate * 1e3 == ms:
            return candidate
    return first


def _ratio(tau: float, c_m: float) -> float:
    """r so that tau / r gives back ``c_m``, where there is such a double."""
    first = tau / c_m
    for candidate in (first, math.nextafter(first, math.inf), math.nextafter(first, 0.0)):
        if tau / candidate == c_m:
            return candidate
    return first
