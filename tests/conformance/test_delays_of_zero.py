"""Populations that hear each other at the instant at which they fire, against the oracle.

There populations go through each step or instant one after the other, in the order declared. Tolerances are
those of networks without such delays (test_delivery.py, test_plasticity.py): what other propagators round.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from oracle import (
    Bcm,
    Case,
    Neurons,
    PairStdp,
    Synapses,
    alif,
    alpha_lif,
    cuba_lif,
    lif,
    simulate_grid,
)
from oracle.cases import drive, random_pairs
from oracle.compare import assert_same_spikes, assert_same_weights
from oracle.model import Model
from oracle.pysnn_runner import run_pysnn

import pysnn as snn

from .conftest import simulate

SIZES = {"first": 30, "second": 20, "third": 20}
# Delays in steps, of which each synapse has one: upwards in the order some are 0, downwards and within none.
EDGES = {
    ("first", "second"): (0,),
    ("second", "third"): (0, 7),
    ("first", "third"): (0, 1, 2),
    ("third", "first"): (4, 9),
    ("second", "second"): (3,),
}


def levels(
    model: Model, w: float, *, rule: PairStdp | Bcm | None = None, fraction: float = 0.0, t_stop: float = 80.0
) -> Case:
    """Three populations in order, driven from outside without delay, with feedback."""
    rng = np.random.default_rng(8)
    sources = {f"onto {name}": drive(rng, n, 250.0, t_stop, 0.1) for name, n in SIZES.items()}
    synapses = [
        Synapses(f"onto {name}", name, range(n), range(n), np.full(n, 3.0 * w), np.full(n, delay))
        for (name, n), delay in zip(SIZES.items(), (0.0, 0.0, 0.4), strict=True)
    ]
    for (source, target), steps in EDGES.items():
        i, j = random_pairs(rng, SIZES[source], SIZES[target], 0.15, autapses=False)
        sign = -0.5 if target == "first" and rule is None else 1.0
        synapses.append(
            Synapses(
                source, target, i, j,
                weight=sign * w * rng.uniform(0.4, 1.0, len(i)),
                delay=rng.choice(steps, len(i)) / 10,
                receptor="inh" if sign < 0.0 else "exc",
                rule=rule, dendritic_fraction=fraction,
            )
        )  # fmt: skip
    v = {name: rng.uniform(model.v_reset, model.v_th - 1.0, n) for name, n in SIZES.items()}
    populations = {name: Neurons(n, model, v[name]) for name, n in SIZES.items()}
    return Case(populations, t_stop, sources, synapses)


@pytest.mark.parametrize(
    ("model", "w"),
    [(lif(), 3.0), (alif(), 3.0), (cuba_lif(), 60.0), (alpha_lif(), 60.0)],
    ids=["lif", "alif", "cuba", "alpha"],
)
def test_what_is_fired_in_a_step_is_heard_in_it(backend: str, model: Model, w: float) -> None:
    case = levels(model, w)
    ours, oracle = run_pysnn(case, backend, sample_every=0.5), simulate(case, backend, 0.5)
    assert_same_spikes(ours, oracle, atol=1e-9, least=200)
    for name, states in oracle.states.items():
        for state, values in states.items():
            np.testing.assert_allclose(ours.states[name][state], values, rtol=0.0, atol=1e-8)


@pytest.mark.parametrize("fraction", [0.0, 1.0])
@pytest.mark.parametrize(
    "rule",
    [
        PairStdp(a_plus=0.05, a_minus=0.055, mu_plus=0.3, mu_minus=0.3, w_max=5.0),
        Bcm(eta=2e-4, w_max=5.0, r_0=20.0, tau_theta=300.0),
    ],
    ids=["pairs", "bcm"],
)
def test_what_is_heard_at_once_is_learnt_from(backend: str, rule: PairStdp | Bcm, fraction: float) -> None:
    case = levels(lif(), 3.0, rule=rule, fraction=fraction, t_stop=60.0)
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=200)
    for now, expected in zip(ours.weights, oracle.weights, strict=True):
        np.testing.assert_allclose(now, expected, rtol=0.0, atol=1e-9)
    moved = [np.abs(now - np.asarray(g.weight)) for now, g in zip(ours.weights, case.synapses, strict=True)]
    assert all((change > 1e-3).mean() > 0.3 for change in moved[len(SIZES) :])


def test_the_order_is_that_of_delays_and_not_of_declaration(backend: str) -> None:
    case = levels(lif(), 3.0)
    assert_same_spikes(run_pysnn(case, backend, reverse=True), simulate(case, backend), atol=1e-9, least=200)


@pytest.mark.parametrize(
    "rule", [None, PairStdp(a_plus=0.05, a_minus=0.055, w_max=5.0)], ids=["static", "pairs"]
)
def test_delays_that_become_0_and_cease_to_be(backend: str, rule: PairStdp | None) -> None:
    case = levels(lif(), 3.0, rule=rule)
    synapses = list(case.synapses)
    for g, group in enumerate(synapses):
        if (group.source, group.target) in (("first", "third"), ("onto first", "first")):
            of_each = np.asarray(group.delay)
            other = np.where(of_each == 0.0, 0.3, 0.0)
            synapses[g] = dataclasses.replace(group, delays_set=((20.0, other), (45.0, of_each)))
    case = dataclasses.replace(case, synapses=synapses)
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=200)
    assert_same_weights(ours, oracle, atol=1e-9)


@pytest.mark.parametrize("engines", [{}, {"first": "event", "second": "clock"}, {"second": "event"}])
def test_populations_that_jump_and_step_hear_each_other_at_once(engines: dict[str, str]) -> None:
    """Spikes of LIF neurons come with arrivals, which are on the grid: both kinds of time agree."""
    case = levels(lif(), 3.0)
    ours = run_pysnn(case, "auto", engines=engines)
    assert_same_spikes(ours, simulate_grid(case), atol=1e-9, least=200)


def pair(delay: float) -> snn.Network:
    net = snn.Network(seed=1)
    a, b = net.population("a", 3, snn.LIF()), net.population("b", 3, snn.LIF())
    net.projection(a, b, snn.OneToOne(), weight=20.0, delay=delay, name="up")
    return net


def test_windows_that_were_built_longer_stay_so(backend: str) -> None:
    """Where no delay was declared 0 there is no order, and none can be set."""
    with snn.Simulation(pair(0.5), dt=0.1, backend=backend) as sim:
        with pytest.raises(snn.errors.ParameterError, match=r"'up': a delay must be >= 0\.5 ms"):
            sim.set_delays("up", 0.0)
        sim.set_delays("up", 0.5)
