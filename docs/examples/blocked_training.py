"""Batches over both of two blocks: what is shown first is not forgotten, as it is at any rate trial by trial.

    python docs/examples/blocked_training.py [--quick] [--picture FILE]

All trials of one class come first, then all of the other, and so again for five passes; both classes are
tested after each block from the second pass on, and the worst of these tests counts. A hundred sources
fire in all trials, forty of each class in half of its own. Trial by trial (``batch`` 1) the weights of
what is common drift towards the class that is shown, by N eta x 100 in a block of N trials, and evidence
from the class's own sources grows by 10 N eta a pass: both go with eta, so that at no rate the class
before is known after a block. Catastrophic interference it is called. With ``batch`` one pass, what is
common has no part in the mean gradient: weights stay until both classes have been seen, and both are
known. A batch of one block is none. Neither do Adam's steps help, nor a rate that falls from pass to
pass. In random order single trials do as well as batches.

The rules are ``DeltaRule``, onto readouts, and ``ThreeFactorSTDP`` and ``EProp``, onto two spiking
neurons whose spikes are the votes. Prints one line of JSON: for each rule and way of showing the share of
right answers in the worst test, at the best of several rates.

McCloskey & Cohen (1989), Psychol. Learn. Motiv. 24:109; McClelland, McNaughton & O'Reilly (1995),
Psychol. Rev. 102:419.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

COMMON, OWN, FIRES = 100, 40, 0.5  # sources; those of a class, how often they fire
SOURCES = COMMON + 2 * OWN
VOTERS = 10  # spiking neurons of a class
DURATION, PASSES = 30.0, 5  # ms
Labels = NDArray[np.int64]
RULES: dict[str, Any] = {
    "delta": snn.DeltaRule(),
    "three_factor": snn.ThreeFactorSTDP(tau_x=20.0),
    "eprop": snn.EProp(read="sum", gamma=1.0),
}
QUICK = ("batch of both", "trial by trial (control)")  # of rules but the first
RATES = 4.0 ** np.arange(-6.0, 2.0) / COMMON  # by 4 / COMMON what is common swings


def trains(labels: Labels, rng: np.random.Generator) -> snn.TrialSpikes:
    """What the sources fire in trials of these classes."""
    fires = np.zeros((labels.size, SOURCES), dtype=bool)
    fires[:, :COMMON] = True
    for label in (0, 1):
        own = slice(COMMON + OWN * label, COMMON + OWN * (label + 1))
        fires[:, own] = (labels == label)[:, np.newaxis] & (rng.random((labels.size, OWN)) < FIRES)
    trial, index = np.nonzero(fires)
    times = 1.0 + (7 * index + 3 * trial) % 20  # anywhere in the first two thirds
    offsets = np.searchsorted(trial, np.arange(labels.size + 1))
    return snn.TrialSpikes(times.astype(np.float64), index, offsets, SOURCES, DURATION)


def network(rule: snn.PlasticityRule) -> snn.Network:
    """Sources onto two readouts, or onto neurons that fire every few milliseconds and vote by that."""
    net = snn.Network(seed=1)
    source = net.source("source", SOURCES, snn.Input())
    out = net.population("out", 2, snn.Readout(tau_m=np.inf))
    error = net.error("error", out, loss="softmax")
    if isinstance(rule, snn.DeltaRule):
        net.projection(
            source,
            out,
            snn.AllToAll(),
            weight=0.0,
            delay=1.0,
            plasticity=rule,
            modulator=error,
            name="taught",
        )
        return net
    cells = net.population(
        "cells", 2 * VOTERS, snn.LIF(tau_m=20.0, e_l=0.0, v_th=1.0, v_reset=0.0, t_ref=0.0, reset="subtract"),
        init={"v": snn.Uniform(0.0, 1.0)},
    )  # fmt: skip
    drive = net.source("drive", 1, snn.SpikeArray([np.arange(1.0, DURATION)]))
    net.projection(drive, cells, snn.AllToAll(), weight=0.3, delay=1.0)
    votes = np.arange(2 * VOTERS)
    net.projection(cells, out, snn.FromCOO(votes, votes // VOTERS), weight=1.0 / VOTERS, delay=1.0)
    told = net.feedback("told", error, cells, weights=np.repeat(np.eye(2), VOTERS, axis=0))
    net.projection(
        source, cells, snn.AllToAll(), weight=0.0, delay=1.0, plasticity=rule, modulator=told, name="taught"
    )
    return net


def accuracy(
    rule: snn.PlasticityRule, block: int, tests: int, shuffled: bool = False, fall: float = 1.0
) -> float:
    """The share of right answers in the worst test; ``fall`` is the rate's, by pass."""
    rng = np.random.default_rng(1)
    tested = np.arange(tests) % 2
    asked = trains(tested, np.random.default_rng(2))
    blocks = [np.full(block, label, dtype=np.int64) for label in (0, 1)]
    right = []
    with snn.Simulation(network(rule), dt=1.0, threads=1) as sim:
        for number in range(PASSES):
            if fall < 1.0:
                sim.set_learning("taught", rate=fall**number)
            order = rng.permutation(np.concatenate(blocks)) if shuffled else np.concatenate(blocks)
            for labels in np.split(order, 2):
                sim.run_trials(trains(labels, rng), counts=(), teach={"error": labels})
                if number > 0:
                    sim.set_learning("taught", False)
                    answers = (
                        sim.run_trials(asked, counts=(), states="out.v").states("out", "v").argmax(axis=1)
                    )
                    sim.set_learning("taught", True)
                    right.append(float(np.mean(answers == tested)))
    return min(right)


