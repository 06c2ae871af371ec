"""Winner takes all: a spike takes from all others at once, against a race that is written out in NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle import race

import pysnn as snn

N, SOURCES, UNTIL = 12, 9, 80.0
MODEL: dict[str, Any] = {"e_l": 0.0, "v_reset": 0.0, "v_th": 4.0, "t_ref": 0.0, "tau_m": 15.0}
Float = NDArray[np.float64]


def inputs(dt: float | None) -> tuple[list[Float], Float]:
    """Times of each source, on a grid or not, and weights by source and neuron; some instants are shared."""
    rng = np.random.default_rng(5)
    times = [np.unique(np.round(rng.uniform(0.5, UNTIL - 2.0, 30), 1 if dt else 6)) for _ in range(SOURCES)]
    times[1] = times[0].copy()
    weights = rng.uniform(0.0, 2.0, (SOURCES, N))
    weights[:, 7] = weights[:, 2]  # two that are always alike
    return times, weights


def network(times: list[Float], weights: Float, takes: float, delta: float) -> snn.Network:
    net = snn.Network(seed=1)
    homeostasis = snn.Homeostasis(delta=delta, share=0.0)
    cells = net.population("a", N, snn.LIF(**MODEL), homeostasis=homeostasis, winner_takes_all=takes)
    source = net.source("source", SOURCES, snn.SpikeArray(times))
    net.projection(source, cells, snn.AllToAll(), weight=weights, delay=0.5)
    net.population("other", 1, snn.LIF())
    net.probe(cells, "spikes", name="spikes")
    return net


@pytest.mark.parametrize("delta", [0.0, 0.7])
@pytest.mark.parametrize("takes", [math.inf, 1.5, 0.0])
@pytest.mark.parametrize("engines", [None, {"a": "clock", "other": "event"}], ids=["clock", "steps"])
def test_on_steps_one_fires_a_step_and_takes_from_the_others(
    engines: dict[str, str] | None, takes: float, delta: float
) -> None:
    dt = 0.1
    times, weights = inputs(dt)
    arrivals = np.zeros((round(UNTIL / dt), N))
    for k, train in enumerate(times):
        for t in train:
            arrivals[round((t + 0.5) / dt) - 1] += weights[k]
    spikes, v, theta = race.on_steps(arrivals, dt, MODEL["tau_m"], MODEL["v_th"], takes, delta)
    assert len({k for _, k in spikes}) > 3
    options: dict[str, Any] = (
        {"backend": "clock"} if engines is None else {"backend": "auto", "engines": engines}
    )
    with snn.Simulation(network(times, weights, takes, delta), dt=dt, **options) as sim:
        sim.run(UNTIL)
        data = sim.data["spikes"]
        assert data.i.tolist() == [k for _, k in spikes]
        np.testing.assert_allclose(data.t, [t for t, _ in spikes], atol=1e-9)
        np.testing.assert_allclose(sim.state("a", "v"), v, atol=1e-12)
        np.testing.assert_allclose(sim.state("a", "theta"), theta, atol=1e-12)


@pytest.mark.parametrize("delta", [0.0, 0.7])
@pytest.mark.parametrize("takes", [math.inf, 1.5])
def test_in_continuous_time_one_fires_an_instant_and_takes_from_the_others(
    takes: float, delta: float
) -> None:
    times, weights = inputs(None)
    arriving = np.unique(np.concatenate(times))
    rows = np.array([sum(weights[k] for k, train in enumerate(times) if t in train) for t in arriving])
    spikes, v, theta = race.in_time(arriving + 0.5, rows, UNTIL, MODEL["tau_m"], MODEL["v_th"], takes, delta)
    assert len({k for _, k in spikes}) > 3
    with snn.Simulation(network(times, weights, takes, delta), backend="event") as sim:
        sim.run(UNTIL)
        data = sim.data["spikes"]
        assert data.i.tolist() == [k for _, k in spikes]
        np.testing.assert_allclose(data.t, [t for t, _ in spikes], atol=1e-9)
        np.testing.assert_allclose(sim.state("a", "v"), v, atol=1e-9)
        np.testing.assert_allclose(sim.state("a", "theta"), theta, atol=1e-12)


@pytest.mark.parametrize("takes", [math.inf, 4.0])
@pytest.mark.parametrize("cpu_backend", ["clock", "event"])
def test_what_crosses_by_itself_takes_too(cpu_backend: str, takes: float) -> None:
    # two that climb by 1 and .5 mV a ms to 10 mV: the faster fires each 10 ms and takes from the other, which
    # with 4 mV of its 5 taken gains 1 mV each time
    model = snn.LIF(**{**MODEL, "tau_m": math.inf, "v_th": 10.0, "i_e": snn.Array([250.0, 125.0])})
    net = snn.Network(seed=1)
    cells = net.population("a", 2, model, winner_takes_all=takes)
    net.probe(cells, "spikes", name="spikes")
    with snn.Simulation(net, backend=cpu_backend, dt=0.5) as sim:
        sim.run(51.0)
        data = sim.data["spikes"]
        np.testing.assert_allclose(data.t, [10.0, 20.0, 30.0, 40.0, 50.0], atol=1e-9)
        assert data.i.tolist() == [0] * 5
        left = 0.0 if math.isinf(takes) else 5.0
        np.testing.assert_allclose(sim.state("a", "v"), [1.0, left + 0.5], atol=1e-9)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_its_strength_may_change_while_it_runs(backend: str) -> None:
    model = snn.LIF(**{**MODEL, "tau_m": math.inf, "v_th": 10.0, "i_e": snn.Array([250.0, 125.0])})
    net = snn.Network(seed=1)
    net.population("a", 2, model, winner_takes_all=math.inf)
    with snn.Simulation(net, backend=backend, dt=0.5) as sim:
        sim.set_winner_takes_all("a", 1.0, at=15.0)
        sim.run(25.0)
        # 5 mV lost at 10 ms; 5 gained by 20 ms, of which 1 is taken
        np.testing.assert_allclose(sim.state("a", "v"), [5.0, 4.0 + 2.5], atol=1e-9)


def test_models_without_a_reset_are_refused_by_name() -> None:
    net = snn.Network(seed=1)
    with pytest.raises(snn.ParameterError, match="winner_takes_all: SRM0"):
        net.population("a", 2, snn.SRM0(), winner_takes_all=1.0)


def test_it_is_said_where_no_one_declared_it() -> None:
    net = snn.Network(seed=1)
    net.population("a", 2, snn.LIF())
    with snn.Simulation(net) as sim, pytest.raises(snn.ParameterError, match="'a' was declared without"):
        sim.set_winner_takes_all("a", 1.0)
    with snn.Simulation(net) as sim, pytest.raises(snn.ParameterError, match="'a' was declared without"):
        sim.set_homeostasis("a", False)
