"""Populations that step and populations that jump, on one time axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn
from pysnn.neurons.base import NeuronModel

from .test_models import MODELS, WEIGHT

T_STOP = 80.0
PROBES = ("a", "b", "recorded")
Spikes = dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]]


def mixed(
    model: snn.NeuronModel, *, rule: snn.PlasticityRule | None = None, fraction: float = 0.0
) -> snn.Network:
    """Two recurrent populations whose delays are multiples of 0.1 ms, and one of silence that can jump."""
    outside, recurrent = WEIGHT[model.weight_unit]
    if isinstance(model, snn.HodgkinHuxley):
        outside = 40.0
    if rule is not None:
        recurrent = 4.0
    net = snn.Network(seed=6)
    a = net.population("a", 40, model, init={"v": snn.Uniform(-70.0, -58.0)})
    b = net.population("b", 20, model, init={"v": snn.Uniform(-70.0, -58.0)})
    net.population("silent", 3, snn.LIF())
    rng = np.random.default_rng(9)
    source = net.source(
        "source", 30, snn.SpikeArray([np.unique(rng.integers(1, 790, 60)) / 10 for _ in range(30)])
    )
    for target in (a, b):
        net.projection(source, target, snn.FixedIndegree(3), weight=outside, delay=0.7)
    # Two that count by step: they drive "a" alone, and one of them is recorded.
    for name, rate in (("noise", 3000.0), ("recorded", 900.0)):
        noise = net.source(name, 40, snn.Poisson(rate))
        net.projection(noise, a, snn.OneToOne(), weight=0.1 * outside, delay=1.5)
    net.probe(noise, "spikes", name="recorded")
    drawn = snn.Uniform(0.0, recurrent)
    net.projection(a, b, snn.FixedProbability(0.3), weight=drawn, delay=[0.5, 1.3, 3.0])
    # before b->a: the clock engine adds up what comes from "a" together, at the place of the first projection
    net.projection(a, a, snn.FixedIndegree(4), weight=drawn, delay=2.0)
    net.projection(
        b,
        a,
        snn.FixedProbability(0.3),
        weight=drawn,
        delay=1.1,
        plasticity=rule,
        dendritic_fraction=fraction,
    )
    net.current(a, snn.ConstantCurrent(20.0 if model.weight_unit == "pA" else 2.0, start=10.0, stop=50.0))
    net.probe(a, "spikes", name="a")
    net.probe(b, "spikes", name="b")
    net.probe(a, "v", every=1.0, name="v")
    return net


def run(
    net: snn.Network, pieces: tuple[float, ...] = (T_STOP,), **options: Any
) -> tuple[Spikes, NDArray[np.float64], list[NDArray[Any]]]:
    with snn.Simulation(net, **options) as sim:
        for piece in pieces:
            sim.run(piece)
        spikes = {name: (np.asarray(sim.data[name].t), np.asarray(sim.data[name].i)) for name in PROBES}
        return spikes, np.asarray(sim.data["v"].values), [sim.weights(p) for p in net.projections]


def assert_same(one: Any, other: Any, fires: bool = True) -> None:
    for name in one[0]:
        assert len(one[0][name][0]) > 20 or not fires
        np.testing.assert_array_equal(one[0][name], other[0][name])
    np.testing.assert_array_equal(one[1], other[1])
    for x, y in zip(one[2], other[2], strict=True):
        np.testing.assert_array_equal(x, y)


STEPPED = {"backend": "auto", "engines": {"a": "clock", "b": "clock", "silent": "event"}}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_what_steps_within_continuous_time_is_the_clock_engine_bit_by_bit(name: str, dtype: str) -> None:
    model = NeuronModel.registry.get(name, "test")()
    clock, stepped = (
        run(mixed(model), backend="clock", dtype=dtype),
        run(mixed(model), dtype=dtype, **STEPPED),
    )
    assert_same(clock, stepped, model.fires)


@pytest.mark.parametrize("fraction", [0.0, 1.0])
@pytest.mark.parametrize(
    "rule", [snn.PairSTDP(w_max=20.0, a_plus=0.1), snn.BCM(w_max=20.0)], ids=["stdp", "bcm"]
)
def test_it_learns_as_on_the_clock_engine(rule: snn.PlasticityRule, fraction: float) -> None:
    clock = run(mixed(snn.CubaLIF(), rule=rule, fraction=fraction), backend="clock")
    stepped = run(mixed(snn.CubaLIF(), rule=rule, fraction=fraction), **STEPPED)
    for name in PROBES:
        np.testing.assert_array_equal(clock[0][name], stepped[0][name])
    learned = list(mixed(snn.CubaLIF(), rule=rule).projections).index("b->a")
    start = run(mixed(snn.CubaLIF(), rule=rule, fraction=fraction), pieces=(), backend="clock")[2][learned]
    assert np.abs(clock[2][learned] - start).max() > 1e-3
    np.testing.assert_allclose(stepped[2][learned], clock[2][learned], atol=1e-11)


MIXED = {"backend": "auto", "engines": {"a": "clock", "b": "event", "silent": "event"}}


@pytest.mark.parametrize("name", MODELS)
def test_threads_and_pieces_change_no_bit(name: str) -> None:
    model = NeuronModel.registry.get(name, "test")()
    whole = run(mixed(model), threads=1, **MIXED)
    assert_same(whole, run(mixed(model), threads=3, **MIXED), model.fires)
    pieces = run(mixed(model), pieces=(7.25, 0.05, 0.3, 42.4, 30.0), threads=2, **MIXED)
    assert_same(whole, pieces, model.fires)


def test_an_arrival_within_a_step_counts_at_its_end() -> None:
    net = snn.Network(seed=1)
    steps = net.population("steps", 1, snn.LIF(v_th=0.0))
    jumps = net.population("jumps", 1, snn.LIF(v_th=0.0))
    source = net.source("source", 1, snn.SpikeArray([[1.23456]]))
    for target in (steps, jumps):
        net.projection(source, target, snn.OneToOne(), weight=3.0, delay=1.0)
    v = {p.name: net.probe(p, "v", every=0.1) for p in (steps, jumps)}
    with snn.Simulation(net, backend="auto", engines={steps: "clock", jumps: "event"}) as sim:
        sim.run(3.0)
        t = sim.data[v["steps"]].t
        stepped, jumped = (sim.data[v[name]].values[:, 0] + 70.0 for name in ("steps", "jumps"))
    after = t >= 2.3 - 1e-9
    # 3 mV that decay with 10 ms: from the end of the step that 2.23456 ms falls into, and from that time.
    np.testing.assert_allclose(stepped, np.where(after, 3.0 * np.exp(-(t - 2.3) / 10.0), 0.0), atol=1e-12)
    np.testing.assert_allclose(jumped, np.where(after, 3.0 * np.exp(-(t - 2.23456) / 10.0), 0.0), atol=1e-11)


def test_steps_go_on_where_the_epoch_of_continuous_time_moves() -> None:
    """4.5e6 ms pass two of its moves; the interval of this current is 8 steps of 1 ms: ceil(10 ln 2) + 1."""
    net = snn.Network(seed=1)
    cells = net.population(
        "cells", 1, snn.LIF(i_e=750.0, t_ref=1.0)
    )  # v_inf = 30 mV above rest, threshold 15
    net.population("silent", 1, snn.LIF())
    spikes = net.probe(cells, "spikes")
    with snn.Simulation(net, backend="auto", dt=1.0, engines={"cells": "clock", "silent": "event"}) as sim:
        sim.run(4_500_000.0)
        t = sim.data[spikes].t
    np.testing.assert_array_equal(t, 7.0 + 8.0 * np.arange(len(t)))
    assert len(t) == 562_500


def busy_and_quiet() -> snn.Network:
    net = snn.Network(seed=3)
    busy = net.population("busy", 100, snn.CubaLIF(i_e=400.0), init={"v": snn.Uniform(-70.0, -56.0)})
    quiet = net.population("quiet", 100, snn.CubaLIF())
    driven = net.population("driven", 100, snn.LIF())
    noise = net.source("noise", 100, snn.Poisson(8000.0))
    net.projection(noise, driven, snn.OneToOne(), weight=0.1, delay=1.5)
    net.projection(busy, busy, snn.FixedIndegree(90), weight=snn.Uniform(0.0, 1.5), delay=[1.0, 2.5])
    rule = snn.PairSTDP(w_max=40.0)
    net.projection(
        busy, quiet, snn.FixedIndegree(2), weight=snn.Uniform(0.0, 30.0), delay=1.5, plasticity=rule
    )
    net.probe(busy, "spikes", name="a")
    net.probe(quiet, "spikes", name="b")
    net.probe(quiet, "v", every=1.0, name="v")
    return net


def test_the_choice_follows_from_what_arrives_and_the_trial_leaves_no_trace() -> None:
    with snn.Simulation(busy_and_quiet(), backend="auto") as sim:
        engines = sim.engines
        sim.run(100.0)
        weights = sim.weights("busy->quiet")
    assert {name: choice.engine for name, choice in engines.items()} == {
        "busy": "clock",
        "quiet": "event",
        "driven": "clock",
    }
    assert "sources alone" in str(engines["driven"])
    assert engines["driven"].arrivals == pytest.approx(8000.0)
    assert "arrivals a neuron and second" in str(engines["busy"])
    said = {name: choice.engine for name, choice in engines.items()}
    with snn.Simulation(busy_and_quiet(), backend="auto", engines=said) as sim:
        sim.run(100.0)
        np.testing.assert_array_equal(sim.weights("busy->quiet"), weights)


def test_a_choice_can_be_overruled() -> None:
    with snn.Simulation(busy_and_quiet(), backend="auto", engines={"busy": "event"}) as sim:
        assert sim.engines["busy"].engine == "event"
        assert str(sim.engines["busy"]) == "event: as engines= says"
        assert sim.engines["quiet"].engine == "event"


def test_a_network_that_steps_as_a_whole_runs_on_the_clock_engine_itself() -> None:
    model = snn.CubaLIF()
    all_clock = {"backend": "auto", "engines": dict.fromkeys(("a", "b", "silent"), "clock")}
    assert_same(run(mixed(model), backend="clock"), run(mixed(model), **all_clock))


def test_what_can_only_step_does() -> None:
    net = snn.Network(seed=1)
    net.population("published", 2, snn.Izhikevich(scheme="published", i_e=10.0))
    net.population("quiet", 2, snn.LIF())
    with snn.Simulation(net, backend="auto", dt=1.0) as sim:
        assert str(sim.engines["published"]) == 'clock: scheme="published" is one of fixed steps'
        assert sim.engines["quiet"].engine == "event"
        sim.run(100.0)
        assert sim.spike_counts()["published"] > 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"backend": "auto", "engines": {"bus": "clock"}}, snn.UnknownNameError, "'bus'.*busy"),
        ({"backend": "auto", "engines": {"busy": "clok"}}, snn.UnknownNameError, "clok.*clock"),
        ({"backend": "event", "engines": {"busy": "clock"}}, snn.ParameterError, "for backend='auto'"),
        ({"backend": "auto", "engines": ["busy"]}, snn.ParameterError, "expected a dict"),
    ],
)
def test_engines_that_cannot_be_are_named(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        snn.Simulation(busy_and_quiet(), **options)


@pytest.mark.parametrize(
    ("model", "dt", "why"),
    [(snn.CubaLIF(t_ref=2.05), 0.1, "t_ref: 2.05 ms"), (snn.HodgkinHuxley(), 0.5, "steps of at most 0.1 ms")],
)
def test_what_cannot_step_by_this_dt_jumps_unless_it_is_told_to(
    model: snn.NeuronModel, dt: float, why: str
) -> None:
    net = snn.Network(seed=1)
    busy = net.population("busy", 10, model)
    noise = net.source("noise", 10, snn.Poisson(20_000.0))
    net.projection(noise, busy, snn.OneToOne(), weight=0.1, delay=1.0)
    with snn.Simulation(net, backend="auto", dt=dt) as sim:
        assert sim.engines["busy"].engine == "event"
        assert why in str(sim.engines["busy"])
    with pytest.raises(snn.ParameterError, match=why):
        snn.Simulation(net, backend="auto", dt=dt, engines={"busy": "clock"})


@pytest.mark.parametrize("dt", [1e-13, 1e9])
@pytest.mark.parametrize("backend", ["event", "auto"])
def test_where_nothing_steps_any_dt_will_do(backend: str, dt: float) -> None:
    net = snn.Network(seed=1)
    net.population("cells", 3, snn.LIF())
    engines = {"cells": "event"} if backend == "auto" else None
    with snn.Simulation(net, backend=backend, dt=dt, engines=engines) as sim:
        sim.run(10.0)


@pytest.mark.parametrize("engine", ["event", "clock"])
def test_the_wall_budget_ends_a_call_where_no_delay_ends_a_window(engine: str) -> None:
    """3,000 of these neurons take a minute for 10 s of model time."""
    net = snn.Network(seed=1)
    net.population("cells", 3000, snn.HodgkinHuxley(i_e=200.0))
    net.population("silent", 1, snn.LIF())
    with snn.Simulation(net, backend="auto", threads=2, engines={"cells": engine, "silent": "event"}) as sim:
        sim._engine.advance(10**16, 0.05)  # ticks: 10 s
        assert 0.0 < sim._engine.time < 5000.0
