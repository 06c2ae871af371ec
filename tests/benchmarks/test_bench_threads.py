"""What threads cost where others need the cores too, and what a source's short delay costs.

Groups hold what is to be compared: with every core taken by other work the default number of threads should
stay within 1.3 times ``threads=1``, and on a quiet machine be as fast as that number given; sources whose
delay is a fifteenth of the neurons' should cost what sources with as long a delay cost.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn
from pysnn import networks

ROUNDS = 5
CORES = len(os.sched_getaffinity(0))


@pytest.fixture
def taken() -> Iterator[None]:
    """A process that computes for each core."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(CORES)]
    yield
    for other in others:
        other.kill()
        other.wait()


def run_cuba(benchmark: BenchmarkFixture, threads: int | None, ms: float) -> None:
    with snn.Simulation(networks.cuba(), dtype="float32", threads=threads) as sim:
        sim.run(50.0)
        benchmark.pedantic(sim.run, args=(ms,), rounds=ROUNDS, iterations=1)
        assert sum(sim.spike_counts().values()) > 0


@pytest.mark.parametrize("threads", [1, None], ids=["one", "default"])
def test_with_all_cores_taken(benchmark: BenchmarkFixture, taken: None, threads: int | None) -> None:
    benchmark.group = "cuba, 100 s of model time, all cores taken by other work"
    run_cuba(benchmark, threads, 100_000.0)


@pytest.mark.parametrize("threads", [CORES, None], ids=["given", "default"])
def test_on_a_quiet_machine(benchmark: BenchmarkFixture, threads: int | None) -> None:
    benchmark.group = "cuba, 20 s of model time, quiet"
    run_cuba(benchmark, threads, 20_000.0)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("delay", [0.1, 2.0], ids=["source_delay_0.1_ms", "source_delay_2_ms"])
@pytest.mark.parametrize("backend", ["event", "clock"])
def test_delay_of_a_source(benchmark: BenchmarkFixture, backend: str, delay: float, threads: int) -> None:
    benchmark.group = f"{backend}, {threads} threads: neurons at 2 ms"
    net = snn.Network(seed=3)
    lif = snn.CubaLIF(tau_m=20.0, tau_syn_exc=5.0, tau_syn_inh=10.0, e_l=-60.0, v_th=-50.0, v_reset=-60.0)
    cells = net.population("cells", 4000, lif, init={"v": snn.Uniform(-60.0, -50.0)})
    noise = net.source("noise", 400, snn.Poisson(rate=12.0))
    net.projection(noise, cells, snn.FixedIndegree(80), weight=40.0, delay=delay)
    net.projection(cells, cells, snn.FixedProbability(0.01), weight=2.0, delay=2.0)
    with snn.Simulation(net, backend=backend, threads=threads) as sim:
        sim.run(50.0)
        benchmark.pedantic(sim.run, args=(500.0,), rounds=ROUNDS, iterations=1)
        assert sum(sim.spike_counts().values()) > 0
