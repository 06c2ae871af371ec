"""Traces that have faded within a step are whole at their own instant: pairs that meet count."""

from __future__ import annotations

import pytest

import pysnn as snn

ENGINES = ["clock", "event", "auto", pytest.param("opencl", marks=pytest.mark.opencl)]


# In a step of 0.1 ms a trace falls below e^-40, which counts as nothing, where tau is 0.0025 ms and less.
@pytest.mark.parametrize("tau", [1e-12, 1e-3, 2.4e-3, 2.6e-3, 5e-3])
@pytest.mark.parametrize("backend", ENGINES)
def test_pairs_that_meet_count_by_the_whole_of_a_plus(backend: str, tau: float) -> None:
    """Spikes arrive with two of the postsynaptic ones, of which others are milliseconds away: 2 a_plus."""
    net = snn.Network()
    source = net.source("source", 1, snn.SpikeArray([[10.0, 12.0, 30.0, 50.0]]))
    forcing = net.source("forcing", 1, snn.SpikeArray([[10.9, 30.9, 39.9]]))
    cell = net.population("cell", 1, snn.LIF(tau_m=1.0, t_ref=0.1))
    net.projection(forcing, cell, snn.AllToAll(), weight=100.0, delay=0.1)
    rule = snn.PairSTDP(tau_plus=tau, tau_minus=tau, a_plus=0.02, a_minus=0.015, w_max=1.0)
    learns = net.projection(source, cell, snn.AllToAll(), weight=0.5, delay=1.0, plasticity=rule)
    fired = net.probe(cell, "spikes")
    with snn.Simulation(net, backend=backend, dt=0.1) as sim:
        sim.run(60.0)
        assert sim.data[fired].t == pytest.approx([11.0, 31.0, 40.0])
        assert sim.weights(learns)[0] == pytest.approx(0.5 + 2 * 0.02, abs=1e-12)
