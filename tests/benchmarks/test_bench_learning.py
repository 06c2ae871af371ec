"""Seconds of a supervised pass: a signal of each hidden neuron at the end of each image, beside no learning.

pytest tests/benchmarks/test_bench_learning.py -s --benchmark-disable prints the ratios.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn

IMAGES, STEPS, SIDE, PATCH, HIDDEN = 300, 10, 24, 10, 1000


def network() -> snn.Network:
    """1,000 LIF, each on a patch of 10 x 10 of 24 x 24 pixels."""
    net = snn.Network(seed=1)
    pixels = net.source("pixels", SIDE * SIDE, snn.Input())
    hidden = net.population("hidden", HIDDEN, snn.LIF(tau_m=10.0, e_l=0.0, v_reset=0.0, v_th=1.0, t_ref=0.0))
    rng = np.random.default_rng(1)
    corner = rng.integers(0, SIDE - PATCH + 1, (HIDDEN, 2))
    y, x = np.divmod(np.arange(PATCH * PATCH), PATCH)
    i = ((corner[:, :1] + y) * SIDE + corner[:, 1:] + x).ravel()
    j = np.repeat(np.arange(HIDDEN), PATCH * PATCH)
    net.projection(
        pixels, hidden, snn.FromCOO(i, j), snn.Array(rng.normal(0.0, 0.2, i.size)), 1.0, name="wires",
        plasticity=snn.ThreeFactorSTDP(eta=1e-4, tau_x=10.0), modulator=net.modulator("signal", of=hidden),
    )  # fmt: skip
    return net


def a_pass(sim: snn.Simulation, learns: bool) -> None:
    """Images of 0 to 5 spikes a pixel in ten steps, half of them dark, one moment at the end of each."""
    rng = np.random.default_rng(2)
    start = sim.time
    for k in range(IMAGES):
        spikes = rng.random((STEPS, SIDE * SIDE)) < 0.5 * rng.random(SIDE * SIDE) * (
            rng.random(SIDE * SIDE) < 0.5
        )
        t, i = np.nonzero(spikes)
        sim.feed("pixels", (start + STEPS * k + t + 1.0, i.astype(np.uint32)))
    signals = rng.normal(0.0, 1.0, (IMAGES, HIDDEN))
    for k in range(IMAGES):
        sim.run(float(STEPS))
        if learns:
            sim.modulate("signal", signals[k])
    sim.run(2.0 * STEPS)


def prepared(backend: str, learns: bool) -> snn.Simulation:
    sim = snn.Simulation(network(), backend=backend, dt=1.0, threads=1, dtype="float32")
    if not learns:
        sim.set_learning("wires", False)
    a_pass(sim, learns)
    return sim


@pytest.mark.parametrize("learns", [True, False])
@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_supervised_pass(benchmark: BenchmarkFixture, backend: str, learns: bool) -> None:
    """Learning shall take at most twice the same network without."""
    benchmark.group = f"{IMAGES} images, {backend}"
    with prepared(backend, learns) as sim:
        benchmark.pedantic(a_pass, args=(sim, learns), rounds=3, iterations=1)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_the_ratio(backend: str) -> None:
    """Printed: processor time, least of four, in turn."""
    with prepared(backend, True) as on, prepared(backend, False) as off:
        took: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(4):
            for learns, sim in ((True, on), (False, off)):
                begun = time.process_time()
                a_pass(sim, learns)
                took[learns].append(time.process_time() - begun)
        fired = on.spike_counts()["hidden"], off.spike_counts()["hidden"]
    ratio = min(took[True]) / min(took[False])
    print(
        f"\n{backend}: a supervised pass takes {ratio:.2f} times no learning ({fired[0]}, {fired[1]} spikes)"
    )
