"""Delays that move until spikes meet: the rule against its equation, and a neuron that detects a pattern."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn

Float = np.ndarray[Any, np.dtype[np.float64]]


def by_the_equation(shift: snn.DelayShift, i: Any, j: Any, d: Any, pre: Any, post: Any) -> Float:
    """Synapse by synapse and spike by spike, as the docstring has it."""
    new = np.array(d)
    for n, (source, target, delay) in enumerate(zip(i, j, d, strict=True)):
        for s, who in zip(*post, strict=True):
            arrivals = sorted(t + delay for t, k in zip(*pre, strict=True) if k == source)
            if who != target or not arrivals:
                continue
            wanted = s - shift.lag
            nearest = min(arrivals, key=lambda a: (abs(wanted - a), a))
            if abs(wanted - nearest) <= shift.window:
                new[n] += shift.eta * (wanted - nearest)
    clipped: Float = np.clip(new, shift.d_min, shift.d_max)
    return clipped


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_delays_are_those_of_the_equation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    i, j, d = rng.integers(0, 6, 40), rng.integers(0, 4, 40), rng.uniform(1.0, 12.0, 40)
    pre = rng.uniform(0.0, 100.0, 30), rng.integers(0, 5, 30)  # source 5 is silent
    post = rng.uniform(0.0, 100.0, 12), rng.integers(0, 3, 12)
    for shift in (
        snn.DelayShift(eta=0.3, window=4.0, lag=0.5, d_min=2.0, d_max=11.0),
        snn.DelayShift(eta=0.05, window=np.inf),
    ):
        new = shift.delays(i, j, d, pre, post)
        assert new == pytest.approx(by_the_equation(shift, i, j, d, pre, post), abs=1e-12)
        assert np.any(new != d)
    assert shift.delays(i, j, d, ([], []), post) == pytest.approx(d)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(snn.ParameterError, match="d_min <= d_max"):
        snn.DelayShift(d_min=3.0, d_max=2.0)
    with pytest.raises(snn.ParameterError, match="one shape"):
        snn.DelayShift().delays([0, 1], [0], [1.0], ([], []), ([], []))
    with pytest.raises(snn.ParameterError, match="as many times as indices"):
        snn.DelayShift().delays([0], [0], [1.0], ([1.0], []), ([], []))


# ---- detecting a pattern ---------------------------------------------------------------------------------

N = 30  # sources
LAST, TAUGHT = 10.0, 16.0  # ms: of the last spike of the pattern; when the neuron is made to fire


def detector(backend: str, learns: bool) -> tuple[int, int]:
    """How often of ten times a neuron fires at a pattern of spikes, and at the same one backwards.

    It hears all sources by synapses of one weight and delays drawn at random, so that it fires where some ten
    spikes meet within its time constant of 2 ms. While it learns the pattern another source makes it fire.
    """
    net = snn.Network(seed=3)
    eye = net.source("eye", N, snn.Input())
    teacher = net.source("teacher", 1, snn.Input())
    cell = net.population("cell", 1, snn.LIF(tau_m=2.0, v_th=-50.0, e_l=-65.0, v_reset=-65.0))
    drawn = np.round(np.random.default_rng(4).uniform(1.0, 20.0, N), 1)
    drawn[0] = 1.0
    one_to_one = snn.FromCOO(np.arange(N), np.zeros(N, np.int64))
    net.projection(eye, cell, one_to_one, 1.5, snn.Array(drawn), name="wires")
    net.projection(teacher, cell, snn.AllToAll(), 100.0, 1.0, name="told")
    heard, fired = net.probe(eye, "spikes"), net.probe(cell, "spikes")
    pattern = np.round(np.random.default_rng(5).uniform(0.1, LAST, N), 1)
    shift = snn.DelayShift(eta=0.2, window=20.0, d_min=1.0, d_max=25.0)
    with snn.Simulation(net, backend=backend, dt=0.1) as sim:

        def show(spikes: Float, told: bool) -> tuple[snn.SpikeData, snn.SpikeData]:
            """What sources and the neuron fire within 60 ms."""
            sim.feed(eye, (sim.time + spikes, np.arange(N)))
            if told:
                sim.feed(teacher, ([sim.time + TAUGHT - 1.0], [0]))
            sim.run(60.0)
            return sim.take(heard), sim.take(fired)

        for _ in range(40 if learns else 0):
            seen = show(pattern, told=True)
            wires = sim.synapses("wires")
            delays = shift.delays(wires.i, wires.j, wires.delay, *seen)
            sim.set_delays("wires", np.round(delays, 1))
        forwards = sum(show(pattern, told=False)[1].count > 0 for _ in range(10))
        backwards = sum(show(LAST + 0.1 - pattern, told=False)[1].count > 0 for _ in range(10))
    return forwards, backwards


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_neuron_comes_to_detect_a_pattern_by_delays_that_move(backend: str) -> None:
    """Without them it does not: its weights are all alike and stay so."""
    assert detector(backend, learns=True) == (10, 0)
    assert detector(backend, learns=False)[0] == 0
