"""Homeostasis and winner takes all: same bits for any threads, division of runs, resumed, and in trials."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

UNTIL = 60.0
PIECES = (7.3, 0.1, 22.6, 30.0)
ENGINES: dict[str, dict[str, Any]] = {
    "clock": {"backend": "clock"},
    "clock in float32": {"backend": "clock", "dtype": "float32"},
    "event": {"backend": "event"},
    "steps": {"backend": "auto", "engines": {"a": "clock", "b": "clock", "other": "event"}},
    "both": {"backend": "auto", "engines": {"a": "event", "b": "clock", "other": "event"}},
}
MODELS = {
    "LIF": snn.LIF(t_ref=0.5),
    "CubaLIF": snn.CubaLIF(t_ref=0.5),
    "ALIF": snn.ALIF(t_ref=0.5, reset="subtract"),
    "AlphaLIF": snn.AlphaLIF(t_ref=0.5),
    "CobaLIF": snn.CobaLIF(t_ref=0.5),
}
WEIGHT = {"mV": 6.0, "pA": 300.0, "nS": 12.0}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> dict[str, Any]:
    return ENGINES[request.param]


def network(model: snn.NeuronModel, takes: float | None) -> snn.Network:
    """Two recurrent populations of 70 that learn; their spikes and time lower thresholds."""
    net = snn.Network(seed=4)
    rule = snn.Homeostasis(delta=0.4, share=0.8, target=3.0, tau=400.0, every=2.0)
    weight = WEIGHT[model.weight_unit]
    init = {"v": snn.Uniform(-70.0, -58.0), "theta": snn.Uniform(-1.0, 1.0)}
    a = net.population("a", 70, model, init=init, homeostasis=rule, winner_takes_all=takes)
    b = net.population("b", 70, model, homeostasis=rule.replace(every=0.5))
    net.population("other", 1, snn.LIF())
    noise = net.source("noise", 70, snn.Poisson(200.0))
    for target in (a, b):
        net.projection(
            noise,
            target,
            snn.FixedIndegree(12),
            weight=snn.Uniform(0.0, 0.5 * weight),
            delay=1.0,
            plasticity=snn.PairSTDP(w_max=weight),
            name=f"into {target.name}",
        )
    net.projection(a, b, snn.FixedProbability(0.1), weight=0.2 * weight, delay=[0.7, 1.5])
    net.projection(b, a, snn.FixedProbability(0.1), weight=0.2 * weight, delay=0.9)
    for population in (a, b):
        net.probe(population, "spikes", name=population.name)
        net.probe(population, "theta", every=1.7, name=f"{population.name} theta")
    return net


def shown(sim: snn.Simulation) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for name in ("a", "b"):
        found[f"{name} t"], found[f"{name} i"] = sim.data[name].t, sim.data[name].i
        found[f"{name} theta"] = sim.data[f"{name} theta"].values
        for state in ("v", "theta"):
            found[f"{name}.{state}"] = sim.state(name, state)
        found[f"into {name}"] = sim.weights(f"into {name}")
    return found


def run(net: snn.Network, pieces: tuple[float, ...] = (UNTIL,), **options: Any) -> dict[str, NDArray[Any]]:
    with snn.Simulation(net, **options) as sim:
        for piece in pieces:
            sim.run(piece)
        return shown(sim)


def assert_same(one: dict[str, NDArray[Any]], other: dict[str, NDArray[Any]]) -> None:
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


@pytest.mark.parametrize(
    ("name", "takes"),
    [
        ("LIF", None),
        ("LIF", math.inf),
        ("LIF", 3.0),
        ("CubaLIF", math.inf),
        ("ALIF", 3.0),
        ("AlphaLIF", None),
        ("CobaLIF", math.inf),
    ],
)
def test_threads_pieces_and_resuming_change_no_bit(
    name: str, takes: float | None, engine: dict[str, Any], tmp_path: Path
) -> None:
    net = network(MODELS[name], takes)
    whole = run(net, threads=1, **engine)
    assert len(whole["a t"]) > (30 if takes is None else 5)
    assert len(whole["b t"]) > 60
    assert np.abs(whole["a.theta"]).max() > 0.3
    assert_same(whole, run(net, threads=3, **engine))
    assert_same(whole, run(net, PIECES, threads=2, **engine))
    sim = snn.Simulation(net, threads=1, **engine)
    for piece, threads in zip(PIECES, (3, 2, 1, 5), strict=True):
        sim.run(piece)
        sim.save(tmp_path / "at.h5")
        sim.close()
        sim = snn.resume(tmp_path / "at.h5", threads=threads)
    with sim:
        assert_same(whole, shown(sim))


def of_images() -> snn.Network:
    net = snn.Network(seed=2)
    source = net.source("in", 20, snn.Input())
    rule = snn.Homeostasis(delta=0.5, every=1.5, tau=300.0)
    cells = net.population("a", 40, snn.LIF(t_ref=0.0), homeostasis=rule, winner_takes_all=math.inf)
    net.projection(
        source,
        cells,
        snn.AllToAll(),
        weight=snn.Uniform(0.0, 6.0),
        delay=1.0,
        plasticity=snn.InstarSTDP(eta=0.1, c=3.0),
    )
    return net


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_thresholds_go_on_from_trial_to_trial_however_they_are_called(backend: str) -> None:
    encoder = snn.encoders.RegularRate(rate_high=150.0, resolution=1.0)
    samples = np.random.default_rng(3).random((12, 20))
    found = []
    for cuts, threads in (((0, 12), 1), ((0, 5, 6, 12), 2), ((0, 1, 12), 3)):
        with snn.Simulation(of_images(), backend=backend, threads=threads) as sim:
            counts = [
                sim.run_trials((encoder, samples[first:last]), 50.5).counts("a")
                for first, last in itertools.pairwise(cuts)
            ]
            found.append((np.concatenate(counts), sim.state("a", "theta"), sim.weights("in->a")))
    assert found[0][0].sum() > 12
    assert np.ptp(found[0][1]) > 0.5
    for other in found[1:]:
        for one, another in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(one, another)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_frozen_thresholds_are_the_same_in_all_trials(backend: str) -> None:
    encoder = snn.encoders.RegularRate(rate_high=150.0, resolution=1.0)
    samples = np.random.default_rng(3).random((6, 20))
    with snn.Simulation(of_images(), backend=backend) as sim:
        sim.run_trials((encoder, samples), 50.5)
        theta = sim.state("a", "theta")
        sim.set_homeostasis("a", False)
        sim.set_learning("in->a", False)
        forward = sim.run_trials((encoder, samples), 50.5, keys=range(6)).counts("a")
        backward = sim.run_trials((encoder, samples[::-1]), 50.5, keys=range(6)[::-1]).counts("a")
        np.testing.assert_array_equal(forward, backward[::-1])
        np.testing.assert_array_equal(sim.state("a", "theta"), theta)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_reset_keeps_thresholds_with_weights(backend: str) -> None:
    net = network(MODELS["LIF"], None)
    with snn.Simulation(net, backend=backend) as sim:
        begun = sim.state("a", "theta")
        sim.run(20.0)
        theta = sim.state("a", "theta")
        assert np.abs(theta - begun).max() > 0.1
        sim.reset()
        np.testing.assert_array_equal(sim.state("a", "theta"), theta)
        sim.reset(keep=())
        np.testing.assert_array_equal(sim.state("a", "theta"), begun)


def test_a_description_with_parts_is_read_as_it_was_written(tmp_path: Path) -> None:
    spec = network(MODELS["LIF"], math.inf).spec()
    for name in ("net.json", "net.h5"):
        spec.save(tmp_path / name)
        assert snn.NetworkSpec.load(tmp_path / name) == spec
