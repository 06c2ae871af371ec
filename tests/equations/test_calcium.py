"""CalciumSTDP, which no built-in rule is, against its differential equations (SciPy's DOP853)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import pysnn as snn
from equations import rules

PARAMETERS: dict[str, float] = {
    "tau": 4000.0,
    "tau_ca": 20.0,
    "c_pre": 0.9,
    "c_post": 0.8,
    "theta_d": 1.0,
    "theta_p": 1.3,
    "gamma_d": 250.0,
    "gamma_p": 550.0,
    "w_max": 2.0,
}


def solved(pre: list[float], post: list[float], w: float, end: float) -> float:
    """The weight at ``end`` of one synapse whose spikes arrive then; each piece between crossings is
    smooth."""
    p, c, t, u = PARAMETERS, 0.0, 0.0, w / PARAMETERS["w_max"]
    jumps = sorted([(s, p["c_pre"]) for s in pre] + [(s, p["c_post"]) for s in post])
    for to, jump in [*jumps, (end, 0.0)]:
        while t < to:
            above = [c > theta * (1.0 + 1e-12) for theta in (p["theta_d"], p["theta_p"])]

            def rate(_: float, state: Any, above: list[bool] = above) -> list[float]:
                down = p["gamma_d"] * state[1] if above[0] else 0.0
                up = p["gamma_p"] * (1.0 - state[1]) if above[1] else 0.0
                return [-state[0] / p["tau_ca"], (up - down) / p["tau"]]

            theta = p["theta_p"] if above[1] else p["theta_d"] if above[0] else -1.0

            def crossing(_: float, state: Any, theta: float = theta) -> float:
                return float(state[0] - theta)

            crossing.terminal = True  # type: ignore[attr-defined]  # as SciPy asks
            found = solve_ivp(rate, (t, to), [c, u], method="DOP853", rtol=1e-12, atol=1e-14, events=crossing)
            t, (c, u) = float(found.t[-1]), found.y[:, -1]
            if found.status == 1:  # on the threshold itself, to rounding
                c = theta
        c += jump
    return float(u) * p["w_max"]


@pytest.mark.parametrize("backend", ["clock", "event", pytest.param("opencl", marks=pytest.mark.opencl)])
@pytest.mark.parametrize("dendritic_fraction", [0.0, 0.5, 1.0])
def test_weights_are_those_of_the_differential_equations(backend: str, dendritic_fraction: float) -> None:
    """Ten synapses with spikes of both sides at random, to 1e-9 of the weight."""
    rng, n, delay, end = np.random.default_rng(5), 10, 4.0, 400.0
    trains = [
        [
            sorted(np.round(rng.choice(np.arange(10.0, 380.0, 0.5), 20, replace=False), 6).tolist())
            for _ in range(n)
        ]
        for _ in range(2)
    ]
    net = snn.Network(seed=1)
    cells = net.population("cells", n, snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0))
    source = net.source("source", n, snn.SpikeArray(trains[0]))
    teacher = net.source("teacher", n, snn.SpikeArray(trains[1]))
    net.projection(teacher, cells, snn.OneToOne(), weight=2000.0, delay=1.0)
    learns = net.projection(
        source,
        cells,
        snn.OneToOne(),
        weight=0.7,
        delay=delay,
        plasticity=rules().CalciumSTDP(**PARAMETERS),
        dendritic_fraction=dendritic_fraction,
    )
    with snn.Simulation(net, backend=backend, dt=0.5) as sim:
        sim.run(end)
        weights = np.asarray(sim.weights(learns))
    axonal, dendritic = delay * (1.0 - dendritic_fraction), delay * dendritic_fraction
    wanted = [
        solved([t + axonal for t in pre], [t + 1.0 + dendritic for t in post], 0.7, end)
        for pre, post in zip(*trains, strict=True)
    ]
    assert np.ptp(wanted) > 0.05
    np.testing.assert_allclose(weights, wanted, rtol=1e-9)


def test_calcium_alone_moves_a_weight_by_its_time_above_thresholds() -> None:
    """One spike: both act for tau_ca log(c/theta_p), then depression alone until tau_ca log(c/theta_d)."""
    p = {**PARAMETERS, "c_post": 2.0}
    net = snn.Network(seed=1)
    cells = net.population("cells", 1, snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0))
    source = net.source("source", 1, snn.SpikeArray([[390.0]]))  # calcium needs no presynaptic spike before
    teacher = net.source("teacher", 1, snn.SpikeArray([[10.0]]))
    net.projection(teacher, cells, snn.OneToOne(), weight=2000.0, delay=1.0)
    learns = net.projection(
        source, cells, snn.OneToOne(), weight=0.7, delay=1.0, plasticity=rules().CalciumSTDP(**p)
    )
    with snn.Simulation(net, backend="clock") as sim:
        sim.run(300.0)
        (weight,) = np.asarray(sim.weights(learns))
    both = 20.0 * math.log(2.0 / 1.3)
    alone = 20.0 * math.log(2.0) - both
    u = 550.0 / 800.0 + (0.35 - 550.0 / 800.0) * math.exp(-800.0 * both / 4000.0)
    assert weight == pytest.approx(2.0 * u * math.exp(-250.0 * alone / 4000.0), rel=1e-13)
