"""Synapses with a state beside the weight on OpenCL, and the signals that they learn by: the clock's bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn

from .test_opencl import CELL, CUTS, assert_same_bits, cut_work, outcome

pytestmark = pytest.mark.opencl

PARTS = (30.0, 20.1, 30.0)
BOUNDS = {"w_max": 60.0}
RULES: dict[str, snn.PlasticityRule] = {
    "reward": snn.RewardSTDP(a_plus=2e-3, a_minus=1e-3, tau_c=80.0, tau_n=15.0, b=0.3, **BOUNDS),
    "three factors": snn.ThreeFactorSTDP(eta=0.3, tau_e=40.0, w_max=80.0, w_min=-80.0),
    "three factors, endless": snn.ThreeFactorSTDP(eta=0.02, after="kept", w_max=80.0, w_min=-80.0),
    "delta": snn.DeltaRule(eta=0.2, tau_x=12.0, w_max=80.0, w_min=-80.0),
    "pre-centred": snn.PairSTDP(a_plus=0.03, a_minus=0.02, pairing="nearest_pre_centred", **BOUNDS),
    "pre-centred without ties": snn.PairSTDP(
        a_plus=0.03, a_minus=0.02, mu_plus=0.3, mu_minus=1.0, tie="none", pairing="nearest_pre_centred",
        **BOUNDS
    ),
}  # fmt: skip


def listening(rule: snn.PlasticityRule, fraction: float = 0.5, fed: bool = False) -> snn.Network:
    """A recurrent network whose excitatory synapses learn, with several delays and synapses a pair."""
    net = snn.Network(seed=11)
    exc = net.population("exc", 60, CELL, init={"v": snn.Uniform(-60.0, -50.0)})
    noise = net.source("noise", 60, snn.Poisson(2500.0))
    teller = net.source("teller", 3, snn.SpikeArray([[2.0, 2.0, 41.3], [2.0, 17.5], [66.6]]))
    net.projection(noise, exc, snn.OneToOne(), weight=45.0, delay=0.4)
    signal: dict[str, Any] = {}
    if rule.modulator:
        by = {"by": teller, "weight": 0.7, "delay": 1.5} if fed else {}
        of = {"of": exc} if rule.modulator == "any" and not fed else {}
        signal = {"modulator": net.modulator("signal", **of, **by)}
    net.projection(
        exc, exc, snn.FixedProbability(0.2), weight=snn.Normal(25.0, 6.0, min=0.0),
        delay=snn.Uniform(0.2, 6.0, step=0.2), synapses_per_pair=2, plasticity=rule,
        dendritic_fraction=fraction, name="learns", **signal,
    )  # fmt: skip
    net.probe(exc, "spikes", name="spikes")
    net.probe(net.projections["learns"], "weight", changes=True, name="changes")
    return net


class Telling:
    """Tells the modulator something after each part, other values for each neuron where it has them."""

    def __init__(self, net: snn.Network, more: Any = None) -> None:
        self._of = net.spec().modulators
        self._rng = np.random.default_rng(3)
        self._more = more or (lambda sim: None)

    def __call__(self, sim: Any) -> None:
        for modulator in self._of:
            for later in (0.0, 6.3, 6.3, 14.2):
                n = 1 if modulator.of is None else 60
                values = self._rng.normal(0.0, 1.0, n)
                sim.modulate(modulator.name, values if n > 1 else values[0], at=round(sim.time + later, 9))
        self._more(sim)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_with_a_state_of_synapses_gives_the_clocks_bits(name: str) -> None:
    net = listening(RULES[name])
    ours = outcome(net, "opencl", PARTS, Telling(net))
    assert_same_bits(ours, outcome(net, "clock", PARTS, Telling(net), threads=2))
    assert len(ours["changes t"]) > 300
    assert len(ours["spikes t"]) > 100


@pytest.mark.parametrize("name", ["reward", "three factors"])
def test_moments_by_spikes_are_the_clocks(name: str) -> None:
    net = listening(RULES[name], 0.0, fed=True)
    ours = outcome(net, "opencl", PARTS)
    assert_same_bits(ours, outcome(net, "clock", PARTS))
    assert len(ours["changes t"]) > 300


@pytest.mark.parametrize("name", ["reward", "three factors", "pre-centred"])
def test_rates_of_learning_and_written_weights_are_the_clocks(name: str) -> None:
    def more(sim: Any) -> None:
        if sim.time < 40.0:
            sim.set_learning("learns", rate=0.5)
            sim.set_weights("learns", 0.9 * sim.weights("learns"))
        else:
            sim.set_learning("learns", False)

    net = listening(RULES[name])
    ours = outcome(net, "opencl", PARTS, Telling(net, more))
    assert_same_bits(ours, outcome(net, "clock", PARTS, Telling(net, more)))


@pytest.mark.parametrize("name", ["reward", "three factors"])
def test_a_copy_goes_on_as_the_original(name: str) -> None:
    net = listening(RULES[name])
    whole = outcome(net, "opencl", PARTS, Telling(net))
    tell = Telling(net)
    with snn.Simulation(net, backend="opencl") as sim:
        sim.run(PARTS[0])
        tell(sim)
        with sim.copy() as other:
            for part in PARTS[1:]:
                other.run(part)
                tell(other)
            np.testing.assert_array_equal(other.weights("learns"), whole["weights learns"])


@pytest.mark.parametrize("name", ["reward", "three factors"])
@pytest.mark.parametrize("cut", CUTS)
def test_no_bit_depends_on_how_work_is_cut(cut: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = listening(RULES[name])
    usual = outcome(net, "opencl", PARTS[:2], Telling(net))
    cut_work(cut, monkeypatch)
    assert_same_bits(outcome(net, "opencl", PARTS[:2], Telling(net)), usual)


def test_many_moments_are_forgotten_without_a_change_of_a_bit() -> None:
    """More than are kept before all synapses are brought up to date, weights read between them."""

    def run(backend: str, read: bool) -> Any:
        net = listening(RULES["reward"])
        rng = np.random.default_rng(4)
        with snn.Simulation(net, backend=backend) as sim:
            for k in range(150):
                sim.run(0.4)
                sim.modulate("signal", float(np.sin(sim.time)))
                if read and rng.random() < 0.3:
                    sim.weights("learns")
                if k == 75:  # at the same instant as a moment
                    sim.set_weights("learns", sim.weights("learns") * 0.9)
                    sim.modulate("signal", 0.5)
            return sim.weights("learns")

    whole = run("clock", False)
    for read in (False, True):
        np.testing.assert_array_equal(run("opencl", read), whole)


def test_a_reset_forgets_states_and_moments_under_way() -> None:
    net = listening(RULES["three factors"], fed=True)
    with snn.Simulation(net, backend="opencl") as sim:
        begin = sim.weights("learns")
        sim.run(40.0)
        first = sim.weights("learns")
        sim.reset()
        sim.set_weights("learns", begin)
        sim.run(40.0)
        np.testing.assert_array_equal(sim.weights("learns"), first)


def test_a_weight_that_leaves_all_bounds_is_an_error_that_names_the_projection() -> None:
    net = listening(snn.ThreeFactorSTDP(eta=1e100))
    with snn.Simulation(net, backend="opencl") as sim:
        sim.run(30.0)
        sim.modulate("signal", 1e9)
        with pytest.raises(snn.ParameterError, match="projection 'learns': a weight has grown until"):
            sim.run(30.0)


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_eligibilities_that_wait_for_a_batch_lie_beside_their_gradients(
    optimiser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no part of a buffer is taken for one, which devices let begin at few places."""

    def run(backend: str) -> list[Any]:
        net = snn.Network(seed=5)
        eye = net.source("eye", 13, snn.Input())
        cells = net.population(
            "cells", 7, snn.LIF(tau_m=10.0, t_ref=0.0, v_th=-64.0, v_reset=-65.0, e_l=-65.0)
        )
        signal = net.modulator("signal", of=cells)
        rule = snn.ThreeFactorSTDP(eta=0.05, w_max=2.0, batch=2, optimiser=optimiser)
        net.projection(
            eye, cells, snn.FixedProbability(0.5), snn.Uniform(0.1, 1.0), 1.0, name="wires", plasticity=rule,
            modulator=signal,
        )  # fmt: skip
        rng = np.random.default_rng(1)
        found = []
        with snn.Simulation(net, dt=1.0, backend=backend) as sim:
            for _ in range(5):
                t, i = np.nonzero(rng.random((40, 13)) < 0.2)
                sim.feed(eye, (1.0 + t, i))
                for at in (15.0, 40.0):
                    sim.modulate("signal", rng.normal(size=7), at=at)
                sim.run(50.0)
                sim.reset(keep=["weights"])
                found.append(sim.weights("wires").tolist())
        return found

    def refused(self: Any, part: Any) -> None:
        raise AssertionError("a part of a buffer")

    monkeypatch.setattr("pyopencl.Buffer.__getitem__", refused)
    ours = run("opencl")
    assert ours == run("clock")
    assert ours[0] != ours[-1]
