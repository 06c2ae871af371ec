"""Sums of weights onto each neuron that are brought to a value, as Diehl & Cook (2015) do by image."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import pysnn as snn


def made(plasticity: Any = None) -> tuple[snn.Network, snn.Projection]:
    net = snn.Network(seed=2)
    pre = net.source("pre", 30, snn.Poisson(100.0))
    cells = net.population("cells", 8, snn.LIF())
    wires = net.projection(
        pre, cells, snn.FixedProbability(0.4), snn.Uniform(-1.0, 2.0), 1.0, plasticity=plasticity
    )
    return net, wires


@pytest.mark.parametrize("rule", [None, snn.PairSTDP(w_max=50.0)])
def test_each_target_is_scaled_by_one_factor(backend: str, rule: Any) -> None:
    net, wires = made(rule)
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(50.0)
        before, j = sim.weights(wires), sim.synapses(wires).j
        sim.normalise(wires, 7.5)
        after = sim.weights(wires)
        for cell in range(8):
            mine = j == cell
            assert np.abs(after[mine]).sum() == pytest.approx(7.5)
            assert np.ptp(after[mine] / before[mine]) < 1e-12
        totals = np.arange(1.0, 9.0)
        sim.normalise(wires, totals, at=60.0)
        assert sim.pending[0].call == "normalise"
        if rule:
            sim.set_learning(wires, False)
        sim.run(20.0)
        assert np.bincount(j, np.abs(sim.weights(wires))) == pytest.approx(totals)


def test_bounds_and_zeros(cpu_backend: str) -> None:
    net, wires = made(snn.PairSTDP(w_max=2.0, w_min=0.0))
    with snn.Simulation(net, backend=cpu_backend) as sim:
        j = sim.synapses(wires).j
        sim.set_weights(wires, np.where(j == 3, 0.0, sim.weights(wires)))
        sim.normalise(wires, 1e6)
        w = sim.weights(wires)
        assert (np.abs(w[j != 3]) == 2.0).all()
        assert (w[j == 3] == 0.0).all()


def test_what_is_no_total_is_refused() -> None:
    net, wires = made()
    with snn.Simulation(net) as sim:
        for total, said in (
            (0.0, "> 0"),
            (np.nan, "> 0"),
            ([1.0, 2.0], "one total, or 8, one a neuron of 'cells'"),
        ):
            with pytest.raises(snn.ParameterError, match="normalise: 'pre->cells'.*" + re.escape(said)):
                sim.normalise(wires, total)


def test_of_no_synapses_there_is_nothing_to_scale(cpu_backend: str) -> None:
    net = snn.Network(seed=2)
    cells = net.population("cells", 8, snn.LIF())
    none = net.projection(cells, cells, snn.FixedTotalNumber(0), weight=1.0, delay=1.0)
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.normalise(none, 5.0)
        sim.normalise(none, np.full(8, 5.0), at=1.0)
        sim.run(2.0)
        assert sim.weights(none).size == 0


BEYOND: dict[str, Any] = {
    "normalise": lambda sim, wires, at: sim.normalise(wires, 1e35, at=at),
    "set_weights": lambda sim, wires, at: sim.set_weights(wires, 1e35, at=at),
    "rewire": lambda sim, wires, at: sim.rewire(wires, 1e35, below=1e9, at=at),
}


@pytest.mark.parametrize("call", BEYOND)
@pytest.mark.parametrize("at", [None, 5.0])
def test_what_cannot_be_stored_is_refused_where_it_is_asked_for(call: str, at: float | None) -> None:
    """Weights of 1e35 / 8 or more, and float32 has numbers up to 3.4e38, of which 1e30 may be weights."""
    net, wires = made()
    with snn.Simulation(net, dtype="float32") as sim:
        before = sim.weights(wires)
        with pytest.raises(snn.ParameterError, match=rf"^{call}: 'pre->cells': float32 reaches to 1e\+30"):
            BEYOND[call](sim, wires, at)
        sim.run(10.0)
        assert np.array_equal(sim.weights(wires), before)


def test_of_totals_that_may_or_may_not_be_stored_the_weights_of_then_decide() -> None:
    net, wires = made()
    with snn.Simulation(net, dtype="float32") as sim:
        j = sim.synapses(wires).j
        total = np.bincount(j) * 0.9e30
        sim.set_weights(wires, 1.0, at=4.0)
        sim.normalise(wires, total, at=5.0)
        sim.run(6.0)
        assert sim.weights(wires) == pytest.approx(0.9e30)
    with snn.Simulation(net, dtype="float32") as sim:
        first = np.unique(sim.synapses(wires).j, return_index=True)[1]
        alone = np.zeros(j.size)
        alone[first] = 1.0
        sim.set_weights(wires, alone, at=4.0)
        sim.normalise(wires, total, at=5.0)
        with pytest.raises(snn.ParameterError, match=r"^normalise: 'pre->cells': float32 reaches to 1e\+30"):
            sim.run(6.0)
