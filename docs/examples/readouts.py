"""What is read of a readout decides what it can tell: its last value, its mean, or its mean since a moment.

    python docs/examples/readouts.py [--quick] [--picture FILE]

Two groups of thirty Poisson sources fire at 10 Hz; which of the two fires faster is to be told after a
second. A readout (``Readout``, 20 ms) adds up each group, and the larger one names it. Where the named
group fires a quarter faster all along, the last potential is of the last moments alone, and the mean (the
state ``mean``) of all of it. Where it fires four times as fast for the last 30 ms, a mean drowns that in
what was before. Where the other group was the faster one for the first two thirds, the mean tells the wrong
one, and a mean that is begun anew at that moment (``span`` set to 0) the right one. Prints one line of
JSON: for each task the share of right answers by each reading.

Readouts: Bellec et al. (2020), Nat. Commun. 11:3625; windows: Neftci, Mostafa & Zenke (2019), IEEE Signal
Process. Mag. 36(6):51.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

GROUP, RATE = 30, 10.0  # sources, Hz
DURATION, TAU_M = 1000.0, 20.0  # ms
ANEW = 667.0  # ms, when one mean begins again
# For each task from when on [ms] the group that is to be named fires so many times as fast as the other one.
TASKS = {
    "lasting": [(0.0, 1.25)],
    "late": [(0.0, 1.0), (970.0, 4.0)],
    "reversed": [(0.0, 0.7), (ANEW, 1.3)],
}


def answers(task: str, named: NDArray[np.int64], seed: int) -> dict[str, NDArray[np.int64]]:
    """Which group is told in each trial, by each reading; the trials go side by side."""
    n = named.size
    begins, factors = (list(column) for column in zip(*TASKS[task], strict=True))
    is_named = np.arange(2) == named[:, np.newaxis]
    rates = np.where(is_named[:, :, np.newaxis], RATE * np.array(factors), RATE).reshape(2 * n, -1)
    net = snn.Network(seed=seed)
    sources = net.source(
        "sources", 2 * n * GROUP, snn.PiecewisePoisson(begins, np.repeat(rates, GROUP, axis=0))
    )
    own = snn.FromCOO(np.arange(2 * n * GROUP), np.arange(2 * n * GROUP) // GROUP)
    whole, window = (net.population(name, 2 * n, snn.Readout(tau_m=TAU_M)) for name in ("whole", "window"))
    for readout in (whole, window):
        net.projection(sources, readout, own, weight=1.0, delay=1.0)
    with snn.Simulation(net, dt=1.0) as sim:
        sim.run(ANEW)
        sim.set_state(window, "span", 0.0)
        sim.run(DURATION - ANEW)
        read = {
            "last": sim.state(whole, "v"),
            "mean": sim.state(whole, "mean"),
            "window": sim.state(window, "mean"),
        }
    return {name: np.asarray(values).reshape(n, 2).argmax(axis=1) for name, values in read.items()}


def draw(found: dict[str, dict[str, float]], path: str) -> None:
    """Share of right answers by task and reading."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.0, 3.0))
    for k, reading in enumerate(("last", "mean", "window")):
        axes.bar(
            np.arange(len(found)) + 0.25 * (k - 1),
            [one[reading] for one in found.values()],
            0.2,
            label=reading,
        )
    axes.axhline(0.5, color="grey", linewidth=0.5)
    axes.set_xticks(range(len(found)), list(found))
    axes.set(ylabel="share of right answers")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run each task, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="400 trials rather than 4,000")
    parser.add_argument("--picture", metavar="FILE", help="draw the shares of right answers there")
    given = parser.parse_args()
    named = np.arange(400 if given.quick else 4000) % 2
    found: dict[str, dict[str, float]] = {
        task: {name: float(np.mean(told == named)) for name, told in answers(task, named, seed=1).items()}
        for task in TASKS
    }
    print(json.dumps({"trials": named.size, **found}))
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()
