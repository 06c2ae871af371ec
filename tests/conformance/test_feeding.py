"""What an Input is fed arrives as if it had been declared; the oracle and given trains say what is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from oracle import lif
from oracle.cases import random_net
from oracle.compare import assert_same_bits, assert_same_spikes
from oracle.pysnn_runner import collect, declare

import pysnn as snn

from .conftest import simulate


def silent(n: int = 4) -> tuple[snn.Network, Any, Any]:
    """An Input that reaches nobody, and a probe of it."""
    net = snn.Network(seed=1)
    source = net.source("in", n, snn.Input())
    return net, source, net.probe(source, "spikes")


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("ahead", [0.1, 7.0, 100.0])
def test_a_network_that_is_fed_does_what_the_oracle_does_with_given_trains(
    backend: str, threads: int, ahead: float
) -> None:
    """Fed in pieces, each in any order, each when it is ``ahead`` ms off at most."""
    case = random_net(
        lif(t_ref=1.0), seed=3, n=100, t_stop=40.0, w_exc=1.5, w_inh=-5.0, w_ext=3.0, rate=1000.0
    )
    given, fed = declare(case), declare(case, inputs=True)
    rng = np.random.default_rng(1)
    with snn.Simulation(given.net, backend=backend, threads=threads) as sim:
        sim.run(40.0)
        expected = collect(case, given, sim)
    with snn.Simulation(fed.net, backend=backend, threads=threads) as sim:
        while sim.time < 40.0:
            now = sim.time
            for name, source in case.sources.items():
                pairs = [(t, i) for i, train in enumerate(source.trains) for t in train]
                new = [(t, i) for t, i in pairs if now < t <= round(now + ahead, 9)]
                rng.shuffle(new)
                sim.feed(fed.groups[name], ([t for t, _ in new], [int(i) for _, i in new]))
            sim.run(min(ahead, 40.0 - now))
        got = collect(case, fed, sim)
    assert_same_bits(got, expected)
    assert_same_spikes(got, simulate(case, backend), atol=1e-9, least=100)


def test_spikes_of_one_source_and_time_are_as_many(backend: str) -> None:
    net, source, probe = silent()
    with snn.Simulation(net, backend=backend, threads=2) as sim:
        sim.run(1.0)
        sim.feed(source, ([5.0, 2.0, 2.0, 2.0], [1, 3, 0, 3]))
        sim.run(2.0)
        sim.feed(source, ([5.0, 4.0], [1, 2]))
        sim.feed(source, ([], []))
        sim.run(4.0)
        assert sim.data[probe].t.tolist() == [2.0, 2.0, 2.0, 4.0, 5.0, 5.0]
        assert sim.data[probe].i.tolist() == [0, 3, 3, 2, 1, 1]
        assert sim.spike_counts() == {"in": 6}


def test_spikes_fed_in_any_number_of_calls_and_order_are_played_as_one(cpu_backend: str) -> None:
    """Far ones first, near ones between them while it runs."""
    rng = np.random.default_rng(4)
    times = np.round(rng.uniform(0.1, 60.0, 900), 1)
    indices = rng.integers(0, 4, 900)
    net, source, probe = silent()
    with snn.Simulation(net, backend=cpu_backend, threads=2) as sim:
        far = times > 30.0
        sim.feed(source, (times[far], indices[far]))
        for moment in np.arange(0.0, 30.0, 0.5):
            now = (times > moment) & (times <= moment + 0.5)
            for part in rng.permuted(np.flatnonzero(now)):
                sim.feed(source, (times[[part]], indices[[part]]))
            sim.run(0.5)
        for part in np.array_split(rng.permutation(np.flatnonzero(far))[:200], 40):
            sim.feed(source, (times[part] + 10.0, indices[part]))
            times, indices = np.append(times, times[part] + 10.0), np.append(indices, indices[part])
        sim.run(60.0)
        order = np.lexsort((indices, np.round(times, 1)))
        np.testing.assert_allclose(sim.data[probe].t, times[order], rtol=1e-12)
        assert sim.data[probe].i.tolist() == indices[order].tolist()


def test_what_is_fed_after_ctrl_c_is_not_lost(backend: str) -> None:
    """A run that is stopped anywhere has emitted nothing beyond where it stopped.

    Neurons allow windows of 50 ms and sources of a delay of 1 ms emit so much ahead.
    """
    net = snn.Network(seed=1)
    source = net.source("in", 1, snn.Input())
    noise = net.source("noise", 50, snn.Poisson(2000.0))
    cells = net.population("a", 50, snn.LIF())
    net.projection(noise, cells, snn.AllToAll(), weight=0.1, delay=1.0)
    net.projection(source, cells, snn.AllToAll(), weight=0.1, delay=1.0)
    net.projection(cells, cells, snn.OneToOne(), weight=0.1, delay=50.0)
    probe = net.probe(source, "spikes")
    with snn.Simulation(net, backend=backend, threads=1) as sim:
        sim._engine.advance(sim._time_base.tick(10_000.0, "test"), 0.02)
        now = sim._engine.time
        assert 0.0 < now < 10_000.0
        times = now + np.arange(1, 80)
        sim.feed(source, (times, np.zeros(79, int)))
        sim._engine.advance(sim._time_base.tick(now + 100.0, "test"), 60.0)
        sim._collect()
        assert sim.data[probe].t == pytest.approx(times)


@pytest.mark.parametrize(
    "model",
    [
        snn.Poisson(40.0),
        snn.Poisson([0.0, 100.0, 3000.0, 20.0], start=30.0, stop=60.0),
        snn.Poisson(800.0),
        snn.Gamma(50.0, shape=3.0),
        snn.PiecewisePoisson([0.0, 40.0, 60.0], [10.0, 500.0, 0.0]),
    ],
)
def test_a_source_that_is_fed_begins_now(backend: str, model: snn.Source) -> None:
    """As many spikes as it has between now and the end on average, within 5 deviations, and none before."""
    net, source, probe = silent()
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(20.0)
        sim.feed(source, model)
        sim.run(80.0)
        data = sim.data[probe]
    assert data.t.min(initial=100.0) > max(20.0, model.start)
    assert data.t.max(initial=0.0) <= min(100.0, model.stop)
    if isinstance(model, snn.PiecewisePoisson):
        mean = 4 * (10.0 * 0.02 + 500.0 * 0.02)
    else:
        on = min(model.stop, 100.0) - max(model.start, 20.0)
        mean = 4 * float(np.mean(model.as_dict()["rate"])) * on * 1e-3
    assert abs(data.count - mean) < 5.0 * np.sqrt(mean)


def test_sources_fed_one_after_the_other_are_added_and_drawn_apart(backend: str) -> None:
    net, source, probe = silent(1000)
    with snn.Simulation(net, backend=backend) as sim:
        sim.feed(source, snn.Poisson(20.0))
        sim.feed(source, snn.Poisson(20.0))
        sim.feed(source, ([3.0], [7]))
        sim.run(100.0)
        counts = np.bincount(sim.data[probe].i, minlength=1000)
    # were both the same draws, the variance would be twice the mean; its deviation is about 5 %
    assert abs(counts.mean() - 4.001) < 5.0 * np.sqrt(4.0 / 1000)
    assert abs(counts.var() / counts.mean() - 1.0) < 0.25


def test_a_fed_source_keeps_its_course_beyond_an_epoch_of_the_event_engine() -> None:
    net, source, probe = silent(20)
    with snn.Simulation(net, backend="event") as sim:
        sim.run(2_000_100.0)
        sim.feed(source, snn.SpikeTrains(np.array([50.0, 2e6]), np.array([3, 4]), 20, 2e6).shifted(sim.time))
        sim.feed(source, snn.Poisson(0.1, stop=4_500_000.0))
        sim.run(3_000_000.0)
        data = sim.data[probe]
    given = np.isin(data.t, [2_000_150.0, 4_000_100.0])
    assert data.i[given].tolist() == [3, 4]
    assert data.t[~given].max() <= 4_500_000.0
    mean = 20 * 0.1 * 2499.9
    assert abs((~given).sum() - mean) < 5.0 * np.sqrt(mean)


def test_start_and_stop_of_an_input_leave_out_what_lies_beyond() -> None:
    net = snn.Network(seed=1)
    source = net.source("in", 1, snn.Input(start=5.0, stop=8.0))
    probe = net.probe(source, "spikes")
    with snn.Simulation(net) as sim:
        sim.feed(source, (np.arange(1.0, 12.0), np.zeros(11, int)))
        sim.run(20.0)
        assert sim.data[probe].t.tolist() == [6.0, 7.0, 8.0]


def test_spike_trains_of_the_past_are_told_how_to_come_now(cpu_backend: str) -> None:
    net, source, probe = silent()
    trains = snn.SpikeTrains(np.array([3.0]), np.array([1]), 4, 20.0)
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(10.0)
        with pytest.raises(snn.ParameterError, match=r"got 3 ms.*trains.shifted\(sim.time\)"):
            sim.feed(source, trains)
        sim.feed(source, trains.shifted(sim.time))
        sim.run(10.0)
        assert sim.data[probe].t.tolist() == [13.0]


@pytest.mark.parametrize(
    ("spikes", "error", "message"),
    [
        (([10.0, 3.0], [0, 0]), snn.ParameterError, "times must be > 10 ms, which is past .got 10 ms"),
        (([11.0], [4]), snn.OutOfRangeError, "index 4 is out of range: there are 4 sources"),
        (([11.0], [-1]), snn.ParameterError, r"indices\[0\]: must be >= 0"),
        (([11.0], [0.5]), snn.ParameterError, "whole number"),
        # What stands for "none" in 64 bits, and what no 64 bits hold.
        (([11.0], np.array([2**64 - 1], dtype=np.uint64)), snn.ParameterError, r"indices\[0\]: must be >= 0"),
        (([11.0], np.array([2**63], dtype=np.uint64)), snn.ParameterError, r"indices\[0\]: must be >= 0"),
        (([11.0], [1e300]), snn.ParameterError, r"indices\[0\]: must be >= 0 and <= .*got 1e\+300"),
        (([11.0, 12.0], [0]), snn.ParameterError, "2 times and 1 indices"),
        (([np.nan], [0]), snn.ParameterError, "finite"),
        ([11.0], snn.ParameterError, "expected SpikeTrains, a pair"),
        ("in", snn.ParameterError, "expected SpikeTrains, a pair"),
        (snn.Input(), snn.ParameterError, "emits nothing by itself"),
        (snn.Poisson([1.0, 2.0]), snn.ParameterError, "2 entries for 4 sources"),
        (snn.SpikeArray([[11.0]]), snn.ParameterError, "1 trains for 4 sources"),
        (
            snn.SpikeTrains(np.array([11.0]), np.array([0]), 3, 20.0),
            snn.ParameterError,
            "3 trains for 4 sources",
        ),
    ],
)
def test_what_cannot_be_fed_is_refused_and_changes_nothing(
    cpu_backend: str, spikes: Any, error: type[Exception], message: str
) -> None:
    net, source, probe = silent()
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(10.0)
        with pytest.raises(error, match=message):
            sim.feed(source, spikes)
        sim.run(10.0)
        assert sim.data[probe].count == 0


def test_only_an_input_of_this_network_is_fed() -> None:
    net, source, _ = silent()
    net.source("noise", 4, snn.Poisson(1.0))
    cells = net.population("cells", 4, snn.LIF())
    other = silent(5)[1]
    sim = snn.Simulation(net)
    one = ([1.0], [0])
    with pytest.raises(snn.ParameterError, match="'noise' is a Poisson, which plays its own spikes"):
        sim.feed("noise", one)
    with pytest.raises(snn.ParameterError, match="'cells' is a population of neurons"):
        sim.feed(cells, one)  # type: ignore[arg-type]
    with pytest.raises(snn.UnknownNameError, match="did you mean 'in'"):
        sim.feed("inn", one)
    with pytest.raises(snn.ParameterError, match="belongs to another network"):
        sim.feed(other, one)
    with pytest.raises(snn.OffGridError, match="no multiple of dt"):
        sim.feed(source, ([1.05], [0]))
    sim.close()
    with pytest.raises(snn.ClosedError):
        sim.feed(source, one)


def test_a_pair_of_lists_is_a_pair(cpu_backend: str) -> None:
    net = snn.Network(seed=1)
    eye = net.source("eye", 3, snn.Input())
    net.probe(eye, "spikes", name="sent")
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.feed(eye, [[1.0, 2.0], [0, 2]])  # type: ignore[arg-type]  # as JSON has it
        sim.feed(eye, ([3.0], [1]))
        sim.feed(eye, [[], []])  # type: ignore[arg-type]  # likewise
        sim.run(5.0)
        assert (sim.data["sent"].t.tolist(), sim.data["sent"].i.tolist()) == ([1.0, 2.0, 3.0], [0, 2, 1])
        for wrong in ([[6.0]], [6.0, 0], [[6.0], [0], [1]], "ab", ["a", "b"]):
            with pytest.raises(snn.ParameterError, match="feed: 'eye'"):
                sim.feed(eye, wrong)  # type: ignore[arg-type]  # which is tried


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
def test_trains_that_cancel_still_do_when_they_come_late(backend: str) -> None:
    """20 and -20 mV at one instant, 1.3 ms after t and 1 ms after t + 0.3; as floats they miss each other."""
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, snn.LIF())
    up, down = net.source("up", 1, snn.Input()), net.source("down", 1, snn.Input())
    net.projection(up, cell, snn.AllToAll(), weight=20.0, delay=1.3)
    net.projection(down, cell, snn.AllToAll(), weight=-20.0, delay=1.0)
    spikes = net.probe(cell, "spikes")
    tenths = np.arange(1, 1000, 5)
    zeros = np.zeros(tenths.size, np.int64)
    first = snn.SpikeTrains(tenths / 10, zeros, 1, 100.1)
    second = snn.SpikeTrains((tenths + 3) / 10, zeros, 1, 100.1)
    with snn.Simulation(net, backend=backend, dt=0.1) as sim:
        for _ in range(3):
            sim.run(8192.3)
            sim.feed(up, first.shifted(sim.time))
            sim.feed(down, second.shifted(sim.time))
        sim.run(200.0)
        sim.feed(up, snn.SpikeTrains.one_after_another([first] * 20, 0.1).shifted(sim.time))
        sim.feed(down, snn.SpikeTrains.one_after_another([second] * 20, 0.1).shifted(sim.time))
        sim.run(2100.0)
        sim.feed(up, snn.TrialSpikes.of([first] * 20).one_after_another().shifted(sim.time))
        sim.feed(down, snn.TrialSpikes.of([second] * 20).one_after_another().shifted(sim.time))
        sim.run(2100.0)
        assert sim.delivered() == {"up->cell": 200 * 43, "down->cell": 200 * 43}
        assert len(sim.data[spikes]) == 0
