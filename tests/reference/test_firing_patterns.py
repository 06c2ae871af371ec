"""Izhikevich's twenty firing patterns: the published program, the equations themselves, and our engines."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle.differential import equations, solve

import pysnn as snn
from pysnn.networks.firing_patterns import PATTERNS, PUBLISHED, RETUNED, Pattern

Times = NDArray[np.float64]
RUNAWAY = "inhibition-induced bursting"

# Spikes in the time shown: of the program's Euler steps, and of the equations (SciPy's DOP853 at 1e-12).
COUNTS = {
    "tonic spiking": (5, 5),
    "phasic spiking": (1, 1),
    "tonic bursting": (28, 29),
    "phasic bursting": (6, 8),
    "mixed mode": (6, 7),
    "spike frequency adaptation": (6, 6),
    "class 1": (10, 10),
    "class 2": (14, 17),
    "spike latency": (1, 0),
    "subthreshold oscillations": (1, 1),
    "resonator": (1, 1),
    "integrator": (1, 1),
    "rebound spike": (1, 1),
    "rebound burst": (7, 14),
    "threshold variability": (1, 1),
    "bistability": (5, 7),
    "DAP": (1, 8),
    "accommodation": (1, 1),
    "inhibition-induced spiking": (3, 4),
}


def program(name: str, tau: float | None = None) -> Times:
    """Spike times of figure1.m, written anew: its loop, its step, its u' for accommodation."""
    pattern = PUBLISHED[name]
    m, tau = pattern.model, pattern.tau if tau is None else tau
    v, u, spikes = pattern.v, pattern.start["u"], []
    for k in range(round(pattern.duration / tau) + 1):
        v = v + tau * (m.k2 * v**2 + m.k1 * v + m.k0 - u + pattern.current(k * tau))
        u = u + tau * (0.02 * (v + 65) if name == "accommodation" else m.a * (m.b * v - u))
        if v > 30:
            spikes.append((k + 1) * tau)
            v, u = m.c, u + m.d
    return np.array(spikes)


@functools.cache
def truth(name: str) -> Times:
    """Spike times of the equations with the published constants."""
    pattern = PUBLISHED[name]
    start = (pattern.v, pattern.start["u"])
    stairs = pattern.staircase()
    currents = [(float(t), float(pA)) for t, pA in zip(*stairs.steps(), strict=True) if t < pattern.duration]
    return solve(dataclasses.replace(equations(pattern.model), start=start), pattern.duration, (), currents)[
        0
    ]


def described(patterns: Mapping[str, Pattern]) -> snn.Network:
    net = snn.Network()
    for name, pattern in patterns.items():
        neuron = net.population(name, 1, pattern.model, init=pattern.start)
        net.current(neuron, pattern.staircase())
        net.probe(neuron, "spikes", name=name)
        net.probe(neuron, "v", every=0.5, name=f"{name}.v")
    return net


@functools.cache
def published(backend: str, dt: float = 0.05) -> dict[str, Times]:
    """Spike times in the time shown, of all but the one that runs away."""
    net = described({name: PUBLISHED[name] for name in COUNTS})
    with snn.Simulation(net, backend=backend, dt=dt) as sim:
        sim.run(400.0)
        return {name: shown(sim.data[name].t, PUBLISHED[name]) for name in COUNTS}


@functools.cache
def ours(backend: str = "event") -> tuple[dict[str, Times], dict[str, Times]]:
    """Spike times in the time shown, and v every 0.5 ms, of the network that ships."""
    with snn.Simulation(described(PATTERNS), backend=backend, dt=0.05) as sim:
        sim.run(400.0)
        spikes = {name: shown(sim.data[name].t, PATTERNS[name]) for name in PATTERNS}
        return spikes, {name: sim.data[f"{name}.v"].values[:, 0] for name in PATTERNS}


def shown(t: Times, pattern: Pattern) -> Times:
    return np.asarray(t)[t <= pattern.duration]


