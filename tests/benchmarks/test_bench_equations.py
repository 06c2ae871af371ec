"""Models and rules from equations beside the built-in ones that they were written after, and what compiling
them takes.

Ratios are printed: both are run in turn in one process (``-s --benchmark-disable`` is enough to see them).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest
from equations import example, rules
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn

from .start_up import took

N, ROUNDS = 1000, 15
MODELS = ["CubaLIF", "AlphaLIF", "ALIF", "CobaLIF", "AdEx", "Izhikevich", "HodgkinHuxley"]
WEIGHTS = {"mV": 0.1, "pA": 5.0, "nS": 0.2}
FIRING = {
    "CubaLIF": 380.0,
    "AlphaLIF": 380.0,
    "ALIF": 400.0,
    "CobaLIF": 120.0,
    "AdEx": 600.0,
    "Izhikevich": 5.0,
    "HodgkinHuxley": 700.0,
}  # pA of i_e


def network(model: snn.NeuronModel, rate: float) -> snn.Network:
    net = snn.Network(seed=1)
    cells = net.population("cells", N, model)
    if rate > 0.0:
        source = net.source("source", N, snn.Poisson(rate))
        net.projection(source, cells, snn.OneToOne(), weight=WEIGHTS[model.weight_unit], delay=1.0)
    return net


def ratio(
    name: str,
    backend: str,
    rate: float,
    duration: float,
    rounds: int,
    dtype: str = "float64",
    i_e: float = 0.0,
) -> float:
    """Least processor time of a run of the model from equations over that of the built-in one."""
    least = {}
    written, built_in = getattr(example(), name)(i_e=i_e), getattr(snn, name)(i_e=i_e)
    with (
        snn.Simulation(network(written, rate), backend=backend, threads=1, dtype=dtype) as ours,
        snn.Simulation(network(built_in, rate), backend=backend, threads=1, dtype=dtype) as theirs,
    ):
        for _ in range(rounds):
            for which, sim in (("ours", ours), ("theirs", theirs)):
                begin = time.process_time()
                sim.run(duration)
                least[which] = min(least.get(which, 1e9), time.process_time() - begin)
    return least["ours"] / least["theirs"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_a_step(benchmark: BenchmarkFixture, name: str, dtype: str) -> None:
    """The aim is 1.0 to 1.3 times the built-in model."""
    benchmark.group = f"100 ms of {N} neurons in steps of 0.1 ms, {dtype}, over the built-in model"
    found = benchmark.pedantic(ratio, args=(name, "clock", 0.0, 100.0, ROUNDS, dtype), rounds=1)
    benchmark.extra_info["ratio"] = found
    print(f"\n{name} {dtype}: {found:.2f} times the built-in model a step")


@pytest.mark.parametrize("fires", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_an_arrival(benchmark: BenchmarkFixture, name: str, fires: bool) -> None:
    """The same in continuous time, with 100 arrivals a neuron and second, or 10 where steps solve."""
    rate = 10.0 if getattr(snn, name).costs.arrival > 500.0 else 100.0
    i_e = FIRING[name] if fires else 0.0
    benchmark.group = (
        f"1 s of {N} neurons on the event engine{', firing' if fires else ''}, over the built-in model"
    )
    found = benchmark.pedantic(ratio, args=(name, "event", rate, 1000.0, 3, "float64", i_e), rounds=1)
    benchmark.extra_info["ratio"] = found
    print(f"\n{name}: {found:.2f} times the built-in model on events{', firing' if fires else ''}")


def learning(rule: snn.PlasticityRule) -> snn.Network:
    """A million synapses that learn, from 1,000 sources of 10 Hz onto neurons that fire at some Hz."""
    net = snn.Network(seed=1)
    source = net.source("source", N, snn.Poisson(10.0))
    noise = net.source("noise", N, snn.Poisson(1000.0))
    cells = net.population("cells", N, snn.LIF(), init={"v": snn.Uniform(-70.0, -55.0)})
    net.projection(noise, cells, snn.OneToOne(), weight=2.0, delay=1.0)
    weight = snn.Uniform(0.0, 0.01)
    net.projection(source, cells, snn.AllToAll(), weight=weight, delay=1.0, plasticity=rule, name="learns")
    return net


RULES = {
    "PairSTDP": {"w_max": 0.02},
    "TripletSTDP": {"w_max": 0.02},
}


def rule_ratio(name: str, backend: str, dtype: str, duration: float, rounds: int) -> float:
    """The same of a rule: processor time of a network whose synapses learn by it."""
    least: dict[str, float] = {}
    written, built_in = getattr(rules(), name)(**RULES[name]), getattr(snn, name)(**RULES[name])
    options = {"backend": backend, "threads": 1, "dtype": dtype}
    with (
        snn.Simulation(learning(written), **options) as ours,
        snn.Simulation(learning(built_in), **options) as theirs,
    ):
        for sim in (ours, theirs):
            sim.run(100.0)
        for _ in range(rounds):
            for which, sim in (("ours", ours), ("theirs", theirs)):
                begin = time.process_time()
                sim.run(duration)
                least[which] = min(least.get(which, 1e9), time.process_time() - begin)
        np.testing.assert_allclose(ours.weights("learns"), theirs.weights("learns"), atol=1e-6)
    return least["ours"] / least["theirs"]


@pytest.mark.parametrize(
    ("backend", "dtype"),
    [
        ("clock", "float32"),
        ("clock", "float64"),
        ("event", "float64"),
        pytest.param("opencl", "float32", marks=pytest.mark.opencl),
        pytest.param("opencl", "float64", marks=pytest.mark.opencl),
    ],
)
@pytest.mark.parametrize("name", RULES)
def test_a_rule(benchmark: BenchmarkFixture, name: str, backend: str, dtype: str) -> None:
    """The aim is at most twice the built-in rule."""
    benchmark.group = f"a million synapses that learn, {backend}, {dtype}, over the built-in rule"
    found = benchmark.pedantic(rule_ratio, args=(name, backend, dtype, 200.0, 5), rounds=1)
    benchmark.extra_info["ratio"] = found
    print(f"\n{name} on {backend}, {dtype}: {found:.2f} times the built-in rule")


@pytest.mark.parametrize("cached", [False, True])
def test_from_nothing_to_the_end_of_a_run(benchmark: BenchmarkFixture, tmp_path: Path, cached: bool) -> None:
    """A process that declares, compiles and runs the CUBA network (aim: 3 s, or 1 s from the cache)."""
    if cached:
        took(sys.executable, "pysnn", tmp_path)
    benchmark.group = "a process with a model from equations"
    _, used = benchmark.pedantic(took, args=(sys.executable, "pysnn", tmp_path), rounds=1)
    print(f"\n{used:.2f} s of processor time")
