"""Runs a ``Case`` through pysnn's public interface: the only place where cases and pysnn meet."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

import pysnn as snn

from .compare import assert_same_bits
from .model import Case, Model, Neurons, Result, Source, Synapses
from .plasticity import Bcm, Delta, PairStdp, PowerLawStdp, RewardStdp, Rule, Scaling, ThreeFactorStdp
from .rules import Spiking


def neuron(model: Model) -> snn.NeuronModel:
    """The pysnn model of the oracle's."""
    common = {
        "tau_m": model.tau_m,
        "c_m": model.c_m,
        "e_l": model.v_rest,
        "v_th": model.v_th,
        "v_reset": model.v_reset,
        "t_ref": model.t_ref,
        "i_e": model.i_e,
    }
    if model.adapts:
        return snn.ALIF(**common, tau_adapt=model.tau_adapt, beta=model.beta)
    if model.delta:
        return snn.LIF(**common)
    shaped = snn.AlphaLIF if model.alpha else snn.CubaLIF
    return shaped(**common, tau_syn_exc=model.tau_exc, tau_syn_inh=model.tau_inh)


def plasticity(rule: Rule | None) -> snn.PlasticityRule | None:
    """The pysnn rule of the oracle's."""
    if rule is None:
        return None
    assert isinstance(
        rule, (PairStdp, PowerLawStdp, Bcm, RewardStdp, ThreeFactorStdp, Delta, Scaling, Spiking)
    )
    values = dataclasses.asdict(rule)  # type: ignore[call-overload]
    if isinstance(rule, RewardStdp):
        return snn.RewardSTDP(**values)
    if isinstance(rule, ThreeFactorStdp):
        return snn.ThreeFactorSTDP(**values)
    if isinstance(rule, Delta):
        return snn.DeltaRule(**values)
    if isinstance(rule, (Scaling, Spiking)):
        made: snn.PlasticityRule = getattr(snn, rule.called)(**values)
        return made
    if isinstance(rule, Bcm):
        return snn.BCM(**values)
    if isinstance(rule, PowerLawStdp):
        return snn.PowerLawSTDP(**values)
    pairing = "nearest" if values.pop("nearest") else "all_to_all"
    return snn.PairSTDP(**values, pairing=pairing)


@dataclasses.dataclass
class Built:
    """A declared network with handles to everything in it, in the order of the case."""

    net: Any
    groups: dict[str, Any]
    projections: dict[int, Any]
    spikes: dict[str, Any]
    states: dict[tuple[str, str], Any]
    changes: dict[int, Any]


def declare(
    case: Case,
    *,
    seed: int = 1,
    sample_every: float | None = None,
    reverse: bool = False,
    record_changes: bool = True,
    inputs: bool = False,
) -> Built:
    """Declare ``case``; ``reverse`` declares populations, sources and projections the other way round.

    ``inputs`` leaves the sources to be fed with their spikes.
    ``record_changes``: a probe for each change of the weights of every plastic projection.
    """
    net = snn.Network(seed=seed)
    groups: dict[str, Any] = {}
    step = -1 if reverse else 1
    everything: list[tuple[str, Neurons | Source]] = [*case.populations.items(), *case.sources.items()]
    for name, group in everything[::step]:
        if isinstance(group, Source):
            given = snn.Input() if inputs else snn.SpikeArray([list(t) for t in group.trains])
            groups[name] = net.source(name, len(group.trains), given)
        else:
            init = {} if group.v is None else {"v": snn.Array(group.v_init())}
            groups[name] = net.population(name, group.n, neuron(group.model), init=init)
    projections: dict[int, Any] = {}
    for g, group in list(enumerate(case.synapses))[::step]:
        if len(group.i):  # pysnn refuses a list of no synapses
            projections[g] = _project(net, groups, case, group, f"p{g}")
    for current in case.currents:
        for j in current.neurons:
            net.current(groups[current.target][j : j + 1], snn.StepCurrent(current.times, current.amplitudes))
    states = {}
    if sample_every is not None:
        for name, population in case.populations.items():
            for state in population.model.states:
                states[name, state] = net.probe(groups[name], state, every=sample_every)
    plastic = [g for g in sorted(projections) if case.synapses[g].rule and record_changes]
    changes = {g: net.probe(projections[g], "weight", changes=True) for g in plastic}
    spikes = {name: net.probe(group, "spikes") for name, group in groups.items()}
    return Built(net, groups, projections, spikes, states, changes)