def test_there_are_the_figures_twenty() -> None:
    assert len(PATTERNS) == len(COUNTS) + 1 == 20
    net = snn.networks.firing_patterns()
    assert list(net.populations) == list(PATTERNS) == [*COUNTS, RUNAWAY]
    assert [group.spec.model for group in net.populations.values()] == [p.model for p in PATTERNS.values()]


@pytest.mark.parametrize("name", COUNTS)
def test_the_program_and_the_equations_give_these_counts(name: str) -> None:
    assert (len(program(name)), len(truth(name))) == COUNTS[name]


@pytest.mark.parametrize("name", COUNTS)
def test_the_event_engine_gives_the_spikes_of_the_equations(name: str) -> None:
    assert published("event")[name] == pytest.approx(truth(name), abs=1e-5)


@pytest.mark.parametrize("name", COUNTS)
def test_the_clock_engine_gives_the_counts_of_the_equations(name: str) -> None:
    """A spike waits for the end of its step, 0.05 ms, with u reset later: rebound burst loses one of 14.

    DAP's next spike depends on u at the reset, which changes by 0.3 a step.
    """
    lost = {"rebound burst": 1, "DAP": 4}.get(name, 0)
    assert COUNTS[name][1] - lost <= len(published("clock")[name]) <= COUNTS[name][1]


@pytest.mark.parametrize("name", [name for name, (euler, exact) in COUNTS.items() if euler != exact])
def test_where_program_and_equations_differ_smaller_steps_agree_with_the_equations(name: str) -> None:
    """Only the program's own steps give its counts: with a hundredth of them they are the equations'."""
    assert len(program(name, PUBLISHED[name].tau / 100)) == pytest.approx(COUNTS[name][1], abs=1)


def test_inhibition_induced_bursting_runs_away_in_smaller_steps() -> None:
    """Each spike takes 2 from u, which then falls by itself: the step of 0.5 ms alone holds it.

    203 spikes in steps of 0.25, 1957 of 0.1 ms.
    """
    counts = [len(program(RUNAWAY, tau)) for tau in (0.5, 0.25, 0.1)]
    assert counts[0] == 12
    assert counts[1] > 10 * counts[0]
    assert counts[2] > 5 * counts[1]
    assert PUBLISHED[RUNAWAY].model.d == -2.0
    assert PATTERNS[RUNAWAY] == dataclasses.replace(
        PUBLISHED[RUNAWAY], model=PUBLISHED[RUNAWAY].model.replace(d=0.0)
    )


def test_only_patterns_that_the_equations_do_not_show_are_retuned() -> None:
    assert set(RETUNED) == {"spike latency", "bistability", "DAP", RUNAWAY}
    for name in set(RETUNED) - {RUNAWAY}:
        assert len(truth(name)) != len(program(name)) == len(ours()[0][name])


# ---- what each pattern is -------------------------------------------------------------------------


def groups(t: Times, gap: float) -> list[int]:
    """Spikes in each group, groups being farther apart than ``gap`` ms."""
    return [len(part) for part in np.split(t, np.flatnonzero(np.diff(t) > gap) + 1)]


BACKENDS = pytest.mark.parametrize("backend", ["event", "clock"])


@BACKENDS
def test_tonic_neurons_go_on_and_phasic_ones_stop(backend: str) -> None:
    t, _ = ours(backend)
    assert np.diff(t["tonic spiking"][-3:]) == pytest.approx(26.9, abs=0.5)
    assert len(t["phasic spiking"]) == 1
    assert len(groups(t["tonic bursting"], 10.0)) == 4
    assert groups(t["phasic bursting"], 50.0) == [8]
    assert groups(t["mixed mode"], 10.0) == [3, 1, 1, 1, 1]


@BACKENDS
def test_intervals_grow_in_adaptation(backend: str) -> None:
    t, _ = ours(backend)
    intervals = np.diff(t["spike frequency adaptation"])[:4]
    assert (np.diff(intervals) > 0.0).all()


