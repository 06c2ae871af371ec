"""Runs a ``Case`` on NEST's wheel (an outside opinion).

NEST's conventions that differ: a delay is all dendritic, tau_minus belongs to the neuron, the sign of
a weight selects the receptor, generators are no presynaptic neurons (a parrot repeats their spikes),
and an injected current acts one delay later than its generator says.
"""

from __future__ import annotations

import contextlib
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import Case, Model, Result, Synapses
from .plasticity import PowerLawStdp
from .rules import PairedStdp, TripletStdp, VogelsStdp

GRID = {"delta": "iaf_psc_delta", "exp": "iaf_psc_exp", "alpha": "iaf_psc_alpha"}  # by Model.kind
PRECISE = {kind: f"{name}_ps" for kind, name in GRID.items()}


def _parameters(model: Model) -> dict[str, float]:
    out = {
        "tau_m": model.tau_m,
        "C_m": model.c_m,
        "E_L": model.v_rest,
        "V_th": model.v_th,
        "V_reset": model.v_reset,
        "t_ref": model.t_ref,
        "I_e": model.i_e,
    }
    if not model.delta:
        out |= {"tau_syn_ex": model.tau_exc, "tau_syn_in": model.tau_inh}
    return out


def quiet() -> Any:
    """Import NEST without its banner and return it with a bare kernel."""
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null):
        import nest
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    return nest


def run_nest(
    case: Case,
    names: dict[str, str] = GRID,
    *,
    resolution: float | None = None,
    overrides: dict[str, Any] | None = None,
    sample: bool = False,
) -> Result:
    """Simulate ``case``; ``names`` gives the NEST model by ``Model.kind``."""
    nest = quiet()
    nest.resolution = resolution or case.dt
    precise = any(name.endswith(("_ps", "_lossless")) for name in names.values())
    nodes: dict[str, Any] = {}
    meters = {}
    for name, p in case.populations.items():
        nodes[name] = nest.Create(names[p.model.kind], p.n, _parameters(p.model) | (overrides or {}))
        nodes[name].V_m = list(p.v_init())
        if sample:
            meters[name] = nest.Create("multimeter", {"record_from": ["V_m"], "interval": nest.resolution})
            nest.Connect(meters[name], nodes[name])
    lead = nest.resolution  # a generator's spike takes one delay to its parrot
    for name, source in case.sources.items():
        parrot = "parrot_neuron_ps" if precise else "parrot_neuron"
        nodes[name] = nest.Create(parrot, len(source.trains))
        trains = [np.asarray(train, dtype=float) - lead for train in source.trains]
        generators = nest.Create("spike_generator", len(trains))
        for generator, train in zip(generators, trains, strict=True):
            generator.set(precise_times=precise)
            generator.spike_times = list(train if precise else np.round(train, 9))
        nest.Connect(generators, nodes[name], "one_to_one", {"delay": lead})
    for current in case.currents:
        times = np.asarray(current.times, dtype=float) - lead
        generator = nest.Create("step_current_generator")
        generator.set(amplitude_times=np.round(times, 9), amplitude_values=list(current.amplitudes))
        nest.Connect(generator, nodes[current.target][list(current.neurons)], syn_spec={"delay": lead})
    recorders = {name: nest.Create("spike_recorder") for name in nodes}
    for name, recorder in recorders.items():
        nest.Connect(nodes[name], recorder)
    for group in case.synapses:
        _connect(nest, nodes, group)
    nest.Simulate(case.t_stop)
    spikes = {name: _spikes(recorders[name], nodes[name]) for name in nodes}
    weights = [_weights(nest, nodes, g) if g.rule else np.asarray(g.weight) for g in case.synapses]
    result = Result(spikes, weights, [[] for _ in case.synapses])
    for name, meter in meters.items():
        events = meter.get("events")
        n = case.populations[name].n
        order = np.lexsort((events["senders"], events["times"]))
        result.states[name] = {"v": events["V_m"][order].reshape(-1, n)}
        result.sample_times = events["times"][order].reshape(-1, n)[:, 0]
    return result


