"""Ctrl-C between any two lines of Python: what a call changes is changed whole, or not at all."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from interrupting import ctrl_c_at, lines_of

import pysnn as snn
from pysnn.io import SpikeLog
from pysnn.run import slices

END = 20.0


@pytest.fixture(autouse=True)
def the_same_lines_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is: a run is one slice, and is flushed at its end."""
    monkeypatch.setattr(slices, "SLICE", np.inf)
    monkeypatch.setattr(slices, "REST", -1.0)
    monkeypatch.setattr(slices, "FLUSH", np.inf)


def network() -> snn.Network:
    """Noise onto cells that learn, with a probe of each kind."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 10, snn.LIF())
    noise = net.source("noise", 10, snn.Poisson(rate=2000.0))
    fed = net.source("fed", 4, snn.Input())
    net.projection(noise, cells, snn.OneToOne(), weight=5.0, delay=0.5)
    net.projection(fed, cells, snn.AllToAll(), weight=3.0, delay=0.5)
    weight, rule = snn.Uniform(0.0, 1.0), snn.PairSTDP(w_max=2.0)
    three = snn.FixedIndegree(3)
    net.projection(cells, cells, three, weight=weight, delay=3.0, plasticity=rule, name="learning")
    net.projection(cells, cells, three, weight=weight, delay=3.0, name="static")
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells[:3], "v", every=1.0, name="v")
    net.probe(net.projections["learning"], "weight", every=2.0, name="weights")
    net.probe(net.projections["learning"], "weight", changes=True, name="changes")
    return net


CALLS: dict[str, Callable[[snn.Simulation], Any]] = {
    "run": lambda sim: sim.run(5.0),
    "data": lambda sim: [sim.data[probe] for probe in sim.data],
    "set_weights": lambda sim: sim.set_weights("static", 0.3, at=12.0),
    "set_parameters": lambda sim: sim.set_parameters("cells", tau_m=11.0),
    "feed": lambda sim: sim.feed("fed", snn.Poisson(500.0)),
    "inject": lambda sim: sim.inject(sim.network.populations["cells"], snn.ConstantCurrent(200.0)),
    "rewire": lambda sim: sim.rewire("static", 0.5, below=0.3),
    "set_delays": lambda sim: sim.set_delays("static", 4.0),
    "reset": lambda sim: sim.reset(from_zero=False),
    "take": lambda sim: sim.take("spikes"),
    "probe": lambda sim: sim.probe(sim.network.populations["cells"], "v", every=1.0, name="late"),
}


def came_to(sim: snn.Simulation) -> dict[str, Any]:
    """All that can be seen of it at the end."""
    sim.run(END - sim.time)
    shown = {f"{name} {k}": value for name in sim.data for k, value in vars(sim.data[name]).items()}
    states = {name: sim.state("cells", name) for name in snn.LIF().states}
    weights = {p.name: sim.weights(p.name) for p in sim.spec.projections}
    return {**shown, **states, **weights, "counts": sim.spike_counts()}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_made_whole_or_not_at_all(call: str) -> None:
    """Whatever was interrupted, the simulation goes on, as if it had been made or had not."""
    net, act = network(), CALLS[call]

    def begun() -> snn.Simulation:
        sim = snn.Simulation(net, threads=1)
        sim.run(10.0)
        return sim

    without = came_to(begun())
    sim = begun()
    lines = lines_of(lambda: act(sim))
    made = came_to(sim)
    assert len(without["spikes t"]) > 10
    ends: Counter[str] = Counter()
    for line in lines[:: 1 if call in ("run", "take") else 3]:
        sim = begun()
        with pytest.raises(KeyboardInterrupt), ctrl_c_at(line):
            act(sim)
        end = came_to(sim)
        ends["not at all" if same(end, without) else "whole" if same(end, made) else f"torn by {line}"] += 1
    assert set(ends) <= {"whole", "not at all"}, ends
    assert ends["not at all"] > 0


def test_what_was_taken_and_never_handed_over_is_not_forgotten() -> None:
    """From the line on that forgets it nobody can be told."""
    net = network()
    with snn.Simulation(net) as sim:
        sim.run(10.0)
        expected = len(sim.data["spikes"].t)
        lines = lines_of(lambda: sim.take("spikes"))
    lost = 0
    for line in lines:
        with snn.Simulation(net) as sim:
            sim.run(10.0)
            with pytest.raises(KeyboardInterrupt), ctrl_c_at(line):
                sim.take("spikes")
            lost += len(sim.data["spikes"].t) != expected
    assert lost < len(lines) / 4


STEPS: dict[str, Callable[[snn.Network], Any]] = {
    "population": lambda net: net.population("more", 3, snn.LIF()),
    "error": lambda net: net.error("error", net.populations["cells"]),
    "feedback": lambda net: net.feedback(
        "feedback", net.modulators["reward"], net.populations["cells"], np.ones((10, 1))
    ),
    "probe": lambda net: net.probe(net.populations["cells"], "v", every=1.0),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_part_of_a_network_is_declared_whole_or_not_at_all(step: str) -> None:
    def begun() -> snn.Network:
        net = network()
        net.modulator("reward")
        return net

    net = begun()
    without = net.spec()
    lines = lines_of(lambda: STEPS[step](net))
    for line in lines:
        other = begun()
        with pytest.raises(KeyboardInterrupt), ctrl_c_at(line):
            STEPS[step](other)
        assert other.spec() in (without, net.spec())


def test_a_simulation_that_is_interrupted_while_it_is_made_leaves_its_log_to_the_next(tmp_path: Path) -> None:
    net, log = network(), tmp_path / "log.h5"
    snn.Simulation(net, log=log).close()
    made: list[snn.Simulation] = []
    lines = lines_of(lambda: made.append(snn.Simulation(net, log=log)))
    made.pop().close()
    for line in [*lines[:-40:9], *lines[-40:]]:
        # What has been interrupted is held, as a notebook holds it to show where that was.
        with pytest.raises(KeyboardInterrupt) as held, ctrl_c_at(line):
            made.append(snn.Simulation(net, log=log))
        while made:  # Ctrl-C came after it was made
            made.pop().close()
        with snn.Simulation(net, log=log) as sim:
            sim.run(1.0)
        del held
        assert [path.name for path in tmp_path.iterdir()] == ["log.h5"]


@pytest.mark.parametrize("call", ["resume", "copy"])
def test_going_on_from_elsewhere_gives_a_whole_simulation_or_leaves_its_log_to_the_next(
    call: str, tmp_path: Path
) -> None:
    """Ctrl-C at every line that has to do with the log, and at a part of the many before it."""
    net, log, saved = network(), tmp_path / "log.h5", tmp_path / "saved.h5"
    first = snn.Simulation(net, threads=1, log=None if call == "copy" else log)
    first.run(10.0)
    if call == "resume":
        first.save(saved)
        first.run(3.0)  # which is not in the checkpoint
        first.close()
    go_on = {"resume": lambda: snn.resume(saved, log=log), "copy": lambda: first.copy(log=log)}[call]
    with go_on() as sim:
        whole = came_to(sim)
    logged = snn.load(log)["cells"]
    made: list[snn.Simulation] = []
    lines = lines_of(lambda: made.append(go_on()))
    made.pop().close()
    for line in [*lines[:-30:60], *lines[-30:]]:
        # What has been interrupted is held, as a notebook holds it to show where that was.
        with pytest.raises(KeyboardInterrupt) as held, ctrl_c_at(line):
            made.append(go_on())
        if made:  # Ctrl-C came after it was made
            assert same(came_to(made[0]), whole)
            made.pop().close()
        with go_on() as sim:
            assert same(came_to(sim), whole)
        assert np.array_equal(snn.load(log)["cells"].t, logged.t)
        del held
        assert {path.name for path in tmp_path.iterdir()} <= {"log.h5", "saved.h5"}
    first.close()


def test_closing_completes_the_log(tmp_path: Path) -> None:
    net, log = network(), tmp_path / "log.h5"

    def run() -> snn.Simulation:
        sim = snn.Simulation(net, log=log)
        sim.run(10.0)
        return sim

    lines = lines_of(run().close)
    for line in lines[::7]:
        sim = run()
        with pytest.raises(KeyboardInterrupt), ctrl_c_at(line):
            sim.close()
        sim.close()
        read = snn.load(log)
        assert (read.closed, read.until) == (True, 10.0)
        assert len(read["cells"].t) == sim.spike_counts()["cells"] > 0


def test_a_spike_log_has_each_append_once_or_not_at_all(tmp_path: Path) -> None:
    parts = [[1.0, 2.0], [3.0, 4.0, 5.0]]

    def fill(log: SpikeLog) -> None:
        for times in parts:
            log.append("cells", times, [0] * len(times))
        log.flush()

    def begun() -> SpikeLog:
        return SpikeLog(tmp_path / "log.h5", {"cells": 1}, overwrite=True, buffer=5)

    with begun() as log:
        lines = lines_of(lambda: fill(log))
    for line in lines:
        with begun() as log:
            with pytest.raises(KeyboardInterrupt), ctrl_c_at(line):
                fill(log)
            log.append("cells", [6.0], [0])
        logged = snn.load(tmp_path / "log.h5")["cells"].t.tolist()
        assert logged in ([6.0], [1.0, 2.0, 6.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])


def test_nothing_of_python_runs_when_a_closed_simulation_is_dropped(tmp_path: Path) -> None:
    """It would look for a Ctrl-C that came meanwhile, print it and drop it: nobody would hear of it."""
    net = network()
    sim = snn.Simulation(net, log=tmp_path / "log.h5")
    sim.inject(net.populations["cells"], snn.ConstantCurrent(100.0))
    sim.run(1.0)
    sim.take("spikes")
    sim.close()
    ran: list[str] = []
    sys.setprofile(lambda frame, event, of: ran.append(frame.f_code.co_qualname) if event == "call" else None)
    try:
        del sim
    finally:
        sys.setprofile(None)
    assert ran == []
    with snn.Simulation(net, log=tmp_path / "log.h5"):  # nobody writes there any more
        pass


@pytest.mark.opencl
def test_a_second_ctrl_c_in_the_middle_of_a_step_of_opencl_breaks_the_simulation() -> None:
    """The engine is Python, so nobody knows where it stands; one Ctrl-C waits for the end of the step."""
    net = network()
    with snn.Simulation(net, backend="opencl") as sim:
        sim.run(1.0)
        batch = type(sim._engine)._batch

        def twice(steps: int) -> None:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            batch(sim._engine, steps)

        sim._engine._batch = twice
        with pytest.raises(KeyboardInterrupt):
            sim.run(1.0)
        with pytest.raises(snn.BrokenError, match="KeyboardInterrupt"):
            sim.run(1.0)
