"""Izhikevich's twenty firing patterns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import pysnn as snn

from ._scale import scaled

DT = 0.05  # ms, divides all times of the currents


@dataclass(frozen=True)
class Pattern:
    """One pattern: the neuron, its start, and the current by time that brings the pattern out.

    Attributes
    ----------
    model, v, u : the neuron and its initial state, mV and mV/ms; u = b v unless given.
    duration, tau : ms shown, and the published program's time step, at which it reads its current.
    current : pA (mV/ms) at a time, ms.
    """

    model: snn.Izhikevich
    v: float
    duration: float
    current: Callable[[float], float]
    tau: float = 0.25
    u: float | None = None

    @property
    def start(self) -> dict[str, float]:
        """Initial states."""
        return {"v": self.v, "u": self.model.b * self.v if self.u is None else self.u}

    def staircase(self) -> snn.StepCurrent:
        """The current as the program has it: read at 0, tau, 2 tau ... and kept for a step."""
        times = np.arange(round(self.duration / self.tau) + 1) * self.tau
        values = np.array([self.current(float(t)) for t in times])
        changes = np.flatnonzero(np.diff(values, prepend=np.nan))
        return snn.StepCurrent(times[changes], values[changes])


def step(begin: float, height: float) -> Callable[[float], float]:
    """``height`` after ``begin``."""
    return lambda t: height if t > begin else 0.0


def ramp(begin: float, slope: float, base: float = 0.0) -> Callable[[float], float]:
    """``base``, and after ``begin`` rising from it by ``slope`` a ms."""
    return lambda t: base + slope * max(t - begin, 0.0)


def pulses(width: float, *pairs: tuple[float, float], base: float = 0.0) -> Callable[[float], float]:
    """``base``, and one of the (begin, height) inside (begin, begin + width)."""
    return lambda t: next((height for begin, height in pairs if begin < t < begin + width), base)


def ramps(t: float) -> float:
    """A slow ramp to 8, in which nothing happens, and from 300 ms on a fast one to 4."""
    if t < 200.0:
        return t / 25.0
    return (t - 300.0) / 12.5 * 4.0 if 300.0 <= t < 312.5 else 0.0


def cell(a: float, b: float, c: float, d: float) -> snn.Izhikevich:
    """The model with the constants of most patterns: 0.04 v^2 + 5 v + 140."""
    return snn.Izhikevich(a=a, b=b, c=c, d=d)


def slow(a: float, b: float, c: float, d: float) -> snn.Izhikevich:
    """The model with those of a saddle-node bifurcation: 0.04 v^2 + 4.1 v + 108."""
    return snn.Izhikevich(a=a, b=b, c=c, d=d, k1=4.1, k0=108.0)


# For accommodation the program has u' = a b (v + 65), without the decay of u: to 1e-9 of that it is ours
# with a / FACTOR and b * FACTOR.
FACTOR = 1e9
UNDECAYING = snn.Izhikevich(a=0.02 / FACTOR, b=1.0 * FACTOR, c=-55.0, d=4.0, v_r=-65.0)
INHIBITION = pulses(200.5, (49.5, 75.0), base=80.0)

# As the program has them.
PUBLISHED: dict[str, Pattern] = {
    "tonic spiking": Pattern(cell(0.02, 0.2, -65, 6), -70, 100, step(10, 14)),
    "phasic spiking": Pattern(cell(0.02, 0.25, -65, 6), -64, 200, step(20, 0.5)),
    "tonic bursting": Pattern(cell(0.02, 0.2, -50, 2), -70, 220, step(22, 15)),
    "phasic bursting": Pattern(cell(0.02, 0.25, -55, 0.05), -64, 200, step(20, 0.6), tau=0.2),
    "mixed mode": Pattern(cell(0.02, 0.2, -55, 4), -70, 160, step(16, 10)),
    "spike frequency adaptation": Pattern(cell(0.01, 0.2, -65, 8), -70, 85, step(8.5, 30)),
    "class 1": Pattern(slow(0.02, -0.1, -55, 6), -60, 300, ramp(30, 0.075)),
    "class 2": Pattern(cell(0.2, 0.26, -65, 0), -64, 300, ramp(30, 0.015, base=-0.5)),
    "spike latency": Pattern(cell(0.02, 0.2, -65, 6), -70, 100, pulses(3, (10, 7.04)), tau=0.2),
    "subthreshold oscillations": Pattern(cell(0.05, 0.26, -60, 0), -62, 200, pulses(5, (20, 2))),
    "resonator": Pattern(
        cell(0.1, 0.26, -60, -1), -62, 400, pulses(4, (40, 0.65), (60, 0.65), (280, 0.65), (320, 0.65))
    ),
    "integrator": Pattern(
        slow(0.02, -0.1, -55, 6), -60, 100, pulses(2, (100 / 11, 9), (100 / 11 + 5, 9), (70, 9), (80, 9))
    ),
    "rebound spike": Pattern(cell(0.03, 0.25, -60, 4), -64, 200, pulses(5, (20, -15)), tau=0.2),
    "rebound burst": Pattern(cell(0.03, 0.25, -52, 0), -64, 200, pulses(5, (20, -15)), tau=0.2),
    "threshold variability": Pattern(
        cell(0.03, 0.25, -60, 4), -64, 100, pulses(5, (10, 1), (70, -6), (80, 1))
    ),
    "bistability": Pattern(
        cell(0.1, 0.26, -60, 0), -61, 300, pulses(5, (37.5, 1.24), (216, 1.24), base=0.24)
    ),
    "DAP": Pattern(cell(1, 0.2, -60, -21), -70, 50, pulses(2, (9, 20)), tau=0.1),
    "accommodation": Pattern(UNDECAYING, -65, 400, ramps, tau=0.5, u=-16.0),
    "inhibition-induced spiking": Pattern(cell(-0.02, -1, -60, 8), -63.8, 350, INHIBITION, tau=0.5),
    "inhibition-induced bursting": Pattern(cell(-0.026, -1, -45, -2), -63.8, 350, INHIBITION, tau=0.5),
}

# Four of them live by the error of the program's steps: of the equations themselves the first has no spike,
# the second pulse of bistability meets another phase and does not stop the firing, DAP is a train, and the
# last has a rate without bound. Constants near by give the pattern.
RETUNED: dict[str, Pattern] = {
    "spike latency": replace(PUBLISHED["spike latency"], current=pulses(3, (10, 7.05))),
    "bistability": replace(PUBLISHED["bistability"], current=pulses(5, (37.5, 1.24), (207, 1.24), base=0.24)),
    "DAP": replace(PUBLISHED["DAP"], model=cell(1, 0.2, -60, -19)),
    "inhibition-induced bursting": replace(
        PUBLISHED["inhibition-induced bursting"], model=cell(-0.026, -1, -45, 0)
    ),
}
PATTERNS = PUBLISHED | RETUNED


def firing_patterns(seed: int = 1, scale: float = 1.0) -> snn.Network:
    """Twenty populations of one Izhikevich neuron each, under the currents that make them spike so.

    Izhikevich (2004), IEEE Trans. Neural Netw. 15:1063, figure 1, with the parameters of his program
    figure1.m but for four constants (``RETUNED``): ``PATTERNS`` has them by the figure's names, each
    with the time that the figure shows. There is no synapse and nothing is drawn.

    The program takes Euler steps of 0.1 to 0.5 ms; ours are the spikes of the equations themselves,
    often a few more in a burst (tests/reference/test_firing_patterns.py has both). On ``clock`` use
    dt=0.05, which divides all times of the currents.

    Parameters
    ----------
    seed : without effect, but of every network.
    scale : > 0, the number of neurons of each pattern.
    """
    net = snn.Network(seed)
    for name, pattern in PATTERNS.items():
        group = net.population(name, scaled(1, scale), pattern.model, init=pattern.start)
        net.current(group, pattern.staircase())
    return net