@BACKENDS
def test_class_1_begins_slower_and_class_2_at_a_rate_of_its_own(backend: str) -> None:
    t, _ = ours(backend)
    first = {name: 1e3 / np.diff(t[name])[0] for name in ("class 1", "class 2")}
    assert first["class 1"] < 25.0 < 50.0 < first["class 2"]  # Hz


def test_class_1_neurons_fire_arbitrarily_slowly() -> None:
    """At a saddle-node on a circle: 0.5 Hz a little above the threshold, where class 2 has 40 Hz."""

    def rate(model: snn.Izhikevich, current: float) -> float:
        net = snn.Network()
        neuron = net.population(
            "neuron", 1, model.replace(i_e=current), init={"v": -60.0, "u": model.b * -60}
        )
        probe = net.probe(neuron, "spikes")
        with snn.Simulation(net, backend="event") as sim:
            sim.run(6000.0)
            t = sim.data[probe].train(0)
        return 0.0 if len(t) < 3 else float(1e3 / np.diff(t)[-1])

    one = [rate(PATTERNS["class 1"].model, x) for x in np.arange(2.2, 2.8, 0.0125)]
    two = [rate(PATTERNS["class 2"].model, x) for x in np.arange(0.0, 1.0, 0.05)]
    assert 0.0 < min(x for x in one if x) < 3.0
    assert min(x for x in two if x) > 30.0


@BACKENDS
def test_what_single_pulses_do(backend: str) -> None:
    t, v = ours(backend)
    latency = t["spike latency"] - 13.0  # the pulse's end
    assert latency == pytest.approx(9.0, abs=0.5)
    assert t["rebound spike"] == pytest.approx(63.1, abs=0.2)  # 43 ms after the end of inhibition
    assert len(groups(t["rebound burst"], 10.0)) == 1 < len(t["rebound burst"])
    # After the spike v swings through its rest, up and down again.
    swings = np.diff(np.sign(np.diff(v["subthreshold oscillations"][60:400])))
    assert np.count_nonzero(swings) >= 4
    # ... and in DAP, after the reset to -60, above it before it returns to -70.
    after = v["DAP"][24:100]
    assert after.max() > -55.0
    assert after[-1] == pytest.approx(-70.0, abs=0.1)


@BACKENDS
def test_what_pairs_of_pulses_do(backend: str) -> None:
    t, _ = ours(backend)
    assert 320.0 < t["resonator"][0] < 345.0  # after two pulses a period apart, not half of it
    assert 100 / 11 + 5 < t["integrator"][0] < 25.0  # after the two that are close to each other
    assert len(t["resonator"]) == len(t["integrator"]) == 1
    assert t["threshold variability"][0] > 80.0  # only after inhibition
    assert t["bistability"].min() > 37.5
    assert t["bistability"].max() < 207.0  # begun by the one pulse, ended by the other


def test_bistable_firing_goes_on_unless_the_second_pulse_meets_its_phase() -> None:
    """The published one, at 216 ms, ends it in the program's steps only."""
    assert program("bistability").max() < 216.0
    assert truth("bistability").max() > 250.0


@BACKENDS
def test_a_fast_ramp_fires_the_neuron_that_accommodates_to_a_slow_one(backend: str) -> None:
    t, _ = ours(backend)
    assert len(t["accommodation"]) == 1
    assert 300.0 < t["accommodation"][0] < 312.5


@BACKENDS
def test_inhibition_makes_these_fire(backend: str) -> None:
    t, _ = ours(backend)
    assert t["inhibition-induced spiking"].min() > 50.0
    assert t[RUNAWAY].min() > 50.0
    assert max(t["inhibition-induced spiking"].max(), t[RUNAWAY].max()) < 275.0
    assert min(groups(t[RUNAWAY], 20.0)) > 5
    assert max(groups(t["inhibition-induced spiking"], 20.0)) == 1
