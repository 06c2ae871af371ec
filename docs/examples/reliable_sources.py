"""Nearest spikes alone tell how reliably a source fires before the neuron, whatever it fires.

    python docs/examples/reliable_sources.py [--quick] [--picture FILE]

Each of eighty sources takes part in a quarter, a half, three quarters or all of what fires a neuron, with
1, 2, 4 or 8 spikes at random moments of the 30 ms before. With all pairs a weight goes by p n, how often
times how many, whatever the time constant, as each spike's lag is drawn alike: a source that bursts now
and then gets more than one that never fails. With the nearest spike alone it goes by p, to a tenth: for
instar learning it is c p E[exp(-age of the latest spike / tau)], near the probability that a source has
just fired when the neuron does, by which causes are inferred. ``InstarSTDP``, ``DiehlCookSTDP`` and
``TripletSTDP`` (whose neuron fires twice at a time) learn with ``pairing="nearest"`` and, as the control,
all to all, with the best of many settings: time constants for instar, targets for Diehl & Cook's rule,
for triplets how much a burst is depressed (``a3_minus``). Prints one line of JSON: for each rule
``right``, the share of pairs of sources of which the more reliable one has the larger weight (Diehl &
Cook's rule parts weights in two: the share of sources that are strong if they fire before the neuron in
more than 60 % and weak if not), and ``correlation``, of weights with p; for instar learning also mean
weights by p and n.

Nessler, Pfeiffer, Buesing & Maass (2013), PLoS Comput. Biol. 9:e1003037, whose trace says whether, not
how often, a source has just fired.
"""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

RELIABILITY, SPIKES = (0.25, 0.5, 0.75, 1.0), (1, 2, 4, 8)
EACH = 5  # sources of a kind
CLOSEST, WITHIN, GRID = 2.0, 30.0, 0.1  # ms: the shortest lag, the span of lags, and their steps
APART, TWICE = 1000.0, 5.0  # ms between what fires the neuron, and between the two spikes of a doublet
TAU = 100.0  # ms, of all nearest pairings
RELIABLE = 0.6

P, N_SPIKES = (
    np.repeat(kind.ravel(), EACH) for kind in np.meshgrid(RELIABILITY, np.array(SPIKES), indexing="ij")
)
Rules = dict[str, dict[str, list[tuple[str, snn.PlasticityRule]]]]


def candidates(events: int) -> Rules:
    """By family and pairing the rules that are tried, each with a name; no weight comes near a bound."""
    instar = snn.InstarSTDP(eta=0.01, c=1.0)
    diehl_cook = snn.DiehlCookSTDP(eta=0.02, tau=TAU, mu=0.0, w_max=1.0)
    step = 0.2 / (events * max(SPIKES))
    triplet = snn.TripletSTDP(
        tau_plus=TAU, tau_minus=1000.0, tau_x=TAU, tau_y=40.0, a2_plus=0.0, a2_minus=0.0, a3_plus=step,
        a3_minus=0.0, w_max=1.0,
    )  # fmt: skip
    return {
        "instar": {
            "nearest": [(f"tau {TAU:g} ms", instar.replace(tau=TAU, pairing="nearest"))],
            "all_to_all (control)": [
                (f"tau {tau:g} ms", instar.replace(tau=tau)) for tau in (2.0, 5.0, 10.0, 20.0, 50.0, TAU)
            ],
        },
        "diehl_cook": {
            "nearest": [("x_target 0.55", diehl_cook.replace(x_target=0.55, pairing="nearest"))],
            "all_to_all (control)": [
                (f"x_target {target:g}", diehl_cook.replace(x_target=target))
                for target in (0.3, 0.5, 0.6, 0.75, 0.9, 1.1, 1.5, 2.0, 3.0)
            ],
        },
        "triplet": {
            "nearest": [("a3_minus 0", triplet.replace(pairing="nearest"))],
            "all_to_all (control)": [
                (f"a3_minus {share:g} a3_plus", triplet.replace(a3_minus=share * step))
                for share in (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
            ],
        },
    }


def trains(events: int) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """Spikes of each source, and the moments that fire the neuron."""
    rng = np.random.default_rng(1)
    moments = APART * np.arange(1, events + 1) + np.round(rng.uniform(0.0, 100.0, events), 1)
    found = []
    for p, n in zip(P, N_SPIKES, strict=True):
        those = moments[rng.random(events) < p]
        steps = rng.permuted(np.tile(np.arange(round(WITHIN / GRID)), (those.size, 1)), axis=1)[:, :n]
        found.append(np.sort(np.round(those[:, np.newaxis] - CLOSEST - GRID * steps, 1).ravel()))
    return found, moments


def learn(rules: list[snn.PlasticityRule], events: int, backend: str) -> NDArray[np.float64]:
    """Weights of all sources onto one neuron a rule, [rules, sources]."""
    spikes, moments = trains(events)
    doublets = np.sort(np.concatenate([moments, moments + TWICE]))
    net = snn.Network(seed=1)
    # A teacher's spike fires its neuron at once; the learning synapses are far too weak to.
    cells = net.population(
        "cells", len(rules), snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0), init={"v": 0.0}
    )
    taught = [doublets if isinstance(rule, snn.TripletSTDP) else moments for rule in rules]
    teacher = net.source("teacher", len(rules), snn.SpikeArray(taught))
    net.projection(teacher, cells, snn.OneToOne(), weight=1e6, delay=1.0)
    source = net.source("source", P.size, snn.SpikeArray(spikes))
    learning = [
        net.projection(
            source, cells[k : k + 1], snn.AllToAll(), weight=0.5, delay=1.0, plasticity=rule, name=f"by {k}"
        )
        for k, rule in enumerate(rules)
    ]
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(float(moments[-1]) + 20.0)
        return np.array([np.asarray(sim.weights(one), dtype=np.float64) for one in learning])


