"""What homeostasis and winner takes all cost a population, beside the same one without.

400 LIF neurons that hear 576 trains of 20 Hz through dense, static weights, as of a handwritten digit.
``ratio`` (in ``extra_info``, and printed with -s) is processor time over that without, the least of some
rounds in turn.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn

PIXELS, CELLS, T = 576, 400, 500.0
ROUNDS = 3
PARTS: dict[str, dict[str, Any]] = {
    "homeostasis": {"homeostasis": snn.Homeostasis(delta=0.3)},
    "winner_takes_all": {"winner_takes_all": math.inf},
    "both": {"homeostasis": snn.Homeostasis(delta=0.3), "winner_takes_all": math.inf},
}


def seconds(backend: str, **parts: Any) -> float:
    rng = np.random.default_rng(0)
    net = snn.Network(seed=1)
    model = snn.LIF(tau_m=50.0, e_l=0.0, v_reset=0.0, v_th=8.0, t_ref=0.0)
    cells = net.population("cells", CELLS, model, **parts)
    trains = [np.unique(rng.integers(1, int(T), 10)).astype(float) for _ in range(PIXELS)]
    pixels = net.source("pixels", PIXELS, snn.SpikeArray(trains))
    net.projection(pixels, cells, snn.AllToAll(), weight=snn.Uniform(0.0, 0.1), delay=1.0)
    with snn.Simulation(net, backend=backend, dt=1.0, threads=1) as sim:
        begun = time.process_time()
        sim.run(T)
        return time.process_time() - begun


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("backend", ["clock", "event"])
def test_parts_of_a_population(benchmark: BenchmarkFixture, backend: str, part: str) -> None:
    rounds = [(seconds(backend), seconds(backend, **PARTS[part])) for _ in range(ROUNDS)]
    plain, with_it = (min(times) for times in zip(*rounds, strict=True))
    benchmark.extra_info["ratio"] = round(with_it / plain, 2)
    print(f"\n{backend}, {part}: {with_it / plain:.2f} of {1e3 * plain:.1f} ms")
    benchmark(seconds, backend, **PARTS[part])
