"""Normalised sums of weights let neurons share out patterns; without, one neuron learns nearly all.

    python docs/examples/competing_neurons.py [--quick] [--picture FILE]

Thirty neurons that inhibit one another (winner_takes_all) are shown ten patterns of 12 to 24 of 100
sources, and learn by Hebb's rule, which can but strengthen. After each pattern the weights onto each neuron
are scaled to their first sum (``sim.normalise``): what a neuron's synapses gain in one pattern those of
others lose, so that it comes to answer that one and leaves the others to other neurons. Without, weights
only grow, and the first neuron to win a pattern comes to win nearly all. Without inhibition all neurons
learn from all patterns, and one answers best whatever is shown. Prints one line of JSON: for each by seed
the number of patterns, of ten, that are told apart by which neuron answers most.

von der Malsburg (1973), Kybernetik 14:85; Miller & MacKay (1994), Neural Comput. 6:100.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

N, PATTERNS, CELLS = 100, 10, 30
SHOWN, ROUNDS = 100.0, 30  # ms; times that each pattern is shown
FAST = 60.0  # Hz of sources that are part of a pattern
TOTAL = 60.0  # mV, sum of the weights onto each neuron
W_MAX = 5.0  # mV
NEURON = snn.LIF(tau_m=20.0, e_l=0.0, v_th=10.0, v_reset=0.0, t_ref=5.0)
CASES = {  # whether sums are kept, and what a spike takes from the other neurons [mV]
    "normalised": (True, 20.0),
    "not normalised (control)": (False, 20.0),
    "no inhibition (control)": (True, None),
}
RULE = snn.Hebb(eta=0.01, tau_pre=20.0, tau_post=1e-3, w_max=W_MAX)


def patterns(rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which sources take part in each pattern."""
    on = np.zeros((PATTERNS, N), dtype=bool)
    for row in on:
        row[rng.permutation(N)[: rng.integers(12, 25)]] = True
    return on


def trials(
    on: NDArray[np.bool_], shown: NDArray[np.int64], rng: np.random.Generator
) -> list[snn.SpikeTrains]:
    """Poisson spikes of the patterns that are shown."""
    found = []
    for pattern in shown:
        step, source = np.nonzero(rng.random((int(SHOWN) - 2, N)) < 1e-3 * FAST * on[pattern])
        found.append(snn.SpikeTrains(1.0 + step.astype(np.float64), source, N, SHOWN))
    return found


def run(normalised: bool, inhibition: float | None, seed: int) -> tuple[int, NDArray[np.float64]]:
    """How many patterns are told apart, and the mean number of spikes by pattern and neuron."""
    rng = np.random.default_rng(seed)
    on = patterns(rng)
    net = snn.Network(seed=seed)
    source = net.source("source", N, snn.Input())
    cells = net.population("cells", CELLS, NEURON, init={"v": 0.0}, winner_takes_all=inhibition)
    first = snn.Uniform(0.0, 2.0 * TOTAL / N)
    synapses = net.projection(source, cells, snn.AllToAll(), weight=first, delay=1.0, plasticity=RULE)
    with snn.Simulation(net, dt=1.0) as sim:
        sim.normalise(synapses, TOTAL)  # neurons begin alike, also where nothing is normalised later
        for _ in range(ROUNDS):
            for trial in trials(on, rng.permutation(PATTERNS), rng):
                sim.run_trials([trial])
                if normalised:
                    sim.normalise(synapses, TOTAL)
        sim.set_learning(synapses, False)
        tests = np.tile(np.arange(PATTERNS), 20)
        counts = sim.run_trials(trials(on, tests, rng)).counts(cells)
    answers = np.array([counts[tests == pattern].mean(axis=0) for pattern in range(PATTERNS)])
    return int(np.unique(answers.argmax(axis=1)[answers.max(axis=1) > 0.0]).size), answers


def draw(answers: dict[str, NDArray[np.float64]], path: str) -> None:
    """Answers of each neuron to each pattern."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(answers), figsize=(5.0 * len(answers), 3.0), sharey=True)
    for panel, (name, table) in zip(panels, answers.items(), strict=True):
        panel.imshow(table, aspect="auto")
        panel.set(title=name, xlabel="neuron")
    panels[0].set_ylabel("pattern")
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run each case, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two seeds rather than ten")
    parser.add_argument("--picture", metavar="FILE", help="draw the answers of the last seed there")
    given = parser.parse_args()
    figures: dict[str, Any] = {"patterns": PATTERNS}
    drawn = {}
    for name, (normalised, inhibition) in CASES.items():
        figures[name] = []
        for seed in range(2 if given.quick else 10):
            told_apart, drawn[name] = run(normalised, inhibition, seed)
            figures[name].append(told_apart)
    print(json.dumps(figures))
    if given.picture:
        draw(drawn, given.picture)


if __name__ == "__main__":
    main()
