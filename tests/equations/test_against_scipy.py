"""Models without a built-in counterpart, against SciPy's DOP853 on equations written a second time here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import pysnn as snn
from equations import example

T_STOP = 80.0
PULSES = [2.0, 9.4, 13.0, 21.0, 24.0, 31.4, 33.0, 52.0, 54.0, 61.0]  # ms at which one spike arrives
CURRENT = (5.0, 45.0)  # ms between which a current flows

Floats = NDArray[np.float64]


class Written:
    """dx/dt, arrivals, threshold and reset of one model, by hand."""

    def __init__(
        self,
        slope: Callable[[Floats, float], list[float]],
        start: list[float],
        arrive: Callable[[Floats], None],
        v_th: float,
        reset: Callable[[Floats], None],
        t_ref: float = 0.0,
    ) -> None:
        self.slope, self.start, self.arrive, self.v_th, self.reset, self.t_ref = (
            slope,
            start,
            arrive,
            v_th,
            reset,
            t_ref,
        )

    def run(self, current: float, every: float) -> tuple[list[float], Floats]:
        """Times of spikes, and the states every so many ms."""
        stops = sorted({*np.arange(0, T_STOP + every / 2, every).round(9).tolist(), *PULSES, *CURRENT})
        x, t, free = np.array(self.start), 0.0, -1.0
        spikes: list[float] = []
        seen = [x.copy()]

        def rises(_: float, y: Floats) -> float:
            return float(y[0]) - self.v_th

        rises.terminal, rises.direction = True, 1.0  # type: ignore[attr-defined]  # as SciPy asks
        for stop in stops[1:]:
            while t < stop:
                held = t < free
                end = min(stop, free) if held else stop
                level = current if CURRENT[0] <= t < CURRENT[1] else 0.0

                def slope(_: float, y: Floats, held: bool = held, level: float = level) -> list[float]:
                    d = self.slope(y, level)
                    return [0.0, *d[1:]] if held else d

                solved = solve_ivp(
                    slope,
                    (t, end),
                    x,
                    method="DOP853",
                    rtol=1e-12,
                    atol=1e-12,
                    events=None if held else rises,
                )
                x, t = solved.y[:, -1].copy(), float(solved.t[-1])
                if solved.status == 1:
                    spikes.append(t)
                    self.reset(x)
                    free = t + self.t_ref
            if stop in PULSES:
                self.arrive(x)
                if x[0] >= self.v_th and t > free:
                    spikes.append(t)
                    self.reset(x)
            if abs(stop / every - round(stop / every)) < 1e-9:
                seen.append(x.copy())
        return spikes, np.array(seen)


def resonate_and_fire() -> tuple[Written, float, float]:
    def slope(y: Floats, current: float) -> list[float]:
        v, u = y
        return [-(v + 65.0) / 20.0 - 0.3 * u + current / 100.0, -u / 20.0 + 0.3 * (v + 65.0)]

    def arrive(x: Floats) -> None:
        x[0] += 6.0

    def reset(x: Floats) -> None:
        x[:] = [-65.0, 0.0]

    return Written(slope, [-65.0, 0.0], arrive, -55.0, reset), 6.0, 320.0


def two_compartments() -> tuple[Written, float, float]:
    def slope(y: Floats, current: float) -> list[float]:
        v, v_d, g = y
        return [
            (8.0 * (-70.0 - v) + 20.0 * (v_d - v) + current) / 100.0,
            (10.0 * (-70.0 - v_d) + 20.0 * (v - v_d) + g * (0.0 - v_d)) / 150.0,
            -g / 3.0,
        ]

    def arrive(x: Floats) -> None:
        x[2] += 35.0

    def reset(x: Floats) -> None:
        x[0] = -65.0

    return Written(slope, [-70.0, -70.0, 0.0], arrive, -50.0, reset, 2.0), 35.0, 250.0


def calcium() -> tuple[Written, float, float]:
    def slope(y: Floats, current: float) -> list[float]:
        v, ca = y
        hill = ca**2 / (ca**2 + 0.25)
        # 100 MOhm: 0.1 mV a pA.
        return [(-70.0 - v + 0.1 * (current + 10.0 * hill * (-90.0 - v))) / 20.0, -ca / 80.0]

    def arrive(x: Floats) -> None:
        x[0] += 5.0

    def reset(x: Floats) -> None:
        x[0] = -70.0
        x[1] += 0.2

    return Written(slope, [-70.0, 0.0], arrive, -50.0, reset), 5.0, 450.0


CASES = {"ResonateAndFire": resonate_and_fire, "TwoCompartments": two_compartments, "CalciumLIF": calcium}


def simulated(
    name: str, weight: float, current: float, every: float, start: list[float] | None = None, **options: Any
) -> tuple[Floats, Floats]:
    model = getattr(example(), name)()
    net = snn.Network(seed=1)
    init = {} if start is None else dict(zip(model.states, start, strict=True))
    cell = net.population("cell", 1, model, init=init)
    source = net.source("source", 1, snn.SpikeArray([[t - 1.0 for t in PULSES]]))
    net.projection(source, cell, snn.OneToOne(), weight=weight, delay=1.0)
    net.current(cell, snn.StepCurrent(list(CURRENT), [current, 0.0]))
    spikes = net.probe(cell, "spikes")
    states = [net.probe(cell, state, every=every) for state in model.states]
    with snn.Simulation(net, **options) as sim:
        sim.run(T_STOP)
        return np.asarray(sim.data[spikes].t), np.stack(
            [np.ravel(sim.data[s].values) for s in states], axis=1
        )


@pytest.mark.parametrize("name", CASES)
def test_events_are_those_of_an_independent_solution(name: str) -> None:
    written, weight, current = CASES[name]()
    spikes, states = written.run(current, 0.5)
    t, seen = simulated(name, weight, current, 0.5, backend="event")
    assert len(spikes) >= 3
    np.testing.assert_allclose(t, spikes, rtol=0, atol=1e-6)
    np.testing.assert_allclose(seen, states, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["TwoCompartments", "CalciumLIF"])
def test_below_threshold_the_error_of_a_step_falls_with_its_order(name: str) -> None:
    """No spike, so that nothing waits for the grid: halving dt divides the error by four, about."""
    written, weight, current = CASES[name]()
    if name == "CalciumLIF":
        written.start[1] = 1.0
    full = written.arrive

    def fifth(x: Floats) -> None:
        before = x.copy()
        full(x)
        x[:] = before + 0.2 * (x - before)

    written.arrive = fifth
    spikes, states = written.run(0.1 * current, 2.0)
    assert spikes == []
    off = []
    for dt in (0.2, 0.1, 0.05):
        _, seen = simulated(
            name, 0.2 * weight, 0.1 * current, 2.0, start=written.start, backend="clock", dt=dt
        )
        off.append(float(np.abs(seen - states).max()))
    assert off[0] < 2e-2
    assert off[0] / off[1] > 0.8 * 4
    assert off[1] / off[2] > 0.8 * 4


def test_a_resonant_pair_is_exact_on_the_grid_however_long_the_step() -> None:
    """e^{-t/tau} (cos, sin)(omega t) from where it was set, with dt of a third of a period."""
    model = example().ResonateAndFire(v_th=1000.0)
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, model, init={"v": -60.0, "u": 1.0})
    v, u = net.probe(cell, "v", every=7.0), net.probe(cell, "u", every=7.0)
    with snn.Simulation(net, backend="clock", dt=7.0) as sim:
        sim.run(70.0)
        t = np.asarray(sim.data[v].t)
        seen = np.ravel(sim.data[v].values) + 65.0 + 1j * np.ravel(sim.data[u].values)
    expected = (5.0 + 1.0j) * np.exp((-1.0 / 20.0 + 0.3j) * t)
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("height", [1.0 - 1e-9, 1.0 + 1e-9])
def test_a_crossing_that_only_just_touches_is_found_and_one_that_does_not_quite_is_none(
    height: float,
) -> None:
    """The first maximum of a free oscillation in closed form: v'(t) = 0 where tan(omega t) = omega tau."""
    omega, tau = 0.3, 20.0
    top = np.arctan(omega * tau) / omega  # of 10 e^{-t/tau} sin(omega t)
    peak = np.exp(-top / tau) * np.sin(omega * top)
    model = example().ResonateAndFire(v_th=-65.0 + 10.0 * peak * height)
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, model, init={"v": -65.0, "u": -10.0})
    spikes = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(15.0)
        t = np.asarray(sim.data[spikes].t)
    if height > 1.0:
        assert len(t) == 0
    else:
        # Near its top v is a parabola: it is crossed sqrt(2e-9 v / |v''|) before it, 0.15 us here.
        assert len(t) >= 1
        assert t[0] == pytest.approx(top, abs=1e-3)


