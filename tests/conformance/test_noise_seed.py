"""Other noise in the same network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn


def network(seed: int = 5) -> snn.Network:
    net = snn.Network(seed=seed)
    cells = net.population("cells", 200, snn.LIF(v_th=1e12), init={"v": snn.Normal(-65.0, 3.0)})
    for name, model in (
        ("poisson", snn.Poisson(20.0)),
        ("counts", snn.Poisson(800.0)),
        ("gamma", snn.Gamma(50.0, shape=2.0)),
    ):
        source = net.source(name, 50, model)
        net.probe(source, "spikes", name=name)
        net.projection(
            source, cells, snn.FixedProbability(0.1), weight=snn.Normal(0.5, 0.1), delay=1.0, name=name
        )
    net.current(cells, snn.NoiseCurrent(0.0, 100.0))
    escapes = net.population("escapes", 300, snn.SRM0(i_e=400.0))
    net.probe(escapes, "spikes", name="escapes")
    return net


def run(net: snn.Network, backend: str, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with snn.Simulation(net, backend=backend, **options) as sim:
        found["start"] = sim.state("cells", "v")
        found["wires"] = sim.synapses("poisson").tobytes(), sim.weights("poisson").tobytes()
        sim.run(50.0)
        for name in ("poisson", "counts", "gamma", "escapes"):
            found[name] = (sim.data[name].t.tobytes(), sim.data[name].i.tobytes())
            assert sim.data[name].count > 0
        found["noise"] = sim.state("cells", "v").tobytes()
    return found


NOISE = ("poisson", "counts", "gamma", "escapes", "noise")


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
def test_noise_seed_changes_all_noise_and_nothing_else(backend: str) -> None:
    first, same, own, other = (
        run(network(), backend, **options)
        for options in ({}, {"noise_seed": 5}, {"noise_seed": 6}, {"noise_seed": 6, "threads": 3})
    )
    assert np.array_equal(first["start"], own["start"])
    assert first["wires"] == own["wires"]
    for name in NOISE:
        assert first[name] != own[name], name
        assert first[name] == same[name], name  # the network's own seed
        assert own[name] == other[name], name
    # another network has other noise under the same noise_seed only by its names
    assert run(network(seed=7), backend, noise_seed=6)["poisson"] == own["poisson"]


def test_what_is_fed_and_injected_has_noise_of_the_seed_too() -> None:
    counts = []
    for noise_seed in (None, 6, 6):
        net = snn.Network(seed=1)
        source = net.source("in", 20, snn.Input())
        cells = net.population("cells", 20, snn.LIF(v_th=1e12))
        probe = net.probe(source, "spikes")
        with snn.Simulation(net, noise_seed=noise_seed) as sim:
            sim.feed(source, snn.Poisson(100.0))
            sim.inject(cells, snn.NoiseCurrent(0.0, 100.0))
            sim.run(50.0)
            counts.append((sim.data[probe].t.tobytes(), sim.state(cells, "v").tobytes()))
    assert counts[1] == counts[2]
    assert counts[0][0] != counts[1][0]
    assert counts[0][1] != counts[1][1]


@pytest.mark.parametrize("seed", [-1, 1.5, "a"])
def test_a_noise_seed_is_a_whole_number(seed: Any) -> None:
    with pytest.raises(snn.ParameterError, match=r"Simulation.noise_seed"):
        snn.Simulation(network(), noise_seed=seed)


@pytest.mark.parametrize("seed", [-1, 0.5, 2**53 + 1, 2**64, np.uint64(2**63 + 1), 1e300, True])
def test_a_seed_that_would_be_another_is_refused(seed: Any) -> None:
    """Whole numbers beyond 2^53, such as times in ns, would be rounded: neighbours had the same noise."""
    with pytest.raises(snn.ParameterError, match=r"Simulation\.noise_seed: (must be|expected) .*got"):
        snn.Simulation(network(), noise_seed=seed)
