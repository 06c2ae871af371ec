"""Steps too long for the conductances, currents or jumps that a neuron meets: no false spike, the right v."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn


def kicked(
    model: snn.NeuronModel, receptor: str, weight: float, backend: str, dt: float
) -> tuple[int, NDArray[np.float64]]:
    """Spikes in 40 ms, and v every 10 ms, of a neuron that meets one input at 10 ms or soon after."""
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, model)
    source = net.source("source", 1, snn.SpikeArray([[10.0]]))
    net.projection(source, cell, snn.AllToAll(), weight=weight, delay=max(1.0, dt), receptor=receptor)
    spikes, v = net.probe(cell, "spikes"), net.probe(cell, "v", every=10.0)
    with snn.Simulation(net, backend=backend, dt=dt) as sim:
        sim.run(40.0)
        return len(sim.data[spikes]), np.asarray(sim.data[v].values[:, 0])


FAST = snn.AdEx(
    c_m=59.0, g_l=2.9, e_l=-62.0, v_th=-42.0, delta_t=3.0, a=1.8, b=61.0, tau_w=16.0, v_reset=-54.0
)


@pytest.mark.parametrize("model", [snn.AdEx(), FAST], ids=["default", "fast spiking"])
@pytest.mark.parametrize("dt", [0.01, 0.1, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("weight", [300.0, 1e3, 1e4, 1e6])
def test_inhibition_of_any_strength_takes_adex_to_its_reversal(
    model: snn.AdEx, dt: float, weight: float
) -> None:
    # event is within 1e-8 mV a step; SciPy says the same (test_local_steps.py)
    spikes, v = kicked(model, "inh", weight, "clock", dt)
    expected, exact = kicked(model, "inh", weight, "event", dt)
    assert spikes == expected == 0
    np.testing.assert_allclose(v, exact, atol=5e-3)
    assert v.min() > model.e_rev_inh - 2.0  # adaptation pulls it a little beyond


def test_inhibition_and_excitation_together_take_adex_between_their_reversals() -> None:
    # g_exc = g_inh/9: v goes to (9 * -85 + 0)/10 = -76.5 mV, whatever the leak beside 1e5 nS
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, snn.AdEx(tau_syn_exc=10.0, tau_syn_inh=10.0))
    source = net.source("source", 1, snn.SpikeArray([[1.0]]))
    net.projection(source, cell, snn.AllToAll(), weight=9e4, delay=1.0, receptor="inh")
    net.projection(source, cell, snn.AllToAll(), weight=1e4, delay=1.0, receptor="exc")
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="clock", dt=0.5) as sim:
        sim.run(4.0)
        assert sim.state(cell, "v") == pytest.approx(-76.5, abs=0.05)
        assert len(sim.data[probe]) == 0


@pytest.mark.parametrize("dt", [0.01, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("weight", [-100.0, -935.0, -1e4, -1e6])
def test_izhikevichs_neuron_comes_back_from_any_depth_without_a_spike(dt: float, weight: float) -> None:
    spikes, v = kicked(snn.Izhikevich(), "delta", weight, "clock", dt)
    expected, exact = kicked(snn.Izhikevich(), "delta", weight, "event", dt)
    assert spikes == expected == 0
    np.testing.assert_allclose(v, exact, atol=0.05)


@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_a_current_takes_izhikevichs_neuron_to_the_root_of_its_equation(dt: float) -> None:
    # k2 v^2 + k1 v + k0 - b v = 1e6 with u at its nullcline: a quadratic equation
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, snn.Izhikevich(a=0.5, i_e=-1e6))
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="clock", dt=dt) as sim:
        sim.run(100.0)
        assert len(sim.data[probe]) == 0
        assert sim.state(cell, "v") == pytest.approx(min(np.roots([0.04, 4.8, 140.0 - 1e6])), abs=1e-3)


@pytest.mark.parametrize("dt", [0.01, 0.1])
@pytest.mark.parametrize("weight", [1e3, 1e5, 1e6])
@pytest.mark.parametrize("receptor", ["exc", "inh"])
def test_hodgkin_huxley_follows_conductances_of_any_strength(dt: float, weight: float, receptor: str) -> None:
    spikes, v = kicked(snn.HodgkinHuxley(), receptor, weight, "clock", dt)
    expected, exact = kicked(snn.HodgkinHuxley(), receptor, weight, "event", dt)
    assert spikes == expected
    np.testing.assert_allclose(v, exact, atol=0.05)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("neurons", [1, 130, 300])
def test_a_neuron_that_is_taken_again_changes_no_other_one(neurons: int, dtype: str) -> None:
    def states(others: bool) -> NDArray[np.float64]:
        net = snn.Network(seed=3)
        cells = net.population("cells", neurons, snn.AdEx(i_e=800.0), init={"v": snn.Uniform(-70.0, -55.0)})
        if others:
            source = net.source("source", 1, snn.SpikeArray([[1.0]]))
            reached = np.arange(0, neurons, 7)
            rule = snn.FromCOO(np.zeros_like(reached), reached)
            net.projection(source, cells, rule, weight=1e5, delay=1.0, receptor="inh")
        with snn.Simulation(net, backend="clock", dt=0.1, dtype=dtype) as sim:
            sim.run(30.0)
            return np.asarray(sim.state(cells, "v"))

    alone, beside = states(others=False), states(others=True)
    kept = np.arange(neurons) % 7 != 0
    assert (alone[kept] == beside[kept]).all()
    assert (beside[~kept] < -80.0).all()
