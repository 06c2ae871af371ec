"""Seconds for a stretch of model time of every network, by engine, threads and precision.

The table's groups are networks; ``extra_info`` (with --benchmark-json) has the real-time factor, the rate
and the size. docs/performance.md says how these figures are compared with other simulators.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn
from pysnn import networks

# Model time of one round, ms. The event engine draws every spike of Brunel's noise (250 million a second)
# on its own.
STRETCH = {"cuba": 500.0, "brunel": 200.0, "brunel_stdp": 100.0, "sparse": 200.0, "sparse_delta": 200.0}
WARM_UP = 50.0  # ms
ROUNDS = 3

CLOCK = [("clock", threads, dtype) for dtype in ("float32", "float64") for threads in (1, 2)]
ENGINES = [*CLOCK, ("event", 1, "float64"), ("event", 2, "float64")]


def described(name: str) -> snn.Network:
    if name == "sparse_delta":
        return networks.sparse(model="lif_delta")
    return networks.find(name)()


@pytest.mark.parametrize(("backend", "threads", "dtype"), ENGINES, ids=lambda value: str(value))
@pytest.mark.parametrize("name", STRETCH)
def test_run(benchmark: BenchmarkFixture, name: str, backend: str, threads: int, dtype: str) -> None:
    benchmark.group = f"{name}: {STRETCH[name]:g} ms of model time"
    net = described(name)
    try:
        sim = snn.Simulation(net, backend=backend, threads=threads, dtype=dtype)
    except snn.BackendUnsupported as error:
        pytest.skip(str(error))
    with sim:
        sim.run(WARM_UP)
        before = sum(sim.spike_counts().values())
        benchmark.pedantic(sim.run, args=(STRETCH[name],), rounds=ROUNDS, iterations=1)
        spikes = sum(sim.spike_counts().values()) - before
        neurons = sum(len(population) for population in net.populations.values())
        stretch = STRETCH[name] / 1e3
        benchmark.extra_info |= {
            "rtf": benchmark.stats.stats.min / stretch,
            "rate_hz": spikes / neurons / stretch / ROUNDS,
            "synapses": sim.memory()["synapses"],
            "bytes_per_synapse": sim.memory()["bytes_per_synapse"],
        }
    assert spikes > 0


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", ["brunel", "brunel_stdp", "sparse"])
def test_build(benchmark: BenchmarkFixture, name: str, threads: int) -> None:
    benchmark.group = "build, float32"
    net = networks.find(name)()

    def build() -> float:
        with snn.Simulation(net, threads=threads, dtype="float32") as sim:
            return sim.memory()["synapses"]

    synapses = benchmark.pedantic(build, rounds=ROUNDS, iterations=1)
    benchmark.extra_info["million_synapses_a_second"] = synapses / benchmark.stats.stats.min / 1e6
    assert synapses > 10_000_000
