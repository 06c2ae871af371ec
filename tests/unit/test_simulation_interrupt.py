"""Ctrl-C: the run stops between two slices, everything is on disk, and the simulation can go on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn
from pysnn.base.interrupt import InterruptGuard


@pytest.fixture(autouse=True)
def python_handles_sigint() -> Iterator[None]:
    """A shell starts background jobs with SIGINT ignored, and pysnn leaves it so; here it is wanted."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def network() -> snn.Network:
    net = snn.Network(seed=1)
    cells = net.population("c", 20, snn.CubaLIF(i_e=500.0), init={"v": snn.Uniform(-70.0, -60.0)})
    net.projection(
        cells, cells, snn.FixedIndegree(5), weight=50.0, delay=1.5, plasticity=snn.PairSTDP(w_max=90.0)
    )
    net.probe(cells, "spikes")
    return net


class Pressing:
    """An engine under whose second slice somebody presses Ctrl-C."""

    def __init__(self, sim: snn.Simulation) -> None:
        self._engine = sim._engine
        self._slice = sim._time_base.tick(100.0, "test")
        self._slices = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def advance(self, until: int, wall_budget: float) -> None:
        self._slices += 1
        self._engine.advance(min(until, self._engine.ticks + self._slice), wall_budget)
        if self._slices == 2:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_ctrl_c_leaves_everything_on_disk_and_the_simulation_usable(backend: str, tmp_path: Path) -> None:
    with snn.Simulation(network(), backend=backend) as undisturbed:
        undisturbed.run(500.0)
    path = tmp_path / "log.h5"
    with snn.Simulation(network(), backend=backend, log=path) as sim:
        sim._engine = Pressing(sim)
        with pytest.raises(KeyboardInterrupt):
            sim.run(500.0)
        stopped = sim.time
        assert 0.0 < stopped <= 200.0
        logged = snn.load(path)
        assert logged.until == stopped
        assert len(logged["c"]) > 0
        assert np.array_equal(logged["c"].t, sim.data["c.spikes"].t)
        sim.run(500.0 - stopped)
    # stopping and going on changed nothing
    assert np.array_equal(sim.data["c.spikes"].t, undisturbed.data["c.spikes"].t)
    assert np.array_equal(sim.weights("c->c"), undisturbed.weights("c->c"))
    assert np.array_equal(snn.load(path)["c"].t, undisturbed.data["c.spikes"].t)


def test_the_guard_waits_for_the_first_and_yields_to_the_second() -> None:
    before = signal.getsignal(signal.SIGINT)
    with InterruptGuard() as guard:
        assert not guard.requested
        signal.raise_signal(signal.SIGINT)
        assert guard.requested
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_guard_gives_back_what_nobody_has_answered() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), InterruptGuard():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt), InterruptGuard(lambda: True) as guard:
        signal.raise_signal(signal.SIGINT)
    assert not guard.requested


def test_a_handler_of_the_program_itself_is_left_alone() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        with InterruptGuard() as guard:
            signal.raise_signal(signal.SIGINT)
        assert seen == [signal.SIGINT]
        assert not guard.requested
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_simulation_runs_in_a_thread_of_its_own() -> None:
    sim = snn.Simulation(network())
    worker = threading.Thread(target=sim.run, args=(50.0,))
    worker.start()
    worker.join()
    assert sim.time == 50.0
