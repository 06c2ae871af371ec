"""A closed loop of 1 ms calls: what feeding, running and taking cost beside one run of all the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn

CALLS = 500
SPIKES = 20  # of the Input in a ms


def network() -> snn.Network:
    net = snn.Network(1)
    source = net.source("in", 100, snn.Input())
    cells = net.population("cells", 1000, snn.LIF())
    net.projection(source, cells, snn.FixedProbability(0.1), weight=1.0, delay=1.0)
    net.projection(cells, cells, snn.FixedProbability(0.05), weight=0.1, delay=1.5)
    net.probe(cells, "spikes", name="spikes")
    return net


def spikes_of(ms: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(ms)
    return ms + 0.1 * (1 + rng.integers(10, size=SPIKES)), rng.integers(100, size=SPIKES)


def loop(sim: snn.Simulation) -> int:
    count = 0
    for ms in range(CALLS):
        sim.feed("in", spikes_of(ms))
        sim.run(1.0)
        count += int(sim.take("spikes").counts().sum())
    return count


def at_once(sim: snn.Simulation) -> int:
    for ms in range(CALLS):
        sim.feed("in", spikes_of(ms))
    sim.run(float(CALLS))
    return int(sim.take("spikes").count)


@pytest.mark.benchmark(group="500 ms, 20 spikes fed a ms")
@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("how", [loop, at_once])
def test_calls_of_1_ms(
    benchmark: BenchmarkFixture, backend: str, how: Callable[[snn.Simulation], int]
) -> None:
    def setup() -> tuple[tuple[snn.Simulation], dict[str, Any]]:
        return (snn.Simulation(network(), backend=backend, threads=1),), {}

    assert benchmark.pedantic(how, setup=setup, rounds=5) > 100


@pytest.mark.benchmark(group="changes between calls of 1 ms")
@pytest.mark.parametrize("call", ["nothing", "inject", "set_learning", "set_weights at="])
def test_changes_between_calls(benchmark: BenchmarkFixture, call: str) -> None:
    net = network()
    learns = net.projection(
        net.sources["in"], net.populations["cells"], snn.FixedProbability(0.01), weight=0.1, delay=1.0,
        name="learns", plasticity=snn.PairSTDP(w_max=1.0),
    )  # fmt: skip
    with snn.Simulation(net, threads=1) as sim:
        cells = net.populations["cells"]
        held = [sim.inject(cells, snn.ConstantCurrent(1.0))]
        on = [True]

        def step() -> None:
            if call == "inject":
                held.pop().stop()
                held.append(sim.inject(cells, snn.ConstantCurrent(1.0)))
            elif call == "set_learning":
                on[0] = not on[0]
                sim.set_learning(learns, on[0])
            elif call == "set_weights at=":
                sim.set_weights(learns, 0.1, at=sim.time + 0.5)
            sim.run(1.0)

        benchmark.pedantic(step, rounds=20, iterations=10)
