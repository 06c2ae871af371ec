"""A description in a file is the same network: the same bits come out of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from oracle import PairStdp, cuba_lif, lif
from oracle.cases import random_net
from oracle.compare import assert_same_bits
from oracle.pysnn_runner import collect, declare

import pysnn as snn


@pytest.mark.parametrize("suffix", [".json", ".h5"])
@pytest.mark.parametrize("kind", ["delta", "exp"])
def test_saved_and_loaded_spec_gives_the_same_bits(
    backend: str, kind: str, suffix: str, tmp_path: Path
) -> None:
    if kind == "delta":
        case = random_net(lif(), seed=41, t_stop=60.0, w_exc=1.2, w_inh=-5.0, w_ext=2.5)
    else:
        rule = PairStdp(w_max=200.0)
        case = random_net(cuba_lif(), seed=42, t_stop=60.0, w_exc=60.0, w_inh=-200.0, w_ext=150.0, rule=rule)
    built = declare(case, sample_every=1.0)
    path = tmp_path / f"net{suffix}"
    built.net.spec().save(path)
    loaded = snn.NetworkSpec.load(path)
    assert loaded == built.net.spec()
    again = snn.Network.from_spec(loaded)
    options = {} if backend == "event" else {"dt": 0.1}
    results = []
    for net in (built.net, again):
        other = declare(case, sample_every=1.0)
        names = {**other.groups}
        other.net = net
        other.groups = {n: {**net.populations, **net.sources}[n] for n in names}
        other.projections = {g: net.projections[f"p{g}"] for g in other.projections}
        other.spikes = {n: net.probes[p.spec.name] for n, p in other.spikes.items()}
        other.states = {key: net.probes[p.spec.name] for key, p in other.states.items()}
        other.changes = {g: net.probes[p.spec.name] for g, p in other.changes.items()}
        with snn.Simulation(net, backend=backend, **options) as sim:
            sim.run(60.0)
            results.append(collect(case, other, sim))
    assert results[0].spikes["exc"][0].size > 20
    assert_same_bits(*results)


def drawn() -> snn.Network:
    """A network in which everything is drawn."""
    net = snn.Network(seed=7)
    cell = snn.CubaLIF(tau_m=20.0, c_m=200.0, e_l=-60.0, v_th=-50.0, v_reset=-60.0)
    cells = net.population("c", 50, cell, init={"v": snn.Normal(-58.0, 3.0, max=-51.0)})
    noise = net.source("noise", 50, snn.Poisson(rate=np.linspace(100.0, 900.0, 50)))
    net.projection(noise, cells, snn.FixedIndegree(9, multapses=False), weight=60.0, delay=1.0)
    net.projection(
        cells,
        cells,
        snn.FixedProbability(0.2, autapses=False),
        weight=snn.LogNormal.from_mean_std(20.0, 10.0, max=90.0),
        delay=snn.Normal(3.0, 1.0, min=0.5, max=9.0, step=0.1),
        plasticity=snn.PairSTDP(w_max=100.0),
        synapses_per_pair=2,
    )
    net.current(cells[10:20], snn.StepCurrent([5.0, 25.0], [90.0, 0.0]))
    net.probe(cells, "spikes", name="spikes")
    return net


@pytest.mark.parametrize("suffix", [".json", ".h5"])
def test_drawn_networks_survive_a_file(cpu_backend: str, suffix: str, tmp_path: Path) -> None:
    net = drawn()
    net.spec().save(tmp_path / f"net{suffix}")
    again = snn.Network.from_spec(snn.NetworkSpec.load(tmp_path / f"net{suffix}"))
    outcome = []
    for network in (net, again):
        options = {} if cpu_backend == "event" else {"dt": 0.1}
        with snn.Simulation(network, backend=cpu_backend, **options) as sim:
            sim.run(50.0)
            spikes = sim.data[network.probes["spikes"]]
            outcome.append((spikes.t, spikes.i, sim.weights(network.projections["c->c"])))
    assert outcome[0][0].size > 50
    for mine, other in zip(*outcome, strict=True):
        assert np.array_equal(mine, other)
