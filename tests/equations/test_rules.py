"""Rules from equations beside the built-in ones, and what every rule owes on every engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn
from equations import rules

OPENCL = pytest.param("opencl", marks=pytest.mark.opencl)
ENGINES = ["clock", "event", OPENCL]
BACKENDS = ["clock", "event", "auto", OPENCL]
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
    reward = None
    if rule.modulator:
        each = type(rule).__name__ == "ThreeFactorSTDP"
        reward = net.modulator("reward", of=cells if each else None)
    for name, pre, rate in (("outside", source, 0.7), ("within", cells, 0.4)):
        learns = net.projection(
            pre,
            cells,
            snn.FixedProbability(rate),
            weight=snn.Uniform(0.1, 0.5),
            delay=[0.4, 1.6, 3.0],
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
        each = sim.spec.modulators[0].of is not None
        sim.modulate("reward", np.cos(at) * (np.linspace(-1.0, 1.0, 25) if each else 1.0), at=float(at))
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
        "RewardSTDP": rules().RewardSTDP(a_plus=0.02, a_minus=0.021, tau_c=50.0, tau_n=30.0, b=0.1),
        "CalciumSTDP": rules().CalciumSTDP(tau=2000.0),
    }
    return made[name]


NAMES = ["PairSTDP", "TripletSTDP", "ThreeFactorSTDP", "RewardSTDP", "CalciumSTDP"]


@pytest.mark.parametrize("dendritic_fraction", [0.0, 0.5])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", ENGINES)
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


@pytest.mark.parametrize("backend", ENGINES)
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


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("name", ["ThreeFactorSTDP", "RewardSTDP"])
def test_rules_with_a_modulator_are_the_built_in_ones_to_rounding(backend: str, name: str) -> None:
    rule = example(name)
    ours = run(described(rule), backend)
    theirs = run(described(getattr(snn, name)(**rule.as_dict())), backend)
    assert same(ours[:2], theirs[:2])
    still = run(described(rule.replace(**{"eta" if name == "ThreeFactorSTDP" else "tau_c": 1e-9})), backend)
    assert np.abs(ours[2] - still[2]).max() > 1e-3
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


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
@pytest.mark.parametrize("name", NAMES)
def test_a_network_that_was_saved_is_the_same_network(backend: str, name: str, tmp_path: Path) -> None:
    net = described(example(name))
    path = tmp_path / "net.json"
    net.spec().save(path)
    again = snn.NetworkSpec.load(path)
    assert again == net.spec()
    assert same(run(net, backend), run(snn.Network.from_spec(again), backend))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_resumed_simulation_goes_on_with_the_same_bits(backend: str, name: str, tmp_path: Path) -> None:
    whole = run(described(example(name)), backend)
    with snn.Simulation(described(example(name)), backend=backend, threads=2) as sim:
        go(sim, 63.4)
        sim.save(tmp_path / "here.ckpt")
    with snn.resume(tmp_path / "here.ckpt", threads=1) as sim:
        go(sim, 86.6)
        assert same(whole, seen(sim))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NAMES)
def test_reset_begins_again_with_the_weights_that_were_learnt(backend: str, name: str) -> None:
    """As a fresh simulation does that is given them; states of synapses begin at 0."""
    with snn.Simulation(described(example(name)), backend=backend) as sim:
        go(sim, 81.7)
        learnt = {projection: np.array(sim.weights(projection)) for projection in ("outside", "within")}
        sim.reset()
        go(sim, 100.0)
        again = seen(sim)
    with snn.Simulation(described(example(name)), backend=backend) as sim:
        for projection, weights in learnt.items():
            sim.set_weights(projection, weights)
        go(sim, 100.0)
        assert same(again[:4], seen(sim)[:4])


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_trials_one_after_another_are_a_simulation_that_is_reset(backend: str, name: str) -> None:
    with snn.Simulation(described(example(name)), backend=backend, threads=2) as sim:
        sim.run_trials(duration=60.0, keys=[0, 0])
        learnt = np.array(sim.weights("within"))
    with snn.Simulation(described(example(name)), backend=backend) as sim:
        sim.run(60.0)
        sim.reset()
        sim.run(60.0)
        np.testing.assert_array_equal(learnt, np.array(sim.weights("within")))


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("pieces", [(30.0, 40.0, 25.0, 55.0), (30.0, 40.0, 12.0, 13.0, 0.5, 54.5)])
@pytest.mark.parametrize("name", ["PairSTDP", "TripletSTDP", "ThreeFactorSTDP", "RewardSTDP"])
def test_learning_is_switched_and_slowed_as_of_the_built_in_rule(
    backend: str, pieces: tuple[float, ...], name: str
) -> None:
    ours = example(name)
    theirs = getattr(snn, name)(**ours.as_dict())
    found = []
    for rule in (ours, theirs):
        with snn.Simulation(described(rule), backend=backend) as sim:
            for k, piece in enumerate(pieces):
                if k == 1:
                    sim.set_learning("within", False)
                    sim.set_learning("outside", rate=0.5)
                if k == 2:
                    sim.set_learning("within", rate=2.0)
                    sim.set_learning("within", True)
                go(sim, piece)
            found.append(seen(sim))
    assert same(found[0][:2], found[1][:2])
    for a, b in zip(found[0][2:4], found[1][2:4], strict=True):
        np.testing.assert_allclose(a, b, rtol=0.0, atol=1e-12)


@pytest.mark.parametrize("backend", ENGINES)
def test_what_is_between_stands_still_while_learning_is_off(backend: str) -> None:
    """Weights that decay by themselves, before any spike: exp of the time for which they learn."""

    class Forgets(snn.RuleEquations):
        tau = snn.param(default=50.0, unit="ms", above=0.0)
        on_pre = "w += 0"
        between = "w = w * exp(-elapsed / tau)"

    net = snn.Network(seed=1)
    cells = net.population("cells", 3, snn.LIF())
    net.projection(cells, cells, snn.AllToAll(), weight=0.8, delay=1.0, plasticity=Forgets(), name="p")
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(20.0)
        np.testing.assert_allclose(sim.weights("p"), 0.8 * np.exp(-20.0 / 50.0), rtol=1e-14)
        sim.set_learning("p", False)
        sim.run(30.0)
        np.testing.assert_allclose(sim.weights("p"), 0.8 * np.exp(-20.0 / 50.0), rtol=1e-14)
        sim.set_learning("p", True)
        sim.run(10.0)
        np.testing.assert_allclose(sim.weights("p"), 0.8 * np.exp(-30.0 / 50.0), rtol=1e-14)


@pytest.mark.parametrize("changes", [False, True])
@pytest.mark.parametrize("backend", ENGINES)
def test_a_moment_sees_traces_as_they_are_by_then(backend: str, changes: bool) -> None:
    """x and y some ms after their spikes, and at one instant with a spike of the target: just after it."""

    class Looks(snn.RuleEquations):
        tau = snn.param(default=5.0, unit="ms", above=0.0)
        pre = "dx/dt = -x / tau : 1"
        post = "dy/dt = -y / tau : 1"
        on_pre = "x += 1"
        on_post = "y += 1"
        on_modulator = "w += signal * (100 * x + y)"

    net = snn.Network(seed=1)
    cells = net.population("cells", 1, snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0))
    source = net.source("source", 1, snn.SpikeArray([[6.0]]))
    teacher = net.source("teacher", 1, snn.SpikeArray([[10.0, 19.0]]))
    net.projection(teacher, cells, snn.OneToOne(), weight=2000.0, delay=1.0)
    learns = net.projection(
        source, cells, snn.OneToOne(), weight=0.0, delay=2.0, dendritic_fraction=0.5, plasticity=Looks(),
        modulator=net.modulator("m"), name="p",
    )  # fmt: skip
    if changes:
        net.probe(learns, "weight", changes=True)
    weights = []
    with snn.Simulation(net, backend=backend, dt=0.5) as sim:
        sim.modulate("m", 1.0, at=15.0)
        sim.modulate("m", 1.0, at=21.0)
        for end in (15.5, 25.0):
            sim.run(end - sim.time)
            weights.append(float(sim.weights("p")[0]))
    # The source's spike is at the synapse at 7 ms, those of the target at 12 and 21 ms.
    first = 100.0 * np.exp(-8.0 / 5.0) + np.exp(-3.0 / 5.0)
    second = 100.0 * np.exp(-14.0 / 5.0) + np.exp(-9.0 / 5.0) + 1.0
    np.testing.assert_allclose(weights, [first, first + second], rtol=1e-13)


def test_two_rules_of_one_name_live_in_one_network() -> None:
    def jumps(by: float) -> snn.PlasticityRule:
        class Jumps(snn.RuleEquations):
            on_pre = f"w += {by}"

        rule: snn.PlasticityRule = Jumps()
        return rule

    net = snn.Network(seed=1)
    source = net.source("source", 1, snn.SpikeArray([[1.0]]))
    cells = net.population("cells", 1, snn.LIF())
    for k, by in enumerate((0.25, 0.5)):
        net.projection(
            source, cells, snn.AllToAll(), weight=1.0, delay=1.0, plasticity=jumps(by), name=f"p{k}"
        )
    with snn.Simulation(net) as sim:
        sim.run(5.0)
        assert [float(sim.weights(f"p{k}")[0]) for k in range(2)] == [1.25, 1.5]