def _project(net: Any, groups: dict[str, Any], case: Case, group: Synapses, name: str) -> Any:
    delta = case.populations[group.target].model.delta
    modulator = None
    if group.rule and _listens(group.rule):
        each = any(np.ndim(value) for _, value in group.moments)
        modulator = net.modulator(f"of {name}", of=groups[group.target] if each else None)
    return net.projection(
        groups[group.source],
        groups[group.target],
        snn.FromCOO(np.asarray(group.i), np.asarray(group.j)),
        receptor="delta" if delta else group.receptor,
        weight=snn.Array(np.asarray(group.weight, dtype=float)),
        delay=snn.Array(np.asarray(group.delay, dtype=float)),
        plasticity=plasticity(group.rule),
        dendritic_fraction=group.dendritic_fraction,
        name=name,
        modulator=modulator,
    )


def _listens(rule: Rule) -> bool:
    made = plasticity(rule)
    return made is not None and made.modulator != ""


def ijk_order(group: Synapses) -> np.ndarray:
    """Order in which pysnn lists the synapses of a case: by i, j, then delay, then as given."""
    if group.delays_set and len({*zip(group.i, group.j, strict=True)}) < len(group.i):
        raise ValueError("synapses of one pair may change places as their delays are set")
    return np.lexsort((np.asarray(group.delay), np.asarray(group.j), np.asarray(group.i)))


def run_pysnn(
    case: Case,
    backend: str,
    *,
    threads: int = 1,
    sample_every: float | None = None,
    parts: Sequence[float] | None = None,
    seed: int = 1,
    reverse: bool = False,
    **options: Any,
) -> Result:
    """Simulate ``case``, in several runs of the lengths ``parts`` if given; weights in the case's order.

    Learning that is recorded change by change goes through other code than learning that is not: a case that
    learns is run both ways, which must agree in every bit.
    """

    def run(record_changes: bool) -> Result:
        built = declare(
            case, seed=seed, sample_every=sample_every, reverse=reverse, record_changes=record_changes
        )
        if backend != "event":
            options.setdefault("dt", case.dt)
        with snn.Simulation(built.net, backend=backend, threads=threads, **options) as sim:
            for g, group in enumerate(case.synapses):
                for t, on in group.switches if g in built.projections else ():
                    how: dict[str, Any] = {"on": on} if isinstance(on, bool) else {"rate": on}
                    sim.set_learning(built.projections[g], at=t, **how)
                for t, delays in group.delays_set if g in built.projections else ():
                    sim.set_delays(built.projections[g], np.asarray(delays)[ijk_order(group)], at=t)
                for t, value in group.moments if g in built.projections else ():
                    sim.modulate(f"of p{g}", value, at=t)
            for length in parts or (case.t_stop,):
                sim.run(length)
            return collect(case, built, sim)

    result = run(record_changes=True)
    if any(group.rule for group in case.synapses):
        assert_same_course(run(record_changes=False), result)
    return result


def assert_same_course(unrecorded: Result, recorded: Result) -> None:
    """Spikes, weights and states are the same bits whether changes of weights are recorded or not."""
    assert_same_bits(unrecorded, dataclasses.replace(recorded, changes=unrecorded.changes))


def collect(case: Case, built: Built, sim: Any) -> Result:
    """What a finished simulation holds, in the oracle's terms."""
    spikes = {}
    for name, probe in built.spikes.items():
        t, i = np.asarray(sim.data[probe].t), np.asarray(sim.data[probe].i, dtype=np.int64)
        order = np.lexsort((i, t))
        spikes[name] = (t[order], i[order])
    weights, changes = [], []
    for g, group in enumerate(case.synapses):
        order = ijk_order(group)
        values = np.empty(len(group.i))
        if g in built.projections:
            values[order] = sim.weights(built.projections[g])
        weights.append(values)
        if g in built.changes:
            changes.append(_change_log(group, order, sim.data[built.changes[g]]))
        else:
            changes.append([])
    result = Result(spikes, weights, changes)
    for (name, state), probe in built.states.items():
        samples = sim.data[probe]
        result.sample_times = np.asarray(samples.t)
        result.states.setdefault(name, {})[state] = np.asarray(samples.values)
    return result


def _change_log(group: Synapses, order: np.ndarray, log: Any) -> list[tuple[float, int, float]]:
    """The log's (i, j, k) as positions in the case."""
    where: dict[tuple[int, int, int], int] = {}
    copies: collections.Counter[tuple[int, int]] = collections.Counter()
    for m in order:
        i, j = int(group.i[m]), int(group.j[m])
        where[i, j, copies[i, j]] = int(m)
        copies[i, j] += 1
    return [
        (float(t), where[int(i), int(j), int(k)], float(w))
        for t, i, j, k, w in zip(log.t, log.i, log.j, log.k, log.w, strict=True)
    ]
