"""Izhikevich's twenty patterns: against SciPy's solver, and against the published program's own steps."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle.differential import equations, solve

import pysnn as snn
from pysnn.networks.firing_patterns import PATTERNS, Pattern

RAMP = 0.5  # ms: ramps as staircases that SciPy, too, can follow in a second

# Spikes of the published program (figure1.m: Euler, each pattern with its step), of its equations solved.
SPIKES = {
    "tonic spiking": (5, 5),
    "phasic spiking": (1, 1),
    "tonic bursting": (28, 29),
    "phasic bursting": (6, 8),
    "mixed mode": (6, 7),
    "spike frequency adaptation": (6, 6),
    "class 1": (10, 10),
    "class 2": (14, 17),
    "spike latency": (1, 1),
    "subthreshold oscillations": (1, 1),
    "resonator": (1, 1),
    "integrator": (1, 1),
    "rebound spike": (1, 1),
    "rebound burst": (7, 14),
    "threshold variability": (1, 1),
    "bistability": (5, 7),
    "depolarizing after-potential": (1, 8),
    "accommodation": (1, 1),
    "inhibition-induced spiking": (3, 4),
    "inhibition-induced bursting": (6, 16),
}


def published(name: str) -> NDArray[np.float64]:
    """Spike times of figure1.m's loop, written down anew."""
    pattern, neuron = PATTERNS[name], PATTERNS[name].model
    v = pattern.v
    u = neuron.b * v if pattern.u is None else pattern.u
    spikes = []
    for t in np.arange(0.0, pattern.duration + 0.5 * pattern.tau, pattern.tau):
        v += pattern.tau * (neuron.k2 * v * v + neuron.k1 * v + neuron.k0 - u + pattern.current(float(t)))
        if name == "accommodation":
            u += pattern.tau * 0.02 * (1.0 * (v + 65.0))
        else:
            u += pattern.tau * neuron.a * (neuron.b * v - u)
        if v > 30.0:
            v, u = neuron.c, u + neuron.d
            spikes.append(float(t))
    return np.array(spikes)


@functools.cache
def solved(name: str) -> NDArray[np.float64]:
    """Spike times of SciPy's solution."""
    pattern = PATTERNS[name]
    eq = equations(pattern.model)
    u = pattern.model.b * pattern.v if pattern.u is None else pattern.u
    times, amplitudes = pattern.steps(RAMP).steps()
    currents = list(zip(times.tolist(), amplitudes.tolist(), strict=True))
    eq = type(eq)((pattern.v, u), eq.field, eq.arrive, eq.reset, eq.peak)
    spikes = solve(eq, pattern.duration, currents=[(max(t, 1e-9), pA) for t, pA in currents])[0]
    return spikes[spikes < pattern.duration - 1.0]  # one at the very end is not to be relied upon


def ours(pattern: Pattern, backend: str, **options: Any) -> NDArray[np.float64]:
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, pattern.model, init=pattern.start())
    net.current(cell, pattern.steps(RAMP))
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend=backend, **options) as sim:
        sim.run(pattern.duration)
        spikes = np.asarray(sim.data[probe].t)
        return spikes[spikes < pattern.duration - 1.0]


def test_all_twenty_are_there() -> None:
    assert PATTERNS.keys() == SPIKES.keys()
    assert len(PATTERNS) == 20


@pytest.mark.parametrize("name", PATTERNS)
def test_event_fires_as_the_equations_do(name: str) -> None:
    spikes, expected = ours(PATTERNS[name], "event"), solved(name)
    assert len(spikes) == len(expected) == SPIKES[name][1]
    # Near a saddle an error grows e-fold in some ms: a late spike of "spike latency" is the least sure.
    assert np.abs(spikes - expected).max() < 1e-3


@pytest.mark.parametrize("name", PATTERNS)
def test_clock_fires_as_often(name: str) -> None:
    spikes = ours(PATTERNS[name], "clock", dt=0.05)
    # A spike late by half a step is an error that the next one inherits: a burst may end some spikes earlier.
    assert abs(len(spikes) - SPIKES[name][1]) <= max(len(spikes) // 8, 3 if "after-potential" in name else 0)
    assert abs(spikes[0] - solved(name)[0]) < 0.2


@pytest.mark.parametrize("name", PATTERNS)
def test_the_program_that_was_published_has_its_own_number_of_spikes(name: str) -> None:
    assert len(published(name)) == SPIKES[name][0]


def test_the_patterns_are_what_their_names_say() -> None:
    """The features that figure 1 is about, on the solved equations."""
    t = {name: solved(name) for name in PATTERNS}
    gaps = {name: np.diff(times) for name, times in t.items()}
    assert gaps["tonic spiking"][2:].std() < 1.0
    assert gaps["tonic bursting"].max() > 5 * gaps["tonic bursting"].min()
    assert t["phasic bursting"][-1] < 75.0  # the current goes on to 200
    assert gaps["mixed mode"][-1] > 5 * gaps["mixed mode"][0]
    assert (np.diff(gaps["spike frequency adaptation"]) > 0.0).all()
    assert gaps["class 1"][0] > 40.0  # starts at a low rate
    assert gaps["class 2"][0] < 20.0  # not below a rate
    assert t["spike latency"][0] > 13.0 + 2.0  # the current ends at 13
    assert t["resonator"][0] > 320.0  # the pair of pulses at the distance of its period
    assert t["integrator"][0] < 20.0  # the pair that is close
    assert t["rebound spike"][0] > 25.0  # after the inhibition
    assert (t["rebound burst"] > 25.0).all()
    assert (
        t["threshold variability"][0] > 80.0
    )  # the same pulse at 10 does nothing; at 80 inhibition came before
    assert 37.5 < t["bistability"][0] < t["bistability"][-1] < 300.0
    assert t["accommodation"][0] > 300.0  # the steep ramp, not the slow one
    for name in ("inhibition-induced spiking", "inhibition-induced bursting"):
        assert t[name][0] > 50.0
