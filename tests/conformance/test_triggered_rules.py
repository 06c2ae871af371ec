"""Rules that change weights at spikes, alone and in networks, against the recursions of their papers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from oracle import lif
from oracle.cases import plastic_pair, random_net
from oracle.compare import assert_same_spikes, assert_same_weights
from oracle.model import Case
from oracle.pysnn_runner import run_pysnn
from oracle.rules import TRIGGERED, InstarStdp, VogelsStdp

from .conftest import simulate
from .test_plasticity import DELTA, trains

RULES = pytest.mark.parametrize("rule", TRIGGERED.values(), ids=TRIGGERED.keys())


def roomy(rule: Any, reach: float) -> Any:
    """The rule with weights as large as a network's."""
    scale = {"c": reach / 2.0} if hasattr(rule, "c") else {}
    return dataclasses.replace(rule, w_max=reach, **scale)


@pytest.mark.parametrize("kind", ["delta", "exp"])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@RULES
def test_of_one_synapse(cpu_backend: str, rule: Any, fraction: float, kind: str) -> None:
    case = plastic_pair(rule, *trains(21), delay=2.0, dendritic_fraction=fraction, kind=kind)
    ours, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=40)
    assert_same_weights(ours, oracle, atol=1e-12)
    assert len(ours.changes[0]) >= 15


@pytest.mark.parametrize("fraction", [0.0, 1.0])
@RULES
def test_at_ties_the_presynaptic_spike_is_first(cpu_backend: str, rule: Any, fraction: float) -> None:
    pre = [10.0, 50.0, 51.0, 90.0]
    shift = 2.0 if fraction == 0.0 else -2.0
    case = plastic_pair(rule, pre, [t + shift for t in pre], delay=2.0, dendritic_fraction=fraction)
    assert_same_weights(run_pysnn(case, cpu_backend), simulate(case, cpu_backend), atol=1e-12)


@pytest.mark.parametrize("fraction", [0.0, 1.0])
@pytest.mark.parametrize("threads", [1, 3])
@RULES
def test_in_a_recurrent_network(cpu_backend: str, rule: Any, threads: int, fraction: float) -> None:
    case = network(roomy(rule, 2.5), fraction)
    ours, oracle = run_pysnn(case, cpu_backend, threads=threads), simulate(case, cpu_backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=100)
    assert_same_weights(ours, oracle, atol=1e-10)
    plastic = next(g for g, group in enumerate(case.synapses) if group.rule)
    moved = np.abs(ours.weights[plastic] - np.asarray(case.synapses[plastic].weight))
    assert (moved > 1e-3).mean() > 0.5


@RULES
def test_in_a_recurrent_network_in_continuous_time(rule: Any) -> None:
    case = network(roomy(rule, 2.5), 0.5, grid=None)
    ours, oracle = run_pysnn(case, "event"), simulate(case, "event")
    assert_same_spikes(ours, oracle, atol=1e-9, least=100)
    assert_same_weights(ours, oracle, atol=1e-9)


def network(rule: Any, fraction: float, grid: float | None = 0.1) -> Case:
    return random_net(
        lif(), seed=25, t_stop=120.0, rule=rule, dendritic_fraction=fraction, grid=grid, **DELTA
    )


@pytest.mark.parametrize("fraction", [0.0, 1.0])
@RULES
def test_learning_that_is_switched(cpu_backend: str, rule: Any, fraction: float) -> None:
    plain = plastic_pair(rule, *trains(22, n=50), delay=2.0, dendritic_fraction=fraction)
    switches = ((0.0, False), (40.0, True), (120.0, False), (180.0, True))
    groups = [dataclasses.replace(g, switches=switches) if g.rule else g for g in plain.synapses]
    case = dataclasses.replace(plain, synapses=tuple(groups))
    ours = run_pysnn(case, cpu_backend)
    assert_same_weights(ours, simulate(case, cpu_backend), atol=1e-12)
    assert ours.changes[0] != run_pysnn(plain, cpu_backend).changes[0]


@pytest.mark.parametrize("fraction", [0.0, 1.0])
@RULES
def test_a_target_that_fires_without_end(cpu_backend: str, rule: Any, fraction: float) -> None:
    # far more spikes than a history holds side by side, between two arrivals and before the first
    rule = dataclasses.replace(rule, **{"eta": 1e-3} if hasattr(rule, "eta") else {})
    post = [round(12.0 + 0.1 * k, 9) for k in range(1500)]
    case = plastic_pair(
        rule, [60.0, 90.0, 90.4, 164.0], post, delay=2.0, dendritic_fraction=fraction, t_stop=180.0
    )
    ours, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
    assert ours.weights[0][0] == pytest.approx(oracle.weights[0][0], abs=1e-10)


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("rule", [TRIGGERED[name] for name in ("instar", "diehl_cook", "oja")])
def test_weights_of_sources_that_never_fire_fall(backend: str, rule: Any) -> None:
    post = [20.0 * k for k in range(1, 12)]
    case = plastic_pair(rule, [], post)
    ours = run_pysnn(case, backend)
    assert_same_weights(ours, simulate(case, backend), atol=1e-12)
    assert ours.weights[0][0] < 0.45


def test_instar_forgets_a_silent_source_by_one_eta_a_spike() -> None:
    """(1 - eta)^n of the weight after n spikes of the target."""
    case = plastic_pair(InstarStdp(eta=0.125), [], [20.0, 40.0, 60.0], weight=-0.5)
    for backend in ("clock", "event"):
        assert run_pysnn(case, backend).weights[0][0] == pytest.approx(-0.5 * 0.875**3, rel=1e-14)


def test_vogels_weakens_what_fires_alone_by_eta_alpha() -> None:
    """alpha = 2 rho_0 tau: 2 x 5 Hz x 20 ms = 0.2."""
    case = plastic_pair(VogelsStdp(eta=0.1), [20.0, 40.0, 60.0], [], weight=-0.5)
    for backend in ("clock", "event"):
        assert run_pysnn(case, backend).weights[0][0] == pytest.approx(-0.5 + 3 * 0.1 * 0.2, rel=1e-14)
