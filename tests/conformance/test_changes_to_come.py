"""Changes with ``at=``: made when their time has come, whatever runs are divided into."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn


def network() -> tuple[snn.Network, Any, Any]:
    net = snn.Network(seed=3)
    noise = net.source("noise", 40, snn.Poisson(300.0))
    cells = net.population("cells", 100, snn.LIF(t_ref=1.0), init={"v": snn.Uniform(-70.0, -55.0)})
    net.projection(noise, cells, snn.FixedProbability(0.3), weight=1.5, delay=1.0, name="in")
    wires = net.projection(
        cells, cells, snn.FixedProbability(0.1), weight=0.5, delay=snn.Uniform(1.0, 5.0, step=0.2),
        plasticity=snn.PairSTDP(w_max=1.0, a_plus=0.1), dendritic_fraction=0.5, name="wires",
    )  # fmt: skip
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells[:3], "v", every=0.5, name="v")
    net.probe(wires, "weight", every=10.0, name="w")
    return net, cells, wires


def seen(sim: snn.Simulation) -> list[Any]:
    data = sim.data
    return [data["spikes"].t, data["spikes"].i, data["v"].values, data["w"].values, sim.weights("wires")]


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
def test_a_change_at_a_time_is_the_change_between_two_runs(backend: str) -> None:
    net, cells, wires = network()
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(12.3)
        sim.set_weights("in", 2.5)
        sim.set_state(cells[10:20], "v", -56.0)
        sim.run(7.7)
        sim.set_weights(wires, 0.25)
        sim.set_learning(wires, False)
        sim.run(10.0)
        sim.set_learning(wires, True)
        sim.run(10.0)
        expected = seen(sim)
    for parts, threads in [([40.0], 1), ([12.3, 27.7], 3), ([0.1, 12.2, 7.7, 20.0], 2)]:
        with snn.Simulation(net, backend=backend, threads=threads) as sim:
            # asked for in another order than that of their times
            sim.set_weights(wires, 0.25, at=20.0)
            sim.set_weights("in", 2.5, at=12.3)
            sim.set_learning(wires, False, at=20.0)
            sim.set_learning(wires, True, at=30.0)
            sim.set_state(cells[10:20], "v", -56.0, at=12.3)
            assert [(c.time, c.call, c.target) for c in sim.pending] == [
                (12.3, "set_weights", "in"),
                (12.3, "set_state", "cells"),
                (20.0, "set_weights", "wires"),
                (20.0, "set_learning", "wires"),
                (30.0, "set_learning", "wires"),
            ]
            for part in parts:
                sim.run(part)
            assert sim.pending == ()
            got = seen(sim)
        for a, b in zip(got, expected, strict=True):
            assert np.array_equal(a, b)
    assert expected[0].size > 100
    # samples of a moment are taken before its changes: the weights of 20 ms are not those set at it
    assert not (expected[3][2] == 0.25).all()


def test_of_two_changes_at_one_time_the_later_call_counts(cpu_backend: str) -> None:
    net, cells, _ = network()
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.set_weights("wires", 0.1, at=5.0)
        sim.set_state(cells, "v", -60.0, at=5.0)
        sim.set_weights("wires", 0.9, at=5.0)
        sim.set_state(cells[3:5], "v", -61.0, at=5.0)
        sim.set_weights("wires", 0.5, at=2.0)
        assert [change.time for change in sim.pending] == [2.0, 5.0, 5.0, 5.0, 5.0]
        assert repr(sim.pending[0]) == "<Change at 2 ms: set_weights of 'wires'>"
        sim.run(5.0)  # to the very moment: it is made at the end
        assert (sim.weights("wires") == 0.9).all()
        assert sim.state(cells, "v").tolist() == [-60.0] * 3 + [-61.0] * 2 + [-60.0] * 95


def test_a_change_for_now_is_made_now(cpu_backend: str) -> None:
    net, _, wires = network()
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(3.0)
        sim.set_weights(wires, 0.75, at=3.0)
        assert sim.pending == ()
        assert (sim.weights(wires) == 0.75).all()


def test_what_was_handed_over_for_later_is_a_copy() -> None:
    net, _, wires = network()
    with snn.Simulation(net) as sim:
        weights = np.full(sim.weights(wires).size, 0.125)
        sim.set_weights(wires, weights, at=1.0)
        weights[:] = 0.9
        sim.run(1.0)
        assert (sim.weights(wires) == 0.125).all()


@pytest.mark.parametrize(
    ("at", "error", "message"),
    [
        (4.9, snn.ParameterError, "set_weights: at: must be >= 5 ms, which is now .got 4.9 ms"),
        (-1.0, snn.ParameterError, "at: must be >= 0 ms"),
        (np.inf, snn.ParameterError, "at: must be"),
        ("soon", snn.ParameterError, "at: expected"),
        (5.05, snn.OffGridError, "at: 5.05 ms is no multiple of dt"),
    ],
)
def test_a_time_that_cannot_be_is_refused(at: Any, error: type[Exception], message: str) -> None:
    net, cells, wires = network()
    with snn.Simulation(net) as sim:
        sim.run(5.0)
        with pytest.raises(error, match=message):
            sim.set_weights(wires, 0.5, at=at)
        with pytest.raises(error, match=message.replace("weights", "state")):
            sim.set_state(cells, "v", -60.0, at=at)
        assert sim.pending == ()


def test_a_change_that_fails_when_its_time_comes_leaves_all_else_as_it_is() -> None:
    """float16 reaches to 65504: 70000 onto a neuron is too much where all is one synapse's by then."""
    net, _, _ = network()
    with snn.Simulation(net, weight_dtype="float16") as sim:
        first = np.unique(sim.synapses("in").j, return_index=True)[1]
        alone = np.zeros(len(sim.weights("in")))
        alone[first] = 1.0
        sim.set_weights("in", alone, at=4.0)
        sim.normalise("in", 7e4, at=5.0)
        sim.set_weights("in", 0.0, at=6.0)
        with pytest.raises(snn.ParameterError, match="float16 reaches to 65504") as error:
            sim.run(10.0)
        assert "in <Change at 5 ms: normalise of 'in'>, which was not made" in error.value.__notes__
        assert sim.time == 5.0
        sim.run(5.0)
        assert sim.time == 10.0
        assert (sim.weights("in") == 0.0).all()


