"""A network that learns and is recorded in every way, for the tests of checkpoints."""

from __future__ import annotations

from typing import Any

import numpy as np

import pysnn as snn

HALF = 20.0


def network(seed: int = 3) -> snn.Network:
    net = snn.Network(seed=seed)
    cells = net.population("cells", 50, snn.LIF())
    noise = net.source("noise", 50, snn.Poisson(rate=800.0))
    net.projection(noise, cells, snn.OneToOne(), weight=3.0, delay=0.5)
    net.projection(
        cells,
        cells,
        snn.FixedProbability(0.2),
        weight=snn.Uniform(0.0, 1.0),
        delay=3.0,
        plasticity=snn.PairSTDP(w_max=2.0),
        name="learning",
    )
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells[:3], "v", every=1.0, name="v")
    net.probe(net.projections["learning"], "weight", every=5.0, name="weights")
    net.probe(net.projections["learning"], "weight", changes=True, name="changes")
    return net


def recorded(sim: snn.Simulation) -> list[Any]:
    """Everything that the probes of ``network`` show."""
    spikes, v, weights, changes = (sim.data[name] for name in ("spikes", "v", "weights", "changes"))
    return [
        spikes.t, spikes.i, v.t, v.values, weights.t, weights.values,
        changes.t, changes.i, changes.j, changes.k, changes.w, sim.weights("learning"),
    ]  # fmt: skip


def same(a: list[Any], b: list[Any]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
