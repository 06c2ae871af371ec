"""Delays that are set while a network runs: for spikes that are emitted later, and for no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn

ENGINES = ["clock", "event", "auto", "steps", pytest.param("opencl", marks=pytest.mark.opencl)]


def options(backend: str) -> dict[str, Any]:
    """ "steps": both axes, neurons that step within continuous time."""
    if backend == "steps":
        return {"backend": "auto", "engines": {"cells": "clock", "others": "event"}}
    return {"backend": backend}


# ---- when spikes arrive ----------------------------------------------------------------------------------

N, STEP = 40, 0.5  # synapses; ms, of which all delays and times of spikes are multiples


def relay() -> tuple[snn.Network, Any, Any, np.ndarray[Any, Any]]:
    """Synapse k from source k onto cell k, which fires at the instant at which a spike arrives."""
    net = snn.Network(seed=1)
    eye = net.source("eye", N, snn.Input())
    cells = net.population("cells", N, snn.LIF(t_ref=0.1, v_th=-50.0))
    net.population("others", 1, snn.LIF())
    delays = STEP * np.random.default_rng(1).integers(2, 20, N)
    k = np.arange(N)
    wires = net.projection(
        eye, cells, snn.FromCOO(k, k), weight=1000.0, delay=snn.Array(delays), name="wires"
    )
    net.probe(cells, "spikes", name="out")
    return net, eye, wires, delays


def story(
    seed: int,
) -> tuple[list[tuple[float, np.ndarray[Any, Any]]], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """When which delays are set, and spikes: of every source one in 2 ms at most."""
    draw = np.random.default_rng(seed)
    sets = [(STEP * t, STEP * draw.integers(2, 60, N)) for t in np.sort(draw.choice(np.arange(4, 160), 6))]
    times, who = np.nonzero(draw.random((50, N)) < 0.4)
    return sets, 2.0 * (times + 1), who


def expected(
    delays: np.ndarray[Any, Any], sets: Any, times: np.ndarray[Any, Any], who: np.ndarray[Any, Any]
) -> set[tuple[int, float]]:
    """Each spike arrives after the delay that its synapse had when it was emitted."""
    found = set()
    for t, i in zip(times, who, strict=True):
        delay = delays[i]
        for at, values in sets:
            if t > at:
                delay = values[i]
        found.add((int(i), round(t + delay, 3)))
    return found


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_spike_takes_the_delay_of_the_moment_at_which_it_is_emitted(backend: str, seed: int) -> None:
    net, eye, wires, delays = relay()
    sets, times, who = story(seed)
    with snn.Simulation(net, dt=0.1, **options(backend)) as sim:
        assert np.array_equal(sim.delays(wires), delays)
        sim.feed(eye, (times, who))
        for at, values in sets:
            sim.set_delays(wires, values, at=at)
            assert sim.pending[-1].call == "set_delays"
        sim.run(140.0)
        out = sim.data["out"]
        assert {(int(i), round(t, 3)) for t, i in zip(out.t, out.i, strict=True)} == expected(
            delays, sets, times, who
        )
        assert sim.delivered()["wires"] == len(times)
        assert np.array_equal(sim.delays(wires), sets[-1][1])
        assert np.array_equal(sim.synapses(wires).delay, sets[-1][1])


@pytest.mark.parametrize("backend", ENGINES)
def test_a_checkpoint_holds_what_is_under_way_with_either_delay(backend: str, tmp_path: Path) -> None:
    net, eye, wires, delays = relay()
    sets, times, who = story(3)
    sim = snn.Simulation(net, dt=0.1, threads=1, **options(backend))
    sim.feed(eye, (times, who))
    for at, values in sets:
        sim.set_delays(wires, values, at=at)
    for part in range(20):
        sim.run(7.3)
        sim.save(tmp_path / "at.h5")
        sim.close()
        sim = snn.resume(tmp_path / "at.h5", threads=1 + part % 3)
    out = sim.data["out"]
    assert {(int(i), round(t, 3)) for t, i in zip(out.t, out.i, strict=True)} == expected(
        delays, sets, times, who
    )
    assert sim.delivered()["wires"] == len(times)
    assert np.array_equal(sim.synapses(wires).delay, sets[-1][1])
    sim.close()


def test_late_in_a_long_run(tmp_path: Path) -> None:
    """Beyond 9,223 s, where 64 bits of 1e-12 ms end, and across the ends of epochs of 2,000 s."""
    net, eye, wires, _ = relay()
    late = 9_999_990.0
    with snn.Simulation(net, backend="event") as sim:
        sim.run(1_999_990.0)
        sim.feed(eye, ([1_999_995.0, late + 5.0, late + 8.0], [3, 3, 3]))
        sim.set_delays(wires, 20.0)
        sim.set_delays(wires, 30.0, at=1_999_997.0)
        sim.run(100.0)
        assert sim.data["out"].t.tolist() == [2_000_015.0]
        sim.run(late - sim.time)
        sim.set_delays(wires, 7.0, at=late + 6.0)
        sim.run(7.0)
        sim.save(tmp_path / "at.h5")
    with snn.resume(tmp_path / "at.h5", threads=2) as sim:
        sim.run(100.0)
        assert sim.data["out"].t.tolist() == [2_000_015.0, late + 15.0, late + 35.0]


# ---- sums, orders, threads -------------------------------------------------------------------------------


def network(weight: Any, dense: bool = False, constant: bool = False) -> snn.Network:
    """Recurrent, with synapses of one pair, rows that are shared, and learning beside."""
    net = snn.Network(seed=7)
    noise = net.source("noise", 60, snn.Poisson(400.0))
    cells = net.population("cells", 120, snn.LIF(t_ref=1.0), init={"v": snn.Uniform(-70.0, -55.0)})
    others = net.population("others", 50, snn.LIF(t_ref=1.0), init={"v": snn.Uniform(-70.0, -55.0)})
    net.projection(noise, cells, snn.FixedProbability(0.3), weight=2.0, delay=1.5, name="in")
    drive = net.source("drive", 50, snn.Poisson(3000.0))
    net.projection(drive, others, snn.OneToOne(), weight=1.2, delay=1.5, name="drive")
    rule = snn.FixedProbability(0.9 if dense else 0.1)
    delay = 2.0 if constant else snn.Uniform(1.0, 4.0, step=0.1)
    net.projection(cells, others, rule, weight=weight, delay=delay, name="out")
    net.projection(cells, cells, rule, weight=weight, delay=delay, name="wires")
    net.projection(
        others, cells, snn.FixedProbability(0.2), weight=0.3, delay=[1.0, 2.5], name="learning",
        plasticity=snn.PairSTDP(w_max=1.0, a_plus=0.1),
    )  # fmt: skip
    net.projection(others, others, snn.FixedProbability(0.2), weight=weight, delay=[1.0, 3.0], name="fan")
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells[:9], "v", every=0.7, name="v")
    return net


def seen(sim: snn.Simulation) -> list[Any]:
    synapses = [sim.weights(name) for name in ("wires", "fan", "learning")]
    delays = [sim.synapses(name).delay for name in ("wires", "fan", "out")]
    data = sim.data
    return [
        data["spikes"].t,
        data["spikes"].i,
        data["v"].values,
        *synapses,
        *delays,
        *sim.delivered().values(),
    ]


def same(a: list[Any], b: list[Any]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


WEIGHTS: dict[str, Callable[[], snn.Network]] = {
    "drawn": lambda: network(snn.Normal(0.2, 0.1)),
    "alike": lambda: network(0.11),
    "dense": lambda: network(0.021, dense=True, constant=True),
    "dense, drawn": lambda: network(snn.Normal(0.02, 0.01), dense=True, constant=True),
}


def beside(backend: str) -> float:
    """What may be added to a time: where neurons step in continuous time, one within a step."""
    return 0.05 if backend in ("event", "steps") else 0.0


def changes(sim: snn.Simulation, off: float) -> None:
    draw = np.random.default_rng(5)
    for at, name in [
        (5.3, "wires"),
        (6.1, "fan"),
        (6.4, "wires"),
        (9.0, "in"),
        (9.3, "drive"),
        (20.2, "out"),
        (20.5, "fan"),
    ]:
        n = len(sim.synapses(name))
        delays = np.round(draw.uniform(1.5 if name == "in" else 1.0, 6.0, n), 1)
        if name == "drive":
            delays[:] = delays[0]
        sim.set_delays(name, delays, at=at + off)
    sim.set_weights("wires", sim.weights("wires") * 1.25, at=7.0)  # also of what is under way


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("kind", WEIGHTS)
def test_no_bit_depends_on_threads_runs_or_checkpoints(kind: str, backend: str, tmp_path: Path) -> None:
    net = WEIGHTS[kind]()
    off = beside(backend)
    with snn.Simulation(net, threads=1, **options(backend)) as sim:
        changes(sim, off)
        sim.run(40.0)
        whole = seen(sim)
    assert whole[0].size > 100
    with snn.Simulation(net, threads=3, **options(backend)) as sim:
        changes(sim, off)
        for part in (5.3, 1.0, 0.1, 0.7, 2.4, 10.7 + off, 0.2 - off, 19.6):
            sim.run(part)
        assert same(seen(sim), whole)
    sim = snn.Simulation(net, threads=2, **options(backend))
    changes(sim, off)
    for threads, part in enumerate((5.3 + off, 0.9, 0.3, 1.0, 13.0, 19.5 - off)):
        sim.run(part)
        sim.save(tmp_path / "at.h5")
        sim.close()
        sim = snn.resume(tmp_path / "at.h5", threads=1 + threads % 3)
    assert same(seen(sim), whole)
    sim.close()


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("kind", WEIGHTS)
def test_setting_the_delays_that_there_are_changes_no_bit(kind: str, backend: str) -> None:
    """What is under way then comes by itself, in the order and the sums in which it would have come."""
    net = WEIGHTS[kind]()
    with snn.Simulation(net, **options(backend)) as sim:
        sim.run(30.0)
        untouched = seen(sim)
    with snn.Simulation(net, **options(backend)) as sim:
        off = beside(backend)
        for part in (7.1, 0.2, 4.1 + off, 18.6 - off):
            sim.run(part)
            for name in ("wires", "fan", "in", "out", "drive"):
                sim.set_delays(name, sim.synapses(name).delay)
        assert same(seen(sim), untouched)


@pytest.mark.parametrize("backend", ENGINES)
def test_set_at_the_begin_they_are_the_delays_that_could_have_been_declared(backend: str) -> None:
    i, j = np.nonzero(np.random.default_rng(3).random((30, 30)) < 0.2)
    late = np.round(np.random.default_rng(4).uniform(1.0, 5.0, i.size), 1)

    def build(delay: Any, plastic: bool) -> snn.Network:
        net = snn.Network(seed=2)
        noise = net.source("noise", 30, snn.Poisson(500.0))
        cells = net.population("cells", 30, snn.LIF(t_ref=1.0))
        net.population("others", 1, snn.LIF())
        net.projection(noise, cells, snn.OneToOne(), weight=9.0, delay=1.0)
        net.projection(cells, cells, snn.FromCOO([0], [0]), weight=0.0, delay=1.0)
        net.projection(
            cells, cells, snn.FromCOO(i, j), delay=delay, name="wires",
            weight=snn.Normal(0.5, 0.1, min=0.0, max=0.9),
            plasticity=snn.PairSTDP(w_max=1.0, a_plus=0.1) if plastic else None,
            dendritic_fraction=0.0,
        )  # fmt: skip
        net.probe(cells, "spikes", name="spikes")
        return net

    for plastic in (False, True):
        with snn.Simulation(build(snn.Array(late), plastic), **options(backend)) as sim:
            sim.run(60.0)
            declared = [
                sim.data["spikes"].t,
                sim.data["spikes"].i,
                sim.weights("wires"),
                sim.synapses("wires"),
            ]
        with snn.Simulation(build(1.0, plastic), **options(backend)) as sim:
            sim.set_delays("wires", late)
            sim.run(60.0)
            found = [sim.data["spikes"].t, sim.data["spikes"].i, sim.weights("wires"), sim.synapses("wires")]
        assert declared[0].size > 30
        assert same(found, declared)


@pytest.mark.parametrize("delay", [1.0, [1.0, 1.2]])
def test_a_source_that_draws_into_its_targets_takes_the_new_delay_from_then_on(
    delay: Any, cpu_backend: str
) -> None:
    """The spikes of sources are those that a probe sees; each is counted where it arrives."""
    net = snn.Network(seed=4)
    noise = net.source("noise", 10, snn.Poisson(4000.0))
    cells = net.population("cells", 10, snn.LIF(tau_m=np.inf, v_th=np.inf, e_l=0.0, v_reset=0.0))
    wires = net.projection(noise, cells, snn.OneToOne(), weight=1.0, delay=delay, name="wires")
    net.probe(noise, "spikes", name="sent")
    net.probe(cells, "v", every=0.5, name="v")
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(20.0)
        sim.set_delays(wires, 5.0)
        sim.set_delays(wires, 2.0, at=22.0)
        sim.run(30.0)
        sent, v = sim.data["sent"], sim.data["v"]
    arrives = []
    for own in np.atleast_1d(delay):
        late = np.where(sent.t <= 20.0, own, np.where(sent.t <= 22.0, 5.0, 2.0))
        arrives.append(sent.t + late)
    for t, row in zip(v.t, v.values, strict=True):
        counted = sum(np.bincount(sent.i[due <= t + 1e-9], minlength=10) for due in arrives)
        assert np.allclose(row, counted), t


def test_weights_go_with_their_synapses_and_k_counts_by_the_new_delays(cpu_backend: str) -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 2, snn.LIF())
    wires = net.projection(
        cells, cells, snn.FromCOO([0, 0, 0, 1], [1, 1, 1, 0]), weight=snn.Array([1.0, 2.0, 3.0, 4.0]),
        delay=snn.Array([1.0, 2.0, 3.0, 4.0]), name="wires",
    )  # fmt: skip
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.set_delays(wires, [5.0, 2.0, 2.0, 1.0])
        table = sim.synapses(wires)
        assert table.i.tolist() == [0, 0, 0, 1]
        assert table.k.tolist() == [0, 1, 2, 0]
        assert table.delay.tolist() == [2.0, 2.0, 5.0, 1.0]
        assert sim.weights(wires).tolist() == [2.0, 3.0, 1.0, 4.0]
        sim.set_weights(wires, [20.0, 30.0, 10.0, 40.0])
        sim.reset(keep=())  # weights as drawn, of synapses that have changed places
        assert sim.weights(wires).tolist() == [2.0, 3.0, 1.0, 4.0]
        assert sim.synapses(wires).delay.tolist() == [2.0, 2.0, 5.0, 1.0]
        with sim.copy() as other:
            assert other.weights(wires).tolist() == [2.0, 3.0, 1.0, 4.0]
            other.set_delays(wires, 4.0)
            assert other.weights(wires).tolist() == [2.0, 3.0, 1.0, 4.0]
        assert sim.synapses(wires).delay.tolist() == [2.0, 2.0, 5.0, 1.0]


def test_a_view_of_the_weights_before_stays_what_it_was() -> None:
    net = network(snn.Normal(0.2, 0.1))
    with snn.Simulation(net, backend="event", threads=2) as sim:
        blocks = sim.weights_view("wires")
        before = [block.weight.copy() for block in blocks]
        for delay in (2.0, 3.0, 4.0):
            sim.set_delays("wires", delay)
            sim.run(3.0)
        assert all(np.array_equal(block.weight, w) for block, w in zip(blocks, before, strict=True))
        assert {d for block in sim.weights_view("wires") for d in np.unique(block.delay())} == {4.0}


def test_trials_have_the_delays_that_were_set() -> None:
    net, eye, wires, _ = relay()
    with snn.Simulation(net) as sim:
        sim.set_delays(wires, 3.0)
        for duration, arrived in [(3.9, 0), (4.0, 1)]:
            given = [snn.SpikeTrains([1.0], [2], n=N, duration=duration)]
            results = sim.run_trials({eye: given}, duration)
            assert results.counts("cells").sum() == arrived
        sim.reset()
        sim.feed(eye, ([1.0], [2]))
        sim.run(10.0)
        assert sim.data["out"].t.tolist() == [4.0]


# ---- misuse ----------------------------------------------------------------------------------------------


def test_what_cannot_be_is_named(cpu_backend: str) -> None:
    net = network(0.1)
    with snn.Simulation(net, backend=cpu_backend) as sim:
        n = len(sim.synapses("wires"))
        for delays, message in [
            (0.5, r"a delay must be >= 1 ms, the shortest that the simulation was built for \(got 0.5 ms"),
            (-1.0, "must be >= 0 ms"),
            (0.0, r"a delay must be >= 1 ms, .* \(got 0 ms"),
            (np.nan, "set_delays: 'wires'"),
            (np.inf, "set_delays: 'wires'"),
            ([1.0, 2.0], f"expected {n} delays, one a synapse .got 2"),
            (snn.Uniform(1.0, 2.0), "nothing is drawn while a network runs"),
            ("long", "set_delays: 'wires'"),
        ]:
            with pytest.raises(snn.ParameterError, match=message):
                sim.set_delays("wires", delays)
            with pytest.raises(snn.ParameterError, match=message):
                sim.set_delays("wires", delays, at=5.0)
        if cpu_backend == "clock":
            with pytest.raises(snn.OffGridError, match="no multiple of dt"):
                sim.set_delays("wires", 1.05)
        with pytest.raises(snn.ParameterError, match=r"a delay must be >= 1\.5 ms"):
            sim.set_delays("in", 1.0)
        with pytest.raises(snn.UnknownNameError, match="did you mean 'wires'"):
            sim.set_delays("wire", 1.0)
        assert sim.pending == ()
        sim.run(20.0)
        with pytest.raises(snn.ParameterError, match="must be >= 20 ms, which is now"):
            sim.set_delays("wires", 3.0, at=10.0)
    with pytest.raises(snn.ClosedError):
        sim.set_delays("wires", 1.0)


def test_of_a_source_that_drives_there_is_one_delay() -> None:
    net = snn.Network(seed=1)
    noise = net.source("noise", 3, snn.Poisson(4000.0))
    cells = net.population("cells", 3, snn.LIF())
    wires = net.projection(noise, cells, snn.OneToOne(), weight=1.0, delay=1.0, name="wires")
    with (
        snn.Simulation(net) as sim,
        pytest.raises(snn.ParameterError, match=r"has one delay: expected the same for all \(got 1 to 3 ms"),
    ):
        sim.set_delays(wires, [1.0, 2.0, 3.0])
