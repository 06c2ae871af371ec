"""What was changed from outside, and what is still to be, goes on in a resumed simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn

from .test_checkpoints import ENGINES, options, shortest, shown

N = 120


def network(backend: str) -> snn.Network:
    net = snn.Network(seed=6)
    cells = net.population("cells", N, snn.LIF(), init={"v": snn.Uniform(-70.0, -58.0)})
    others = net.population("others", 20, snn.LIF(i_e=400.0))
    fed = net.source("fed", N, snn.Input())
    net.projection(fed, cells, snn.OneToOne(), weight=8.0, delay=shortest(backend))
    net.projection(others, cells, snn.FixedProbability(0.3), weight=2.0, delay=3.0, name="static")
    net.projection(
        cells,
        cells,
        snn.FixedProbability(0.2),
        weight=0.5,
        delay=[0.6, 5.0],
        plasticity=snn.PairSTDP(w_max=2.0),
        name="plastic",
    )
    net.current(cells, snn.NoiseCurrent(200.0, 200.0, interval=1.0))
    net.probe(cells, "spikes", name="spikes")
    return net


def before(sim: snn.Simulation) -> dict[str, Any]:
    """To 20 ms."""
    rng = np.random.default_rng(2)
    held = {}
    sim.feed("fed", (np.sort(rng.integers(10, 480, 300)) / 10, rng.integers(0, N, 300)))
    sim.run(5.0)
    sim.feed("fed", snn.Poisson(200.0, stop=41.0))
    sim.feed("fed", snn.Gamma(100.0, 2.0))
    cells = sim.network.populations["cells"]
    held["first"] = sim.inject(cells, snn.ConstantCurrent(150.0))
    held["noise"] = sim.inject(cells[10:50], snn.NoiseCurrent(0.0, 300.0, interval=0.5))
    held["stopped"] = sim.inject(cells, snn.ConstantCurrent(50.0))
    sim.set_weights("static", 3.0, at=30.0)
    sim.set_state("cells", "v", -60.0, at=25.0)
    sim.set_learning("plastic", False, at=22.0)
    sim.set_learning("plastic", True, at=35.0)
    sim.run(7.3)
    held["noise"].replace(snn.SineCurrent(200.0, 50.0, interval=0.5))
    held["first"].stop()
    sim.probe(cells[:7], "v", every=1.0, name="late")
    sim.probe(sim.network.projections["plastic"], "weight", changes=True, name="late changes")
    held["stopped"].stop()
    sim.run(7.7)
    return held


@pytest.mark.parametrize("backend", ENGINES)
def test_changes_past_and_to_come(backend: str, tmp_path: Path) -> None:
    net = network(backend)
    given = options(backend)
    with snn.Simulation(net, threads=2, noise_seed=77, **given) as sim:
        before(sim)
        sim.run(30.0)
        expected = shown(sim)
    path = tmp_path / "at.h5"
    with snn.Simulation(net, threads=1, noise_seed=77, **given) as sim:
        before(sim)
        sim.save(path)
    for threads in (3, 2):
        with snn.resume(path, threads=threads) as sim:
            sim.run(15.0)
            sim.save(path)
    with snn.resume(path, threads=2) as sim:
        found = shown(sim)
    assert expected.keys() == found.keys()
    assert len(expected["spikes t"]) > 200
    assert len(expected["late changes t"]) > 10
    for name, values in expected.items():
        assert np.array_equal(found[name], values), name


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_simulation_that_began_again(backend: str, tmp_path: Path) -> None:
    net = network(backend)
    with snn.Simulation(net, backend=backend, threads=2) as sim:
        before(sim)
        sim.reset(from_zero=False)
        sim.run(3.0)
        with sim.copy(threads=1) as copy:
            sim.run(10.0)
            copy.run(10.0)
            a, b = shown(sim), shown(copy)
        sim.reset()
        sim.feed("fed", (np.arange(1.0, 30.0), np.arange(29)))
        sim.run(4.0)
        sim.save(tmp_path / "at.h5")
        sim.run(20.0)
        with snn.resume(tmp_path / "at.h5", threads=3) as other:
            other.run(20.0)
            c, d = shown(sim), shown(other)
    for first, second in ((a, b), (c, d)):
        for name in first:
            assert np.array_equal(first[name], second[name]), name


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_what_trials_have_taught(backend: str, tmp_path: Path) -> None:
    net = network(backend)
    rng = np.random.default_rng(4)
    inputs = [
        snn.SpikeTrains(np.sort(rng.integers(1, 200, 400)) / 10, rng.integers(0, N, 400), n=N, duration=20.0)
        for _ in range(6)
    ]
    with snn.Simulation(net, backend=backend, threads=2) as sim:
        sim.run_trials(inputs[:3])
        sim.run(5.0)
        sim.save(tmp_path / "at.h5")
        first = sim.run_trials(inputs[3:])
        sim.run(10.0)
        with snn.resume(tmp_path / "at.h5", threads=1) as other:
            second = other.run_trials(inputs[3:])
            other.run(10.0)
            a, b = shown(sim), shown(other)
    assert np.array_equal(first.counts("cells"), second.counts("cells"))
    assert not np.array_equal(a["plastic"], np.full(len(a["plastic"]), 0.5))
    for name in a:
        assert np.array_equal(a[name], b[name]), name


def test_changes_to_come_may_be_without_bounds(tmp_path: Path) -> None:
    """Scaling weights that no rule bounds, and winners that take all: infinite numbers wait."""
    net = snn.Network(seed=6)
    cells = net.population("cells", 12, snn.LIF(i_e=500.0), winner_takes_all=0.5)
    wires = net.projection(cells, cells, snn.FixedIndegree(4), weight=1.0, delay=1.0)
    net.probe(cells, "spikes", name="spikes")
    with snn.Simulation(net) as sim:
        sim.run(5.0)
        sim.normalise(wires, 2.0, at=30.0)
        sim.set_winner_takes_all(cells, float("inf"), at=40.0)
        sim.save(tmp_path / "at.h5")
        resumed, copy = snn.resume(tmp_path / "at.h5"), sim.copy()
        for other in (sim, resumed, copy):
            assert [change.call for change in other.pending] == ["normalise", "set_winner_takes_all"]
            other.run(100.0)
            assert np.array_equal(other.data["spikes"].t, sim.data["spikes"].t)
            np.testing.assert_allclose(other.weights(wires), 0.5)  # 4 synapses that were alike
    assert len(sim.data["spikes"].t) > 12
