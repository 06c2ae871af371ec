"""Plastic synapses, alone and in networks, against the oracle."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from oracle import Bcm, PairStdp, PowerLawStdp, alpha_lif, cuba_lif, lif
from oracle.cases import PAIR_RULES, plastic_pair, random_net
from oracle.compare import assert_same_spikes, assert_same_weights
from oracle.model import Case
from oracle.pysnn_runner import run_pysnn

from .conftest import simulate

BCM_RULE = Bcm(eta=3e-5, tau_x=25.0, tau_r=40.0, tau_theta=300.0, r_0=20.0)
DELTA = {"w_exc": 1.2, "w_inh": -5.0, "w_ext": 2.5}


def trains(seed: int, n: int = 30, t_stop: float = 280.0) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(seed)
    pre, post = (sorted(set(np.round(rng.integers(20, int(t_stop * 10), n) * 0.1, 9))) for _ in range(2))
    return [float(t) for t in pre], [float(t) for t in post]


@pytest.mark.parametrize("kind", ["delta", "exp"])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("rule", PAIR_RULES.values(), ids=PAIR_RULES.keys())
def test_pair_stdp_of_one_synapse(
    backend: str, rule: PairStdp | PowerLawStdp, fraction: float, kind: str
) -> None:
    case = plastic_pair(rule, *trains(21), delay=2.0, dendritic_fraction=fraction, kind=kind)
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=40)
    assert_same_weights(ours, oracle, atol=1e-12)
    assert abs(ours.weights[0][0] - 0.5) > 1e-3


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_ties_take_the_presynaptic_spike_first(backend: str, fraction: float) -> None:
    # delay 2: T = t + 2 (axonal) or s = t + 2 (dendritic); each post spike at the very tie
    pre = [10.0, 50.0, 51.0, 90.0]
    shift = 2.0 if fraction == 0.0 else -2.0
    post = [t + shift for t in pre]
    rule = PairStdp(a_plus=0.02, a_minus=0.03)
    case = plastic_pair(rule, pre, post, delay=2.0, dendritic_fraction=fraction)
    assert_same_weights(run_pysnn(case, backend), simulate(case, backend), atol=1e-12)


def test_the_spike_a_synapse_triggers_is_caused_by_it(backend: str) -> None:
    # a delta synapse that fires its neuron: T = s, so a pair of distance 0 potentiates by a_plus exactly
    rule = PairStdp(a_plus=0.125, a_minus=0.25, w_max=64.0)
    base = plastic_pair(rule, [10.0], [], t_stop=20.0)
    model = lif(v_th=20.0, v_reset=0.0)
    populations = {"post": dataclasses.replace(base.populations["post"], model=model)}
    synapses = (dataclasses.replace(base.synapses[0], weight=[32.0]), *base.synapses[1:])
    case = dataclasses.replace(base, populations=populations, synapses=synapses)
    result = run_pysnn(case, backend)
    assert result.train("post", 0) == pytest.approx([11.0], abs=1e-9)
    assert result.weights[0][0] == pytest.approx(32.0 + 0.125 * 64.0, abs=1e-12)


@pytest.mark.parametrize("weight", [0.5, -0.5])
def test_weights_stay_between_zero_and_the_bound_and_keep_their_sign(backend: str, weight: float) -> None:
    rule = PairStdp(a_plus=0.3, a_minus=0.35)
    pre, post = trains(22, n=60)
    case = plastic_pair(rule, pre, post, weight=weight)
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert_same_weights(ours, oracle, atol=1e-12)
    values = np.array([w for _, _, w in ours.changes[0]]) / np.sign(weight)
    assert values.min() == 0.0
    assert values.max() == 1.0


@pytest.mark.parametrize("weight", [3.0, -3.0])
def test_power_law_weights_grow_without_a_bound_and_keep_their_sign(backend: str, weight: float) -> None:
    # mu = 1 without depression: each of ten post spikes 1 ms after an arrival multiplies by 1 + a_plus x,
    # and of a trace nothing is left 10 ms later (e^-40)
    rule = PowerLawStdp(a_plus=20.0, a_minus=0.0, mu=1.0, tau_plus=0.25, w_0=100.0)
    pre = [10.0 * k for k in range(1, 11)]
    case = plastic_pair(rule, pre, [t + 2.0 for t in pre], weight=weight)
    expected = weight * (1.0 + 20.0 * np.exp(-4.0)) ** 10
    assert run_pysnn(case, backend).weights[0][0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("weight", [0.5, -0.5])
def test_power_law_depression_ends_at_zero(backend: str, weight: float) -> None:
    # a_minus y > 1 at the second arrival; nothing grows from 0
    rule = PowerLawStdp(a_plus=0.1, a_minus=2.0)
    case = plastic_pair(rule, [10.0, 20.0, 40.0], [15.0, 20.0, 45.0], weight=weight)
    result = run_pysnn(case, backend)
    assert result.weights[0][0] == 0.0
    assert np.copysign(1.0, result.weights[0][0]) == np.sign(weight)
    assert_same_weights(result, simulate(case, backend), atol=1e-15)


def test_weights_as_of_the_end_of_the_run_include_the_last_post_spikes(backend: str) -> None:
    # no presynaptic spike follows: the potentiation at s = 30 and at the last instant must still be there
    rule = PairStdp(a_plus=0.01, a_minus=0.01)
    case = plastic_pair(rule, [10.0], [30.0, 60.0], t_stop=60.0)
    expected = 0.5 + 0.01 * (np.exp(-19.0 / 20.0) + np.exp(-49.0 / 20.0))
    assert run_pysnn(case, backend).weights[0][0] == pytest.approx(expected, abs=1e-12)


def test_post_spikes_still_on_their_way_through_the_dendrite_do_not_count_yet(backend: str) -> None:
    rule = PairStdp(a_plus=0.01, a_minus=0.01)
    case = plastic_pair(rule, [10.0], [30.0, 59.0], t_stop=60.0, delay=2.0, dendritic_fraction=1.0)
    expected = 0.5 + 0.01 * np.exp(-22.0 / 20.0)
    assert run_pysnn(case, backend).weights[0][0] == pytest.approx(expected, abs=1e-12)


def test_a_source_that_never_fires_keeps_its_weight(backend: str) -> None:
    post = trains(23)[1]
    case = plastic_pair(PairStdp(), [], post)
    assert run_pysnn(case, backend).weights[0][0] == 0.5


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(
    ("rule", "spikes"),
    [
        (PairStdp(a_plus=0.002, a_minus=0.05, mu_plus=0.4, mu_minus=0.4), 3000),
        (PairStdp(a_plus=0.002, a_minus=0.05, nearest=True), 3000),
        (PowerLawStdp(a_plus=0.002), 3000),
        (dataclasses.replace(BCM_RULE, eta=1e-8), 480),  # its oracle solves an equation from spike to spike
    ],
    ids=["pair", "nearest", "power_law", "bcm"],
)
def test_a_target_that_fires_without_end_between_two_arrivals(
    backend: str, rule: PairStdp | PowerLawStdp | Bcm, spikes: int, fraction: float
) -> None:
    # far more spikes than a history holds side by side, some still in the dendrite at the next arrival
    post = [round(12.0 + 0.1 * k, 9) for k in range(spikes)]
    pre, end = [10.0, 30.0, 30.4, post[-1] + 2.1], post[-1] + 10.0
    case = plastic_pair(rule, pre, post, delay=2.0, dendritic_fraction=fraction, t_stop=end)
    ours, oracle = run_pysnn(case, backend, threads=1), simulate(case, backend)
    assert len(ours.train("post", 0)) == spikes
    assert ours.weights[0][0] == pytest.approx(oracle.weights[0][0], abs=1e-9)
    assert abs(ours.weights[0][0] - 0.5) > 1e-4


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_parallel_plastic_synapses_learn_each_for_itself(backend: str, fraction: float) -> None:
    base = plastic_pair(PairStdp(mu_plus=0.5, mu_minus=0.5), *trains(24))
    fan = dataclasses.replace(
        base.synapses[0],
        i=[0] * 4,
        j=[0] * 4,
        weight=[0.2, 0.4, 0.6, 0.8],
        delay=[8.0, 2.0, 2.0, 0.4],
        dendritic_fraction=fraction,
    )
    case = dataclasses.replace(base, synapses=(fan, *base.synapses[1:]))
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert_same_weights(ours, oracle, atol=1e-12)
    assert len(set(ours.weights[0])) == 4


def network(rule: PairStdp | PowerLawStdp | Bcm, fraction: float, grid: float | None = 0.1) -> Case:
    return random_net(
        lif(), seed=25, t_stop=150.0, rule=rule, dendritic_fraction=fraction, grid=grid, **DELTA
    )


@pytest.mark.parametrize("fraction", [0.0, 1.0])
@pytest.mark.parametrize("nearest", [False, True], ids=["all_to_all", "nearest"])
def test_pair_stdp_in_a_recurrent_network(backend: str, nearest: bool, fraction: float) -> None:
    rule = PairStdp(a_plus=0.05, a_minus=0.055, mu_plus=0.3, mu_minus=0.3, w_max=2.5, nearest=nearest)
    case = network(rule, fraction)
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=200)
    assert_same_weights(ours, oracle, atol=1e-10)
    plastic = next(g for g, group in enumerate(case.synapses) if group.rule)
    moved = np.abs(ours.weights[plastic] - np.asarray(case.synapses[plastic].weight))
    assert (moved > 1e-3).mean() > 0.5


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_pair_stdp_in_a_recurrent_network_of_exponential_neurons(backend: str, fraction: float) -> None:
    rule = PairStdp(a_plus=0.05, a_minus=0.055, mu_plus=0.3, mu_minus=0.3, w_max=120.0)
    weights = {"w_exc": 60.0, "w_inh": -200.0, "w_ext": 170.0}
    plastic = {"rule": rule, "dendritic_fraction": fraction}
    case = random_net(cuba_lif(), seed=29, t_stop=120.0, **weights, **plastic)
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert_same_spikes(ours, oracle, atol=1e-8, least=100)
    assert_same_weights(ours, oracle, atol=1e-7)


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_power_law_stdp_in_a_recurrent_network_of_alpha_neurons(backend: str, fraction: float) -> None:
    weights = {"w_exc": 60.0, "w_inh": -200.0, "w_ext": 170.0}
    plastic = {"rule": PowerLawStdp(a_plus=0.5, a_minus=0.1), "dendritic_fraction": fraction}
    case = random_net(alpha_lif(), seed=29, t_stop=120.0, **weights, **plastic)
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert_same_spikes(ours, oracle, atol=1e-8, least=100)
    assert_same_weights(ours, oracle, atol=1e-7)
    plastic_one = next(g for g, group in enumerate(case.synapses) if group.rule)
    moved = np.abs(ours.weights[plastic_one] - np.asarray(case.synapses[plastic_one].weight))
    assert (moved > 1e-3).mean() > 0.5


@pytest.mark.parametrize(
    "rule",
    [
        PairStdp(a_plus=0.05, a_minus=0.055, mu_plus=0.3, mu_minus=0.3, w_max=2.5),
        PowerLawStdp(a_plus=0.05, a_minus=0.055),
    ],
    ids=["pair", "power_law"],
)
def test_pair_stdp_in_a_recurrent_network_in_continuous_time(rule: PairStdp | PowerLawStdp) -> None:
    case = network(rule, 0.5, grid=None)
    ours, oracle = run_pysnn(case, "event"), simulate(case, "event")
    assert_same_spikes(ours, oracle, atol=1e-9, least=200)
    assert_same_weights(ours, oracle, atol=1e-9)


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_bcm_of_one_synapse(backend: str, fraction: float) -> None:
    case = plastic_pair(BCM_RULE, *trains(26), delay=2.0, dendritic_fraction=fraction)
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert ours.weights[0][0] == pytest.approx(oracle.weights[0][0], abs=1e-9)
    assert 0.01 < abs(ours.weights[0][0] - 0.5) < 0.49


@pytest.mark.parametrize("tau_theta", [20.0, 20.00001, 19.999, 20.2])
def test_bcm_near_the_resonance_of_threshold_and_squared_rate(backend: str, tau_theta: float) -> None:
    # tau_theta = tau_r / 2: the closed form's 1/(l_theta - 2 l_r) must not be divided by
    rule = Bcm(eta=3e-5, tau_x=25.0, tau_r=40.0, tau_theta=tau_theta, r_0=20.0)
    case = plastic_pair(rule, *trains(27, n=12))
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert ours.weights[0][0] == pytest.approx(oracle.weights[0][0], abs=1e-9)
    assert abs(ours.weights[0][0] - 0.5) > 1e-3


def test_bcm_stays_within_its_bounds(backend: str) -> None:
    rule = Bcm(eta=1e-2, tau_x=25.0, tau_r=40.0, tau_theta=300.0, r_0=20.0)
    case = plastic_pair(rule, *trains(28))
    values = np.array([w for _, _, w in run_pysnn(case, backend).changes[0]])
    assert values.min() == 0.0
    assert values.max() == 1.0


def test_bcm_in_a_recurrent_network(backend: str) -> None:
    rule = Bcm(eta=1e-4, tau_x=20.0, tau_r=50.0, tau_theta=500.0, r_0=15.0, w_max=2.5)
    case = network(rule, 0.0)
    short = dataclasses.replace(case, t_stop=60.0)
    ours, oracle = run_pysnn(short, backend), simulate(short, backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=50)
    for g, group in enumerate(case.synapses):
        assert np.abs(ours.weights[g] - oracle.weights[g]).max() < 1e-8
        if group.rule:
            assert np.abs(ours.weights[g] - np.asarray(group.weight)).max() > 1e-3


@pytest.mark.parametrize("rule", [*PAIR_RULES.values(), BCM_RULE], ids=[*PAIR_RULES, "bcm"])
@pytest.mark.parametrize("threads", [1, 3])
def test_synapses_with_a_dendrite_of_their_own_learn_as_the_oracles(
    backend: str, rule: PairStdp | PowerLawStdp | Bcm, threads: int
) -> None:
    bounded = rule if isinstance(rule, PowerLawStdp) else dataclasses.replace(rule, w_max=4.0)
    case = random_net(lif(), seed=25, p=0.2, rule=bounded, t_stop=150.0, **DELTA)
    g = next(g for g, group in enumerate(case.synapses) if group.rule is not None)
    group = case.synapses[g]
    steps = np.rint(np.asarray(group.delay) / 0.1).astype(int)
    steps[::3] = 20  # many of one delay, and of any dendritic part of it
    parts = np.random.default_rng(5).integers(0, steps + 1)
    own = dataclasses.replace(group, delay=np.round(steps * 0.1, 9), dendritic_fraction=parts / steps)
    case = dataclasses.replace(case, synapses=(*case.synapses[:g], own, *case.synapses[g + 1 :]))
    ours, oracle = run_pysnn(case, backend, threads=threads), simulate(case, backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=40)
    assert np.asarray(ours.weights[g]) == pytest.approx(np.asarray(oracle.weights[g]), abs=1e-11)
    assert np.abs(np.asarray(oracle.weights[g]) - own.weight).max() > 1e-3
    if not isinstance(rule, Bcm):  # whose weights drift all the time
        assert_same_weights(ours, oracle, atol=1e-12)
