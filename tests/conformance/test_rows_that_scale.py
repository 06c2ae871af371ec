"""Rows under SynapticScaling go through the same events whether they go together or synapse by synapse."""

from __future__ import annotations

import numpy as np
import pytest

import pysnn as snn

RULES = {
    "alone": snn.SynapticScaling(f_target=40.0, tau_rate=80.0, tau_scaling=2000.0, w_max=3.0),
    "with pairs": snn.SynapticScaling(
        f_target=40.0, tau_rate=80.0, tau_scaling=2000.0, a_plus=0.05, a_minus=0.02, w_min=0.4, w_max=3.0
    ),
}


def weights(rule: snn.SynapticScaling, dtype: str, recorded: bool, parts: list[float]) -> np.ndarray:
    """Of sources of 2 to 200 Hz onto silent neurons and such as fire 50 times between two arrivals."""
    net = snn.Network(seed=4)
    slow, fast = (net.source(name, 20, snn.Poisson(rate)) for name, rate in (("slow", 2.0), ("fast", 200.0)))
    noise = net.source("noise", 300, snn.Poisson(1000.0))
    cells = net.population("cells", 300, snn.LIF(t_ref=0.5))
    net.projection(
        noise,
        cells,
        snn.FromCOO(np.arange(300), np.arange(300)),
        weight=snn.Array(np.repeat([0.1, 1.5, 25.0], 100)),
        delay=1.0,
    )
    for source in (slow, fast):
        wires = net.projection(
            source, cells, snn.FixedProbability(0.9), weight=snn.Uniform(0.5, 1.5), delay=[0.7, 3.1],
            plasticity=rule, name=f"by {source.name}",
        )  # fmt: skip
        if recorded:  # each change is told: synapse by synapse
            net.probe(wires, "weight", changes=True)
    with snn.Simulation(net, backend="clock", dt=0.1, dtype=dtype, threads=1 + recorded) as sim:
        for part in parts:
            sim.run(part)
        assert not recorded or sim.spike_counts()["cells"] > 20_000
        return np.concatenate([np.asarray(sim.weights(f"by {name}")) for name in ("slow", "fast")])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rule", RULES)
def test_rows_have_the_bits_of_single_synapses(rule: str, dtype: str) -> None:
    together = weights(RULES[rule], dtype, False, [300.0])
    one_by_one = weights(RULES[rule], dtype, True, [100.0, 0.3, 199.7])
    assert np.array_equal(together, one_by_one)
    assert np.ptp(np.log(together)) > 1.0
