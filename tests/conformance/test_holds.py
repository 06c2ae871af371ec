"""One rule for the refractory hold on every engine: a neuron fires where v is high enough and it is free."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

MODELS = [snn.LIF, snn.ALIF, snn.CubaLIF, snn.AlphaLIF, snn.CobaLIF, snn.AdEx]
DT = 0.1
ENGINES = ["clock", "event", "auto: event", "auto: clock"]


def simulation(model: snn.NeuronModel, engine: str, v: float) -> tuple[snn.Simulation, snn.Population]:
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, model, init={"v": v})
    net.probe(cell, "spikes", name="spikes")
    if engine.startswith("auto"):
        chosen = {"cell": engine.removeprefix("auto: ")}
        return snn.Simulation(net, backend="auto", dt=DT, engines=chosen), cell
    return snn.Simulation(net, backend=engine, dt=DT), cell


def late(engine: str) -> float:
    """From the instant at which v is high to the spike, ms."""
    return 1e-12 if engine.endswith("event") else DT


def high(model: type[snn.NeuronModel]) -> float:
    return 10.0 if model is snn.AdEx else -20.0


def times(sim: snn.Simulation) -> NDArray[np.float64]:
    return np.asarray(sim.data["spikes"].t)


CASES = [pytest.param(model, engine) for model in MODELS for engine in ENGINES]
CASES.append(pytest.param(snn.CubaLIF, "opencl", marks=pytest.mark.opencl))


@pytest.mark.parametrize(("model", "engine"), CASES)
def test_a_start_above_the_threshold_fires_at_once(model: type[snn.NeuronModel], engine: str) -> None:
    sim, _ = simulation(model(t_ref=2.0), engine, high(model))
    with sim:
        sim.run(1.0)
        assert times(sim) == pytest.approx([late(engine)], abs=1e-13)


@pytest.mark.parametrize(("model", "engine"), CASES)
def test_v_set_above_the_threshold_in_the_hold_waits_for_its_end(
    model: type[snn.NeuronModel], engine: str
) -> None:
    sim, cell = simulation(model(t_ref=2.0), engine, high(model))
    with sim:
        sim.run(1.0)
        sim.set_state(cell, "v", high(model))
        sim.run(0.5)
        assert sim.state(cell, "v") == high(model)  # held where it was set
        sim.run(2.0)
        assert times(sim) == pytest.approx([late(engine), 2.0 + 2 * late(engine)], abs=1e-13)


@pytest.mark.parametrize(("model", "engine"), CASES)
def test_v_set_below_the_threshold_in_the_hold_fires_nothing(
    model: type[snn.NeuronModel], engine: str
) -> None:
    sim, cell = simulation(model(t_ref=2.0), engine, high(model))
    with sim:
        sim.run(1.0)
        sim.set_state(cell, "v", -65.0)
        sim.run(3.0)
        assert len(times(sim)) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_v_set_just_above_the_threshold_fires_before_it_decays_below(engine: str) -> None:
    sim, cell = simulation(snn.LIF(tau_m=1.0, v_th=-55.0), engine, -70.0)
    with sim:
        sim.run(1.0)
        sim.set_state(cell, "v", -54.9)  # a step on it is at -56.3
        sim.run(1.0)
        assert times(sim) == pytest.approx([1.0 + late(engine)], abs=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_threshold_that_falls_below_v_in_the_hold_fires_when_it_ends(engine: str) -> None:
    # b = 20 mV after the spike falls with 1 ms: after ln(20/5) ms v_th + b is below -50 mV, which v is set to
    model = snn.ALIF(tau_m=1e6, v_reset=-70.0, v_th=-55.0, beta=20.0, tau_adapt=1.0, t_ref=3.0)
    sim, cell = simulation(model, engine, -50.0)
    with sim:
        sim.run(0.5)
        sim.set_state(cell, "v", -50.0)
        sim.run(2.4)
        assert times(sim) == pytest.approx([late(engine)], abs=1e-13)
        sim.run(0.8)
        assert times(sim) == pytest.approx([late(engine), 3.0 + 2 * late(engine)], abs=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_threshold_that_a_spike_brings_below_the_reset_fires_once_a_hold(engine: str) -> None:
    # b = -20, -40 ... mV hardly decays: v_th + b lies below v_reset from the first spike on
    model = snn.ALIF(v_reset=-60.0, v_th=-55.0, beta=-20.0, tau_adapt=1e6, t_ref=2.0)
    sim, _ = simulation(model, engine, -50.0)
    with sim:
        sim.run(9.0)
        after = late(engine)
        assert times(sim) == pytest.approx([k * 2.0 + (k + 1) * after for k in range(5)], abs=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_threshold_that_is_back_above_v_when_the_hold_ends_fires_nothing(engine: str) -> None:
    # b = -20 mV is -20 e^-3 = -1.0 when the hold ends, v_th + b = -56 mV above v_reset
    model = snn.ALIF(v_reset=-60.0, v_th=-55.0, beta=-20.0, tau_adapt=1.0, t_ref=3.0)
    sim, _ = simulation(model, engine, -50.0)
    with sim:
        sim.run(20.0)
        assert len(times(sim)) == 1
