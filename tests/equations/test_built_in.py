"""The library's models, written as equations, against their C++."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn
from equations import example

# By model: weight from outside and within; how far a state may be off on the clock engine. Where both take
# the same scheme only the order of sums differs; CobaLIF's own e^-x is a power of a short series.
MODELS: dict[str, tuple[float, float, float]] = {
    "CubaLIF": (150.0, 20.0, 1e-11),
    "AlphaLIF": (150.0, 20.0, 1e-10),
    "ALIF": (4.0, 0.5, 1e-11),
    "CobaLIF": (12.0, 0.5, 1e-8),
    "AdEx": (12.0, 0.5, 1e-9),
    "Izhikevich": (4.0, 0.5, 1e-9),
    "HodgkinHuxley": (40.0, 0.5, 1e-9),
}


def network(model: snn.NeuronModel, outside: float, within: float) -> snn.Network:
    """30 neurons that fire by given input and each other, with a current that steps."""
    rng = np.random.default_rng(8)
    net = snn.Network(seed=4)
    cells = net.population("cells", 30, model, init={"v": snn.Uniform(-70.0, -58.0)})
    trains = [np.unique(rng.integers(1, 1490, 90)) / 10 for _ in range(30)]
    source = net.source("source", 30, snn.SpikeArray(trains))
    net.projection(source, cells, snn.FixedIndegree(3), weight=outside, delay=0.7)
    net.projection(cells, cells, snn.FixedProbability(0.3), weight=within, delay=[0.5, 1.3, 3.0])
    if len(model.receptors) > 1:
        sign = 1.0 if model.lowest_weight == 0.0 else -1.0
        net.projection(
            cells, cells, snn.FixedProbability(0.3), receptor="inh", weight=sign * within, delay=1.5
        )
    net.current(cells[:15], snn.StepCurrent([20.0, 60.0], [40.0, 0.0]))
    net.probe(cells, "spikes", name="spikes")
    for state in model.states:
        net.probe(cells, state, every=0.5, name=state)
    return net


def recorded(
    model: snn.NeuronModel, weights: tuple[float, float], backend: str, **options: Any
) -> dict[str, Any]:
    with snn.Simulation(network(model, *weights), backend=backend, **options) as sim:
        sim.run(150.0)
        spikes = sim.data["spikes"]
        states = {state: np.asarray(sim.data[state].values) for state in model.states}
        return {"t": np.asarray(spikes.t), "i": np.asarray(spikes.i), **states}


@pytest.mark.parametrize("name", MODELS)
def test_on_steps_it_fires_spike_for_spike_as_the_built_in_model(name: str) -> None:
    *weights, bound = MODELS[name]
    written, built_in = getattr(example(), name), getattr(snn, name)
    assert list(written.states.items()) == list(built_in.states.items())
    assert written.receptors == built_in.receptors
    assert written.weight_unit == built_in.weight_unit
    ours = recorded(written(), (weights[0], weights[1]), "clock")
    theirs = recorded(built_in(), (weights[0], weights[1]), "clock")
    assert len(theirs["t"]) > 60
    np.testing.assert_array_equal(ours["t"], theirs["t"])
    np.testing.assert_array_equal(ours["i"], theirs["i"])
    for state in written.states:
        np.testing.assert_allclose(ours[state], theirs[state], rtol=0, atol=bound, err_msg=state)


@pytest.mark.parametrize("name", MODELS)
def test_in_continuous_time_it_fires_when_the_built_in_model_does(name: str) -> None:
    """Linear ones within the 1e-9 ms of a crossing, others within what both tolerances allow."""
    *weights, _ = MODELS[name]
    written, built_in = getattr(example(), name), getattr(snn, name)
    ours = recorded(written(), (weights[0], weights[1]), "event")
    theirs = recorded(built_in(), (weights[0], weights[1]), "event")
    np.testing.assert_array_equal(ours["i"], theirs["i"])
    exact = name in ("CubaLIF", "AlphaLIF", "ALIF")
    np.testing.assert_allclose(ours["t"], theirs["t"], rtol=0, atol=1e-9 if exact else 1e-5)


@pytest.mark.parametrize("name", ["CubaLIF", "AlphaLIF"])
def test_time_constants_far_apart_are_not_stepped_through(name: str) -> None:
    """1e-6 beside 10 ms: a search in steps of the shortest would not end."""
    parameters = {"tau_syn_exc": 1e-6, "i_e": 420.0}
    ours = recorded(getattr(example(), name)(**parameters), (1e8, 20.0), "event")
    theirs = recorded(getattr(snn, name)(**parameters), (1e8, 20.0), "event")
    assert len(theirs["t"]) > 60
    np.testing.assert_array_equal(ours["i"], theirs["i"])
    np.testing.assert_allclose(ours["t"], theirs["t"], rtol=0, atol=1e-8)


def test_a_jump_over_any_time_keeps_its_digits() -> None:
    """A current 0.17 to 60 ms after an arrival of 100 pA, to within some last bits of 100 e^{-t/2}."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 1, example().CubaLIF())
    net.projection(
        net.source("source", 1, snn.SpikeArray([[0.2]])), cells, snn.AllToAll(), weight=100.0, delay=0.8
    )
    net.probe(cells, "i_exc", every=0.09, name="i_exc")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(61.0)
        t, current = sim.data["i_exc"].t, sim.data["i_exc"].values[:, 0]
    later = t > 1.0
    assert later.sum() > 600
    np.testing.assert_allclose(current[later], 100.0 * np.exp((1.0 - t[later]) / 2.0), rtol=2e-14)