def ways(rule: Any, block: int) -> dict[str, tuple[Any, dict[str, Any]]]:
    """By name what else is set of the rule, and how trials are shown."""
    both = rule.replace(batch=2 * block)
    return {
        "batch of both": (both, {}),
        "batch of one block (control)": (rule.replace(batch=block), {}),
        "trial by trial (control)": (rule.replace(batch=1), {}),
        "trial by trial, adam (control)": (rule.replace(batch=1, optimiser="adam"), {}),
        "trial by trial, falling (control)": (rule.replace(batch=1), {"fall": 0.5}),
        "trial by trial, random order": (rule.replace(batch=1), {"shuffled": True}),
    }


def course(rule: snn.PlasticityRule, rates: NDArray[np.float64], **shown: Any) -> list[float]:
    """The same by rate of learning."""
    return [accuracy(rule.replace(eta=float(rate)), **shown) for rate in rates]


def draw(found: dict[str, dict[str, list[float]]], rates: NDArray[np.float64], path: str) -> None:
    """Right answers by rate."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(found), figsize=(4.0 * len(found), 3.2), sharey=True)
    for panel, (name, courses) in zip(panels, found.items(), strict=True):
        for way, shares in courses.items():
            panel.plot(rates, shares, "--" if "control" in way else "-", marker=".", label=way)
        panel.set(title=name, xscale="log", xlabel="rate", ylim=(0.4, 1.03))
    panels[0].set_ylabel("share of right answers")
    panels[-1].legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, learn in each way, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="blocks of 60 trials rather than 200, fewer rates and controls"
    )
    parser.add_argument("--picture", metavar="FILE", help="draw right answers by rate there")
    given = parser.parse_args()
    block, tests, rates = (60, 40, RATES[3::2]) if given.quick else (200, 400, RATES)
    found: dict[str, dict[str, list[float]]] = {}
    for name, rule in RULES.items():
        found[name] = {}
        for way, (one, shown) in ways(rule, block).items():
            if given.quick and name != "delta" and way not in QUICK:
                continue
            found[name][way] = course(one, rates, block=block, tests=tests, **shown)
    figures = {
        name: {way: round(max(shares), 3) for way, shares in one.items()} for name, one in found.items()
    }
    print(json.dumps({"block": block, "passes": PASSES, **figures}))
    if given.picture:
        draw(found, rates, given.picture)


if __name__ == "__main__":
    main()
