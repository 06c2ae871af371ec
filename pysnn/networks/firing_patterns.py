"""Izhikevich's twenty firing patterns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import pysnn as snn

from ._scale import scaled

# With v' = 0.04 v^2 + 4.1 v + 108 - u + I, as the two patterns whose b is negative have it.
_INTEGRATING = {"k1": 4.1, "k0": 108.0}
# u' = a b (v + 65): the decay of u is made a millionth of what drives it.
_MILLION = 1e6


@dataclass(frozen=True)
class Pattern:
    """A neuron, where it starts, for how long it runs [ms], and its current [pA] at a time [ms]."""

    model: snn.Izhikevich
    v: float
    duration: float
    current: Callable[[float], float]
    u: float | None = None  # b v, if not given
    tau: float = 0.25  # ms: step of the published program

    def start(self) -> dict[str, snn.Distribution]:
        """Initial states."""
        u = self.model.b * self.v if self.u is None else self.u
        return {"v": snn.Constant(self.v), "u": snn.Constant(u)}

    def steps(self, every: float = 0.1) -> snn.StepCurrent:
        """The current as a staircase; ``every`` ms where it is a ramp."""
        t = np.arange(0.0, self.duration, every)
        level = np.array([self.current(x + 0.5 * every) for x in t])
        new = np.flatnonzero(np.diff(level, prepend=np.nan) != 0.0)
        return snn.StepCurrent(times=np.round(t[new], 9), amplitudes=level[new])


def _step(at: float, to: float, before: float = 0.0) -> Callable[[float], float]:
    return lambda t: to if t > at else before


def _pulses(
    starts: tuple[float, ...], length: float, to: float, rest: float = 0.0
) -> Callable[[float], float]:
    return lambda t: to if any(at < t < at + length for at in starts) else rest


def _accommodation(t: float) -> float:
    if t < 200.0:
        return t / 25.0
    return (t - 300.0) / 12.5 * 4.0 if 300.0 <= t < 312.5 else 0.0


def _variable(t: float) -> float:
    return 1.0 if 10.0 < t < 15.0 or 80.0 < t < 85.0 else -6.0 if 70.0 < t < 75.0 else 0.0


def _less_within(t: float) -> float:
    return 80.0 if t < 50.0 or t > 250.0 else 75.0


def _neuron(a: float, b: float, c: float, d: float, **more: float) -> snn.Izhikevich:
    return snn.Izhikevich(a=a, b=b, c=c, d=d, **more)


PATTERNS: dict[str, Pattern] = {
    "tonic spiking": Pattern(_neuron(0.02, 0.2, -65.0, 6.0), -70.0, 100.0, _step(10.0, 14.0)),
    "phasic spiking": Pattern(_neuron(0.02, 0.25, -65.0, 6.0), -64.0, 200.0, _step(20.0, 0.5)),
    "tonic bursting": Pattern(_neuron(0.02, 0.2, -50.0, 2.0), -70.0, 220.0, _step(22.0, 15.0)),
    "phasic bursting": Pattern(_neuron(0.02, 0.25, -55.0, 0.05), -64.0, 200.0, _step(20.0, 0.6), tau=0.2),
    "mixed mode": Pattern(_neuron(0.02, 0.2, -55.0, 4.0), -70.0, 160.0, _step(16.0, 10.0)),
    "spike frequency adaptation": Pattern(_neuron(0.01, 0.2, -65.0, 8.0), -70.0, 85.0, _step(8.5, 30.0)),
    "class 1": Pattern(
        _neuron(0.02, -0.1, -55.0, 6.0, **_INTEGRATING), -60.0, 300.0, lambda t: 0.075 * max(0.0, t - 30.0)
    ),
    "class 2": Pattern(
        _neuron(0.2, 0.26, -65.0, 0.0), -64.0, 300.0, lambda t: -0.5 + 0.015 * max(0.0, t - 30.0)
    ),
    "spike latency": Pattern(
        _neuron(0.02, 0.2, -65.0, 6.0), -70.0, 100.0, _pulses((10.0,), 3.0, 7.04), tau=0.2
    ),
    "subthreshold oscillations": Pattern(
        _neuron(0.05, 0.26, -60.0, 0.0), -62.0, 200.0, _pulses((20.0,), 5.0, 2.0)
    ),
    "resonator": Pattern(
        _neuron(0.1, 0.26, -60.0, -1.0), -62.0, 400.0, _pulses((40.0, 60.0, 280.0, 320.0), 4.0, 0.65)
    ),
    "integrator": Pattern(
        _neuron(0.02, -0.1, -55.0, 6.0, **_INTEGRATING),
        -60.0,
        100.0,
        _pulses((100.0 / 11.0, 100.0 / 11.0 + 5.0, 70.0, 80.0), 2.0, 9.0),
    ),
    "rebound spike": Pattern(
        _neuron(0.03, 0.25, -60.0, 4.0), -64.0, 200.0, _pulses((20.0,), 5.0, -15.0), tau=0.2
    ),
    "rebound burst": Pattern(
        _neuron(0.03, 0.25, -52.0, 0.0), -64.0, 200.0, _pulses((20.0,), 5.0, -15.0), tau=0.2
    ),
    "threshold variability": Pattern(_neuron(0.03, 0.25, -60.0, 4.0), -64.0, 100.0, _variable),
    "bistability": Pattern(
        _neuron(0.1, 0.26, -60.0, 0.0), -61.0, 300.0, _pulses((37.5, 216.0), 5.0, 1.24, rest=0.24)
    ),
    "depolarizing after-potential": Pattern(
        _neuron(1.0, 0.2, -60.0, -21.0), -70.0, 50.0, _pulses((9.0,), 2.0, 20.0), tau=0.1
    ),
    "accommodation": Pattern(
        _neuron(0.02 / _MILLION, 1.0 * _MILLION, -55.0, 4.0, v_r=-65.0),
        -65.0,
        400.0,
        _accommodation,
        u=-16.0,
        tau=0.5,
    ),
    "inhibition-induced spiking": Pattern(
        _neuron(-0.02, -1.0, -60.0, 8.0), -63.8, 350.0, _less_within, tau=0.5
    ),
    # Only the published steps end its bursts: with a < 0 nothing bounds u, and solved exactly it runs away.
    "inhibition-induced bursting": Pattern(
        _neuron(-0.026, -1.0, -45.0, -2.0), -63.8, 100.0, _less_within, tau=0.5
    ),
}


def firing_patterns(seed: int = 1, scale: float = 1.0) -> snn.Network:
    """One neuron for each of the twenty patterns, with the current that shows it; no synapses.

    Each is to run for the ``duration`` of its pattern, 50 to 400 ms; all at once for 300, before the last
    runs away. What figure 1 shows are Euler steps of 0.1 to 0.5 ms: some patterns have more spikes where the
    equations are solved (tests/reference/test_firing_patterns.py has both numbers).

    Populations are named as in figure 1 of Izhikevich (2004), IEEE Trans. Neural Netw. 15:1063, whose
    published program has the parameters and currents (``PATTERNS`` here).

    Parameters
    ----------
    seed : of nothing: nothing is drawn.
    scale : > 0, the number of neurons of each pattern, all alike.
    """
    net = snn.Network(seed)
    for name, pattern in PATTERNS.items():
        cells = net.population(name, scaled(1, scale), pattern.model, init=pattern.start())
        net.current(cells, pattern.steps())
    return net
