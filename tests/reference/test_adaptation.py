"""The adaptive threshold against its closed form, evaluated to 40 digits from spike to spike."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from typing import Any

import numpy as np
import pytest

import pysnn as snn

MODEL: dict[str, float] = {
    "tau_m": 20.0,
    "c_m": 200.0,
    "e_l": -60.0,
    "v_th": -50.0,
    "v_reset": -65.0,
    "t_ref": 2.5,
    "i_e": 180.0,  # alone it brings v to -42 mV
}


def spikes(t_stop: float, tau_adapt: float, beta: float) -> list[float]:
    """From rest, at constant current: g(h) = y e^(-h/tau_m) - b e^(-h/tau_adapt) has one way up to theta."""
    with localcontext(Context(prec=40)):
        tau_m, tau_b, jump, t_ref = (
            Decimal(repr(x)) for x in (MODEL["tau_m"], tau_adapt, beta, MODEL["t_ref"])
        )
        inf = Decimal(repr(MODEL["e_l"])) + Decimal(repr(MODEL["i_e"])) * tau_m / Decimal(repr(MODEL["c_m"]))
        theta, reset = Decimal(repr(MODEL["v_th"])) - inf, Decimal(repr(MODEL["v_reset"])) - inf
        y, b, now = Decimal(repr(MODEL["e_l"])) - inf, Decimal(0), Decimal(0)
        found: list[float] = []
        while True:
            low, high = Decimal(0), Decimal(2000)
            while high - low > Decimal("1e-20"):
                h = (low + high) / 2
                if y * (-h / tau_m).exp() - b * (-h / tau_b).exp() < theta:
                    low = h
                else:
                    high = h
            now += high
            if now > Decimal(repr(t_stop)):
                return found
            found.append(float(now))
            b = (b * (-high / tau_b).exp() + jump) * (-t_ref / tau_b).exp()
            y = reset
            now += t_ref


@pytest.mark.parametrize(
    ("tau_adapt", "beta"),
    [(100.0, 2.0), (20.0, 3.0), (19.999999, 3.0), (4.0, 12.0), (700.0, 0.3), (150.0, -0.2)],
)
def test_event_keeps_the_spike_times_of_the_closed_form_for_a_second(tau_adapt: float, beta: float) -> None:
    net = snn.Network(seed=1)
    cell = net.population("a", 1, snn.ALIF(**MODEL, tau_adapt=tau_adapt, beta=beta))
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(1000.0)
        ours = np.asarray(sim.data[probe].t)
    expected = np.array(spikes(1000.0, tau_adapt, beta))
    assert len(expected) > 10
    assert abs(expected[-1] - expected[-2] - (2.5 + 20.0 * np.log(23.0 / 8.0))) > 0.01  # LIF's interval
    assert ours.shape == expected.shape
    assert np.abs(ours - expected).max() < 1e-9


def test_event_fires_where_the_threshold_comes_down_to_a_resting_potential() -> None:
    # v rests at v_th + 8 mV; b = 30 mV falls to 8 mV after tau_adapt ln(30/8)
    net = snn.Network(seed=1)
    model = snn.ALIF(**MODEL, tau_adapt=80.0, beta=1.0)
    cell = net.population("a", 1, model, init={"v": -42.0, "b": 30.0})
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(110.0)
        assert sim.data[probe].t[0] == pytest.approx(80.0 * np.log(30.0 / 8.0), abs=1e-10)


def trains(backend: str, **options: Any) -> list[np.ndarray]:
    n = 200
    net = snn.Network(seed=5)
    start = {"v": snn.Uniform(-65.0, -51.0), "b": snn.Uniform(0.0, 5.0)}
    cells = net.population("a", n, snn.ALIF(**MODEL, tau_adapt=60.0, beta=1.5), init=start)
    probe = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=backend, threads=1, **options) as sim:
        sim.run(400.0)
        return [np.asarray(sim.data[probe].train(k)) for k in range(n)]


def test_clock_comes_to_event_at_first_order() -> None:
    # a step is half too late at a threshold on average: each of the first eight intervals by dt/2
    exact = np.array([t[:8] for t in trains("event")])
    late = [
        np.mean(np.array([t[:8] for t in trains("clock", dt=dt)]) - exact)
        for dt in (0.25, 0.125, 0.0625, 0.03125)
    ]
    assert 0.0 < late[-1] < 0.1
    assert np.array(late[:-1]) / np.array(late[1:]) == pytest.approx([2.0] * 3, rel=0.15)


def test_without_a_jump_it_is_lif() -> None:
    def run(model: snn.NeuronModel, backend: str, **options: Any) -> tuple[np.ndarray, np.ndarray]:
        net = snn.Network(seed=2)
        cells = net.population("a", 50, model)
        noise = net.source("noise", 50, snn.Poisson(rate=2000.0))
        net.projection(noise, cells, snn.OneToOne(), weight=1.0, delay=1.0)
        probe = net.probe(cells, "spikes")
        with snn.Simulation(net, backend=backend, threads=1, **options) as sim:
            sim.run(200.0)
            return np.asarray(sim.data[probe].t), np.asarray(sim.data[probe].i)

    for backend, options in (("clock", {"dt": 0.1}), ("event", {})):
        plain = run(snn.LIF(**MODEL), backend, **options)
        adaptive = run(snn.ALIF(**MODEL, beta=0.0), backend, **options)
        assert plain[0].size > 500
        # On event one takes a logarithm, the other Newton's method.
        np.testing.assert_allclose(adaptive[0], plain[0], rtol=0.0, atol=1e-9)
        np.testing.assert_array_equal(adaptive[1], plain[1])
