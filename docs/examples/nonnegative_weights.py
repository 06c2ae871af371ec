"""Weights that cannot cross zero: which few of many sources matter is found from fewer examples than sources.

    python docs/examples/nonnegative_weights.py [--quick] [--picture FILE]

A readout hears sixty sources and learns by the delta rule from thirty patterns of spikes what it is to
say: a sum over five of the sources, with weights above zero. Thirty patterns do not determine sixty
weights of either sign: what is learnt says the patterns by a little of every source, and is wrong on
patterns that it has not learnt from, at any rate and however long it learns. With ``w_min=0.0`` the
weights are the non-negative ones that fit best, of which most are zero, and the five are found. (Such
weights may also lead to conductances, which have one sign.) Prints one line of JSON: for each bound and
the best of several rates and times to stop, the error on new patterns, as a share of the variance of what
is wanted, the share of the weights' sum that is on the five sources, and the largest difference of a
weight to non-negative least squares.

Non-negative least squares: Lawson & Hanson (1974); that the sign alone makes few weights be found:
Slawski & Hein (2013), Electron. J. Stat. 7:3004; parts of things by it: Lee & Seung (1999), Nature
401:788.
"""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

SOURCES, MATTER, LEARNT, NEW = 60, 5, 30, 400  # sources, those that matter; patterns learnt and new
MEAN, NOISE = 2.0, 0.1  # spikes of a source in a pattern; standard deviation of what is told
DURATION = 12.0  # ms
Float = NDArray[np.float64]
LOOKS = 10  # at the weights, as one may stop early
# At 1 over the mean sum of squares of a pattern about one pattern is learnt at once.
RATES = np.array([1.0, 0.3, 0.1]) / (SOURCES * (MEAN + MEAN**2))
BOUNDS = {"w_min 0": 0.0, "none (control)": -math.inf}


def task(seed: int) -> tuple[Float, Float, Float]:
    """Weights that are wanted, and numbers of spikes by pattern and source, of patterns learnt and new."""
    rng = np.random.default_rng(seed)
    weights = np.zeros(SOURCES)
    weights[rng.permutation(SOURCES)[:MATTER]] = rng.uniform(0.5, 1.5, MATTER)
    learnt, new = (rng.poisson(MEAN, (n, SOURCES)).astype(np.float64) for n in (LEARNT, NEW))
    return weights, learnt, new


def non_negative_least_squares(a: Float, b: Float, steps: int = 200_000) -> Float:
    """min |a x - b| over x >= 0, by projected gradient descent."""
    x, square, correlation = np.zeros(a.shape[1]), a.T @ a, a.T @ b
    rate = 1.0 / np.linalg.eigvalsh(square)[-1]
    for _ in range(steps):
        step = np.maximum(x - rate * (square @ x - correlation), 0.0)
        if np.abs(step - x).max() < 1e-12:
            break
        x = step
    return np.asarray(x)


def trains(counts: Float) -> snn.TrialSpikes:
    """A trial a pattern; the spikes of a source follow one another, a millisecond apart."""
    pattern, source = np.nonzero(counts)
    n = counts[pattern, source].astype(np.int64)
    begins = np.repeat(np.cumsum(n) - n, n)
    times = np.minimum(1.0 + np.arange(n.sum()) - begins, DURATION - 2.0)
    trial = np.repeat(pattern, n)
    offsets = np.searchsorted(trial, np.arange(len(counts) + 1))
    return snn.TrialSpikes(times, np.repeat(source, n), offsets, SOURCES, DURATION)


def course(w_min: float, eta: float, passes: int, seed: int) -> Float:
    """Weights after each of ``LOOKS`` parts of all passes, [looks, sources]."""
    weights, learnt, _ = task(seed)
    rng = np.random.default_rng(seed + 1000)
    told = learnt @ weights + NOISE * rng.standard_normal(LEARNT)
    net = snn.Network(seed=seed)
    source = net.source("source", SOURCES, snn.Input())
    out = net.population("out", 1, snn.Readout(tau_m=np.inf))
    error = net.error("error", out, loss="squared")
    rule = snn.DeltaRule(eta=eta, w_min=w_min)
    heard = net.projection(
        source, out, snn.AllToAll(), weight=0.0, delay=1.0, plasticity=rule, modulator=error
    )
    found = []
    with snn.Simulation(net, dt=1.0, threads=1) as sim:
        for _ in range(LOOKS):
            order = np.concatenate([rng.permutation(LEARNT) for _ in range(passes // LOOKS)])
            sim.run_trials(trains(learnt[order]), counts=(), teach={error: told[order, np.newaxis]})
            found.append(np.asarray(sim.weights(heard), dtype=np.float64))
    return np.array(found)


def figures(w: Float, seed: int) -> dict[str, float]:
    """What these weights are worth."""
    weights, _, new = task(seed)
    wanted = new @ weights
    return {
        "error": float(np.mean((new @ w - wanted) ** 2) / wanted.var()),
        "on_those_that_matter": float(np.abs(w)[weights > 0.0].sum() / np.abs(w).sum()),
    }


def draw(drawn: dict[str, Float], wanted: Float, path: str) -> None:
    """Weights by source."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(len(drawn), 1, figsize=(6.0, 4.0), sharex=True, layout="constrained")
    order = np.argsort(-wanted)
    for panel, (name, w) in zip(panels, drawn.items(), strict=True):
        panel.bar(np.arange(SOURCES), w[order])
        panel.plot(wanted[order], "k_")
        panel.set(title=name, ylabel="weight")
    panels[-1].set_xlabel("source (black: what is wanted)")
    figure.savefig(path, dpi=150)


def main() -> None:
    """Parse the command line, learn within each bound, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="200 passes and one seed rather than 1,000 and five"
    )
    parser.add_argument("--picture", metavar="FILE", help="draw the weights of the last seed there")
    given = parser.parse_args()
    passes, seeds = (200, 1) if given.quick else (1000, 5)
    found: dict[str, Any] = {}
    drawn = {}
    for name, w_min in BOUNDS.items():
        best = []
        for seed in range(seeds):
            courses = np.concatenate([course(w_min, float(eta), passes, seed) for eta in RATES])
            each = [figures(w, seed) for w in courses]
            best.append(min(each, key=lambda one: one["error"]))
            drawn[name] = courses[each.index(best[-1])]
            weights, learnt, _ = task(seed)
            told = learnt @ weights + NOISE * np.random.default_rng(seed + 1000).standard_normal(LEARNT)
            least_squares = non_negative_least_squares(learnt, told)
            best[-1]["off_least_squares"] = float(np.abs(drawn[name] - least_squares).max())
        found[name] = {key: round(float(np.mean([one[key] for one in best])), 4) for key in best[0]}
    print(json.dumps({"sources": SOURCES, "patterns": LEARNT, "seeds": seeds, **found}))
    if given.picture:
        draw(drawn, task(seeds - 1)[0], given.picture)


if __name__ == "__main__":
    main()