@pytest.mark.parametrize("name", ["CubaLIF", "CobaLIF", "AdEx"])
def test_parameters_that_differ_do_as_in_the_built_in_model(name: str) -> None:
    *weights, bound = MODELS[name]
    different = {
        "i_e": snn.Normal(50.0, 10.0),
        "tau_syn_exc": snn.Uniform(2.0, 4.0),
        "v_reset": snn.Uniform(-75.0, -68.0),
    }
    ours = recorded(getattr(example(), name)(**different), (weights[0], weights[1]), "clock")
    theirs = recorded(getattr(snn, name)(**different), (weights[0], weights[1]), "clock")
    np.testing.assert_array_equal(ours["t"], theirs["t"])
    np.testing.assert_allclose(ours["v"], theirs["v"], rtol=0, atol=bound)


@pytest.mark.parametrize("name", ["CubaLIF", "AdEx"])
def test_single_precision_fires_as_double_precision_does(name: str) -> None:
    """Rounding in floats moves v by some 1e-5 mV a step, which it forgets within tau_m."""
    *weights, _ = MODELS[name]
    model = getattr(example(), name)
    single = recorded(model(), (weights[0], weights[1]), "clock", dtype="float32")
    double = recorded(model(), (weights[0], weights[1]), "clock")
    assert abs(len(single["t"]) - len(double["t"])) <= 0.02 * len(double["t"])
    n = min(len(single["v"]), 40)
    np.testing.assert_allclose(single["v"][:n], double["v"][:n], atol=2e-3)


def test_short_steps_in_single_precision_lose_nothing_of_what_they_add() -> None:
    """v = e_l + tau/c i (1 - e^{-t/tau}), whose first steps are smaller than the last digit of a float."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 3, example().CubaLIF(tau_m=1000.0, c_m=250.0, i_e=0.5))
    with snn.Simulation(net, backend="clock", dt=0.001, dtype="float32") as sim:
        sim.run(20.0)
        v = np.asarray(sim.state(cells, "v"))
    np.testing.assert_allclose(v, -70.0 + 1000.0 / 250.0 * 0.5 * -np.expm1(-20.0 / 1000.0), rtol=0, atol=5e-6)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_several_steps_at_once_are_the_steps_one_by_one(dtype: str) -> None:
    """Nothing comes to 700 neurons with parameters of their own: some go through many steps at once."""
    net = snn.Network(seed=4)
    model = example().CubaLIF(i_e=snn.Uniform(300.0, 900.0), tau_m=snn.Uniform(8.0, 12.0))
    cells = net.population("cells", 700, model)
    net.current(cells, snn.StepCurrent([10.2], [100.0]))
    net.probe(cells, "spikes", name="spikes")
    results = []
    for pieces in ([20.0], [0.1] * 200):
        with snn.Simulation(net, backend="clock", dtype=dtype, threads=1) as sim:
            for piece in pieces:
                sim.run(piece)
            results.append((sim.data["spikes"].t, sim.data["spikes"].i, sim.state(cells, "v")))
    assert len(results[0][0]) > 700
    for at_once, one_by_one in zip(*results, strict=True):
        np.testing.assert_array_equal(at_once, one_by_one)
