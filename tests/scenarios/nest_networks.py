"""NEST runs the networks that pysnn describes, number by number, and is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
from oracle.nest_runner import quiet as quiet

import pysnn as snn

from .parameters import T_START, T_STOP
from .statistics import figures

# By neuron model: NEST's name, and of our parameters the ones it has.
MODELS: dict[str, tuple[str, dict[str, str]]] = {
    "LIF": ("iaf_psc_delta", {}),
    "CobaLIF": (
        "iaf_cond_exp",
        {
            "g_l": "g_L",
            "e_rev_exc": "E_ex",
            "e_rev_inh": "E_in",
            "tau_syn_exc": "tau_syn_ex",
            "tau_syn_inh": "tau_syn_in",
        },
    ),
    "CubaLIF": ("iaf_psc_exp", {"tau_syn_exc": "tau_syn_ex", "tau_syn_inh": "tau_syn_in"}),
}
COMMON = {
    "c_m": "C_m",
    "tau_m": "tau_m",
    "t_ref": "t_ref",
    "e_l": "E_L",
    "i_e": "I_e",
    "v_reset": "V_reset",
    "v_th": "V_th",
}


def measure(nest: Any, parts: dict[str, Any], stop: float = T_STOP) -> dict[str, float]:
    recorders = {name: nest.Create("spike_recorder") for name in parts}
    for name, part in parts.items():
        nest.Connect(part, recorders[name])
    nest.Simulate(stop)
    out = {}
    for name, part in parts.items():
        events = recorders[name].get("events")
        t, i = np.asarray(events["times"]), np.asarray(events["senders"])
        for figure, value in figures(t, i, len(part), T_START, stop).items():
            out[f"{figure}_{name}"] = value
    return out


def described(net: snn.Network, seed: int, threads: int = 1, stop: float = T_STOP) -> dict[str, float]:
    """The figures of NEST's run of a network of pysnn.networks without plasticity."""
    nest, spec = quiet(), net.spec()
    nest.local_num_threads, nest.resolution, nest.rng_seed = threads, 0.1, seed
    cells = {}
    models = {population.name: population.model for population in spec.populations}
    for population in spec.populations:
        model, own = MODELS[type(population.model).__name__]
        numbers = population.model.as_numbers()
        neuron = {theirs: numbers[ours] for ours, theirs in (COMMON | own).items() if ours in numbers}
        cells[population.name] = nest.Create(model, population.n, neuron)
        cells[population.name].V_m = drawn(nest, dict(population.init)["v"])
    sources = {source.name: source.model for source in spec.sources}
    for at, p in enumerate(spec.projections):
        # NEST holds at most 2^27 - 2 synapses a thread and model.
        nest.CopyModel("static_synapse", f"synapse_{at}")
        weight = drawn(nest, p.weight)
        if p.receptor == "inh" and models[p.target].weight_unit == "nS":
            weight = -weight  # by which NEST knows the receptor
        synapse = {"synapse_model": f"synapse_{at}", "weight": weight}
        # It rounds delays to its grid after the bound is applied, ours before: half a step lower.
        synapse["delay"] = drawn(nest, p.delay, 0.05)
        if p.source in sources:
            drive = nest.Create("poisson_generator", params={"rate": float(sources[p.source].rate)})
            nest.Connect(drive, cells[p.target], "all_to_all", synapse)
            continue
        if isinstance(p.rule, snn.FixedIndegree):
            rule = {"rule": "fixed_indegree", "indegree": p.rule.n, "allow_autapses": p.rule.autapses}
        else:
            assert isinstance(p.rule, snn.FixedTotalNumber)
            rule = {"rule": "fixed_total_number", "N": p.rule.n, "allow_autapses": p.rule.autapses}
        nest.Connect(cells[p.source], cells[p.target], rule, synapse)
    return measure(nest, cells, stop)


def drawn(nest: Any, values: Any, lower: float = 0.0) -> Any:
    """A number or a distribution as NEST has it, its bound lowered."""
    if isinstance(values, snn.Uniform):
        return nest.random.uniform(values.low, values.high)
    if not isinstance(values, snn.Normal):
        return values.value
    normal = nest.random.normal(values.mean, values.std)
    if not np.isfinite([values.min, values.max]).any():
        return normal
    return nest.math.redraw(normal, min=values.min - lower, max=values.max)
