"""Steps far shorter than a time constant in float32: against the closed form of the membrane."""

from __future__ import annotations

import numpy as np
import pytest

import pysnn as snn

DT = 0.1


def membrane(model: type[snn.NeuronModel], tau: float, drive: float) -> snn.NeuronModel:
    """v goes from e_l to `drive` mV above it with time constant tau [ms]."""
    if model is snn.CobaLIF:
        return snn.CobaLIF(c_m=10.0 * tau, g_l=10.0, e_l=-70.0, v_th=-55.0, v_reset=-70.0, i_e=10.0 * drive)
    return model(tau_m=tau, c_m=250.0, e_l=-70.0, v_th=-55.0, v_reset=-70.0, i_e=250.0 * drive / tau)


@pytest.mark.parametrize("tau", [1e3, 1e5])
@pytest.mark.parametrize("model", [snn.LIF, snn.CubaLIF, snn.AlphaLIF, snn.ALIF, snn.CobaLIF])
def test_potential_in_float32_is_that_of_the_closed_form(model: type[snn.NeuronModel], tau: float) -> None:
    # one float of v is 4e-6 mV apart from the next; a plain step of dt/tau = 1e-6 would stop 2 mV short
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, membrane(model, tau, 14.0))
    duration = min(2.0 * tau, 20000.0)
    with snn.Simulation(net, backend="clock", dt=DT, dtype="float32") as sim:
        sim.run(duration)
        expected = -70.0 + 14.0 * -np.expm1(-duration / tau)
        assert sim.state(cell, "v") == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("model", [snn.LIF, snn.CubaLIF, snn.AlphaLIF, snn.ALIF, snn.CobaLIF])
def test_a_neuron_fires_in_float32_when_the_closed_form_crosses(model: type[snn.NeuronModel]) -> None:
    tau, drive = 1e5, 16.0  # at 15 mV it still has 1 mV to go, and 1e-6 of it a step
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, membrane(model, tau, drive), init={"v": -55.02})
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="clock", dt=DT, dtype="float32") as sim:
        sim.run(3000.0)
        expected = tau * np.log((drive - 14.98) / (drive - 15.0))
        # v_init in float32 is off by up to 2e-6 mV, which v passes in 0.2 ms
        assert sim.data[probe].t[0] == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize(
    ("model", "state"),
    [(snn.CubaLIF, "i_exc"), (snn.ALIF, "b"), (snn.AlphaLIF, "rise_exc"), (snn.CobaLIF, "g_exc")],
)
def test_slow_states_decay_in_float32_as_the_exponential(model: type[snn.NeuronModel], state: str) -> None:
    tau = 1e5
    name = "tau_adapt" if model is snn.ALIF else "tau_syn_exc"
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, model(**{name: tau, "v_th": 1e6}), init={state: 7.0})
    with snn.Simulation(net, backend="clock", dt=DT, dtype="float32") as sim:
        sim.run(5000.0)
        assert sim.state(cell, state) == pytest.approx(7.0 * np.exp(-5000.0 / tau), rel=2e-7)


@pytest.mark.opencl
def test_steps_too_short_for_float32_are_the_clocks_on_opencl() -> None:
    net = snn.Network(seed=1)
    net.population("cell", 3, snn.CubaLIF(tau_m=1e4, i_e=3.0), init={"v": snn.Uniform(-70.0, -60.0)})
    seen = []
    for backend in ("clock", "opencl"):
        with snn.Simulation(net, backend=backend, dt=DT, dtype="float32") as sim:
            sim.run(2000.0)
            seen.append(sim.state("cell", "v"))
    np.testing.assert_array_equal(*seen)
