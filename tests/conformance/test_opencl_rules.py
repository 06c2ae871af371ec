"""Every plasticity rule that has a kernel, against its C++ on random input, change by change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn

from .test_opencl import assert_same_bits, network, outcome

pytestmark = pytest.mark.opencl

BOUNDS = {"w_max": 60.0}
RULES: dict[str, snn.PlasticityRule] = {
    "restricted": snn.PairSTDP(a_plus=0.03, a_minus=0.032, pairing="nearest_restricted", **BOUNDS),
    "restricted without ties": snn.PairSTDP(
        a_plus=0.03, a_minus=0.032, mu_plus=0.3, pairing="nearest_restricted", tie="none", **BOUNDS
    ),
    "without ties": snn.PairSTDP(a_plus=0.03, a_minus=0.032, tie="none", **BOUNDS),
    "power law": snn.PowerLawSTDP(a_plus=0.1, w_0=30.0),
    "triplet": snn.TripletSTDP(a2_plus=0.01, a3_plus=0.02, a2_minus=0.01, a3_minus=0.02, **BOUNDS),
    "triplet nearest": snn.TripletSTDP(a3_plus=0.05, a3_minus=0.03, pairing="nearest", **BOUNDS),
    "triplet BCM": snn.TripletBCM(a_plus=0.02, a_minus=0.02, tau_theta=200.0, **BOUNDS),
    "Vogels": snn.VogelsSTDP(eta=0.03, rho_0=20.0, **BOUNDS),
    "Oja": snn.Oja(eta=0.02, c=30.0),
    "Hebb": snn.Hebb(eta=0.01, w_in=0.1, w_out=-1.0, **BOUNDS),
    "instar": snn.InstarSTDP(eta=0.05, c=30.0, w_max=80.0),
    "Clopath": snn.ClopathSTDP(
        a_ltd=2e-3, a_ltp=2e-4, theta_plus=-54.0, theta_minus=-62.0, v_spike=20.0, delay_u=3.0, u_ref=8.0,
        e_l=-62.0, tau_mean=50.0, **BOUNDS,
    ),
    "Clopath without a delay": snn.ClopathSTDP(
        a_ltd=2e-3, a_ltp=2e-4, theta_plus=-54.0, theta_minus=-62.0, v_spike=20.0, delay_u=0.0, **BOUNDS
    ),
    "Diehl & Cook": snn.DiehlCookSTDP(eta=0.05, mu=0.7, **BOUNDS),
}  # fmt: skip


def learning(rule: snn.PlasticityRule, fraction: float) -> snn.Network:
    net = network(rule, fraction)
    for name in ("learns", "bursts"):
        net.probe(net.projections[name], "weight", changes=True, name=f"{name} changes")
    return net


def switched(sim: Any) -> None:
    """Learning off after the first part, and on again after the second."""
    sim.set_learning("learns", round(sim.time) not in (30, 60))


@pytest.mark.parametrize("name", RULES)
def test_a_rule_gives_the_clocks_bits(name: str) -> None:
    net = learning(RULES[name], 0.5)
    ours = outcome(net, "opencl", (60.0, 20.0, 40.0))
    assert_same_bits(ours, outcome(net, "clock", (60.0, 20.0, 40.0), threads=2))
    assert len(ours["learns changes t"]) > 1000
    assert not np.array_equal(ours["weights learns"], outcome(net, "clock", (0.1,))["weights learns"])


@pytest.mark.parametrize("name", ["triplet", "Oja"])
def test_what_is_learnt_between_switches_is_the_clocks(name: str) -> None:
    net = learning(RULES[name], 0.5)
    parts = (30.0, 20.0, 40.0)
    assert_same_bits(outcome(net, "opencl", parts, switched), outcome(net, "clock", parts, switched))


def rated(sim: Any) -> None:
    """Slower after the first part, faster after the second."""
    sim.set_learning("learns", rate=0.4 if sim.time < 40 else 2.5)


@pytest.mark.parametrize("name", [*RULES, "additive"])
def test_rates_of_learning_are_the_clocks(name: str) -> None:
    net = learning(RULES.get(name, snn.PairSTDP(a_plus=0.03, a_minus=0.032, **BOUNDS)), 0.5)
    parts = (30.0, 20.0, 20.0)
    assert_same_bits(outcome(net, "opencl", parts, rated), outcome(net, "clock", parts, rated))


@pytest.mark.parametrize("fraction", [0.0, 0.5])
def test_scaling_drifts_as_on_the_clock(fraction: float) -> None:
    scaling = snn.SynapticScaling(
        f_target=20.0, tau_rate=80.0, tau_scaling=400.0, a_plus=0.5, a_minus=0.02, w_max=60.0
    )
    net, parts = network(scaling, fraction), (60.0, 20.0, 40.0)

    def changed(sim: Any) -> None:
        switched(sim)
        sim.set_learning("learns", rate=0.7)
        if sim.time > 70:
            sim.reset()
            sim.run(9.0)

    ours = outcome(net, "opencl", parts, changed)
    assert_same_bits(ours, outcome(net, "clock", parts, changed))
    assert np.ptp(ours["weights learns"] - outcome(net, "clock", (0.1,))["weights learns"]) > 0.01


@pytest.mark.parametrize("fraction", [0.0, 0.5])
def test_rate_bcm_drifts_as_on_the_clock(fraction: float) -> None:
    net = network(snn.BCM(eta=2e-4, tau_theta=300.0, w_max=60.0), fraction)
    parts = (60.0, 20.0, 40.0)
    ours = outcome(net, "opencl", parts, switched)
    assert_same_bits(ours, outcome(net, "clock", parts, switched))
    assert np.ptp(ours["weights learns"] - outcome(net, "clock", (0.1,))["weights learns"]) > 0.01


def test_a_bound_beyond_the_precision_of_weights_is_refused_as_on_the_clock() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 3, snn.LIF())
    net.projection(
        cells, cells, snn.AllToAll(), weight=snn.Normal(1.0, 0.1, min=0.0), delay=1.0,
        plasticity=snn.VogelsSTDP(w_max=1e90), name="far",
    )  # fmt: skip
    said = []
    for backend in ("opencl", "clock"):
        with pytest.raises(snn.ParameterError, match="projection 'far': w_max: float32 reaches to") as error:
            snn.Simulation(net, backend=backend, dtype="float32")
        said.append(str(error.value))
    assert said[0] == said[1]
