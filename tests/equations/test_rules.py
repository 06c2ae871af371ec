"""Rules from equations beside the built-in ones, and what every rule owes on every engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn
from equations import rules

BACKENDS = ["clock", "event", "auto"]
Array = NDArray[Any]


def described(
    rule: snn.PlasticityRule, dendritic_fraction: float = 0.5, changes: bool = False
) -> snn.Network:
    """Neurons that fire by noise and by synapses that learn, several delays, some spikes at one instant."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 25, snn.LIF(), init={"v": snn.Uniform(-70.0, -55.0)})
    noise = net.source("noise", 25, snn.Poisson(rate=900.0))
    source = net.source("source", 20, snn.Poisson(rate=60.0))
    net.projection(noise, cells, snn.OneToOne(), weight=2.2, delay=1.0)
    reward = net.modulator("reward", of=cells) if rule.modulator else None
    for name, pre, rate in (("outside", source, 0.7), ("within", cells, 0.4)):
        learns = net.projection(
            pre,
            cells,
            snn.FixedProbability(rate),
            weight=snn.Uniform(0.1, 0.5),
            delay=[0.4, 1.5, 3.0],
            plasticity=rule,
            dendritic_fraction=dendritic_fraction,
            modulator=reward,
            name=name,
        )
        if changes:
            net.probe(learns, "weight", changes=True, name=f"{name}.w")
        else:
            net.probe(learns, "weight", every=10.0, name=f"{name}.w")
    net.probe(cells, "spikes", name="spikes")
    return net


def go(sim: snn.Simulation, duration: float) -> None:
    """A run; modulated ones have a signal every 20 ms."""
    if "reward" not in {m.name for m in sim.spec.modulators}:
        sim.run(duration)
        return
    begin = sim.time
    at = 20.0 * np.ceil((begin + 1e-9) / 20.0)
    while at < begin + duration:
        sim.modulate("reward", np.linspace(-1.0, 1.0, 25) * np.cos(at), at=float(at))
        at += 20.0
    sim.run(duration)


def seen(sim: snn.Simulation) -> tuple[Array, ...]:
    spikes = sim.data["spikes"]
    weights = [np.asarray(sim.weights(name)) for name in ("outside", "within")]
    probed = [np.asarray(sim.data[f"{name}.w"].values) for name in ("outside", "within")]
    return np.asarray(spikes.t), np.asarray(spikes.i), *weights, *probed


def run(
    net: snn.Network, backend: str, pieces: tuple[float, ...] = (150.0,), **options: Any
) -> tuple[Array, ...]:
    with snn.Simulation(net, backend=backend, **options) as sim:
        for piece in pieces:
            go(sim, piece)
        return seen(sim)


def same(a: tuple[Array, ...], b: tuple[Array, ...]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def example(name: str) -> snn.PlasticityRule:
    """A rule of the example that changes weights at once, so that they show."""
    made: dict[str, snn.PlasticityRule] = {
        "PairSTDP": rules().PairSTDP(a_plus=0.1, a_minus=0.105),
        "TripletSTDP": rules().TripletSTDP(a3_plus=0.3, a2_minus=0.2, a3_minus=0.02),
        "ThreeFactorSTDP": rules().ThreeFactorSTDP(tau_e=60.0),
        "CalciumSTDP": rules().CalciumSTDP(tau=2000.0),
    }
    return made[name]


NAMES = ["PairSTDP", "TripletSTDP", "ThreeFactorSTDP", "CalciumSTDP"]


@pytest.mark.parametrize("dendritic_fraction", [0.0, 0.5])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", ["clock", "event"])
def test_pair_stdp_has_the_bits_of_the_built_in_rule(
    backend: str, dtype: str, dendritic_fraction: float
) -> None:
    given: dict[str, Any] = {"a_plus": 0.1, "a_minus": 0.105}
    ours, theirs = (
        run(described(rule, dendritic_fraction), backend, dtype=dtype)
        for rule in (rules().PairSTDP(**given), snn.PairSTDP(**given))
    )
    assert len(ours[0]) > 100
    assert np.ptp(ours[2]) > 0.5
    assert same(ours, theirs)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_triplet_stdp_is_the_built_in_rule_to_rounding(backend: str) -> None:
    """The same sums in another order: spikes alike, weights to 1e-12."""
    given: dict[str, Any] = {"a3_plus": 0.3, "a2_minus": 0.2, "a3_minus": 0.02}
    ours, theirs = (
        run(described(rule), backend) for rule in (rules().TripletSTDP(**given), snn.TripletSTDP(**given))
    )
    assert same(ours[:2], theirs[:2])
    assert np.ptp(ours[2]) > 0.5
    for a, b in zip(ours[2:], theirs[2:], strict=True):
        np.testing.assert_allclose(a, b, rtol=0.0, atol=1e-12)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_three_factors_are_the_built_in_rule_to_rounding(backend: str) -> None:
    ours, theirs = (
        run(described(rule), backend)
        for rule in (rules().ThreeFactorSTDP(tau_e=60.0), snn.ThreeFactorSTDP(tau_e=60.0))
    )
    assert same(ours[:2], theirs[:2])
    assert np.abs(ours[2] - run(described(rules().ThreeFactorSTDP(eta=0.0)), backend)[2]).max() > 1e-3
    for a, b in zip(ours[2:], theirs[2:], strict=True):
        np.testing.assert_allclose(a, b, rtol=0.0, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NAMES)
def test_threads_and_divisions_of_a_run_change_no_bit(backend: str, name: str) -> None:
    whole = run(described(example(name)), backend, threads=1)
    assert same(whole, run(described(example(name)), backend, threads=3))
    assert same(whole, run(described(example(name)), backend, (7.3, 0.1, 42.6, 100.0), threads=2))


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("name", NAMES)
def test_weights_are_the_same_whether_their_changes_are_recorded(backend: str, name: str) -> None:
    """One synapse at a time instead of many; and what was recorded last is the weight."""
    whole = run(described(example(name)), backend)
    with snn.Simulation(described(example(name), changes=True), backend=backend) as sim:
        go(sim, 150.0)
        assert np.array_equal(np.asarray(sim.data["spikes"].t), whole[0])
        for k, projection in enumerate(("outside", "within")):
            np.testing.assert_array_equal(np.asarray(sim.weights(projection)), whole[2 + k])
