"""Short-term plasticity on OpenCL, over weights that stay and weights that learn: the clock's bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn

from .test_opencl import CELL, CUTS, assert_same_bits, cut_work, outcome

pytestmark = pytest.mark.opencl

PARTS = (30.0, 20.1, 30.0)
LAWS = {
    "depression": snn.TsodyksMarkram(U=0.5, tau_rec=120.0),
    "facilitation": snn.TsodyksMarkram(U=0.1, tau_rec=40.0, tau_fac=300.0),
    "active": snn.TsodyksMarkram(U=0.4, tau_rec=60.0, tau_fac=20.0, tau_psc=5.0),
    "active as long": snn.TsodyksMarkram(U=0.4, tau_rec=60.0, tau_psc=60.0),
    "draws": snn.TsodyksMarkram(U=0.4, tau_rec=60.0, tau_fac=20.0, stochastic=True),
    # a table of its recovery has no end here, the simulation gives it one
    "slow": snn.TsodyksMarkram(U=0.3, tau_rec=1e6, tau_fac=2e5),
}
RULES = {
    "stays": None,
    "learns": snn.PairSTDP(a_plus=0.03, a_minus=0.032, w_max=120.0),
    "learns with a state": snn.PairSTDP(
        a_plus=0.03, a_minus=0.032, w_max=120.0, pairing="nearest_pre_centred"
    ),
}


def network(law: snn.TsodyksMarkram, rule: snn.PlasticityRule | None = None) -> snn.Network:
    """Neurons that hear each other and sources that fire twice in a step, with several synapses a pair."""
    net = snn.Network(seed=5)
    exc = net.population("exc", 60, CELL, init={"v": snn.Uniform(-60.0, -50.0)})
    noise = net.source("noise", 60, snn.Poisson(2500.0))
    dense = net.source("dense", 9, snn.Poisson(1500.0))
    plastic: dict[str, Any] = {"plasticity": rule, "dendritic_fraction": 0.5} if rule else {}
    spread = {"weight": snn.Normal(60.0, 6.0, min=0.0), "delay": snn.Uniform(0.4, 6.0, step=0.4)}
    net.projection(noise, exc, snn.OneToOne(), weight=45.0, delay=0.4)
    net.projection(
        exc, exc, snn.FixedProbability(0.2), **spread, synapses_per_pair=2, dynamics=law, name="among",
        **plastic,
    )  # fmt: skip
    net.projection(dense, exc, snn.FixedProbability(0.3), weight=9.0, delay=1.2, dynamics=law, name="dense")
    net.probe(exc, "spikes", name="spikes")
    net.probe(exc[3:7], "i_exc", every=0.3, name="i_exc")
    return net


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("law", LAWS)
def test_spikes_send_the_shares_that_they_send_on_the_clock(law: str, rule: str) -> None:
    net = network(LAWS[law], RULES[rule])
    ours = outcome(net, "opencl", PARTS)
    assert_same_bits(ours, outcome(net, "clock", PARTS, threads=2))
    assert len(ours["spikes t"]) > 100
    whole = outcome(network(snn.TsodyksMarkram(U=1.0, tau_rec=1e-12), RULES[rule]), "opencl", PARTS)
    assert not np.array_equal(ours["i_exc values"], whole["i_exc values"])


@pytest.mark.parametrize("rule", ["stays", "learns"])
def test_what_is_drawn_after_a_reset_and_in_trials_is_the_clocks(rule: str) -> None:
    def more(sim: Any) -> None:
        if sim.time > 40.0:
            sim.reset()
            sim.run(5.0)

    net = network(LAWS["draws"], RULES[rule])
    assert_same_bits(outcome(net, "opencl", PARTS, more), outcome(net, "clock", PARTS, more))
    told = []
    for backend in ("opencl", "clock"):
        with snn.Simulation(net, backend=backend) as sim:
            told.append(sim.run_trials(duration=20.0, keys=[1, 2], counts="exc").counts("exc"))
    np.testing.assert_array_equal(*told)


@pytest.mark.parametrize("rule", ["stays", "learns"])
def test_written_weights_and_a_copy_go_on_as_on_the_clock(rule: str) -> None:
    shown = []
    for backend in ("opencl", "clock"):
        with snn.Simulation(network(LAWS["draws"], RULES[rule]), backend=backend) as sim:
            sim.run(20.0)
            sim.set_weights("among", 0.8 * sim.weights("among"))
            sim.run(3.1)
            with sim.copy() as other:
                other.run(20.0)
                shown.append(other.state("exc", "v"))
    np.testing.assert_array_equal(*shown)


@pytest.mark.parametrize("rule", ["stays", "learns"])
@pytest.mark.parametrize("cut", CUTS)
def test_no_bit_depends_on_how_work_is_cut(cut: str, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = network(LAWS["draws"], RULES[rule])
    usual = outcome(net, "opencl", (30.0,))
    cut_work(cut, monkeypatch)
    assert_same_bits(outcome(net, "opencl", (30.0,)), usual)
