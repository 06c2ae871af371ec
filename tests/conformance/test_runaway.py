"""Neurons whose numbers go beyond all bounds: an error that names them, in bounded time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import pysnn as snn

ENGINES = ["clock", "event", "auto"]

FAST = [snn.LIF, snn.CubaLIF, snn.AlphaLIF, snn.ALIF, snn.CobaLIF, snn.AdEx, snn.SRM0]


@pytest.mark.parametrize("plastic", [False, True], ids=["static", "plastic"])
@pytest.mark.parametrize("model", [*FAST, snn.Izhikevich])
def test_a_neuron_that_fires_without_end_is_an_error_that_names_it(
    model: type[snn.NeuronModel], plastic: bool
) -> None:
    # without refractory time 1e15 pA bring v to the threshold again at once
    net = snn.Network(seed=1)
    cells = net.population("cells", 5, model() if model is snn.Izhikevich else model(t_ref=0.0))
    rule = snn.PairSTDP(w_max=1.0) if plastic else None
    net.projection(cells, cells, snn.AllToAll(), weight=0.0, delay=20.0, plasticity=rule)
    net.current(cells[3:4], snn.StepCurrent([2.0], [1e15]))
    with (
        snn.Simulation(net, backend="event") as sim,
        pytest.raises(
            snn.ParameterError, match=r"population 'cells': neuron 3 (fires without end|takes steps)"
        ),
    ):
        sim.run(10.0)


def test_a_pair_that_sets_each_other_off_without_end_is_an_error() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 2, snn.LIF(t_ref=0.0), init={"v": snn.Array([-20.0, -70.0])})
    net.projection(cells, cells, snn.FromCOO([0, 1], [1, 0]), weight=100.0, delay=1e-12)
    with (
        snn.Simulation(net, backend="event") as sim,
        pytest.raises(snn.ParameterError, match=r"population 'cells': neuron \d fires without end"),
    ):
        sim.run(1.0)


def test_a_neuron_that_fires_fast_but_on_is_none() -> None:
    # 2,000 spikes a ms: every 5e-4 ms, tau_m ln(v_inf/(v_inf - 15)) with v_inf = 300,008 mV above rest
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, snn.LIF(t_ref=0.0, i_e=300007.5 * 25.0))
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(10.0)
        assert len(sim.data[probe]) == pytest.approx(20000, abs=2)


@pytest.mark.parametrize("model", [snn.LIF, snn.CubaLIF, snn.AlphaLIF, snn.ALIF])
def test_a_refractory_time_of_1e_5_ms_keeps_a_neuron_from_firing_without_end(
    model: type[snn.NeuronModel],
) -> None:
    # 1e15 pA bring v to the threshold again at once (a tick is 1e-12 ms): a spike each t_ref, 10,000
    def run(t_ref: float) -> int:
        net = snn.Network(seed=1)
        cell = net.population("cell", 1, model(t_ref=t_ref, i_e=1e15))
        probe = net.probe(cell, "spikes")
        with snn.Simulation(net, backend="event") as sim:
            sim.run(0.1)
            return len(sim.data[probe])

    assert run(1e-5) == pytest.approx(0.1 / 1e-5, abs=2)
    with pytest.raises(snn.ParameterError, match=r"population 'cell': neuron 0 fires without end"):
        run(9.9e-6)


@pytest.mark.parametrize("e_l", [-70.0, 0.0])
def test_an_srm0_far_below_its_threshold_is_silent_in_bounded_time(e_l: float) -> None:
    # its rate is none until v = e_l - 1e300 e^(-t/tau_m) comes near: tau_m ln(1e300/100) = 6.9 s
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, snn.SRM0(e_l=e_l), init={"v": -1e300})
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(6000.0)
        assert len(sim.data[probe]) == 0
        assert sim.state(cell, "v") == pytest.approx(-1e300 * np.exp(-600.0), rel=1e-9)


@pytest.mark.parametrize(
    "model",
    [snn.LIF, snn.CubaLIF, snn.AlphaLIF, snn.CobaLIF, snn.ALIF, snn.SRM0, snn.Readout],
)
def test_a_capacitance_whose_inverse_is_no_number_is_refused_and_the_least_one_rests(
    model: type[snn.NeuronModel],
) -> None:
    """1 / 5e-324 is infinite, and infinity times no current none."""
    for least in (5e-324, 0.0):
        with pytest.raises(snn.ParameterError, match=rf"{model.__name__}\.c_m: must be >= 1e-12 pF"):
            model(c_m=least)
    conductances = {"g_l": 1e-12} if "g_l" in model.number_names() else {}
    net = snn.Network(seed=1)
    net.population("cells", 2, model(c_m=1e-12, **conductances))
    for backend in ENGINES:
        with snn.Simulation(net, backend=backend) as sim:
            sim.run(1.0)
            assert np.isfinite(sim.state("cells", "v")).all()


@pytest.mark.parametrize("backend", [*ENGINES, pytest.param("opencl", marks=pytest.mark.opencl)])
@pytest.mark.parametrize("model", [snn.CubaLIF, snn.AlphaLIF])
def test_a_potential_that_is_no_finite_number_is_an_error_that_names_it(
    model: type[snn.NeuronModel], backend: str
) -> None:
    # 1 mV a pA takes -1.7e308 pA of either receptor beyond what a double holds
    net = snn.Network(seed=1)
    strong = snn.Array([0.0, 0.0, -1.7e308, 0.0])
    cells = net.population("cells", 4, model(c_m=1e-3), init={"i_exc": strong, "i_inh": strong})
    # what is far ahead is not looked at: something arrives
    source = net.source("source", 1, snn.SpikeArray([[1.0]]))
    net.projection(source, cells, snn.AllToAll(), weight=0.0, delay=1.0)
    with (
        snn.Simulation(net, backend=backend, dt=0.1) as sim,
        pytest.raises(snn.ParameterError, match=r"population 'cells': v of neuron 2 is no finite number"),
    ):
        sim.run(5.0)


@pytest.mark.parametrize("pA", [-1e19, -1e30])
@pytest.mark.parametrize("given", ["i_e", "declared", "injected", "set"])
@pytest.mark.parametrize("model", [snn.LIF, snn.CubaLIF, snn.AlphaLIF, snn.ALIF])
def test_no_inhibition_makes_a_neuron_fire(model: type[snn.NeuronModel], given: str, pA: float) -> None:
    """So far down that v and v_th are the same as they are counted from there: an error, or no spike."""
    net = snn.Network(seed=1)
    cell = net.population("cell", 2, model(i_e=pA) if given == "i_e" else model())
    if given == "declared":
        net.current(cell[1:], snn.StepCurrent([1.0, 1.5], [pA, 0.0]))  # over before anybody looks
    spikes = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        if given == "injected":
            sim.inject(cell[1:], snn.ConstantCurrent(pA))
        if given == "set":
            sim.set_parameters(cell[1:], i_e=pA)
        with pytest.raises(
            snn.ParameterError, match=r"population 'cell': v of neuron \d is no finite number"
        ):
            sim.run(10.0)
    with snn.Simulation(net, backend="clock") as sim:
        sim.run(10.0)
        assert len(sim.data[spikes]) == 0


@pytest.mark.parametrize("depth", [1e3, 1e6, 1e9, 1e11, 1e13])
def test_from_any_depth_an_izhikevich_neuron_comes_back_as_its_equations_do(depth: float) -> None:
    """Its v^2 brings it up within a tick; the spike is a rebound, as late as SciPy has it, or refused."""
    a, b, arrival = 0.02, 0.2, 6.0

    def slopes(t: float, y: np.ndarray) -> list[float]:
        return [0.04 * y[0] ** 2 + 5.0 * y[0] + 140.0 - y[1], a * (b * y[0] - y[1])]

    def peak(t: float, y: np.ndarray) -> float:
        return float(y[0] - 30.0)

    net = snn.Network(seed=1)
    cell = net.population("cell", 1, snn.Izhikevich(), init={"v": -70.0, "u": -14.0})
    source = net.source("source", 1, snn.SpikeArray([[arrival - 1.0]]))
    net.projection(source, cell, snn.AllToAll(), weight=-depth, delay=1.0)
    spikes = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        if depth >= 1e11:
            with pytest.raises(snn.ParameterError, match="neuron 0 has equations that cannot be followed"):
                sim.run(100.0)
            return
        sim.run(100.0)
    tight = {"rtol": 1e-11, "atol": 1e-9, "method": "DOP853"}
    v, u = solve_ivp(slopes, [0.0, arrival], [-70.0, -14.0], **tight).y[:, -1]
    after = solve_ivp(slopes, [arrival, 100.0], [v - depth, u], events=peak, first_step=1e-18, **tight)
    assert sim.data[spikes].t[:1] == pytest.approx(after.t_events[0][:1], abs=1e-4)