def _connect(nest: Any, nodes: dict[str, Any], group: Synapses) -> None:
    if not len(group.i):
        return
    spec: dict[str, Any] = {
        "weight": np.asarray(group.weight, dtype=float),
        "delay": np.asarray(group.delay, dtype=float),
    }
    if group.rule is not None:
        assert group.dendritic_fraction == 1.0, "NEST's delay is all dendritic"
        nodes[group.target].tau_minus = (
            group.rule.tau if isinstance(group.rule, VogelsStdp) else group.rule.tau_minus
        )
        if isinstance(group.rule, TripletStdp):
            nodes[group.target].tau_minus_triplet = group.rule.tau_y
        spec |= _plastic(nest, group.rule, len(group.i))
    pre = np.array(nodes[group.source].tolist())[np.asarray(group.i)]
    post = np.array(nodes[group.target].tolist())[np.asarray(group.j)]
    nest.Connect(pre, post, "one_to_one", spec)


NEAREST = {
    "all_to_all": "stdp_synapse",
    "nearest": "stdp_nn_symm_synapse",
    "nearest_restricted": "stdp_nn_restr_synapse",
    "nearest_pre_centred": "stdp_nn_pre_centered_synapse",
}


def _plastic(nest: Any, rule: Any, n: int) -> dict[str, Any]:
    """Model and parameters of ``n`` synapses of a rule."""
    if isinstance(rule, TripletStdp):
        assert rule.pairing == "all_to_all"
        own = {
            "tau_plus": rule.tau_plus,
            "tau_plus_triplet": rule.tau_x,
            "Aplus": rule.w_max * rule.a2_plus,
            "Aplus_triplet": rule.w_max * rule.a3_plus,
            "Aminus": rule.w_max * rule.a2_minus,
            "Aminus_triplet": rule.w_max * rule.a3_minus,
            "Wmax": rule.w_max,
        }
        return {"synapse_model": "stdp_triplet_synapse"} | {k: np.full(n, v) for k, v in own.items()}
    if isinstance(rule, VogelsStdp):
        own = {
            "tau": rule.tau,
            "eta": rule.w_max * rule.eta,
            "alpha": 2e-3 * rule.rho_0 * rule.tau,
            "Wmax": rule.w_max,
        }
        return {"synapse_model": "vogels_sprekeler_synapse"} | {k: np.full(n, v) for k, v in own.items()}
    common = {
        "tau_plus": rule.tau_plus,
        "lambda": rule.a_plus,
        "alpha": rule.a_minus / rule.a_plus,
    }
    if isinstance(rule, PowerLawStdp):  # one set of parameters for all synapses of the model; w_0 is 1
        assert rule.w_0 == 1.0
        nest.SetDefaults("stdp_pl_synapse_hom", common | {"mu": rule.mu})
        return {"synapse_model": "stdp_pl_synapse_hom"}
    own = common | {"mu_plus": rule.mu_plus, "mu_minus": rule.mu_minus, "Wmax": rule.w_max}
    pairing = rule.pairing if isinstance(rule, PairedStdp) else "nearest" if rule.nearest else "all_to_all"
    return {"synapse_model": NEAREST[pairing]} | {name: np.full(n, value) for name, value in own.items()}


def _spikes(recorder: Any, cells: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    events = recorder.get("events")
    t = np.asarray(events["times"], dtype=float)
    i = np.asarray(events["senders"], dtype=np.int64) - cells.tolist()[0]
    order = np.lexsort((i, t))
    return t[order], i[order]


def _weights(nest: Any, nodes: dict[str, Any], group: Synapses) -> NDArray[np.float64]:
    """Final weights in the order of the case's synapses (pairs must be unique)."""
    first_pre, first_post = nodes[group.source].tolist()[0], nodes[group.target].tolist()[0]
    found = nest.GetConnections(nodes[group.source], nodes[group.target])
    table = dict(
        zip(
            zip(
                np.asarray(found.get("source")).reshape(-1) - first_pre,
                np.asarray(found.get("target")).reshape(-1) - first_post,
                strict=True,
            ),
            np.asarray(found.get("weight")).reshape(-1),
            strict=True,
        )
    )
    pairs = list(zip(group.i, group.j, strict=True))
    if len(set(pairs)) != len(pairs):
        raise ValueError("NEST's weights cannot be told apart for repeated pairs")
    return np.array([table[pair] for pair in pairs])
