"""Neurons become selective by a threshold that slides: BCM by spike triplets and on rate traces.

    python docs/examples/bcm_selectivity.py [--quick] [--picture FILE]

Four groups of sources show four patterns, one after another at random, 200 ms each: in each pattern one
group fires fast and the others slowly. Twenty neurons hear all of them through synapses that learn by
TripletBCM, BCM or ClopathSTDP; at first each answers all patterns alike. A threshold that slides with the
square of a neuron's own rate, or depression that grows with the square of its mean potential (``u_ref``),
lets it keep one pattern and lose the others. Controls: no rule, the minimal triplet model, whose threshold
stays, and ClopathSTDP without ``u_ref``. Measured with learning switched off: selectivity, 1 - mean /
largest over a neuron's answers (0 alike, 0.75 one alone), as mean over neurons, and the answer to the best
pattern [Hz]. Prints one line of JSON.

Bienenstock, Cooper & Munro (1982), J. Neurosci. 2:32; with spikes: Gjorgjieva, Clopath, Audet & Pfister
(2011), PNAS 108:19383; by potentials: Clopath et al. (2010), Nat. Neurosci. 13:344.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

import pysnn as snn

PATTERNS, FIBRES, CELLS = 4, 25, 20
FAST, SLOW = 40.0, 5.0  # Hz
SHOWN = 200.0  # ms
W_MAX = 1.0  # mV
NEURON = snn.LIF(tau_m=20.0, e_l=0.0, v_th=10.0, v_reset=0.0, t_ref=5.0)

CLOPATH = snn.ClopathSTDP(
    a_ltd=3e-4, a_ltp=1e-4, theta_minus=0.0, theta_plus=25.0, v_spike=100.0, e_l=0.0, w_max=W_MAX
)
RULES: dict[str, snn.PlasticityRule | None] = {
    "bcm": snn.TripletBCM(a_plus=6e-3, a_minus=3e-3, rho_0=10.0, tau_theta=2000.0, w_max=W_MAX),
    "bcm on rates": snn.BCM(eta=3e-5, r_0=5.0, tau_theta=2000.0, w_max=W_MAX),
    "clopath": CLOPATH.replace(u_ref=8.5),
    "clopath, no homeostasis (control)": CLOPATH,
    "fixed threshold (control)": snn.TripletSTDP.visual_cortex("minimal", w_max=W_MAX),
    "no rule (control)": None,
}


def run(
    rule: snn.PlasticityRule | None, learning: int, testing: int, backend: str
) -> tuple[dict[str, float], np.ndarray]:
    """Figures, and each neuron's answer to each pattern [Hz]."""
    rng = np.random.default_rng(4)
    shown = np.concatenate([rng.integers(PATTERNS, size=learning), np.arange(testing) % PATTERNS])
    rates = np.where(shown == np.arange(PATTERNS)[:, np.newaxis], FAST, SLOW)
    net = snn.Network(seed=5)
    cells = net.population("cells", CELLS, NEURON)
    source = net.source(
        "source",
        PATTERNS * FIBRES,
        snn.PiecewisePoisson(SHOWN * np.arange(shown.size), np.repeat(rates, FIBRES, axis=0)),
    )
    synapses = net.projection(
        source, cells, snn.AllToAll(), weight=snn.Uniform(0.1, 0.7), delay=1.0, plasticity=rule
    )
    spikes = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(SHOWN * learning)
        if rule is not None:
            sim.set_learning(synapses, False)
        sim.run(SHOWN * testing)
        t, i = np.asarray(sim.data[spikes].t), np.asarray(sim.data[spikes].i)
    tested = t > SHOWN * learning
    piece = np.minimum((t[tested] / SHOWN).astype(int), shown.size - 1)
    answers = np.zeros((CELLS, PATTERNS))
    np.add.at(answers, (i[tested], shown[piece]), 1000.0 / SHOWN / (testing / PATTERNS))
    largest = answers.max(axis=1)
    selective = 1.0 - answers.mean(axis=1) / np.maximum(largest, 1e-9)
    return {
        "selectivity": round(float(selective[largest > 0.0].mean()), 3) if (largest > 0.0).any() else 0.0,
        "best_hz": round(float(largest.mean()), 1),
        "patterns_chosen": int(np.unique(answers.argmax(axis=1)).size),
    }, answers


def draw(answers: dict[str, np.ndarray], path: str) -> None:
    """Answers of each neuron to each pattern."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(answers), figsize=(3.0 * len(answers), 4.0))
    for panel, (name, table) in zip(panels, answers.items(), strict=True):
        panel.imshow(table, aspect="auto")
        panel.set(title=name, xlabel="pattern", ylabel="neuron")
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run with each rule, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="60 s of learning rather than 200")
    parser.add_argument("--backend", default="clock", choices=("clock", "auto"))
    parser.add_argument("--picture", metavar="FILE", help="draw the answers there")
    given = parser.parse_args()
    learning, testing = (300, 40) if given.quick else (1000, 100)
    figures: dict[str, Any] = {}
    answers = {}
    for name, rule in RULES.items():
        figures[name], answers[name] = run(rule, learning, testing, given.backend)
    print(json.dumps(figures))
    if given.picture:
        draw(answers, given.picture)


if __name__ == "__main__":
    main()
