"""Thresholds that go on moving while a network is read answer to what is asked most, not to what is asked.

    python docs/examples/frozen_thresholds.py [--quick] [--picture FILE]

Six neurons, three times as excitable one as another, each hear a group of sources best; which group fires
faster is told by the neuron that fires most. Thresholds that homeostasis moves (``share``) while all
groups are shown equally often make up for excitability: without them the most excitable neurons are the
answer to everything. Then 90 % of what is asked is of one group. Frozen (``sim.set_homeostasis(cells,
False)``) thresholds leave answers as they were, whatever is asked and in whatever order. Where they move
on, the neuron that has to fire for most questions has its threshold raised until it fires no more than
others, and smaller steps, which take longer to do that, have not made up for excitability before. Prints
one line of JSON: the share of right answers to questions of all groups equally and of one mostly, the
latter by group, and the share of answers that stay when questions come in another order; moving
thresholds with the best of several steps.

Homeostasis while a network learns, frozen while it is read: Diehl & Cook (2015), Front. Comput. Neurosci.
9:99.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

KINDS, GROUP = 6, 20  # neurons and groups; sources of a group
FAST, SLOW, SHOWN = 60.0, 10.0, 100.0  # Hz, Hz, ms
EXCITABLE = np.linspace(0.6, 1.8, KINDS)  # mV of a synapse from a neuron's own group
BESIDE = 0.4  # of that from the other groups
STEPS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)  # mV, delta
LEARNT = 300  # trials
ONE, MOSTLY = 2, 0.9  # the group of which most questions are
UNDECIDED = -1
Labels = NDArray[np.int64]


def trains(groups: Labels, rng: np.random.Generator) -> snn.TrialSpikes:
    """Poisson spikes of all sources, one group faster, a trial each."""
    rates = np.where(np.arange(KINDS) == groups[:, np.newaxis], FAST, SLOW)
    counts = rng.poisson(1e-3 * (SHOWN - 2.0) * np.repeat(rates, GROUP, axis=1))
    source = np.repeat(np.tile(np.arange(KINDS * GROUP), groups.size), counts.ravel())
    times = rng.integers(1, int(SHOWN) - 1, source.size).astype(np.float64)
    offsets = np.concatenate(([0], np.cumsum(counts.sum(axis=1))))
    return snn.TrialSpikes(times, source, offsets, KINDS * GROUP, SHOWN)


def adapted(delta: float) -> tuple[snn.Simulation, snn.Population]:
    """A network that has been shown all groups equally often."""
    net = snn.Network(seed=1)
    source = net.source("source", KINDS * GROUP, snn.Input())
    cells = net.population(
        "cells", KINDS, snn.LIF(tau_m=20.0, e_l=0.0, v_th=25.0, v_reset=0.0, t_ref=2.0), init={"v": 0.0},
        homeostasis=snn.Homeostasis(delta=delta, share=1.0),
    )  # fmt: skip
    i, j = np.indices((KINDS * GROUP, KINDS)).reshape(2, -1)
    weight = np.where(i // GROUP == j, 1.0, BESIDE) * EXCITABLE[j]
    net.projection(source, cells, snn.FromCOO(i, j), weight=weight, delay=1.0)
    sim = snn.Simulation(net, dt=1.0, threads=1)
    rng = np.random.default_rng(1)
    sim.run_trials(trains(rng.permutation(np.arange(LEARNT) % KINDS), rng), counts=())
    return sim, cells


def answers(sim: snn.Simulation, cells: snn.Population, asked: snn.TrialSpikes) -> Labels:
    """The neuron that fires most, by trial; none where two of them do."""
    counts = sim.run_trials(asked).counts(cells).astype(np.int64)
    most = counts == counts.max(axis=1, keepdims=True)
    return np.where(most.sum(axis=1) == 1, counts.argmax(axis=1), UNDECIDED)


def by_group(told: Labels, groups: Labels) -> list[float]:
    """Share of right answers to questions of each group."""
    return [float(np.mean(told[groups == k] == k)) for k in range(KINDS)]


def figures(delta: float, frozen: bool, asked: int) -> dict[str, Any]:
    """Answers to questions of all groups, then of one mostly; then the latter in another order."""
    rng = np.random.default_rng(2)
    equally = np.arange(LEARNT) % KINDS
    mostly = np.where(rng.random(asked) < MOSTLY, ONE, rng.permuted(np.arange(asked) % KINDS))
    order = rng.permutation(asked)
    questions = trains(mostly, rng)
    sim, cells = adapted(delta)
    with sim:
        theta = sim.state(cells, "theta")
        if frozen:
            sim.set_homeostasis(cells, False)
        of_all = answers(sim, cells, trains(equally, rng)) == equally
        sim.set_state(cells, "theta", theta)
        told = answers(sim, cells, questions)
        sim.set_state(cells, "theta", theta)
        otherwise = answers(sim, cells, questions[order])
    return {
        "delta_mV": delta,
        "equally": round(float(np.mean(of_all)), 3),
        "mostly": round(float(np.mean(told == mostly)), 3),
        "by_group": np.round(by_group(told, mostly), 3).tolist(),
        "stay": round(float(np.mean(told[order] == otherwise)), 3),
    }


def draw(found: dict[str, dict[str, Any]], path: str) -> None:
    """Right answers by group, where one is asked of mostly."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.5, 3.2))
    for k, (name, one) in enumerate(found.items()):
        axes.bar(np.arange(KINDS) + 0.25 * (k - 1), one["by_group"], 0.2, label=name)
    axes.set(xlabel=f"group (most questions are of group {ONE})", ylabel="share of right answers")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, ask in each way, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="600 questions rather than 6,000")
    parser.add_argument("--picture", metavar="FILE", help="draw right answers by group there")
    given = parser.parse_args()
    asked = 600 if given.quick else 6000
    moving = [figures(delta, False, asked) for delta in STEPS]
    found = {
        "frozen": figures(STEPS[-1], True, asked),
        "moving (control)": max(moving, key=lambda one: min(one["equally"], one["mostly"])),
        "no homeostasis (control)": figures(0.0, True, asked),
    }
    print(json.dumps({"questions": asked, **found}))
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()
