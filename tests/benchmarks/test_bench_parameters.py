"""What parameters of a neuron's own cost beside those that all neurons share: i_e alone, and all of them."""

from __future__ import annotations

from time import process_time
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn
from pysnn.neurons.base import NeuronModel

N, ROUNDS = 1000, 15
SIZES = [1000, 20_000, 1_000_000]  # in the first cache, the second and none
MODELS = ["LIF", "CubaLIF", "AlphaLIF", "ALIF", "CobaLIF", "SRM0", "AdEx", "Izhikevich", "HodgkinHuxley"]
WEIGHTS = {"mV": 0.1, "pA": 5.0, "nS": 0.2}


def parameters(kind: type[NeuronModel], differ: str, n: int = N) -> dict[str, Any]:
    """Values that hardly differ, so that as many spikes fall in all three."""
    rng = np.random.default_rng(1)
    default = kind()
    names = {"none": [], "i_e": ["i_e"], "all": kind.number_names()}[differ]
    values = {}
    for name in names:
        about = float(getattr(default, name))
        values[name] = about + 1e-3 * (abs(about) or 1e-3) * rng.uniform(0.0, 1.0, n)
    if "t_ref" in values:
        values["t_ref"] = np.where(np.arange(n) % 2 == 0, 2.0, 2.1)
    return values


def network(kind: type[NeuronModel], differ: str, rate: float, n: int = N) -> snn.Network:
    net = snn.Network(seed=1)
    cells = net.population("cells", n, kind(**parameters(kind, differ, n)))
    if rate > 0.0:
        source = net.source("source", n, snn.Poisson(rate))
        net.projection(source, cells, snn.OneToOne(), weight=WEIGHTS[kind.weight_unit], delay=1.0)
    return net


@pytest.mark.parametrize("differ", ["none", "i_e", "all"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_a_step(benchmark: BenchmarkFixture, name: str, dtype: str, differ: str) -> None:
    """i_e alone shall take at most 1.1 times as long as numbers, all of them 1.5; ``extra_info`` has ns."""
    benchmark.group = f"100 ms of {N} {name} in steps of 0.1 ms, {dtype}, 1 thread"
    kind = NeuronModel.registry.get(name, "benchmark")
    with snn.Simulation(network(kind, differ, 0.0), backend="clock", threads=1, dtype=dtype) as sim:
        benchmark.pedantic(sim.run, args=(100.0,), rounds=ROUNDS, warmup_rounds=2)
    benchmark.extra_info["ns"] = benchmark.stats.stats.min / (1000 * N) * 1e9


@pytest.mark.parametrize("differ", ["none", "i_e", "all"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", MODELS[:3])
def test_a_step_of_many(benchmark: BenchmarkFixture, name: str, n: int, dtype: str, differ: str) -> None:
    """The same ratios whatever cache they fit; ``extra_info`` has ns of processor time."""
    steps = max(20_000_000 // n, 64)
    benchmark.group = f"{steps} steps of {n} {name}, {dtype}, 1 thread"
    kind = NeuronModel.registry.get(name, "benchmark")
    with snn.Simulation(network(kind, differ, 0.0, n), backend="clock", threads=1, dtype=dtype) as sim:
        taken = []

        def run() -> None:
            begin = process_time()
            sim.run(steps / 10)
            taken.append(process_time() - begin)

        benchmark.pedantic(run, rounds=7, warmup_rounds=1)
    benchmark.extra_info["ns"] = min(taken) / (steps * n) * 1e9


@pytest.mark.parametrize("differ", ["none", "i_e", "all"])
@pytest.mark.parametrize("name", MODELS)
def test_an_arrival(benchmark: BenchmarkFixture, name: str, differ: str) -> None:
    """The same in continuous time, with 100 arrivals a neuron and second, or 10 where steps solve."""
    kind = NeuronModel.registry.get(name, "benchmark")
    rate = 10.0 if kind.costs.arrival > 500.0 else 100.0
    benchmark.group = f"1 s of {N} {name} on the event engine, {rate:g} arrivals each, 1 thread"
    with snn.Simulation(network(kind, differ, rate), backend="event", threads=1) as sim:
        benchmark.pedantic(sim.run, args=(1000.0,), rounds=5, warmup_rounds=1)
    benchmark.extra_info["ns"] = benchmark.stats.stats.min / (rate * N) * 1e9
