"""A readout against the closed form of a leaky membrane, and its mean by quadrature (SciPy)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

import pysnn as snn

TIMES, WEIGHTS = [1.0, 2.5, 2.5, 7.0], [3.0, -1.5, 4.0, 2.0]  # ms, mV; as they arrive
E_L, C_M, CURRENT, STEP_AT, UNTIL = -2.0, 100.0, 20.0, 4.0, 10.0


def run(backend: str, tau_m: float, dtype: str = "float64", dt: float = 0.5, cuts: int = 1) -> snn.Simulation:
    net = snn.Network(seed=1)
    out = net.population(
        "out", 3, snn.Readout(tau_m=tau_m, c_m=C_M, e_l=E_L, i_e=snn.Array([0.0, 10.0, 0.0]))
    )
    order = range(len(TIMES))
    source = net.source("source", 4, snn.SpikeArray([t - 0.5 for t in TIMES], list(order)))
    net.projection(
        source, out, snn.AllToAll(), weight=np.repeat(np.array(WEIGHTS)[:, None], 3, axis=1), delay=0.5
    )
    net.current(out[2:], snn.StepCurrent([STEP_AT], [CURRENT]))
    sim = snn.Simulation(net, backend=backend, dt=dt, dtype=dtype)
    for _ in range(cuts):
        sim.run(UNTIL / cuts)
    return sim


def v_at(t: float, tau_m: float, i_e: float, step: float) -> float:
    """Each arrival and each pA since it set in: the impulse and the step response of the membrane."""

    def rise(h: float) -> float:
        return -tau_m * math.expm1(-h / tau_m) if math.isfinite(tau_m) else h

    arrived = sum(w * math.exp(-(t - a) / tau_m) for a, w in zip(TIMES, WEIGHTS, strict=True) if a <= t)
    return E_L + arrived + (i_e * rise(t) + step * rise(max(t - STEP_AT, 0.0))) / C_M


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("tau_m", [5.0, 1e4, math.inf])
@pytest.mark.parametrize("backend", ["clock", "event"])
def test_v_and_its_mean_are_those_of_the_equation(backend: str, tau_m: float, dtype: str) -> None:
    with run(backend, tau_m, dtype) as sim:
        exact = 1e-12 if dtype == "float64" or backend == "event" else 1e-6
        for k, (i_e, step) in enumerate([(0.0, 0.0), (10.0, 0.0), (0.0, CURRENT)]):
            assert sim.state("out", "v")[k] == pytest.approx(v_at(UNTIL, tau_m, i_e, step), rel=exact)
            area = quad(v_at, 0.0, UNTIL, (tau_m, i_e, step), points=[*TIMES, STEP_AT], epsabs=1e-13)[0]
            assert sim.state("out", "mean")[k] == pytest.approx(area / UNTIL, rel=exact)
        assert sim.state("out", "span") == pytest.approx([UNTIL] * 3, rel=exact)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_without_a_leak_it_counts_what_arrives(backend: str) -> None:
    with run(backend, math.inf) as sim:
        assert sim.state("out", "v")[0] == E_L + sum(WEIGHTS)


def test_a_mean_over_a_million_short_steps_loses_nothing_in_single_precision() -> None:
    # v climbs by 1e-4 mV a ms from 0: its mean over T is T/2 of that
    net = snn.Network(seed=1)
    net.population("out", 1, snn.Readout(tau_m=math.inf, c_m=1.0, i_e=1e-4))
    with snn.Simulation(net, backend="clock", dt=0.01, dtype="float32") as sim:
        sim.run(10_000.0)
        assert sim.state("out", "mean")[0] == pytest.approx(0.5, rel=1e-6)
        assert sim.state("out", "span")[0] == pytest.approx(10_000.0, rel=1e-6)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_mean_begins_anew_where_its_span_is_set_to_0_and_at_a_reset(backend: str) -> None:
    with run(backend, 5.0) as sim:
        sim.set_state("out", "span", 0.0)
        sim.run(2.0)
        area = quad(v_at, UNTIL, UNTIL + 2.0, (5.0, 10.0, 0.0), epsabs=1e-13)[0]
        assert sim.state("out", "mean")[1] == pytest.approx(area / 2.0, rel=1e-12)
        sim.reset()
        assert sim.state("out", "mean").tolist() == [E_L] * 3
        sim.run(UNTIL)
        area = quad(v_at, 0.0, UNTIL, (5.0, 0.0, 0.0), points=TIMES, epsabs=1e-13)[0]
        assert sim.state("out", "mean")[0] == pytest.approx(area / UNTIL, rel=1e-12)


def test_it_never_fires() -> None:
    net = snn.Network(seed=1)
    out = net.population("out", 1, snn.Readout(i_e=1e9), init={"v": 1e9})
    probe = net.probe(out, "spikes")
    for backend in ("clock", "event", "auto"):
        with snn.Simulation(net, backend=backend) as sim:
            sim.run(10.0)
            assert len(sim.data[probe]) == 0