@pytest.mark.opencl
def test_the_opencl_engine_makes_the_changes_that_it_takes_at_their_times() -> None:
    """The same bits as clock: weights and states at times to come, late probes, taking, other noise."""
    seen = []
    for backend in ("clock", "opencl"):
        net = snn.Network(seed=1)
        source = net.source("in", 50, snn.Poisson(300.0))
        cells = net.population("cells", 50, snn.CubaLIF(), init={"v": snn.Uniform(-70.0, -60.0)})
        net.projection(source, cells, snn.FixedProbability(0.3), weight=60.0, delay=1.0, name="w")
        spikes = net.probe(cells, "spikes")
        with snn.Simulation(net, backend=backend, noise_seed=9) as sim:
            sim.run(12.3)
            voltage, noise = sim.probe(cells, "v", every=1.0), sim.probe(source, "spikes")
            sim.set_weights("w", 70.0, at=20.0)
            sim.set_state(cells, "i_exc", 5.0, at=22.0)
            sim.run(20.0)
            early = sim.take(spikes)
            sim.run(5.0)
            seen.append([early.t, early.i, sim.data[spikes].t, sim.data[voltage].values, sim.data[noise].t])
    for clock, opencl in zip(*seen, strict=True):
        assert np.array_equal(opencl, clock)
        assert clock.size > 10


def test_times_late_in_a_run_are_told_apart(cpu_backend: str) -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 1, snn.LIF(t_ref=100.1))
    source = net.source("in", 1, snn.Input())
    with snn.Simulation(net, backend=cpu_backend, dt=100.1) as sim:
        while sim.time < 1e7:
            sim.run(1_001_000.0)
        late, now = sim.time - 100.1, f"{sim.time:.15g}"
        assert f"at {now} ms" in repr(sim)
        with pytest.raises(snn.ParameterError, match=rf"at: must be >= {now} ms, .*got {late:.15g}"):
            sim.set_state(cells, "v", -60.0, at=late)
        with pytest.raises(snn.ParameterError, match=rf"times must be > {now} ms, .*got {late:.15g}"):
            sim.feed(source, ([late], [0]))
        with pytest.raises(snn.ParameterError, match=rf"times must be > {now} ms, .*got {now}"):
            sim.feed(source, snn.SpikeTrains([sim.time], [0], 1, 2e7))
        sim.set_state(cells, "v", -60.0, at=sim.time + 100.1)
        assert f"at {sim.time + 100.1:.15g} ms" in repr(sim.pending[0])
