"""reset: what begins again does what was done the first time, bit for bit; what is kept stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn
from pysnn.errors import BrokenError, ClosedError, ParameterError, UnknownNameError

ENGINES = ["clock", "event", "auto"]


def everything(n: int = 60) -> snn.Network:
    """Noise of every kind, currents, plasticity with delays in dendrites, a neuron that draws."""
    net = snn.Network(seed=5)
    a = net.population("a", n, snn.CubaLIF(i_e=380.0), init={"v": snn.Uniform(-70.0, -56.0)})
    b = net.population("b", n, snn.ALIF(i_e=300.0))
    c = net.population("c", 10, snn.SRM0())
    noise = net.source("noise", n, snn.Poisson(rate=900.0))
    gamma = net.source("gamma", n, snn.Gamma(rate=300.0, shape=3.0))
    given = net.source("given", 2, snn.SpikeArray([[1.0, 4.0, 33.0], [2.5, 41.0]]))
    net.current(a[:20], snn.NoiseCurrent(mean=10.0, std=50.0, interval=0.5))
    net.current(b, snn.StepCurrent([3.0, 20.0], [200.0, -30.0]))
    net.projection(noise, a, snn.OneToOne(), weight=60.0, delay=1.0)
    net.projection(gamma, c, snn.FixedProbability(0.4), weight=2.0, delay=0.5)
    net.projection(given, b, snn.AllToAll(), weight=4.0, delay=[0.5, 3.0, 9.0])
    net.projection(
        a, b, snn.FixedProbability(0.3), weight=snn.Normal(1.0, 0.2, min=0.0, max=2.0), delay=[1.0, 12.0],
        plasticity=snn.PairSTDP(a_plus=0.05, a_minus=0.05, w_max=2.0), dendritic_fraction=0.5, name="stdp",
    )  # fmt: skip
    net.projection(b, a, snn.FixedProbability(0.2), weight=-20.0, delay=1.5, receptor="inh")
    net.projection(
        b,
        c,
        snn.FixedProbability(0.5),
        weight=1.0,
        delay=2.0,
        plasticity=snn.BCM(eta=1e-3, w_max=3.0),
        name="bcm",
    )
    for group in (a, b, c, gamma):
        net.probe(group, "spikes", name=group.name)
    net.probe(a[:3], "v", every=0.5, name="v")
    return net


def story(sim: snn.Simulation, since: float = 0.0) -> dict[str, Any]:
    """All that can be told from outside of what a run did, times counted from ``since``."""
    told: dict[str, Any] = {}
    for name in ("a", "b", "c", "gamma"):
        spikes = sim.data[name]
        told[name] = (spikes.t - since, spikes.i)
    told["v"] = (sim.data["v"].t - since, sim.data["v"].values)
    for name in ("stdp", "bcm"):
        told[name] = (sim.weights(name),)
    for population in sim.spec.populations:
        for state in population.model.states:
            told[f"{population.name}.{state}"] = (sim.state(population.name, state),)
    return told


def assert_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for key in one:
        for left, right in zip(one[key], other[key], strict=True):
            np.testing.assert_array_equal(left, right, err_msg=key)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", ENGINES)
def test_a_network_that_begins_again_does_what_it_did(backend: str, dtype: str) -> None:
    kinds = {"engines": {"a": "clock", "b": "event"}} if backend == "auto" else {}
    with snn.Simulation(everything(), backend=backend, threads=2, dtype=dtype, **kinds) as sim:
        sim.run(47.3)
        first = story(sim)
        assert sum(len(first[name][0]) for name in ("a", "b", "c")) > 100
        for before in (0.0, 13.7):
            sim.run(before)
            sim.reset(keep=())
            assert sim.time == 0.0
            assert sim.spike_counts()["a"] == 0
            sim.run(20.0)
            sim.run(27.3)
            assert_same(story(sim), first)


@pytest.mark.parametrize("backend", ENGINES)
def test_learnt_weights_stay_and_all_else_begins_again(backend: str) -> None:
    """As in a new simulation that is given these weights."""
    with snn.Simulation(everything(), backend=backend, threads=2) as sim:
        sim.run(40.0)
        learnt = {name: sim.weights(name) for name in ("stdp", "bcm")}
        sim.reset()
        for name, weights in learnt.items():
            np.testing.assert_array_equal(sim.weights(name), weights)
        sim.run(30.0)
        again = story(sim)
    with snn.Simulation(everything(), backend=backend, threads=1) as sim:
        for name, weights in learnt.items():
            sim.set_weights(name, weights)
        sim.run(30.0)
        assert_same(again, story(sim))


def silent(model: snn.neurons.NeuronModel, delay: float = 3.0) -> snn.Network:
    """Two neurons at rest, and one input to each at 1 ms that arrives ``delay`` later."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 2, model)
    given = net.source("given", 1, snn.SpikeArray([[1.0, 21.0]]))
    net.projection(given, cells, snn.AllToAll(), weight=5.0, delay=delay)
    net.probe(cells, "v", every=0.5, name="v")
    return net


