"""What layers that hear each other in the step in which they fire cost beside layers a step apart.

Eight layers of neurons, 50 synapses each from the layer before, steps of 0.1 ms. Aim: no more than those with
delays of a step, of which every step is a window of its own: with delays of 0 windows are longer, and a
barrier comes once for each layer and window. (Where layers are large, what they fire in a long window leaves
the cache.) ``ratio`` (in ``extra_info``, and printed with -s) is time over
theirs, processor time of one thread and wall time of two, the least of some rounds taken in turn.
"""

from __future__ import annotations

import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn

LAYERS, D, ROUNDS = 8, 300.0, 5


def network(n: int, delay: float) -> snn.Network:
    net = snn.Network(seed=1)
    before: snn.Population | snn.SourceGroup = net.source("noise", n, snn.Poisson(300.0))
    for k in range(LAYERS):
        layer = net.population(f"layer {k}", n, snn.LIF(t_ref=1.0))
        later = delay if k else 0.1
        net.projection(before, layer, snn.FixedIndegree(50), weight=snn.Uniform(0.6, 1.6), delay=later)
        before = layer
    return net


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("n", [100, 1000, 5000])
def test_layers_at_once(benchmark: BenchmarkFixture, n: int, threads: int) -> None:
    clock = time.process_time if threads == 1 else time.perf_counter
    least = {0.0: float("inf"), 0.1: float("inf")}

    def rounds() -> None:
        for _ in range(ROUNDS):
            for delay in least:
                with snn.Simulation(network(n, delay), dt=0.1, threads=threads) as sim:
                    sim.run(20.0)
                    begun = clock()
                    sim.run(D)
                    least[delay] = min(least[delay], clock() - begun)

    benchmark.pedantic(rounds, rounds=1)
    benchmark.extra_info["ratio"] = round(least[0.0] / least[0.1], 3)
    print(
        f"\n{n} neurons a layer, {threads} thread(s): {least[0.0]:.4f} s, ratio {least[0.0] / least[0.1]:.3f}"
    )
