"""The trace of an input tells a moment of teaching how long ago it came: which of two cues was the last?

    python docs/examples/which_came_last.py [--quick] [--picture FILE]

In each trial every source fires once: two cues of five sources each, and twenty others, at random moments
of the first 400 ms. Which of the cues came last is taught when 450 ms have passed, when all of it is
over, to two readouts that forget within 100 ms, by the delta rule. Its trace of a source must then still
tell when that has fired. A trace that never fades (``tau_x`` inf, by default) counts spikes, one a source
in every trial, so that there is nothing to learn by; one of a millisecond has forgotten all when teaching
comes; one that fades as the readouts' potential does (100 ms) makes the rule descend the error. Prints
one line of JSON: for each ``tau_x`` the share of right answers at the best of several rates, in new
trials.

Sutton & Barto (1981), Psychol. Rev. 88:135, put such traces of the stimulus into the rule of Widrow &
Hoff (1960) and Rescorla & Wagner (1972).
"""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

CUE, OTHERS = 5, 20  # sources
SOURCES = 2 * CUE + OTHERS
SHOWN, DURATION = 400.0, 450.0  # ms
FORGETS = 100.0  # ms, readouts
TRACES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, math.inf)  # ms
RATES = (0.1, 0.3, 1.0, 3.0)  # by that at which a trial's traces would be learnt at once
Labels = NDArray[np.int64]


def trials(n: int, seed: int) -> tuple[snn.TrialSpikes, Labels]:
    """Spikes of so many trials, and which cue came last."""
    rng = np.random.default_rng(seed)
    times = rng.integers(1, int(SHOWN) + 1, (n, 2 + OTHERS)).astype(np.float64)
    times[:, 1] += times[:, 0] == times[:, 1]
    shown = np.concatenate([np.repeat(times[:, :2], CUE, axis=1), times[:, 2:]], axis=1)
    spikes = snn.TrialSpikes(
        shown.ravel(), np.tile(np.arange(SOURCES), n), SOURCES * np.arange(n + 1), SOURCES, DURATION
    )
    return spikes, times[:, :2].argmax(axis=1)


def squares(tau_x: float) -> float:
    """Mean square of a trace when teaching comes."""
    ages = DURATION - 1.0 - np.arange(1.0, SHOWN + 1.0)
    return float(np.mean(np.exp(-2.0 * ages / tau_x)))


def accuracy(tau_x: float, rate: float, learnt: int, tested: int) -> float:
    """Share of right answers in new trials."""
    net = snn.Network(seed=1)
    source = net.source("source", SOURCES, snn.Input())
    out = net.population("out", 2, snn.Readout(tau_m=FORGETS))
    error = net.error("error", out, loss="softmax")
    # The readouts change by eta x times what they hear: 4, as a softmax of two has a slope of a quarter.
    eta = 4.0 * rate / (SOURCES * math.sqrt(squares(tau_x) * squares(FORGETS)))
    rule = snn.DeltaRule(eta=eta, tau_x=tau_x)
    net.projection(
        source, out, snn.AllToAll(), weight=0.0, delay=1.0, plasticity=rule, modulator=error, name="taught"
    )
    with snn.Simulation(net, dt=1.0, threads=1) as sim:
        spikes, labels = trials(learnt, seed=1)
        sim.run_trials(spikes, counts=(), teach={error: labels})
        sim.set_learning("taught", False)
        spikes, labels = trials(tested, seed=2)
        answers = sim.run_trials(spikes, counts=(), states="out.v").states("out", "v").argmax(axis=1)
    return float(np.mean(answers == labels))


def draw(found: dict[str, float], path: str) -> None:
    """Share of right answers by time constant."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.0, 3.2))
    axes.plot(range(len(found)), list(found.values()), "o-")
    axes.axhline(0.5, color="grey", linewidth=0.5)
    axes.set_xticks(range(len(found)), [*found])
    axes.set(xlabel="tau_x [ms]", ylabel="share of right answers", ylim=(0.45, 1.02))
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, learn with each trace, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="400 trials rather than 4,000")
    parser.add_argument("--picture", metavar="FILE", help="draw the shares of right answers there")
    given = parser.parse_args()
    learnt, tested = (400, 400) if given.quick else (4000, 4000)
    found = {
        f"{tau_x:g}": round(max(accuracy(tau_x, rate, learnt, tested) for rate in RATES), 4)
        for tau_x in TRACES
    }
    figures: dict[str, Any] = {"trials": learnt, "chance": 0.5, "readouts_ms": FORGETS, "by_tau_x": found}
    print(json.dumps(figures))
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()