@pytest.mark.parametrize("backend", ENGINES)
def test_where_time_goes_on_sources_keep_their_course_and_what_is_under_way_is_gone(backend: str) -> None:
    """A spike of 1 ms with 3 ms of delay is under way at 2 ms: v only moves at 24, from that of 21."""
    with snn.Simulation(silent(snn.LIF()), backend=backend, dt=0.5) as sim:
        sim.run(2.0)
        sim.reset(keep="recordings", from_zero=False)
        assert sim.time == 2.0
        sim.run(24.0)
        v = sim.data["v"]
        moved = v.t[np.abs(v.values[:, 0] + 70.0) > 1e-9]
        assert moved[0] == 24.0
        assert len(v.t) == 53  # 0, .5, ... 26: kept, and each once


@pytest.mark.parametrize("backend", ENGINES)
def test_a_state_that_is_kept_is_what_it_was(backend: str) -> None:
    """ALIF's b after a spike relaxes with tau_a = 200 ms by default whether or not v begins again."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 3, snn.ALIF(i_e=900.0))
    net.population("others", 2, snn.LIF(i_e=200.0))
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(60.0)
        b, v = sim.state(cells, "b"), sim.state(cells, "v")
        assert np.all(b > 0.1)
        sim.reset(keep=["cells.b"])
        np.testing.assert_allclose(sim.state(cells, "b"), b, rtol=1e-14)
        np.testing.assert_array_equal(sim.state(cells, "v"), sim.spec.populations[0].model.e_l)
        assert np.any(v != sim.state(cells, "v"))
        sim.run(60.0)
        sim.reset(keep="v", from_zero=False)
        np.testing.assert_array_equal(sim.state(cells, "b"), 0.0)
        assert np.all(sim.state("others", "v") > -69.0)
        sim.reset(keep=("b", "states"))
        assert np.all(sim.state("others", "v") > -69.0)


@pytest.mark.parametrize("backend", ENGINES)
def test_a_current_flows_on_where_time_goes_on_and_begins_again_where_it_does(backend: str) -> None:
    """100 pA from 10 ms on: v goes to e_l + tau_m/c_m 100 = 4 mV above rest, as 1 - exp(-t / tau_m)."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 1, snn.LIF())
    net.current(cells, snn.StepCurrent([10.0], [100.0]))
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(30.0)
        sim.reset(from_zero=False)
        assert sim.state(cells, "v")[0] == -70.0
        sim.run(5.0)
        assert sim.state(cells, "v")[0] == pytest.approx(-70.0 + 4.0 * -np.expm1(-0.5), abs=1e-9)
        sim.reset()
        sim.run(10.0)
        assert sim.state(cells, "v")[0] == pytest.approx(-70.0, abs=1e-12)
        sim.run(5.0)
        assert sim.state(cells, "v")[0] == pytest.approx(-70.0 + 4.0 * -np.expm1(-0.5), abs=1e-9)


