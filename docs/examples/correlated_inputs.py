"""Rules at postsynaptic spikes find the sources that fire together.

    python docs/examples/correlated_inputs.py [--quick] [--picture FILE]

A hundred sources fire at the same mean rate; fifty of them share events, the others are independent. The
neuron's own spikes follow the shared events more than anything else, so Hebbian rules tell the two groups
apart by correlation alone. InstarSTDP ends with weights of c times a source's trace at the neuron's spikes,
DiehlCookSTDP takes the independent sources to nothing, Oja's weights are as large in the end whatever they
began with; Hebb's rule takes from all at each spike of the target and gives to those that fire with it. The
control has no rule. A rate of learning that falls (``sim.set_learning(synapses, rate=)``) brings weights
nearer to their mean than one that stays, under which they follow the last spikes. Prints one line of JSON:
for each rule the mean weight [mV] of the correlated and of the independent sources, the spread of the
latter, the sum of squares of all, and that from initial weights half as large.

Grossberg (1976), Biol. Cybern. 23:121; Diehl & Cook (2015), Front. Comput. Neurosci. 9:99; Oja (1982), J.
Math. Biol. 15:267; Kempter, Gerstner & van Hemmen (1999), Phys. Rev. E 59:4498.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

import pysnn as snn

GROUP, RATE = 50, 20.0  # sources of each group, Hz
SHARED, COPIED, JITTER = 20.0, 0.5, 2.0  # Hz of events, probability that a source takes part, ms
FIRST = 0.5  # mV
PIECES = 50  # of the time, in which a rate of learning may fall
NEURON = snn.LIF(tau_m=20.0, e_l=0.0, v_th=15.0, v_reset=0.0, t_ref=2.0)

RULES: dict[str, snn.PlasticityRule | None] = {
    "instar": snn.InstarSTDP(eta=0.01, c=0.5, tau=20.0),
    "diehl_cook": snn.DiehlCookSTDP(eta=0.01, x_target=0.6, tau=20.0, mu=0.2, w_max=0.8),
    "oja": snn.Oja(eta=0.01, c=0.3, tau_plus=20.0, tau_minus=20.0),
    "hebb": snn.Hebb(eta=0.002, w_in=1.0, w_out=-2.5, w_max=1.0),
    "no rule (control)": None,
}


def trains(duration: float) -> list[np.ndarray]:
    """Spikes of the correlated sources, then of the independent ones, on steps of 0.1 ms."""
    rng = np.random.default_rng(6)
    seconds = 1e-3 * duration
    events = rng.uniform(0.0, duration, rng.poisson(SHARED * seconds))
    found = []
    for source in range(2 * GROUP):
        own = RATE - SHARED * COPIED if source < GROUP else RATE
        alone = rng.uniform(0.0, duration, rng.poisson(own * seconds))
        joined = events[rng.random(events.size) < COPIED]
        joined = joined + rng.normal(0.0, JITTER, joined.size)
        train = np.concatenate([alone, joined]) if source < GROUP else alone
        steps = np.unique(np.round(train * 10.0).astype(int))
        found.append(steps[(steps > 0) & (steps < 10 * duration)] / 10.0)
    return found


def run(
    rule: snn.PlasticityRule | None, first: float, duration: float, backend: str, falls: bool = False
) -> tuple[dict[str, float], np.ndarray]:
    """Figures, and the weights in the end; a rate that ``falls`` is 10, 10/2, 10/3, ... by piece."""
    net = snn.Network(seed=7)
    cell = net.population("cell", 1, NEURON)
    source = net.source("source", 2 * GROUP, snn.SpikeArray(trains(duration)))
    synapses = net.projection(source, cell, snn.AllToAll(), weight=first, delay=1.0, plasticity=rule)
    with snn.Simulation(net, backend=backend) as sim:
        for piece in range(PIECES):
            if falls:
                sim.set_learning(synapses, rate=10.0 / (1.0 + piece))
            sim.run(duration / PIECES)
        weights = np.asarray(sim.weights(synapses), dtype=np.float64)
        rate = sim.spike_counts()["cell"] / (1e-3 * duration)
    return {
        "correlated": round(float(weights[:GROUP].mean()), 3),
        "independent": round(float(weights[GROUP:].mean()), 3),
        "spread": round(float(weights[GROUP:].std()), 4),
        "squares": round(float((weights**2).sum()), 2),
        "rate_hz": round(rate, 1),
    }, weights


def draw(weights: dict[str, np.ndarray], path: str) -> None:
    """Weights by source."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.0, 4.0))
    for name, w in weights.items():
        axes.plot(w, ".", label=name)
    axes.axvline(GROUP - 0.5, color="grey", linewidth=0.5)
    axes.set(xlabel="source (correlated, then independent)", ylabel="weight [mV]")
    axes.legend()
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run with each rule, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="50 s of learning rather than 100")
    parser.add_argument("--backend", default="clock", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the weights there")
    given = parser.parse_args()
    duration = 50_000.0 if given.quick else 100_000.0
    figures: dict[str, Any] = {}
    drawn = {}
    for name, rule in RULES.items():
        figures[name], drawn[name] = run(rule, FIRST, duration, given.backend)
        figures[name]["squares_from_half"] = run(rule, FIRST / 2.0, duration, given.backend)[0]["squares"]
    name = "instar, falling rate"
    figures[name], drawn[name] = run(RULES["instar"], FIRST, duration, given.backend, falls=True)
    print(json.dumps(figures))
    if given.picture:
        draw(drawn, given.picture)


if __name__ == "__main__":
    main()
