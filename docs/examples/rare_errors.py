"""Adam goes by what errors are mostly; a batch that holds rare and strong ones too goes by their mean.

    python docs/examples/rare_errors.py [--quick] [--picture FILE]

A weight between -1 and 1 is told a small error of -10 in a hundred trials of 101, which would have it
grow, and one of 1,010 in the last, which outweighs them: on average it is to fall. That is the
counterexample of Reddi, Kale & Kumar (2018). Adam divides an error by the root mean square of recent
ones, and with it the rare error by more than the frequent ones: trial by trial (``batch`` 1) weights go
to 1, the worst place there is, at moderate rates, and at none of them near -1, with averages over a
hundred trials (``beta_2`` .99, as in the paper) and over a thousand (.999). With ``batch`` 101 what is
divided is the mean, and weights end at -1. Plain gradient descent by single trials finds its way for a
source that fires once a trial or for one that fires thirty times, not for both at one rate as long as
trials are no more; by batches it does. Prints one line of JSON: for each optimiser and batch where
weights of sources that fire 1, 5 and 30 times a trial are in the end, -1 being right: the mean over the
last period and over the three, at the best of several rates and at the worst.

Reddi, Kale & Kumar (2018), On the convergence of Adam and beyond, ICLR, section 3 and figure 1.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

PERIOD, FREQUENT, RARE = 101, -10.0, 1010.0  # trials, errors
SPIKES = (1, 5, 30)  # of each source in a trial
DURATION = 3.0  # ms
RATES = 10.0 ** np.arange(-7.0, 1.5, 0.5)  # --quick: every third
Float = NDArray[np.float64]


def trains(n: int) -> snn.TrialSpikes:
    """So many trials, which are all alike."""
    index = np.repeat(np.arange(len(SPIKES)), SPIKES)
    offsets = index.size * np.arange(n + 1)
    return snn.TrialSpikes(np.ones(n * index.size), np.tile(index, n), offsets, len(SPIKES), DURATION)


def learnt(rule: snn.DeltaRule, periods: int) -> Float:
    """Mean weight over the last period, by source."""
    net = snn.Network(seed=1)
    source = net.source("source", len(SPIKES), snn.Input())
    # The error is what a critic is told, that hears nothing: it does not depend on the weights.
    critic = net.population("critic", 1, snn.Readout())
    acts = net.population("acts", 1, snn.Readout())
    told = net.error("told", critic, loss="squared")
    error = net.feedback("error", told, acts, weights=np.ones((1, 1)))
    net.projection(
        source, acts, snn.AllToAll(), weight=0.0, delay=1.0, plasticity=rule, modulator=error, name="learns"
    )
    errors = np.full((periods, PERIOD), FREQUENT)
    errors[:, -1] = RARE
    # The last period in parts, after each of which weights are looked at.
    parts = [errors[:-1].ravel(), *np.array_split(errors[-1], 10)]
    course = []
    with snn.Simulation(net, dt=1.0, threads=1) as sim:
        for part in parts:
            sim.run_trials(trains(part.size), counts=(), teach={"told": -part[:, np.newaxis]})
            course.append(np.asarray(sim.weights("learns"), dtype=np.float64))
    return np.asarray(np.mean(course[1:], axis=0))


def cases() -> dict[str, snn.DeltaRule]:
    """By name the rule."""
    bounded = snn.DeltaRule(w_min=-1.0, w_max=1.0, optimiser="adam", batch=1)
    by_batch = {
        f"adam, batch {batch}{' (control)' if batch == 1 else ''}": bounded.replace(batch=batch, beta_2=0.99)
        for batch in (PERIOD, 10, 1)
    }
    return by_batch | {
        "adam, batch 1, beta_2 .999 (control)": bounded,
        f"sgd, batch {PERIOD}": bounded.replace(optimiser="sgd", batch=PERIOD),
        "sgd, batch 1 (control)": bounded.replace(optimiser="sgd"),
    }


def draw(found: dict[str, list[float]], rates: Float, path: str) -> None:
    """Mean weights by rate."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.0, 3.5))
    for name, weights in found.items():
        axes.semilogx(rates, weights, "--" if name.startswith("sgd") else "-", label=name)
    axes.set(xlabel="rate", ylabel="mean weight (-1 is right)")
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, learn in each way, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="30 periods rather than 300, fewer rates")
    parser.add_argument("--picture", metavar="FILE", help="draw weights by rate there")
    given = parser.parse_args()
    periods, rates = (30, RATES[2::3]) if given.quick else (300, RATES)
    found = {
        name: [float(learnt(rule.replace(eta=float(rate)), periods).mean()) for rate in rates]
        for name, rule in cases().items()
    }
    figures: dict[str, Any] = {
        name: {
            "weight": round(min(course), 3),
            "rate": float(f"{rates[np.argmin(course)]:.2g}"),
            "at_worst": round(max(course), 3),
        }
        for name, course in found.items()
    }
    print(json.dumps({"periods": periods, **figures}))
    if given.picture:
        draw(found, rates, given.picture)


if __name__ == "__main__":
    main()