def test_first_crossings_of_many_oscillations_are_those_of_the_closed_form() -> None:
    """200 neurons of their own constants: 10 e^{-t/tau} sin(omega t + phase), looked through in 0.2 us."""
    rng = np.random.default_rng(3)
    n, t_stop = 200, 60.0
    tau, omega = rng.uniform(1.0, 60.0, n), rng.uniform(0.02, 2.0, n)
    height, phase = rng.uniform(0.2, 9.0, n), rng.uniform(-np.pi, 0.0, n)
    model = example().ResonateAndFire(tau=tau, omega=omega, v_th=-65.0 + height)
    net = snn.Network(seed=1)
    # v + i u = -10 i e^{i phase} e^{(-1/tau + i omega) t}.
    start = -10j * np.exp(1j * phase)
    init = {"v": snn.Array(start.real - 65.0), "u": snn.Array(start.imag)}
    cells = net.population("cells", n, model, init=init)
    spikes = net.probe(cells, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(t_stop)
        t, i = np.asarray(sim.data[spikes].t), np.asarray(sim.data[spikes].i)
    grid = np.linspace(0.0, t_stop, 300_001)
    fired = 0
    for k in range(n):

        def above(at: Any, k: int = k) -> Any:
            return 10.0 * np.exp(-at / tau[k]) * np.sin(omega[k] * at + phase[k]) - height[k]

        up = np.flatnonzero(above(grid) >= 0.0)
        first = t[i == k]
        if len(up) == 0:
            assert len(first) == 0
            continue
        fired += 1
        expected = brentq(above, grid[up[0] - 1], grid[up[0]], xtol=1e-13)
        assert first[0] == pytest.approx(expected, abs=1e-9)
    assert 50 < fired < 190
