"""Ctrl-C in run_trials between any two lines of Python: what is given back is whole trials, in order."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import numpy as np
import pytest

import pysnn as snn
from pysnn.run import trial_runs, trials

OURS = {trials.__file__, trial_runs.__file__}
TRIALS = 6


def network(plastic: bool, n: int = 4) -> snn.Network:
    """Inputs onto cells that also hear noise."""
    net = snn.Network(seed=7)
    cells = net.population("cells", n, snn.CubaLIF(i_e=300.0), init={"v": snn.Uniform(-70.0, -60.0)})
    fed = net.source("fed", 8, snn.Input())
    rule = snn.PairSTDP(a_plus=0.05, a_minus=0.03, w_max=300.0) if plastic else None
    net.projection(fed, cells, snn.AllToAll(), weight=100.0, delay=1.0, plasticity=rule, name="w")
    noise = net.source("noise", n, snn.Poisson(rate=500.0))
    net.projection(noise, cells, snn.OneToOne(), weight=40.0, delay=1.0)
    return net


def trains(number: int) -> snn.TrialSpikes:
    """Of 20 ms each."""
    rng = np.random.default_rng(1)
    times = rng.integers(1, 201, 12 * number) / 10.0
    return snn.TrialSpikes(times, rng.integers(0, 8, 12 * number), np.arange(number + 1) * 12, 8, 20.0)


@contextlib.contextmanager
def ctrl_c_at(line: int) -> Iterator[list[int]]:
    """Comes before the line of that number of those that are gone through; how many there were."""
    gone = [0]

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename not in OURS:
            return None
        if event == "line":
            gone[0] += 1
            if gone[0] == line:
                signal.raise_signal(signal.SIGINT)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield gone
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("backend", ["clock", "event", pytest.param("opencl", marks=pytest.mark.opencl)])
@pytest.mark.parametrize("plastic", [False, True])
def test_ctrl_c_between_any_two_lines(backend: str, plastic: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "AT_ONCE", 2)
    monkeypatch.setattr(trial_runs, "TRIALS_SLICE", float("inf"))
    given = trains(TRIALS)
    net = network(plastic)

    def run(sim: snn.Simulation) -> snn.TrialResults:
        return sim.run_trials(given, spikes="cells")

    with snn.Simulation(net, backend=backend) as sim, ctrl_c_at(-1) as gone:
        expected = run(sim)
    after = {}  # weights after so many trials
    for many in range(TRIALS + 1):
        with snn.Simulation(net, backend=backend) as sim:
            if many:
                sim.run_trials(given[:many])
            after[many] = sim.weights("w").copy()
    ends = set()
    for line in range(1, gone[0] + 1, 1 if backend == "clock" else 7):
        with snn.Simulation(net, backend=backend) as sim:
            try:
                with ctrl_c_at(line):
                    run(sim)
                raise AssertionError(f"nobody heard the Ctrl-C before line {line} of {gone[0]}")
            except snn.TrialsInterrupted as interrupted:
                done = interrupted.results
            except KeyboardInterrupt:
                done = None
            if done is not None:
                ends.add(len(done))
                np.testing.assert_array_equal(done.counts("cells"), expected.counts("cells")[: len(done)])
                np.testing.assert_array_equal(done.counts("cells"), done.spikes("cells").counts())
                np.testing.assert_array_equal(sim.weights("w"), after[len(done)])
            else:
                assert any(np.array_equal(sim.weights("w"), after[many]) for many in (0, TRIALS))
            sim.run(1.0)  # it goes on
    assert ends >= {2, 4, 6}


@pytest.mark.parametrize("plastic", [False, True])
def test_ctrl_c_while_the_engine_works(plastic: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    given = trains(200)[np.tile(np.arange(200), 400)]
    go, slices = trials.TrialRun.go, []

    def and_ctrl_c(self: trials.TrialRun, wall_budget: float) -> None:
        slices.append(wall_budget)
        if len(slices) == 2:
            threading.Timer(0.02, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        go(self, wall_budget)

    monkeypatch.setattr(trials.TrialRun, "go", and_ctrl_c)
    with snn.Simulation(network(plastic, n=300), threads=2) as sim:
        with pytest.raises(snn.TrialsInterrupted) as caught:
            sim.run_trials(given, keys=np.zeros(80_000, int), spikes="cells")
        done = caught.value.results
        assert isinstance(caught.value, KeyboardInterrupt)
        assert 0 < len(done) < 80_000
        np.testing.assert_array_equal(done.counts("cells"), done.spikes("cells").counts())
        weights = sim.weights("w")
        sim.run(1.0)  # it goes on
    monkeypatch.undo()
    with snn.Simulation(network(plastic, n=300), threads=1) as sim:
        again = sim.run_trials(given[: len(done)], keys=np.zeros(len(done), int))
        np.testing.assert_array_equal(done.counts("cells"), again.counts("cells"))
        np.testing.assert_array_equal(sim.weights("w"), weights)
