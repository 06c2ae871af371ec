"""run_trials: what makes no trials, and when none can be run, is said before anything runs."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
import pytest

import pysnn as snn
from pysnn.errors import (
    BrokenError,
    ClosedError,
    OffGridError,
    ParameterError,
    PysnnError,
    RunningError,
    ThreadsError,
    UnknownNameError,
)

from .test_trials import D, network, trains


def encoder() -> snn.encoders.Encoder:
    return snn.encoders.RegularRate(rate_high=200.0)


@pytest.mark.parametrize(
    ("inputs", "options", "error", "message"),
    [
        ({"noise": trains(2)}, {}, ParameterError, r"'noise' is a Poisson.*snn\.Input\(\)"),
        ({"cells": trains(2)}, {}, ParameterError, "population, not a source"),
        ({"fedd": trains(2)}, {}, UnknownNameError, "did you mean 'fed'"),
        ({3: trains(2)}, {}, ParameterError, "expected sources or names"),
        (trains(2, n=9), {}, ParameterError, "9 trains for 8 sources"),
        ([1, 2], {"duration": D}, ParameterError, "expected TrialSpikes"),
        (trains(2)[0], {}, ParameterError, "one SpikeTrains a trial"),
        (trains(2)[:0], {}, ParameterError, "no trials"),
        ([], {"duration": D}, ParameterError, "there are no trials"),
        (trains(2), {"duration": 5.0}, ParameterError, "after its end at 5 ms"),
        (trains(2), {"duration": -5.0}, ParameterError, "duration"),
        (trains(2), {"duration": 20.03}, OffGridError, "no multiple of dt"),
        (trains(2), {"keys": [1]}, ParameterError, "expected 2 keys"),
        (trains(2), {"keys": [-1, 2]}, ParameterError, "keys"),
        (trains(2), {"keys": [0.5, 2]}, ParameterError, "keys"),
        (trains(2), {"counts": "celsl"}, UnknownNameError, "did you mean 'cells'"),
        (trains(2), {"spikes": ["fed"]}, UnknownNameError, "cells"),
        (trains(2), {"counts": 3}, ParameterError, "counts: expected populations or names"),
        (trains(2), {"progress": "bar"}, ParameterError, "progress: expected True or False"),
        ((encoder(), [["a"] * 8]), {"duration": D}, ParameterError, "samples: expected an array of numbers"),
        (
            (encoder(), [[0.5] * 8, [0.5]]),
            {"duration": D},
            ParameterError,
            "samples: expected an array of num",
        ),
        ((encoder(), np.full((2, 8), 1j)), {"duration": D}, ParameterError, "samples: expected real numbers"),
        ((encoder(), np.full((2, 8), np.nan)), {"duration": D}, ParameterError, r"values\[0, 0\]"),
        (trains(2), {"keep": "theta"}, UnknownNameError, "theta"),
        (trains(2), {"keep": "weights"}, ParameterError, "states by name"),
        (trains(2), {"carry": "recordings"}, ParameterError, "states by name"),
        (None, {"duration": D}, ParameterError, "keys must say how many"),
        (None, {"duration": D, "keys": []}, ParameterError, "at least one key"),
        (None, {"keys": [1]}, ParameterError, "duration: expected a number"),
        ((encoder(), np.zeros((3, 7))), {"duration": D}, ParameterError, r"n = 8.*shape \(3, 7\)"),
        ((encoder(), np.zeros(8)), {"duration": D}, ParameterError, r"shape \(8,\)"),
        ((encoder(), np.zeros((0, 8))), {"duration": D}, ParameterError, "not empty"),
        ((encoder(), np.full((3, 8), 7.0)), {"duration": D}, ParameterError, "<= high"),
        ((encoder(), np.zeros((3, 8))), {}, ParameterError, "duration: expected a number"),
    ],
)
def test_what_makes_no_trials_is_refused_before_anything_runs(
    inputs: Any, options: dict[str, Any], error: type[PysnnError], message: str
) -> None:
    with snn.Simulation(network()) as sim:
        with pytest.raises(error, match=message):
            sim.run_trials(inputs, **options)
        assert len(sim.run_trials(trains(1))) == 1


def test_inputs_of_another_network_and_of_several_sources_are_told_apart() -> None:
    net = network()
    other = network(n=31)
    more = net.source("more", 3, snn.Input())
    net.projection(more, net.populations["cells"], snn.AllToAll(), weight=50.0, delay=1.0)
    with snn.Simulation(net) as sim:
        with pytest.raises(ParameterError, match=r"2 sources declared as snn\.Input"):
            sim.run_trials(trains(2))
        with pytest.raises(ParameterError, match="as many trials of each source"):
            sim.run_trials({"fed": trains(2), "more": trains(3, n=3)})
        with pytest.raises(ParameterError, match="another network"):
            sim.run_trials({"fed": trains(2)}, counts=other.populations["cells"])
        both = sim.run_trials({"fed": trains(2), more: trains(2, n=3)}).counts("cells")
        one = sim.run_trials({"fed": trains(2)}).counts("cells")
        assert both.sum() > one.sum()
        net.population("late", 1, snn.LIF())
        with pytest.raises(ParameterError, match="declared after"):
            sim.run_trials({"fed": trains(2)})


def test_a_spike_off_the_grid_names_its_trial() -> None:
    given = snn.TrialSpikes([1.0, 2.0, 3.05], [0, 0, 0], [0, 1, 2, 3], 8, D)
    with snn.Simulation(network(), threads=2) as sim:
        with pytest.raises(OffGridError, match=r"trial 2: .*3\.05"):
            sim.run_trials(given)
        assert len(sim.run_trials(given[:2])) == 2  # the simulation is as it was


def test_an_error_in_a_trial_that_learns_breaks_the_simulation() -> None:
    given = snn.TrialSpikes([1.0, 2.0, 3.05], [0, 0, 0], [0, 1, 2, 3], 8, D)
    with snn.Simulation(network(plastic=True)) as sim:
        with pytest.raises(OffGridError, match="trial 2"):
            sim.run_trials(given)
        with pytest.raises(BrokenError):
            sim.run(1.0)


def test_closed_and_busy_simulations_take_no_trials() -> None:
    sim = snn.Simulation(network())
    sim.close()
    with pytest.raises(ClosedError, match="run_trials"):
        sim.run_trials(trains(1))
    many = trains(4000)
    with snn.Simulation(network(n=400), threads=1) as sim:
        runner = threading.Thread(target=lambda: sim.run_trials(many))
        runner.start()
        seen = False
        while runner.is_alive() and not seen:
            try:
                sim.state("cells", "v")
            except RunningError:
                seen = True
        runner.join()
        assert seen


class Refusing:
    """An engine whose system gives one thread."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def trials(self, threads: int, in_order: bool, states: Any) -> Any:
        if threads > 1:
            raise ThreadsError("no more threads")
        return self._engine.trials(threads, in_order, states)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core alone is never refused another thread")
def test_threads_that_nobody_asked_for_may_be_refused() -> None:
    given = trains(4)
    with snn.Simulation(network()) as sim:
        expected = sim.run_trials(given).counts("cells")
        sim._engine = Refusing(sim._engine)
        np.testing.assert_array_equal(sim.run_trials(given).counts("cells"), expected)
    with snn.Simulation(network(), threads=2) as sim:
        sim._engine = Refusing(sim._engine)
        with pytest.raises(ThreadsError):
            sim.run_trials(given)