def figures(family: str, weights: NDArray[np.float64]) -> dict[str, float]:
    """How well the weights tell how reliable the sources are."""
    if family == "diehl_cook":
        right = float(np.mean((weights > 0.5) == (P > RELIABLE)))
    else:
        right = float(np.mean((weights[:, np.newaxis] > weights)[P[:, np.newaxis] > P]))
    return {
        "right": round(right, 3),
        "correlation": round(float(np.corrcoef(weights, P)[0, 1]), 3) if np.ptp(weights) > 0.0 else math.nan,
    }


def draw(drawn: dict[str, NDArray[np.float64]], path: str) -> None:
    """Weights by reliability, coloured by the number of spikes."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, 3, figsize=(9.0, 5.5), layout="constrained")
    for panel, (name, weights) in zip(panels.T.ravel(), drawn.items(), strict=True):
        for k, n in enumerate(SPIKES):
            those = n == N_SPIKES
            panel.plot(P[those] + 0.03 * (k - 1.5), weights[those], ".", label=f"{n} spikes")
        panel.set_title(name, fontsize=9)
        panel.set(xlabel="share of events", ylabel="weight")
    panels[0, 0].legend(fontsize=7)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Parse the command line, learn by each rule, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="600 events rather than 3,000")
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the weights there")
    given = parser.parse_args()
    events = 600 if given.quick else 3000
    tried = candidates(events)
    rules = [rule for pairings in tried.values() for those in pairings.values() for _, rule in those]
    learnt = iter(learn(rules, events, given.backend))
    found: dict[str, Any] = {}
    drawn = {}
    for family, pairings in tried.items():
        found[family] = {}
        for pairing, those in pairings.items():
            weights = {name: next(learnt) for name, _ in those}
            best = max(weights, key=lambda name: figures(family, weights[name])["right"])
            found[family][pairing] = figures(family, weights[best]) | {"setting": best}
            drawn[f"{family}, {pairing}"] = weights[best]
            if family == "instar":
                means = weights[f"tau {TAU:g} ms"].reshape(len(RELIABILITY), len(SPIKES), EACH).mean(axis=2)
                found[family][pairing]["weights"] = np.round(means, 3).tolist()
    print(json.dumps({"events": events, "reliability": RELIABILITY, "spikes": SPIKES, **found}))
    if given.picture:
        draw(drawn, given.picture)


if __name__ == "__main__":
    main()
