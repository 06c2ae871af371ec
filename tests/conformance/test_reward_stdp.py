"""Reward-modulated STDP against an oracle that integrates numerically from event to event."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from oracle import Case, RewardStdp, cuba_lif, lif
from oracle.cases import plastic_pair, random_net
from oracle.compare import assert_same_bits, assert_same_spikes, assert_same_weights
from oracle.pysnn_runner import run_pysnn

import pysnn as snn

from .conftest import simulate
from .test_learning_switch import TURNS, switched
from .test_plasticity import trains

RULE = RewardStdp(a_plus=3e-4, a_minus=2e-4, tau_c=150.0, tau_n=60.0, b=0.05)
MOMENTS = ((40.0, 0.5), (95.3, 1.0), (95.3, -0.25), (180.0, -1.5), (240.0, 0.7))


def rewarded(case: Case, *moments: tuple[float, float]) -> Case:
    groups = [dataclasses.replace(g, moments=moments) if g.rule else g for g in case.synapses]
    return dataclasses.replace(case, synapses=tuple(groups))


def net_case(fraction: float, model: str = "exp", **rule: float) -> Case:
    strong = dataclasses.replace(RULE, **{"a_plus": 3e-3, "a_minus": 2e-3, **rule})
    if model == "exp":
        strong = dataclasses.replace(strong, w_max=300.0)
        plain = random_net(
            cuba_lif(t_ref=2.0), seed=5, n=20, t_stop=50.0, w_exc=60.0, w_inh=-200.0, w_ext=150.0, p=0.3,
            rate=600.0, rule=strong, dendritic_fraction=fraction,
        )  # fmt: skip
    else:
        strong = dataclasses.replace(strong, w_max=6.0)
        plain = random_net(
            lif(t_ref=1.0), seed=8, n=30, t_stop=50.0, w_exc=1.5, w_inh=-5.0, w_ext=3.0, p=0.3, rate=800.0,
            rule=strong, dendritic_fraction=fraction,
        )  # fmt: skip
    return rewarded(plain, (9.9, 2.0), (20.0, -3.0), (20.0, 5.0), (31.4, 1.0))


@pytest.mark.parametrize("turns", [(), TURNS], ids=["on", "switched"])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["delta", "exp"])
def test_one_synapse(
    cpu_backend: str, fraction: float, kind: str, turns: tuple[tuple[float, bool], ...]
) -> None:
    plain = plastic_pair(RULE, *trains(21, n=40), delay=2.0, dendritic_fraction=fraction, kind=kind)
    case = switched(rewarded(plain, *MOMENTS), *turns)
    ours, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=60)
    assert ours.weights[0] == pytest.approx(oracle.weights[0], abs=1e-12)
    assert abs(ours.weights[0][0] - 0.5) > 1e-3
    # changes are told as of events, those of the oracle at its settling too
    logged = {round(t, 9): w for t, _, w in oracle.changes[0]}
    assert len(ours.changes[0]) > 40
    for t, _, w in ours.changes[0]:
        assert logged.get(round(t, 9), w) == pytest.approx(w, abs=1e-12)


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_at_a_tie_the_moment_comes_last(cpu_backend: str, fraction: float) -> None:
    # pre arrives at 12 (10 behind a dendrite), post at 14 (16): moments at each of these instants
    plain = plastic_pair(RULE, [10.0, 30.0], [14.0], delay=2.0, dendritic_fraction=fraction, t_stop=60.0)
    for at in (10.0, 12.0, 14.0, 16.0, 30.0, 32.0):
        case = rewarded(plain, (at, 3.0))
        ours, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
        assert ours.weights[0] == pytest.approx(oracle.weights[0], abs=1e-13)


def test_a_pair_and_a_reward_are_the_closed_form(cpu_backend: str) -> None:
    """Izhikevich's experiment: pre 4 ms before post, a reward later, one integral of two exponentials."""
    case = rewarded(plastic_pair(RewardStdp(), [10.0], [15.0], delay=1.0, t_stop=2000.0), (1000.0, 0.5))
    c = 1e-4 * np.exp(-4.0 / 20.0) * np.exp(-985.0 / 1000.0)
    rate = 1.0 / 1000.0 + 1.0 / 200.0
    expected = 0.5 + c * 0.5 * (1.0 - np.exp(-1000.0 * rate)) / rate
    assert run_pysnn(case, cpu_backend).weights[0][0] == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("model", ["exp", "delta"])
