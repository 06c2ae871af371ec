"""Neurons without closed form, solved to 1e-12 by SciPy's DOP853: equations written anew from the papers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import pysnn as snn

Vector = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Equations:
    """dx/dt = field(x, current); ``arrive(x, receptor, weight)`` and ``reset(x)`` change x in place."""

    start: Sequence[float]
    field: Callable[[Vector, float], Sequence[float]]
    arrive: Callable[[Vector, str, float], None]
    reset: Callable[[Vector], None]
    peak: float
    t_ref: float = 0.0


def equations(model: snn.NeuronModel) -> Equations:
    """The equations of a model, by its class."""
    makers: dict[type, Callable[..., Equations]] = {
        snn.CobaLIF: _coba_lif,
        snn.AdEx: _adex,
        snn.Izhikevich: _izhikevich,
        snn.HodgkinHuxley: _hodgkin_huxley,
    }
    return makers[type(model)](model)


def _open(first: int) -> Callable[[Vector, str, float], None]:
    def arrive(x: Vector, receptor: str, weight: float) -> None:
        x[first + ("exc", "inh").index(receptor)] += weight

    return arrive


def _coba_lif(m: snn.CobaLIF) -> Equations:
    def field(x: Vector, current: float) -> Sequence[float]:
        v, e, i = x
        total = -m.g_l * (v - m.e_l) - e * (v - m.e_rev_exc) - i * (v - m.e_rev_inh) + m.i_e + current
        return total / m.c_m, -e / m.tau_syn_exc, -i / m.tau_syn_inh

    def reset(x: Vector) -> None:
        x[0] = m.v_reset

    return Equations((m.e_l, 0.0, 0.0), field, _open(1), reset, m.v_th, m.t_ref)


def _adex(m: snn.AdEx) -> Equations:
    def field(x: Vector, current: float) -> Sequence[float]:
        v, w, e, i = x
        # beyond the peak the spike is out: the solver, which tries steps past it, must meet numbers there
        upswing = m.g_l * m.delta_t * np.exp((min(v, m.v_peak + m.delta_t) - m.v_th) / m.delta_t)
        total = -m.g_l * (v - m.e_l) + upswing - w + m.i_e + current
        total += -e * (v - m.e_rev_exc) - i * (v - m.e_rev_inh)
        dw = (m.a * (v - m.e_l) - w) / m.tau_w
        return total / m.c_m, dw, -e / m.tau_syn_exc, -i / m.tau_syn_inh

    def reset(x: Vector) -> None:
        x[0] = m.v_reset
        x[1] += m.b

    return Equations((m.e_l, 0.0, 0.0, 0.0), field, _open(2), reset, m.v_peak, m.t_ref)


def _izhikevich(m: snn.Izhikevich) -> Equations:
    def field(x: Vector, current: float) -> Sequence[float]:
        v, u = x
        return m.k2 * v * v + m.k1 * v + m.k0 - u + m.i_e + current, m.a * (m.b * (v - m.v_r) - u)

    def arrive(x: Vector, receptor: str, weight: float) -> None:
        x[0] += weight

    def reset(x: Vector) -> None:
        x[0] = m.c
        x[1] += m.d

    return Equations((-65.0, m.b * (-65.0 - m.v_r)), field, arrive, reset, m.v_peak)


def _hodgkin_huxley(p: snn.HodgkinHuxley) -> Equations:
    def rates(v: float) -> tuple[tuple[float, float], ...]:
        u = v - p.v_t
        return (
            (0.32 * (13 - u) / np.expm1((13 - u) / 4), 0.28 * (u - 40) / np.expm1((u - 40) / 5)),
            (0.128 * np.exp((17 - u) / 18), 4 / (1 + np.exp((40 - u) / 5))),
            (0.032 * (15 - u) / np.expm1((15 - u) / 5), 0.5 * np.exp((10 - u) / 40)),
        )

    def field(x: Vector, current: float) -> Sequence[float]:
        v, m, h, n, e, i = x
        total = -p.g_l * (v - p.e_l) - p.g_na * m**3 * h * (v - p.e_na) - p.g_k * n**4 * (v - p.e_k)
        total += -e * (v - p.e_rev_exc) - i * (v - p.e_rev_inh) + p.i_e + current
        gates = [a * (1 - y) - b * y for (a, b), y in zip(rates(v), (m, h, n), strict=True)]
        return total / p.c_m, *gates, -e / p.tau_syn_exc, -i / p.tau_syn_inh

    start = [a / (a + b) for a, b in rates(p.e_l)]
    return Equations((p.e_l, *start, 0.0, 0.0), field, _open(4), lambda x: None, p.v_th)


def solve(
    eq: Equations,
    t_stop: float,
    arrivals: Sequence[tuple[float, str, float]] = (),
    currents: Sequence[tuple[float, float]] = (),
    sample_times: Sequence[float] = (),
) -> tuple[Vector, NDArray[np.float64]]:
    """Spike times and the states at ``sample_times`` [times x states] of one neuron.

    ``arrivals`` are (time [ms], receptor, weight), ``currents`` (time [ms], pA from then on).
    """
    x = np.array(eq.start, dtype=float)
    stops = sorted({t_stop, *(t for t, _, _ in arrivals), *(t for t, _ in currents), *sample_times})
    spikes: list[float] = []
    samples = []
    now, free, current = 0.0, 0.0, 0.0

    def rises(t: float, x: Vector) -> float:
        return float(x[0] - eq.peak)

    # SciPy takes these as attributes of the function, which a type checker cannot know.
    rises.terminal = True  # type: ignore[attr-defined]
    rises.direction = 1.0  # type: ignore[attr-defined]
    for stop in stops:
        while now < stop:
            held = now < free
            end = min(stop, free) if held else stop

            def field(t: float, x: Vector, held: bool = held, current: float = current) -> Sequence[float]:
                d = list(eq.field(x, current))
                return [0.0, *d[1:]] if held else d

            done = solve_ivp(
                field, (now, end), x, "DOP853", rtol=1e-12, atol=1e-12, events=None if held else rises
            )
            if done.status < 0:
                raise RuntimeError(done.message)
            now, x = float(done.t[-1]), done.y[:, -1].copy()
            if done.status == 1:
                spikes.append(now)
                free = now + eq.t_ref
                x[0] = max(x[0], np.nextafter(eq.peak, np.inf))  # from 0 on SciPy would see it rise again
                eq.reset(x)
        below = x[0] < eq.peak
        for _, receptor, weight in (a for a in arrivals if a[0] == stop):
            eq.arrive(x, receptor, weight)
        if below and x[0] >= eq.peak:
            spikes.append(stop)
            eq.reset(x)
        current = next((pA for t, pA in currents if t == stop), current)
        if stop in sample_times:
            samples.append(x.copy())
    return np.array(spikes), np.array(samples)
