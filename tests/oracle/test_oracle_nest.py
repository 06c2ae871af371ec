"""The oracle against NEST, spike for spike and weight for weight."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from oracle import (
    Case,
    Current,
    Neurons,
    Source,
    Synapses,
    alpha_lif,
    cuba_lif,
    lif,
    simulate_exact,
    simulate_grid,
)
from oracle.cases import (
    PAIR_RULES,
    TIELESS,
    TIELESS_ALPHA,
    plastic_pair,
    random_net,
    tieless_alpha_net,
    tieless_net,
)
from oracle.nest_runner import PRECISE, run_nest
from oracle.rules import PairedStdp, TripletStdp, VogelsStdp

pytestmark = pytest.mark.nest

DELTA = {"w_exc": 1.2, "w_inh": -5.0, "w_ext": 2.5}
EXP = {"w_exc": 60.0, "w_inh": -200.0, "w_ext": 150.0}
KINDS = pytest.mark.parametrize(
    ("model", "weights"),
    [(lif(), DELTA), (cuba_lif(), EXP), (alpha_lif(), EXP), (alpha_lif(tau_exc=20.0), EXP)],
    ids=["delta", "exp", "alpha", "alpha_resonant"],
)


@KINDS
def test_grid_equals_nest_spike_for_spike(model, weights) -> None:
    case = random_net(model, seed=1, **weights)
    ours, nest = simulate_grid(case), run_nest(case)
    assert ours.spikes["exc"][0].size > 50
    for name in case.populations:
        assert np.array_equal(ours.spikes[name][1], nest.spikes[name][1])
        assert ours.spikes[name][0] == pytest.approx(nest.spikes[name][0], abs=1e-9)


@KINDS
def test_grid_potentials_equal_nest(model, weights) -> None:
    case = random_net(model, seed=2, t_stop=50.0, **weights)
    ours, nest = simulate_grid(case), run_nest(case, sample=True)
    # NEST's multimeter has no sample at 0 and stops one step short
    steps = len(nest.sample_times)
    assert np.abs(ours.states["exc"]["v"][1 : steps + 1] - nest.states["exc"]["v"]).max() < 1e-11


def test_grid_step_current_equals_nest() -> None:
    case = Case(
        {"a": Neurons(2, cuba_lif())}, 60.0, currents=(Current("a", [0], [5.0, 40.0], [250.0, 40.0]),)
    )
    ours, nest = simulate_grid(case), run_nest(case, sample=True)
    steps = len(nest.sample_times)
    assert ours.spikes["a"][0].size > 1
    assert np.abs(ours.states["a"]["v"][1 : steps + 1] - nest.states["a"]["v"]).max() < 1e-11


@pytest.mark.parametrize("model", [cuba_lif(), alpha_lif()], ids=["exp", "alpha"])
def test_exact_equals_precise_current_based_neuron(model) -> None:
    case = random_net(model, seed=3, grid=None, t_stop=60.0, **EXP)
    ours, nest = simulate_exact(case), run_nest(case, PRECISE, resolution=0.1)
    assert ours.spikes["exc"][0].size > 20
    for name in case.populations:
        assert np.array_equal(ours.spikes[name][1], nest.spikes[name][1])
        assert ours.spikes[name][0] == pytest.approx(nest.spikes[name][0], abs=1e-9)


def test_exact_equals_precise_delta_neuron() -> None:
    case = random_net(lif(i_e=260.0), seed=4, grid=None, t_stop=60.0, **DELTA)
    ours, nest = simulate_exact(case), run_nest(case, PRECISE, resolution=0.1)
    assert ours.spikes["exc"][0].size > 20
    for name in case.populations:
        assert np.array_equal(ours.spikes[name][1], nest.spikes[name][1])
        assert ours.spikes[name][0] == pytest.approx(nest.spikes[name][0], abs=1e-9)


@pytest.mark.parametrize("rule", PAIR_RULES.values(), ids=PAIR_RULES.keys())
def test_pair_stdp_equals_nest(rule) -> None:
    rng = np.random.default_rng(5)
    # pre on even, post on odd tenths with an even dendritic delay: no ties, which NEST discards
    pre = sorted({round(2 * int(k) * 0.1, 9) for k in rng.integers(20, 1400, 40)})
    post = sorted({round((2 * int(k) + 1) * 0.1, 9) for k in rng.integers(20, 1400, 40)})
    case = plastic_pair(rule, [*pre, 299.0], post, delay=2.0, dendritic_fraction=1.0)
    ours, nest = simulate_grid(case), run_nest(case)
    assert ours.spikes["post"][0] == pytest.approx(nest.spikes["post"][0], abs=1e-9)
    # NEST's weight is as of the last presynaptic spike
    last = [w for t, _, w in ours.changes[0] if t <= 299.0][-1]
    assert last == pytest.approx(nest.weights[0][0], abs=1e-12)
    assert abs(last - 0.5) > 1e-3


@pytest.mark.parametrize(
    "rule",
    [
        TripletStdp(a2_plus=0.005, a3_plus=0.001, a2_minus=0.006, a3_minus=0.0005, w_max=2.0),
        TripletStdp(),
        VogelsStdp(eta=0.002, rho_0=30.0),
        PairedStdp(pairing="nearest_restricted", mu_plus=1.0, mu_minus=1.0, a_plus=0.1, a_minus=0.1),
        PairedStdp(pairing="nearest_restricted", tau_plus=15.0, tau_minus=30.0),
        PairedStdp(pairing="nearest_pre_centred", mu_plus=0.5, mu_minus=1.0, a_plus=0.05, a_minus=0.06),
    ],
    ids=["triplet", "visual_cortex", "vogels", "restricted", "restricted_additive", "pre_centred"],
)
def test_rules_equal_nest(rule) -> None:
    rng = np.random.default_rng(6)
    pre = sorted({round(2 * int(k) * 0.1, 9) for k in rng.integers(20, 1400, 40)})
    post = sorted({round((2 * int(k) + 1) * 0.1, 9) for k in rng.integers(20, 1400, 40)})
    case = plastic_pair(rule, [*pre, 299.0], post, delay=2.0, dendritic_fraction=1.0)
    ours, nest = simulate_grid(case), run_nest(case)
    last = [w for t, _, w in ours.changes[0] if t <= 299.0][-1]
    assert last == pytest.approx(nest.weights[0][0], abs=1e-12)
    assert 1e-3 < abs(last - 0.5) < 0.499


@pytest.mark.parametrize("pairing", ["all_to_all", "nearest", "nearest_pre_centred"])
def test_pairs_without_ties_equal_nest_where_spikes_meet(pairing: str) -> None:
    # Every second postsynaptic spike meets a presynaptic one. Additive, far from the bounds, as NEST applies
    # potentiation first. (Where pairing is restricted it takes such a spike as a reason to depress by the one
    # before it.)
    pre = [float(t) for t in range(20, 260, 12)]
    post = [t + (0.0 if k % 2 else 4.0) - 2.0 for k, t in enumerate(pre)]
    rule = PairedStdp(pairing=pairing, tie="none", a_plus=0.01, a_minus=0.012)
    case = plastic_pair(rule, [*pre, 299.0], post, delay=2.0, dendritic_fraction=1.0)
    ours, nest = simulate_grid(case), run_nest(case)
    last = [w for t, _, w in ours.changes[0] if t <= 299.0][-1]
    assert last == pytest.approx(nest.weights[0][0], abs=1e-12)
    other = simulate_grid(
        plastic_pair(
            dataclasses.replace(rule, tie="pre_first"), [*pre, 299.0], post, delay=2.0, dendritic_fraction=1.0
        )
    )
    assert abs(other.weights[0][0] - last) > 1e-3


def test_parallel_synapses_of_a_pair_are_summed_like_nest() -> None:
    case = Case(
        {"a": Neurons(1, lif(tau_m=10.0))},
        20.0,
        {"s": Source([[2.0]])},
        (Synapses("s", "a", [0, 0, 0], [0, 0, 0], [1.0, 2.0, 4.0], [1.0, 1.0, 3.0]),),
    )
    ours, nest = simulate_grid(case), run_nest(case, sample=True)
    steps = len(nest.sample_times)
    assert np.abs(ours.states["a"]["v"][1 : steps + 1] - nest.states["a"]["v"]).max() < 1e-13


@pytest.mark.parametrize(
    "case",
    [*map(tieless_net, TIELESS), *map(tieless_alpha_net, TIELESS_ALPHA)],
    ids=[*(f"pair{seed}" for seed in TIELESS), *(f"power_law{seed}" for seed in TIELESS_ALPHA)],
)
def test_plastic_recurrent_network_fires_as_nest(case: Case) -> None:
    ours, nest = simulate_grid(case), run_nest(case)
    for name in case.populations:
        assert np.array_equal(ours.spikes[name][1], nest.spikes[name][1])
        assert ours.spikes[name][0] == pytest.approx(nest.spikes[name][0], abs=1e-9)
    for g, group in enumerate(case.synapses):
        for m, (i, j, delay) in enumerate(zip(group.i, group.j, group.delay, strict=True)):
            arrivals = ours.train(group.target, int(j)) + delay
            met = np.isin(np.round(ours.train(group.source, int(i)) / 0.1), np.round(arrivals / 0.1))
            assert not (group.rule and met.any()), f"synapse {m} of {g}: a tie"
