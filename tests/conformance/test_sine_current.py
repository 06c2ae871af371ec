"""The sampled and held sine: its levels, what it makes of a membrane, and how far off that is at most."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from scipy import integrate, optimize

import pysnn as snn

from .test_noise_current import TAU, C, draws, potentials

# LIF on clock and event; the OpenCL engine refuses the current by name.


def response(
    t: ArrayLike, current: snn.SineCurrent, v: float = 0.0, begin: float = 0.0
) -> NDArray[np.float64]:
    """V(t) of C dV/dt = -C V / TAU + I from V(begin) = v, in closed form for the sine itself."""
    w = 2e-3 * np.pi * current.frequency
    s = np.asarray(t, np.float64)

    def steady(s: ArrayLike) -> NDArray[np.float64]:
        x = w * np.asarray(s) + current.phase
        swing = (np.sin(x) - w * TAU * np.cos(x)) / (1.0 + (w * TAU) ** 2)
        return np.asarray(TAU / C * (current.offset + current.amplitude * swing))

    return np.asarray(steady(s) + (v - steady(begin)) * np.exp(-(s - begin) / TAU))


SINES = [
    snn.SineCurrent(100.0, 10.0, interval=1.0),
    snn.SineCurrent(300.0, 40.0, phase=1.0, offset=50.0, interval=2.0),
    snn.SineCurrent(-200.0, 250.0, phase=-2.0, interval=0.1),
    snn.SineCurrent(80.0, 0.0, phase=0.5, interval=5.0),
]


def test_the_closed_form_solves_the_equation() -> None:
    for sine in SINES:
        w = 2e-3 * np.pi * sine.frequency
        solved = integrate.solve_ivp(
            lambda t, v, s=sine, w=w: -v / TAU + (s.offset + s.amplitude * np.sin(w * t + s.phase)) / C,
            (3.0, 50.0), [2.0], rtol=1e-11, atol=1e-11,
        )  # fmt: skip
        assert solved.y[0] == pytest.approx(response(solved.t, sine, 2.0, 3.0), abs=1e-8)


@pytest.mark.parametrize("sine", SINES)
def test_levels_are_the_means_over_intervals(backend: str, sine: snn.SineCurrent) -> None:
    h = sine.interval
    levels = draws(potentials(backend, 2, [sine], 40 * h, h), h)
    w = 2e-3 * np.pi * sine.frequency
    for k in range(40):
        wanted = integrate.quad(
            lambda t: sine.offset + sine.amplitude * np.sin(w * t + sine.phase), k * h, (k + 1) * h
        )
        assert levels[k] == pytest.approx(wanted[0] / h, abs=1e-8)


@pytest.mark.parametrize("sine", SINES)
def test_a_membrane_is_where_the_sine_itself_would_have_it(backend: str, sine: snn.SineCurrent) -> None:
    every = sine.interval / 2.0
    v = potentials(backend, 1, [sine], 200.0, every, dt=min(0.1, every))[:, 0]
    t = every * np.arange(v.size)
    error = np.abs(v - response(t, sine))
    bound = 2e-3 * np.pi * sine.frequency * abs(sine.amplitude) * sine.interval**2 / (4.0 * C)
    assert error.max() <= bound + 1e-10
    assert error[::2].max() <= bound / 2.0 + 1e-10  # at the ends of intervals
    if sine.frequency:
        assert error.max() > bound / 20.0  # which says something


def test_half_the_interval_is_a_quarter_of_the_error(cpu_backend: str) -> None:
    def error(interval: float) -> float:
        sine = snn.SineCurrent(300.0, 20.0, interval=interval)
        v = potentials(cpu_backend, 1, [sine], 400.0, 4.0)[:, 0]
        return float(np.abs(v - response(4.0 * np.arange(v.size), sine)).max())

    errors = [error(4.0), error(2.0), error(1.0)]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.1)


def test_it_flows_from_start_to_stop_and_the_last_interval_is_cut(backend: str) -> None:
    sine = snn.SineCurrent(100.0, 30.0, phase=0.3, offset=40.0, interval=4.0, start=3.0, stop=9.0)
    v = potentials(backend, 2, [sine], 20.0, 1.0)
    levels = draws(v, 1.0)
    w = 2e-3 * np.pi * 30.0

    def mean(a: float, b: float) -> float:
        return float(integrate.quad(lambda t: 40.0 + 100.0 * np.sin(w * t + 0.3), a, b)[0] / (b - a))

    wanted = np.zeros(20)
    wanted[3:7], wanted[7:9] = mean(3.0, 7.0), mean(7.0, 9.0)
    assert levels == pytest.approx(np.tile(wanted[:, None], (1, 2)), abs=1e-8)


@pytest.mark.parametrize("engine", ["event", "clock", "auto"])
def test_a_neuron_fires_where_the_closed_form_crosses(engine: str) -> None:
    sine = snn.SineCurrent(400.0, 8.0, offset=300.0, interval=0.1)
    model = snn.LIF(tau_m=TAU, c_m=C, e_l=0.0, v_th=15.0, v_reset=0.0, t_ref=0.0)
    net = snn.Network(seed=1)
    cells = net.population("cells", 1, model, init={"v": 0.0})
    net.current(cells, sine)
    probe = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=engine, **({} if engine == "event" else {"dt": 0.01})) as sim:
        sim.run(250.0)
        fired = np.asarray(sim.data[probe].t)
    expected, begin = [], 0.0
    while True:
        t = np.arange(begin + 1e-6, 250.0, 0.01)
        above = np.flatnonzero(response(t, sine, 0.0, begin) >= 15.0)
        if not above.size:
            break

        def above_threshold(s: float, begin: float = begin) -> float:
            return float(response(s, sine, 0.0, begin)) - 15.0

        begin = float(optimize.brentq(above_threshold, t[above[0] - 1], t[above[0]]))
        expected.append(begin)
    assert len(expected) == 10
    # the current is 1e-4 mV off at most, where the membrane climbs by some 0.5 mV a ms; steps add one each
    assert fired == pytest.approx(expected, abs=2e-3 if engine == "event" else 0.02 * len(expected))


def test_far_ahead_the_phase_is_kept() -> None:
    # 40 Hz: 1e6 s are whole periods
    at = 1e9
    early, late = (snn.SineCurrent(100.0, 40.0, interval=1.0, start=s) for s in (0.0, at))
    a = potentials("event", 1, [early], 20.0, 1.0)[1:, 0]
    net = snn.Network(seed=1)
    cells = net.population(
        "cells", 1, snn.LIF(tau_m=TAU, c_m=C, e_l=0.0, v_th=1e9, v_reset=0.0), init={"v": 0.0}
    )
    net.current(cells, late)
    found = []
    with snn.Simulation(net, backend="event") as sim:
        sim.run(at)
        for _ in range(20):
            sim.run(1.0)
            found.append(float(np.asarray(sim.state(cells, "v"))[0]))
    assert found == pytest.approx(a.tolist(), abs=1e-6)


def test_an_interval_off_the_grid_is_an_error_on_steps_unless_rounding_is_asked_for() -> None:
    sine = snn.SineCurrent(50.0, 10.0, interval=0.25)
    with pytest.raises(
        snn.OffGridError, match=r"current into 'cells': SineCurrent\.interval: 0\.25 ms is no m"
    ):
        potentials("clock", 1, [sine], 1.0, 1.0)
    potentials("clock", 1, [sine], 1.0, 1.0, off_grid="round")


@pytest.mark.opencl
def test_the_opencl_engine_has_the_clocks() -> None:
    sine = [snn.SineCurrent(40.0, 30.0), snn.SineCurrent(10.0, 100.0, phase=0.5)]
    for opencl, clock in zip(
        *(potentials(backend, 1, sine, 5.0, 1.0, model=snn.CubaLIF()) for backend in ("opencl", "clock")),
        strict=True,
    ):
        np.testing.assert_array_equal(opencl, clock)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.SineCurrent(1.0, -1.0), r"SineCurrent\.frequency: must be >= 0 Hz \(got -1\.0\)"),
        (
            lambda: snn.SineCurrent(1.0, 100.0, interval=6.0),
            r"SineCurrent\.interval: must be <= half a period = 5 ms \(got 6\)",
        ),
        (lambda: snn.SineCurrent(1.0, 1.0, interval=0.0), r"SineCurrent\.interval: must be >= 1e-06 ms"),
        (lambda: snn.SineCurrent(1.0, 1.0, start=2.0, stop=2.0), r"SineCurrent\.stop: must be > start = 2"),
        (lambda: snn.SineCurrent(np.inf, 1.0), r"SineCurrent\.amplitude: must be a finite number pA"),
    ],
)
def test_impossible_sines_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        make()