@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_a_network_learns_as_the_oracle(cpu_backend: str, model: str, fraction: float) -> None:
    case = net_case(fraction, model)
    ours, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
    assert_same_spikes(ours, oracle, atol=1e-7, least=20)
    for mine, theirs in zip(ours.weights, oracle.weights, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-7)
    moved = [np.abs(w - g.weight).max() for w, g in zip(ours.weights, case.synapses, strict=True) if g.rule]
    assert max(moved) > 0.05


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_threads_and_the_division_of_runs_change_no_bit(cpu_backend: str, fraction: float) -> None:
    case = switched(net_case(fraction, "delta"), (12.0, False), (16.0, True))
    whole = run_pysnn(case, cpu_backend)
    for threads, parts in ((3, [9.9, 0.1, 10.0, 0.05, 0.05, 29.9]), (2, [20.0, 30.0])):
        if cpu_backend != "event":
            parts = [round(p, 1) for p in parts if p >= 0.1]
        parts[-1] += 50.0 - sum(parts)
        assert_same_bits(
            run_pysnn(case, cpu_backend, threads=threads, parts=[round(p, 9) for p in parts]), whole
        )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_reading_and_many_moments_change_no_bit(cpu_backend: str, dtype: str) -> None:
    """More moments than are kept before all synapses are brought up to date; read between them."""

    def run(read: bool, threads: int) -> tuple[np.ndarray, np.ndarray]:
        net = snn.Network(seed=3)
        noise = net.source("noise", 60, snn.Poisson(40.0))
        cells = net.population("cells", 50, snn.LIF(t_ref=1.0))
        reward = net.modulator("reward")
        wires = net.projection(
            noise, cells, snn.FixedProbability(0.5), weight=snn.Uniform(0.5, 3.0), delay=[1.0, 3.0],
            plasticity=snn.RewardSTDP(a_plus=1e-3, a_minus=8e-4, w_max=4.0, b=0.1), modulator=reward,
            dendritic_fraction=0.5,
        )  # fmt: skip
        spikes = net.probe(cells, "spikes")
        rng = np.random.default_rng(4)
        with snn.Simulation(net, backend=cpu_backend, threads=threads, dtype=dtype) as sim:
            for _ in range(400):
                sim.run(1.0)
                if read and rng.random() < 0.3:
                    sim.weights(wires)
                sim.modulate(reward, float(np.sin(sim.time)))
                if read and rng.random() < 0.3:
                    sim.weights(wires)
                if sim.time == 200.0:  # at the same instant as a moment
                    sim.set_weights(wires, sim.weights(wires) * 0.9)
                    sim.modulate(reward, 0.5)
            return sim.weights(wires), sim.data[spikes].t

    weights, times = run(False, 1)
    assert len(times) > 300
    for other in (run(True, 1), run(True, 3)):
        np.testing.assert_array_equal(other[0], weights)
        np.testing.assert_array_equal(other[1], times)


def test_weights_stay_in_their_bounds_and_keep_their_sign(cpu_backend: str) -> None:
    rule = dataclasses.replace(RULE, a_plus=0.05, a_minus=0.05, w_min=0.2)
    for weight in (0.5, -0.5):
        case = rewarded(plastic_pair(rule, *trains(21, n=40), delay=2.0, weight=weight), *MOMENTS)
        ours = run_pysnn(case, cpu_backend)
        assert_same_weights(
            dataclasses.replace(ours, changes=[[] for _ in ours.changes]),
            dataclasses.replace(simulate(case, cpu_backend), changes=[[] for _ in ours.changes]),
            atol=1e-10,
        )
        values = np.array([w for _, _, w in ours.changes[0]]) / np.sign(weight)
        assert values.min() == 0.2
        assert values.max() == 1.0


def test_without_a_reward_nothing_is_learnt(cpu_backend: str) -> None:
    case = plastic_pair(RewardStdp(), *trains(21), delay=2.0)
    assert run_pysnn(case, cpu_backend).weights[0][0] == 0.5
