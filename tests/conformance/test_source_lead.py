"""Sources that emit ahead of the neurons: fast ones bound no window, and no bit shows it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import pysnn as snn

ENGINES = ["clock", "event", "auto"]


def network(bounded: bool) -> snn.Network:
    """Sources 0.1 ms away, neurons 1.5 and 5 ms; ``bounded``: and one, silent, 0.1 ms, which ends windows."""
    net = snn.Network(seed=5)
    cells = net.population("cells", 200, snn.CubaLIF(i_e=300.0))
    silent = net.population("silent", 1, snn.CubaLIF())
    noise = net.source("noise", 300, snn.Poisson(40.0))
    given = net.source("given", 2, snn.SpikeArray([np.arange(1, 60) * 1.3, [0.1, 29.9, 30.0, 30.1, 79.9]]))
    net.projection(noise, cells, snn.FixedIndegree(30), weight=150.0, delay=0.1, name="noise")
    net.projection(given, cells, snn.AllToAll(), weight=snn.Normal(200.0, 40.0), delay=0.2, name="given")
    net.projection(cells, cells, snn.FixedIndegree(10), weight=-100.0, delay=[1.5, 5.0], name="recurrent")
    rule = snn.PairSTDP(w_max=300.0, a_plus=0.1, a_minus=0.1)
    net.projection(
        noise, cells, snn.FixedIndegree(5), weight=100.0, delay=0.1, plasticity=rule, name="plastic"
    )
    if bounded:
        net.projection(silent, cells, snn.AllToAll(), weight=1.0, delay=0.1, name="bound")
    for group in (cells, noise, given):
        net.probe(group, "spikes")
    net.probe(cells[:5], "v", every=0.5)
    return net


def course(net: snn.Network, backend: str, parts: list[float], threads: int) -> list[Any]:
    with snn.Simulation(net, backend=backend, dt=0.1, threads=threads) as sim:
        for part in parts:
            sim.run(part)
            for name in ("noise.spikes", "given.spikes", "cells.spikes"):
                t = sim.data[name].t
                assert len(t) == 0 or t[-1] <= sim.time
        spikes = [sim.data[f"{name}.spikes"] for name in ("cells", "noise", "given")]
        seen: list[Any] = [x for data in spikes for x in (data.t, data.i)]
        return [*seen, sim.data["cells.v"].values, sim.weights("plastic"), sim.state("cells", "v")]


@pytest.mark.parametrize("backend", ENGINES)
def test_sources_ahead_change_no_bit_for_any_windows_runs_and_threads(backend: str) -> None:
    expected = course(network(bounded=True), backend, [80.0], 1)
    assert len(expected[0]) > 200
    cuts = [0.1, 0.2, 29.7, 0.1, 4.9, 45.0]
    for parts, threads in itertools.product(([80.0], cuts), (1, 2, 5)):
        for ours, theirs in zip(course(network(False), backend, parts, threads), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("backend", ENGINES)
def test_given_spikes_are_recorded_when_they_are_due_and_all_of_them(backend: str) -> None:
    with snn.Simulation(network(False), backend=backend, dt=0.1, threads=2) as sim:
        seen = 0
        for until in (0.1, 29.9, 30.0, 30.1, 80.0):
            sim.run(round(until - sim.time, 9))
            times = np.concatenate([np.arange(1, 60) * 1.3, [0.1, 29.9, 30.0, 30.1, 79.9]])
            due = np.sort(times[times <= until + 1e-9])
            np.testing.assert_allclose(sim.data["given.spikes"].t, due, rtol=1e-12)
            assert len(due) > seen
            seen = len(due)
