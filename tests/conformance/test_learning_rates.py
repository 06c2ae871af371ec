"""Learning rates that follow a schedule: every rule as the oracle, whose amplitudes are scaled."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import Bcm, Delta, Scaling, lif
from oracle.cases import plastic_pair, random_net
from oracle.compare import assert_same_bits, assert_same_spikes
from oracle.pysnn_runner import run_pysnn
from oracle.rules import TRIGGERED

import pysnn as snn

from .conftest import simulate
from .test_learning_switch import LEARNS, switched
from .test_plasticity import DELTA, trains
from .test_reward_stdp import MOMENTS, RULE, rewarded
from .test_signed_rules import RULES as SIGNED
from .test_triggered_rules import roomy

SCALING = Scaling(f_target=40.0, tau_rate=80.0, tau_scaling=300.0, a_plus=0.01, a_minus=0.02)
RATES = ((0.0, 0.5), (60.0, 1.5), (95.3, 0.25), (130.0, False), (150.0, True), (200.0, 1.25))
JUMPING: dict[str, Any] = {**LEARNS, **TRIGGERED, "scaling": SCALING}
MODULATED: dict[str, Any] = {**SIGNED, "reward": RULE}


@pytest.mark.parametrize("fraction", [0.0, 1.0])
@pytest.mark.parametrize("rule", JUMPING.values(), ids=JUMPING.keys())
def test_one_synapse(cpu_backend: str, rule: Any, fraction: float) -> None:
    plain = plastic_pair(rule, *trains(21, n=50), delay=2.0, dendritic_fraction=fraction)
    case = switched(plain, *RATES)
    ours, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=60)
    close = 1e-9 if isinstance(rule, Bcm) else 1e-12
    assert ours.weights[0] == pytest.approx(oracle.weights[0], abs=close)
    assert ours.changes[0] != run_pysnn(plain, cpu_backend).changes[0]


@pytest.mark.parametrize("fraction", [0.0, 1.0])
@pytest.mark.parametrize("rule", MODULATED.values(), ids=MODULATED.keys())
def test_one_synapse_that_is_modulated(backend: str, rule: Any, fraction: float) -> None:
    plain = rewarded(plastic_pair(rule, *trains(21, n=40), delay=2.0, dendritic_fraction=fraction), *MOMENTS)
    case = switched(plain, *RATES)
    ours, oracle = run_pysnn(case, backend), simulate(case, backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=60)
    assert ours.weights[0] == pytest.approx(oracle.weights[0], abs=1e-12)
    assert ours.changes[0] != run_pysnn(plain, backend).changes[0]


NAMES = ("triplet", "pre_centred", "oja", "hebb")


@pytest.mark.parametrize("rule", [*(TRIGGERED[name] for name in NAMES), SCALING], ids=[*NAMES, "scaling"])
def test_a_network_to_the_same_bits_for_threads_and_divisions(cpu_backend: str, rule: Any) -> None:
    reach = dataclasses.replace(rule, w_max=3.0) if isinstance(rule, Scaling) else roomy(rule, 2.5)
    plain = random_net(lif(), seed=25, t_stop=100.0, rule=reach, dendritic_fraction=1.0, **DELTA)
    case = switched(plain, (12.0, 3.0), (33.3, 0.25), (50.0, False), (60.0, True))
    whole, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
    assert_same_spikes(whole, oracle, atol=1e-9, least=100)
    for mine, theirs in zip(whole.weights, oracle.weights, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-9)
    parts = run_pysnn(case, cpu_backend, threads=3, parts=[11.9, 0.1, 0.1, 40.0, 47.9])
    assert_same_bits(parts, whole)


def digits(rule: snn.PlasticityRule) -> tuple[snn.Network, snn.Modulator]:
    net = snn.Network(seed=3)
    pre = net.source("pre", 20, snn.Poisson(50.0))
    cells = net.population("cells", 8, snn.LIF(t_ref=2.0))
    signal = net.modulator("signal", of=cells)
    net.projection(
        pre, cells, snn.AllToAll(), weight=snn.Normal(2.0, 0.5), delay=1.0, plasticity=rule, modulator=signal,
        name="w",
    )  # fmt: skip
    return net, signal


def driven(rule: snn.PlasticityRule, resume: Path | None = None, **rates: float) -> np.ndarray:
    net, signal = digits(rule)

    def second(sim: snn.Simulation) -> np.ndarray:
        if "second" in rates:
            sim.set_learning("w", rate=rates["second"], at=60.0)
        for t in (55.0, 80.0):
            sim.modulate(signal, np.cos(np.arange(8.0) + t), at=t)
        sim.run(50.0)
        sim.reset()
        return np.array(sim.weights("w"))

    with snn.Simulation(net, backend="clock", dt=0.5) as sim:
        if "first" in rates:
            sim.set_learning("w", rate=rates["first"])
        for t in (20.0, 40.0):
            sim.modulate(signal, np.sin(np.arange(8.0) + t), at=t)
        sim.run(50.0)
        if resume is None:
            return second(sim)
        sim.save(resume)
    with snn.resume(resume) as sim:
        return second(sim)


@pytest.mark.parametrize("batch", [{}, {"batch": 1}, {"batch": 1, "optimiser": "adam"}], ids=str)
@pytest.mark.parametrize("read", ["last", "mean", "held"])
def test_a_rate_of_eprop_is_a_factor_on_eta(read: str, batch: dict[str, Any], tmp_path: Path) -> None:
    """Of two to the same bits: a factor of two loses none; and with a checkpoint between."""
    rule = snn.EProp(eta=0.01, read=read, **batch)
    plain = driven(rule.replace(eta=0.02))
    assert np.array_equal(driven(rule, first=2.0), plain)
    assert np.array_equal(driven(rule, tmp_path / "at.h5", first=2.0), plain)
    later = driven(rule, first=2.0, second=0.25)
    assert np.array_equal(driven(rule, tmp_path / "at.h5", first=2.0, second=0.25), later)
    assert not np.array_equal(later, plain)
    if batch:  # what counts is the rate when the batch is over
        assert np.array_equal(later, driven(rule.replace(eta=0.0025)))


def test_trials_learn_at_the_rate_that_is_set(cpu_backend: str) -> None:
    """Of additive pairs far from bounds the change is in proportion."""

    def moved(rate: float | None) -> np.ndarray:
        net = snn.Network(seed=1)
        pre = net.source("pre", 4, snn.Input())
        cells = net.population("cells", 3, snn.LIF(tau_m=10.0, t_ref=0.0))
        rule = snn.PairSTDP(a_plus=1e-4, a_minus=2e-4, w_max=100.0)
        net.projection(pre, cells, snn.AllToAll(), weight=20.0, delay=1.0, plasticity=rule, name="w")
        train = snn.SpikeTrains(np.arange(1.0, 21.0, 2.0), np.arange(10) % 4, 4, 30.0)
        with snn.Simulation(net, backend=cpu_backend) as sim:
            if rate is not None:
                sim.set_learning("w", rate=rate)
            sim.run_trials({"pre": [train] * 3})
            return np.asarray(sim.weights("w")) - 20.0

    assert np.abs(moved(None)).min() > 1e-4
    assert moved(0.25) == pytest.approx(0.25 * moved(None), rel=1e-9)


def test_what_is_no_rate_is_refused(cpu_backend: str) -> None:
    net = snn.Network(seed=1)
    pre, cells = net.source("pre", 1, snn.Poisson(1.0)), net.population("cells", 1, snn.LIF())
    net.projection(pre, cells, snn.AllToAll(), weight=0.5, delay=1.0, plasticity=snn.PairSTDP(), name="w")
    with snn.Simulation(net, backend=cpu_backend) as sim:
        for rate in (0.0, -1.0, np.nan, np.inf, "fast"):
            with pytest.raises(snn.ParameterError, match="set_learning: rate"):
                sim.set_learning("w", rate=rate)  # type: ignore[arg-type]  # refused
        with pytest.raises(snn.ParameterError, match=r"expected on= \(True or False\), rate= or both"):
            sim.set_learning("w")
        sim.set_learning("w", rate=0.5, at=3.0)
        assert [(c.call, c.target, c.time) for c in sim.pending] == [("set_learning", "w", 3.0)]


def test_the_delta_rule_at_a_rate_is_that_of_another_eta(cpu_backend: str) -> None:
    plain = rewarded(plastic_pair(Delta(eta=0.1), *trains(21, n=40), delay=2.0), *MOMENTS)
    other = rewarded(plastic_pair(Delta(eta=0.05), *trains(21, n=40), delay=2.0), *MOMENTS)
    assert run_pysnn(switched(plain, (0.0, 0.5)), cpu_backend).weights[0] == pytest.approx(
        run_pysnn(other, cpu_backend).weights[0], rel=1e-14
    )
