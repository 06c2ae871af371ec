"""Descriptions to files and back, and networks from rules whose cost should be what they draw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn

LISTED = 2_000_000


@pytest.fixture(scope="module")
def listed() -> snn.NetworkSpec:
    rng = np.random.default_rng(1)
    net = snn.Network(1)
    cells = net.population("cells", 10_000, snn.LIF())
    i, j = rng.integers(0, 10_000, (2, LISTED), dtype=np.uint32)
    weight, delay = rng.normal(size=LISTED), rng.uniform(1.0, 5.0, LISTED)
    net.projection(cells, cells, snn.FromCOO(i, j), weight=snn.Array(weight), delay=snn.Array(delay))
    return net.spec()


@pytest.mark.benchmark(group="2 million listed synapses")
@pytest.mark.parametrize("suffix", [".h5", ".json"])
def test_save(benchmark: BenchmarkFixture, tmp_path: Path, listed: snn.NetworkSpec, suffix: str) -> None:
    path = tmp_path / f"net{suffix}"
    benchmark.pedantic(listed.save, args=(path,), rounds=3)
    benchmark.extra_info["bytes_a_synapse"] = path.stat().st_size / LISTED


@pytest.mark.benchmark(group="2 million listed synapses")
@pytest.mark.parametrize("suffix", [".h5", ".json"])
def test_load(benchmark: BenchmarkFixture, tmp_path: Path, listed: snn.NetworkSpec, suffix: str) -> None:
    listed.save(tmp_path / f"net{suffix}")
    loaded = benchmark.pedantic(snn.NetworkSpec.load, args=(tmp_path / f"net{suffix}",), rounds=3)
    assert loaded == listed


@pytest.mark.benchmark(group="1,000 synapses in all")
@pytest.mark.parametrize("multapses", [True, False])
@pytest.mark.parametrize("n", [2000, 20_000])
def test_total_number(benchmark: BenchmarkFixture, n: int, multapses: bool) -> None:
    net = snn.Network(1)
    cells = net.population("cells", n, snn.LIF())
    net.projection(
        cells, cells, snn.FixedTotalNumber(1000, multapses=multapses), name="p", weight=0.1, delay=1.0
    )
    sim = benchmark.pedantic(snn.Simulation, args=(net,), kwargs={"threads": 1}, rounds=10, warmup_rounds=1)
    assert len(sim.synapses("p")) == 1000


RULES = {
    "indegree": snn.FixedIndegree(1000),
    "indegree, distinct": snn.FixedIndegree(1000, multapses=False),
    "outdegree": snn.FixedOutdegree(1000),
    "outdegree, distinct": snn.FixedOutdegree(1000, multapses=False),
    "probability": snn.FixedProbability(0.1),
    "total": snn.FixedTotalNumber(10_000_000),
    "total, distinct": snn.FixedTotalNumber(10_000_000, multapses=False),
}


@pytest.mark.benchmark(group="10 million synapses, drawn weights")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_rule(benchmark: BenchmarkFixture, rule: snn.ConnectionRule, threads: int) -> None:
    net = snn.Network(1)
    cells = net.population("cells", 10_000, snn.LIF())
    net.projection(cells, cells, rule, weight=snn.Normal(1.0, 0.1), delay=1.0)
    benchmark.pedantic(snn.Simulation, args=(net,), kwargs={"threads": threads}, rounds=3, warmup_rounds=1)
