"""Neuron models that pysnn has no class of: written as equations, made when they are first used."""

from __future__ import annotations

import functools
from typing import Any

import pysnn as snn

# Kinds of postsynaptic responses: states and equations, what a spike adds, the current, their parameters.
# {r} is the receptor. Each peaks at the weight.
RESPONSES: dict[str, dict[str, str]] = {
    "curr_exp": {
        "equations": "dsyn_{r}/dt = -syn_{r} / tau_{r} : pA",
        "arrival": "syn_{r} += weight",
        "current": "syn_{r}",
    },
    "cond_exp": {
        "equations": "dsyn_{r}/dt = -syn_{r} / tau_{r} : nS",
        "arrival": "syn_{r} += weight",
        "current": "syn_{r} * (e_{r} - v)",
    },
    "cond_alpha": {
        "equations": "dsyn_{r}/dt = (rise_{r} - syn_{r}) / tau_{r} : nS\n"
        "drise_{r}/dt = -rise_{r} / tau_{r} : nS",
        "arrival": "rise_{r} += exp(1) * weight",
        "current": "syn_{r} * (e_{r} - v)",
    },
    # A rise of 1 at t = 0 gives a peak of 1 at t = peak.
    "cond_beta": {
        "equations": "peak_{r} = log(tau_{r} / taurise_{r}) / (1 / taurise_{r} - 1 / tau_{r}) : ms\n"
        "scale_{r} = (1 / taurise_{r} - 1 / tau_{r})"
        " / (exp(-peak_{r} / tau_{r}) - exp(-peak_{r} / taurise_{r})) : 1/ms\n"
        "dsyn_{r}/dt = scale_{r} * rise_{r} - syn_{r} / tau_{r} : nS\n"
        "drise_{r}/dt = -rise_{r} / taurise_{r} : nS",
        "arrival": "rise_{r} += weight",
        "current": "syn_{r} * (e_{r} - v)",
    },
}

NEURONS: dict[str, dict[str, Any]] = {
    "LIF": {
        "parameters": {
            "c_m": ("pF", 1000.0),
            "tau_m": ("ms", 20.0),
            "e_l": ("mV", -65.0),
            "v_th": ("mV", -50.0),
            "v_reset": ("mV", -65.0),
            "t_ref": ("ms", 0.1),
            "i_e": ("pA", 0.0),
        },
        "equations": "dv/dt = (e_l - v) / tau_m + ({current} + i_e + I) / c_m : mV",
        "threshold": "v >= v_th",
        "reset": "v = v_reset",
    },
    "AdExp": {
        "parameters": {
            "c_m": ("pF", 281.0),
            "g_l": ("nS", 30.0),
            "e_l": ("mV", -70.6),
            "v_th": ("mV", -50.4),
            "delta_t": ("mV", 2.0),
            "v_peak": ("mV", -40.0),
            "v_reset": ("mV", -70.6),
            "t_ref": ("ms", 0.1),
            "a": ("nS", 4.0),
            "b": ("pA", 80.5),
            "tau_w": ("ms", 144.0),
            "i_e": ("pA", 0.0),
        },
        "equations": "dv/dt = (g_l * (e_l - v) + g_l * delta_t * exp((v - v_th) / delta_t) - w"
        " + {current} + i_e + I) / c_m : mV\n"
        "dw/dt = (a * (v - e_l) - w) / tau_w : pA",
        "threshold": "v >= v_peak",
        "reset": "v = v_reset; w += b",
    },
    # Muller, Buesing, Schemmel & Meier (2007), Neural Comput. 19:2958.
    "Adapting": {
        "parameters": {
            "c_m": ("pF", 1000.0),
            "tau_m": ("ms", 20.0),
            "e_l": ("mV", -65.0),
            "v_th": ("mV", -50.0),
            "v_reset": ("mV", -65.0),
            "t_ref": ("ms", 0.1),
            "i_e": ("pA", 0.0),
            "tau_sfa": ("ms", 100.0),
            "e_sfa": ("mV", -75.0),
            "q_sfa": ("nS", 15.0),
            "tau_rr": ("ms", 2.0),
            "e_rr": ("mV", -75.0),
            "q_rr": ("nS", 3000.0),
        },
        "equations": "dv/dt = (e_l - v) / tau_m"
        " + (g_s * (e_sfa - v) + g_r * (e_rr - v) + {current} + i_e + I) / c_m : mV\n"
        "dg_s/dt = -g_s / tau_sfa : nS\n"
        "dg_r/dt = -g_r / tau_rr : nS",
        "threshold": "v >= v_th",
        "reset": "v = v_reset; g_s += q_sfa; g_r += q_rr",
    },
}

_SYNAPTIC = {"tau": ("ms", 5.0), "taurise": ("ms", 0.2), "e": ("mV", 0.0)}


@functools.cache
def model(neuron: str, receptors: tuple[tuple[str, str], ...]) -> type[snn.Equations]:
    """A model of one of ``NEURONS`` with receptors (name, kind of ``RESPONSES``).

    Parameters are those of the neuron, and tau_NAME, e_NAME, taurise_NAME of each receptor where its kind has
    them. States are the neuron's, and syn_NAME of each receptor [pA or nS].
    """
    parts = NEURONS[neuron]
    chosen = {name: RESPONSES[kind] for name, kind in receptors}
    parameters = {
        name: snn.param(default=default, unit=unit) for name, (unit, default) in parts["parameters"].items()
    }
    for name, response in chosen.items():
        text = response["equations"] + response["current"]
        for kind, (unit, default) in _SYNAPTIC.items():
            if f"{kind}_{{r}}" in text:
                parameters[f"{kind}_{name}"] = snn.param(default=default, unit=unit)
    current = " + ".join(response["current"].format(r=name) for name, response in chosen.items())
    lines = [response["equations"].format(r=name) for name, response in chosen.items()]
    lines.append(parts["equations"].format(current=current or "0 * pA"))
    members = {
        "__doc__": f"PyNN's {neuron} with {', '.join(name for name, _ in receptors) or 'no receptors'}.",
        "__annotations__": {},
        **parameters,
        "equations": "\n".join(lines),
        "initial": "v = e_l",
        "arrival": {name: response["arrival"].format(r=name) for name, response in chosen.items()},
        "threshold": parts["threshold"],
        "reset": parts["reset"],
        "refractory": "t_ref",
    }
    return type(neuron, (snn.Equations,), members)
