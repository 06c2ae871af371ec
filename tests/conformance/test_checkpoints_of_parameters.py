"""Parameters of a neuron's own, and those that were changed, are those of a resumed simulation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pysnn as snn

from .test_checkpoints import ENGINES, N, check, options, shortest, shown


def network(backend: str) -> snn.Network:
    net = snn.Network(seed=9)
    model = snn.CubaLIF(
        tau_m=snn.Normal(20.0, 2.0, min=5.0), i_e=snn.Array(np.linspace(300.0, 500.0, N)), t_ref=2.0
    )
    cells = net.population("cells", N, model, init={"v": snn.Uniform(-70.0, -58.0)})
    others = net.population("others", 20, snn.LIF(i_e=snn.Uniform(300.0, 500.0)))
    noise = net.source("noise", N, snn.Poisson(snn.Uniform(100.0, 500.0)))
    net.projection(noise, cells, snn.OneToOne(), weight=100.0, delay=shortest(backend))
    net.projection(cells, others, snn.FixedProbability(0.1), weight=2.0, delay=1.5)
    net.projection(
        cells,
        cells,
        snn.FixedProbability(0.1),
        weight=5.0,
        delay=[0.5, 7.0],
        plasticity=snn.PairSTDP(w_max=20.0),
    )
    net.probe(cells, "spikes", name="cells spikes")
    return net


@pytest.mark.parametrize("backend", ENGINES)
def test_drawn_and_given(backend: str, tmp_path: Path) -> None:
    check(network(backend), tmp_path, **options(backend))


@pytest.mark.parametrize("backend", ENGINES)
def test_changed_and_to_be_changed(backend: str, tmp_path: Path) -> None:
    net = network(backend)
    cells = net.populations["cells"]

    def before(sim: snn.Simulation) -> None:
        sim.run(10.0)
        sim.set_parameters(cells[20:50], i_e=450.0, tau_m=np.linspace(10.0, 20.0, 30))
        sim.set_parameters(net.populations["others"], i_e=600.0)
        sim.set_parameters(cells, i_e=np.linspace(500.0, 300.0, N), at=25.0)
        sim.run(5.0)

    with snn.Simulation(net, threads=2, **options(backend)) as sim:
        before(sim)
        sim.run(25.0)
        expected = shown(sim)
    path = tmp_path / "at.h5"
    with snn.Simulation(net, threads=1, **options(backend)) as sim:
        before(sim)
        sim.save(path)
    for threads in (3, 2):
        with snn.resume(path, threads=threads) as sim:
            sim.run(12.5)
            sim.save(path)
            found = shown(sim)
    for name, values in expected.items():
        assert np.array_equal(found[name], values), name


def test_threads_without_any_of_the_sources_forget_with_the_others_what_these_began_as(
    cpu_backend: str,
) -> None:
    """Two sources, and shards that have none; of the first rate nothing is heard after the second change."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 40, snn.LIF())
    drive = net.source("drive", 2, snn.Poisson(100.0))
    net.projection(drive, cells, snn.AllToAll(), weight=4.0, delay=2.0)
    net.probe(drive, "spikes", name="drive")
    net.probe(cells, "spikes", name="cells")
    sim = snn.Simulation(net, backend=cpu_backend, threads=1)
    for rate in (200.0, 300.0, 400.0):
        sim.run(20.0)
        sim.set_parameters(drive, rate=rate)
        copies = [sim.copy(threads=threads) for threads in (2, 5)]
        copies += [copy.copy(threads=1) for copy in copies]
        ends = []
        for one in (sim.copy(), *copies):
            one.run(30.0)
            ends.append(
                [getattr(one.data[probe], name) for probe in ("drive", "cells") for name in ("t", "i")]
            )
            one.close()
        assert len(ends[0][0]) > 3
        for end in ends[1:]:
            assert all(np.array_equal(a, b) for a, b in zip(end, ends[0], strict=True))
