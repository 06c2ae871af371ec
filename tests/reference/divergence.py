"""Recurrent random networks run by the event engine and by NEST's precise neurons: how long they stay alike.

Ties, which the simulators break differently, are kept out: the drive falls between the times of the grid, and
t_ref of the LIF neurons is an odd multiple of 0.05 ms, delays even ones. Where arrivals set off one spike
after the other, these would else come back to a neuron at the very end of its refractory time.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from oracle import Case, Source, cuba_lif, lif
from oracle.cases import random_net
from oracle.model import Model, Result

RESOLUTION = 0.05  # ms, of NEST; delays and t_ref are multiples
WITHIN = 1e-6  # ms: so far apart two spikes count as one

# NEST's model -> ours.
MODELS: dict[str, Model] = {
    "iaf_psc_exp_ps_lossless": cuba_lif(tau_exc=5.0, tau_inh=5.0),  # it wants equal time constants
    "iaf_psc_exp_ps": cuba_lif(),
    "iaf_psc_delta_ps": lif(i_e=400.0, t_ref=2.05),
}
# Weak coupling forgets a perturbation. Strong coupling passes it on: with currents that last, in a sparse
# network in which inhibition prevails; with delta synapses only where excitation does, as inhibition makes no
# network of LIF neurons chaotic, however strong (Jahnke, Memmesheimer & Timme 2008, PRL 100:048102).
REGIMES: dict[str, dict[str, dict[str, float]]] = {
    "mild": {
        "exp": {"w_exc": 5.0, "w_inh": -10.0, "w_ext": 90.0, "rate": 500.0},
        "delta": {"w_exc": 0.5, "w_inh": -2.5, "w_ext": 1.5, "rate": 900.0},
    },
    "chaotic": {
        "exp": {"w_exc": 120.0, "w_inh": -600.0, "w_ext": 100.0, "rate": 2000.0},
        "delta": {"w_exc": 1.0, "w_inh": -3.0, "w_ext": 0.1, "rate": 100.0},
    },
}


def network(nest_model: str, regime: str, seed: int) -> Case:
    """200 neurons, 1 s; each pair is connected with probability 0.1, delays are 0.5 to 3.9 ms."""
    model = MODELS[nest_model]
    if regime == "chaotic" and model.delta:
        model = dataclasses.replace(model, i_e=500.0)
    return random_net(model, seed=seed, n=200, t_stop=1000.0, grid=None, **REGIMES[regime][model.kind])


def nest_names(nest_model: str) -> dict[str, str]:
    """What ``run_nest`` calls the neurons of a network."""
    return {MODELS[nest_model].kind: nest_model}


def nudged(case: Case) -> Case:
    """The same, but every other spike of the drive comes a tick (1e-12 ms) later."""
    sources = {
        name: Source([[t + 1e-12 * (k % 2) for k, t in enumerate(train)] for train in source.trains])
        for name, source in case.sources.items()
    }
    return dataclasses.replace(case, sources=sources)


def differences(a: Result, b: Result, case: Case) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times of all spikes of neurons and how far the k-th of a neuron is from its k-th in the other run.

    A spike that the other run has not is infinitely far.
    """
    pairs = []
    for name, population in case.populations.items():
        for i in range(population.n):
            x, y = a.train(name, i), b.train(name, i)
            both = min(len(x), len(y))
            pairs += list(zip(np.minimum(x, y[:both]) if len(x) == both else np.minimum(x[:both], y),
                              np.abs(x[:both] - y[:both]), strict=True))  # fmt: skip
            pairs += [(t, np.inf) for t in (*x[both:], *y[both:])]
    t, apart = np.array(sorted(pairs)).T
    return t, apart


def divergence_time(t: NDArray[np.float64], apart: NDArray[np.float64]) -> float:
    """The first time [ms] of a spike without a match ``WITHIN``, infinite if all have one."""
    return float(t[apart > WITHIN].min(initial=np.inf))
