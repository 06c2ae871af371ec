"""SRM0 with escape as good as a threshold fires when v reaches v_th, however huge what cancels in v is."""

from __future__ import annotations

import math

import pytest

import pysnn as snn


@pytest.mark.parametrize(("v", "eta"), [(1e30, -1e30), (1e5, -1e5), (100.0, 0.0)])
def test_escape_of_no_width_is_a_threshold(v: float, eta: float) -> None:
    """With tau_eta = tau_m, v falls after each spike: closed form of how many come, t_ref apart."""
    net = snn.Network(seed=1)
    model = snn.SRM0(delta_u=1e-100, tau_m=10.0, tau_eta=10.0, e_l=0.0, v_th=50.0, eta_0=15.0, t_ref=2.0)
    cell = net.population("cell", 3, model)
    spikes = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(1.0)
        sim.set_state(cell, "v", v)
        sim.set_state(cell, "eta", eta)
        sim.run(2000.0)
        # The n-th spike of a cell comes if (v - eta) e^{-0.2 n} - 15 e^{-0.2} still reaches 50 mV.
        expected = 1 + math.floor(math.log((v - eta) / (50.0 + 15.0 * math.exp(-0.2))) / 0.2)
        assert len(sim.data[spikes].t) == 3 * expected


def test_what_never_reaches_the_threshold_costs_nothing() -> None:
    """v stays at 0 between two huge parts that cancel; one tick at a time this would take years."""
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, snn.SRM0(delta_u=1e-3, tau_m=10.0, tau_eta=10.0, e_l=0.0, v_th=50.0))
    spikes = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(1.0)
        sim.set_state(cell, "eta", 1e30)
        sim.set_state(cell, "v", 0.0)
        sim.run(2000.0)
        assert len(sim.data[spikes].t) == 0
