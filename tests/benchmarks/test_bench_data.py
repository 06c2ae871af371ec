"""What comes out of a simulation: weights, synapses, spikes and their log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn
from pysnn.io.sonata import SpikeLog

N, FAN_OUT = 4000, 500  # 2 million synapses
DELAYS = {"one delay": 1.5, "delays 1-20 ms": snn.Uniform(1.0, 20.0, step=0.1)}
KINDS: dict[str, dict[str, Any]] = {
    "constant": {"weight": 0.1},
    "drawn": {"weight": snn.Uniform(0.0, 0.2)},
    "plastic": {"weight": snn.Uniform(0.0, 0.2), "plasticity": snn.PairSTDP(w_max=0.2)},
}


def built(kind: str, delay: str) -> tuple[snn.Simulation, snn.Projection]:
    net = snn.Network(1)
    cells = net.population("cells", N, snn.LIF())
    synapses = net.projection(cells, cells, snn.FixedOutdegree(FAN_OUT), delay=DELAYS[delay], **KINDS[kind])
    sim = snn.Simulation(net, dtype="float32", threads=2)
    sim.run(0.1)
    return sim, synapses


@pytest.fixture(params=[(kind, delay) for kind in KINDS for delay in DELAYS], ids=", ".join)
def two_million(request: pytest.FixtureRequest) -> Iterator[tuple[snn.Simulation, snn.Projection]]:
    sim, synapses = built(*request.param)
    with sim:
        yield sim, synapses


@pytest.mark.benchmark(group="2 million synapses, float32")
def test_weights(benchmark: BenchmarkFixture, two_million: tuple[snn.Simulation, snn.Projection]) -> None:
    sim, projection = two_million
    weights = benchmark.pedantic(sim.weights, args=(projection,), rounds=10, warmup_rounds=1)
    assert weights.shape == (N * FAN_OUT,)


@pytest.mark.benchmark(group="2 million synapses, float32")
@pytest.mark.parametrize("delay", DELAYS)
def test_weights_first_call(benchmark: BenchmarkFixture, delay: str) -> None:
    """With more than one delay the stored order is not (i, j, k): the first call sorts."""

    def setup() -> tuple[tuple[snn.Simulation, snn.Projection], dict[str, Any]]:
        return built("drawn", delay), {}

    weights = benchmark.pedantic(lambda sim, projection: sim.weights(projection), setup=setup, rounds=3)
    assert weights.shape == (N * FAN_OUT,)


@pytest.mark.benchmark(group="2 million synapses, float32")
def test_set_weights(benchmark: BenchmarkFixture, two_million: tuple[snn.Simulation, snn.Projection]) -> None:
    sim, projection = two_million
    weights = sim.weights(projection)
    benchmark.pedantic(sim.set_weights, args=(projection, weights), rounds=10, warmup_rounds=1)
    np.testing.assert_array_equal(sim.weights(projection), weights)


@pytest.mark.benchmark(group="2 million synapses, float32")
def test_synapses(benchmark: BenchmarkFixture, two_million: tuple[snn.Simulation, snn.Projection]) -> None:
    sim, projection = two_million
    table = benchmark.pedantic(sim.synapses, args=(projection,), rounds=5, warmup_rounds=1)
    assert table.shape == (N * FAN_OUT,)


@pytest.mark.benchmark(group="2 million synapses, float32")
def test_weights_view(
    benchmark: BenchmarkFixture, two_million: tuple[snn.Simulation, snn.Projection]
) -> None:
    sim, projection = two_million
    blocks = benchmark.pedantic(sim.weights_view, args=(projection,), rounds=10, warmup_rounds=1)
    assert sum(len(block) for block in blocks) == N * FAN_OUT


SPIKES = 1_000_000
CALLS = 100


@pytest.mark.benchmark(group="spike log, 1 million spikes")
@pytest.mark.parametrize("compression", [None, "lzf"])
def test_write(benchmark: BenchmarkFixture, tmp_path: Path, compression: str | None) -> None:
    rng = np.random.default_rng(1)
    times = np.sort(rng.uniform(0.0, 1e4, SPIKES)).reshape(CALLS, -1)
    indices = rng.integers(0, 10_000, SPIKES, dtype=np.uint32).reshape(CALLS, -1)

    def write() -> None:
        with SpikeLog(tmp_path / "log.h5", {"cells": 10_000}, overwrite=True, compression=compression) as log:
            for t, i in zip(times, indices, strict=True):
                log.append("cells", t, i)
            log.flush(1e4)

    benchmark.pedantic(write, rounds=5)
    benchmark.extra_info["million_spikes_a_second"] = SPIKES / benchmark.stats.stats.min / 1e6


@pytest.mark.benchmark(group="spike log, 1 million spikes")
def test_load(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    times, indices = np.sort(rng.uniform(0.0, 1e4, SPIKES)), rng.integers(0, 10_000, SPIKES)
    with SpikeLog(tmp_path / "log.h5", {"cells": 10_000}) as log:
        log.append("cells", times, indices)

    def read() -> int:
        return snn.load(tmp_path / "log.h5")["cells"].count

    assert benchmark.pedantic(read, rounds=5) == SPIKES


@pytest.mark.benchmark(group="0.5 million spikes of Poisson sources in 500 ms: where they go")
@pytest.mark.parametrize("to", ["nowhere", "probe", "log", "probe and log"])
def test_record(benchmark: BenchmarkFixture, tmp_path: Path, to: str) -> None:
    rounds = iter(range(100))

    def run() -> None:
        net = snn.Network(1)
        source = net.source("source", 10_000, snn.Poisson(100.0))
        cells = net.population("cells", 10_000, snn.LIF(e_l=0.0, v_th=15.0, v_reset=0.0))
        net.projection(source, cells, snn.OneToOne(), weight=20.0, delay=1.0)
        if "probe" in to:
            net.probe(cells, "spikes")
        log = tmp_path / f"{next(rounds)}.h5" if "log" in to else None
        with snn.Simulation(net, threads=1, dtype="float32", log=log) as sim:
            sim.run(500.0)
            assert sim.spike_counts()["cells"] > 300_000

    benchmark.pedantic(run, rounds=3)