@pytest.mark.parametrize("backend", ENGINES)
def test_noise_does_not_come_twice_where_time_goes_on(backend: str) -> None:
    with snn.Simulation(everything(), backend=backend, threads=2) as sim:
        sim.run(40.0)
        first = story(sim)
        sim.reset(keep=(), from_zero=False)
        sim.run(40.0)
        again = story(sim, since=40.0)
        for name in ("a", "c", "gamma"):
            assert len(again[name][0]) > 0
            assert not np.array_equal(first[name][0], again[name][0]), name


@pytest.mark.parametrize("backend", ENGINES)
def test_deliveries_are_counted_on_and_what_never_came_is_not(backend: str) -> None:
    with snn.Simulation(silent(snn.LIF()), backend=backend, dt=0.5) as sim:
        sim.run(2.0)
        assert sim.delivered() == {"given->cells": 0}
        sim.reset()
        assert sim.delivered() == {"given->cells": 0}
        sim.run(5.0)
        assert sim.delivered() == {"given->cells": 2}
        sim.reset()
        sim.run(5.0)
        assert sim.delivered() == {"given->cells": 4}


@pytest.mark.parametrize("backend", ENGINES)
def test_set_weights_of_static_synapses_are_kept_or_not_as_told(backend: str) -> None:
    net = snn.Network(seed=3)
    cells = net.population("cells", 4, snn.LIF())
    net.projection(cells, cells, snn.AllToAll(), weight=snn.Normal(1.0, 0.1), delay=1.0, name="w")
    with snn.Simulation(net, backend=backend) as sim:
        drawn = sim.weights("w")
        sim.set_weights("w", 3.0)
        sim.reset()
        np.testing.assert_array_equal(sim.weights("w"), 3.0)
        sim.reset(keep=())
        np.testing.assert_array_equal(sim.weights("w"), drawn)


def test_after_ctrl_c_nothing_under_way_is_lost_that_has_not_been_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where a run ends early, sources whose delay is shorter than windows are not ahead of neurons."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 40, snn.CubaLIF())
    noise = net.source("noise", 40, snn.Poisson(rate=400.0))
    net.projection(noise, cells, snn.FixedIndegree(10), weight=30.0, delay=0.1)
    net.projection(cells, cells, snn.FixedIndegree(3), weight=5.0, delay=6.0)
    net.probe(noise, "spikes", name="noise")
    net.probe(cells, "spikes", name="cells")
    with snn.Simulation(net) as sim:
        sim.run(300.0)
        whole = sim.data["noise"], sim.data["cells"]
    with snn.Simulation(net) as sim:
        while sim._engine.ticks < 3000:
            sim._engine.advance(3000, 0.0)  # as if told to stop at once, again and again
            sim._engine.restart([(0, s) for s in ("v", "i_exc", "i_inh")], False, 0)
        sim.run(0.0)
        sim._collect()
        # What is on its way is lost at each restart, but no spike of a source goes missing or comes twice.
        np.testing.assert_array_equal(sim.data["noise"].t, whole[0].t)
        np.testing.assert_array_equal(sim.data["noise"].i, whole[0].i)


@pytest.mark.parametrize("backend", ENGINES)
def test_changes_to_come_are_dropped_where_time_begins_again_and_learning_stays_off(backend: str) -> None:
    with snn.Simulation(everything(), backend=backend) as sim:
        sim.set_learning("stdp", False)
        sim.set_weights("bcm", 0.5, at=8.0)
        sim.run(1.0)
        sim.reset(from_zero=False)
        assert len(sim.pending) == 1
        sim.reset()
        assert len(sim.pending) == 0
        weights = sim.weights("stdp")
        sim.run(20.0)
        np.testing.assert_array_equal(sim.weights("stdp"), weights)


