"""What a backend cannot run it refuses by name, before anything runs."""

from __future__ import annotations

import pytest

import pysnn as snn


def test_an_unknown_backend_is_answered_with_the_nearest_name() -> None:
    net = snn.Network(seed=1)
    net.population("a", 1, snn.LIF())
    with pytest.raises(snn.UnknownNameError, match="clock"):
        snn.Simulation(net, backend="clok")


@pytest.mark.parametrize("delay", [0.05, 0.15, 1.23])
def test_a_delay_off_the_grid_is_an_error_on_steps(delay: float) -> None:
    net = snn.Network(seed=1)
    cells = net.population("a", 2, snn.LIF())
    net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=delay)
    with pytest.raises(snn.OffGridError, match="delay"):
        snn.Simulation(net, backend="clock", dt=0.1).run(1.0)
    with snn.Simulation(net, backend="event") as sim:
        sim.run(1.0)


def test_distributed_delays_off_the_grid_are_an_error_on_steps() -> None:
    net = snn.Network(seed=1)
    cells = net.population("a", 2, snn.LIF())
    net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=snn.Uniform(1.0, 2.0))
    with pytest.raises(snn.OffGridError, match="delay"):
        snn.Simulation(net, backend="clock", dt=0.1).run(1.0)


def test_a_refractory_time_off_the_grid_is_an_error_on_steps() -> None:
    net = snn.Network(seed=1)
    net.population("a", 2, snn.LIF(t_ref=1.23))
    with pytest.raises(snn.OffGridError, match="t_ref"):
        snn.Simulation(net, backend="clock", dt=0.1).run(1.0)


def test_the_published_scheme_is_one_of_steps() -> None:
    net = snn.Network(seed=1)
    net.population("a", 2, snn.Izhikevich(scheme="published"))
    with pytest.raises(snn.BackendUnsupported, match=r"population 'a'.*published"):
        snn.Simulation(net, backend="event").run(1.0)
    with snn.Simulation(net, backend="clock", dt=1.0) as sim:
        sim.run(1.0)


@pytest.mark.parametrize(
    ("model", "dt"),
    [(snn.HodgkinHuxley(), 0.2), (snn.Izhikevich(), 2.0), (snn.AdEx(tau_syn_exc=0.5), 1.0)],
    ids=["HodgkinHuxley", "Izhikevich", "AdEx"],
)
def test_a_step_too_long_for_the_equations_is_an_error(model: snn.NeuronModel, dt: float) -> None:
    net = snn.Network(seed=1)
    net.population("a", 2, model)
    with pytest.raises(snn.ParameterError, match=rf"population 'a'.*at most .* \(got dt = {dt:g} ms\)"):
        snn.Simulation(net, backend="clock", dt=dt).run(1.0)


def _alone(model: snn.NeuronModel, **init: float) -> snn.Network:
    net = snn.Network(seed=1)
    net.population("cells", 2, model, init=init)
    return net


@pytest.mark.parametrize(
    ("model", "init"),
    [
        (snn.Izhikevich(k1=-1e8), {}),
        (snn.Izhikevich(a=-0.1, b=5.0, d=1e5, i_e=20.0), {}),  # u grows without end
        (snn.AdEx(), {"w": -1e12}),
        (snn.CobaLIF(i_e=-1e300), {}),
        (snn.HodgkinHuxley(i_e=-1e7), {}),
    ],
    ids=["stiff", "diverging", "steep", "huge", "hyperpolarised"],
)
def test_equations_that_no_step_can_follow_are_an_error_and_do_not_hang(
    model: snn.NeuronModel, init: dict[str, float]
) -> None:
    sim = snn.Simulation(_alone(model, **init), backend="event")
    cause = "(?:takes steps of less than|has equations that cannot)"
    with pytest.raises(snn.ParameterError, match=rf"population 'cells': neuron 0 {cause}"):
        sim.run(500.0)


@pytest.mark.parametrize("backend", ["clock", "auto"])
def test_a_state_that_is_no_number_any_more_is_an_error(backend: str) -> None:
    """u grows by a factor of e each 10 ms: a float32 holds it for less than 900 ms."""
    net = _alone(snn.Izhikevich(a=-0.1, b=5.0, d=1e5, i_e=20.0))
    net.population("silent", 1, snn.LIF())
    engines = {"cells": "clock", "silent": "event"} if backend == "auto" else None
    sim = snn.Simulation(net, backend=backend, engines=engines, dtype="float32")
    with pytest.raises(snn.ParameterError, match=r"'cells': . of neuron 0 is no finite number any more"):
        sim.run(1000.0)