# ---- misuse -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ({"keep": "weigths"}, UnknownNameError, "did you mean 'weights'"),
        ({"keep": "cells.vv"}, UnknownNameError, "cells.v"),
        ({"keep": 3}, ParameterError, "expected a name or a list of names"),
        ({"keep": ["v", 3]}, ParameterError, "expected a name or a list of names"),
        ({"keep": "recordings"}, ParameterError, "from_zero=False"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(
    how: dict[str, Any], error: type[Exception], message: str
) -> None:
    with snn.Simulation(silent(snn.LIF())) as sim:
        sim.run(1.0)
        with pytest.raises(error, match=message):
            sim.reset(**how)
        assert sim.time == 1.0


def test_a_log_goes_on_and_does_not_begin_again(tmp_path: Path) -> None:
    net = everything()
    with snn.Simulation(net, log=tmp_path / "log.h5") as sim:
        sim.run(20.0)
        with pytest.raises(ParameterError, match="log"):
            sim.reset()
        sim.reset(keep="recordings", from_zero=False)
        sim.run(20.0)
        spikes = sim.data["a"]
    logged = snn.io.load(tmp_path / "log.h5")["a"]
    np.testing.assert_array_equal(np.sort(logged.t), np.sort(spikes.t))
    assert logged.t.max() > 20.0


def test_closed_and_broken_simulations_do_not_begin_again() -> None:
    sim = snn.Simulation(silent(snn.LIF()))
    sim.close()
    with pytest.raises(ClosedError, match="reset"):
        sim.reset()
    sim = snn.Simulation(silent(snn.LIF()))
    sim._protocol.break_down(1.0, ValueError("no"))
    with pytest.raises(BrokenError, match="reset"):
        sim.reset()


class Fades(snn.RuleEquations):
    """Weights that decay by themselves, whatever comes."""

    tau = snn.param(default=50.0, unit="ms", above=0.0)
    on_pre = "w += 0"
    between = "w = w * exp(-elapsed / tau)"


# What a weight is multiplied by in a stretch of so many ms, a spike of the target reaching it so long before
# its end; scaling by the estimate r = e^(-t / 50) / 50 after it.
DRIFTS = {
    "scaling": (
        snn.SynapticScaling(f_target=20.0, tau_rate=50.0, tau_scaling=300.0),
        lambda stretch, after: np.exp((stretch + 50.0 * np.expm1(-after / 50.0)) / 300.0),
    ),
    "equations": (Fades(), lambda stretch, after: np.exp(-stretch / 50.0)),
}


@pytest.mark.parametrize("spikes", [False, True])
@pytest.mark.parametrize("keep", [(), ("weights",)])
@pytest.mark.parametrize("name", DRIFTS)
def test_where_time_goes_on_a_weight_that_drifts_does_so_from_there(
    backend: str, name: str, keep: Any, spikes: bool, tmp_path: Path
) -> None:
    """Once over each stretch, by the closed form of each, in a copy and from a file too."""
    rule, drift = DRIFTS[name]
    net = snn.Network(seed=1)
    cells = net.population("cells", 3, snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0))
    teacher = net.source("teacher", 1, snn.SpikeArray([[10.0, 34.0] if spikes else []]))
    net.projection(teacher, cells, snn.AllToAll(), weight=1e5, delay=1.0)
    net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=5.0, plasticity=rule, name="wires")
    at = {10.0: 19.0, 34.0: 7.0} if spikes else {10.0: 0.0, 34.0: 0.0}  # before each end
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(30.0)
        np.testing.assert_allclose(sim.weights("wires"), drift(30.0, at[10.0]), rtol=1e-12)
        sim.reset(keep=keep, from_zero=False)
        before = drift(30.0, at[10.0]) if keep else 1.0
        sim.save(tmp_path / "saved.h5")
        with snn.resume(tmp_path / "saved.h5") as resumed:
            for one in (sim, sim.copy(), resumed):
                np.testing.assert_allclose(one.weights("wires"), before, rtol=1e-12)
                one.run(2.0)
                one.run(10.0)
                np.testing.assert_allclose(one.weights("wires"), before * drift(12.0, at[34.0]), rtol=1e-12)
