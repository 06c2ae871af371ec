"""Inhibition learns the tuning of excitation: the balance of Vogels et al. (2011).

    python docs/examples/inhibitory_balance.py [--quick] [--picture FILE]

Eight signals come to each of a few neurons, each through excitatory and through inhibitory fibres whose rates
follow it. Excitatory weights are tuned: the fifth signal has the strongest. Inhibitory weights begin flat and
weak and learn by VogelsSTDP. They take on the tuning of excitation signal by signal, and the neurons, which
were driven far beyond it, end near the target rate. The control is the same network without the rule. Prints
one line of JSON: rates of the last quarter [Hz], the correlation of inhibitory with excitatory weights over
the signals, and the coefficient of variation of the intervals between spikes.

Vogels, Sprekeler, Zenke, Clopath & Gerstner (2011), Science 334:1569, figures 1 and 2, at a small size.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

import pysnn as snn

SIGNALS, EXC, INH, CELLS = 8, 50, 25, 10  # fibres of a signal, neurons
TARGET = 5.0  # Hz
PIECE = 50.0  # ms for which a rate holds; the signals' own time constant
MEAN_RATE = 10.0  # Hz of a fibre
TUNING = 0.2 + 0.8 * np.exp(-0.5 * ((np.arange(SIGNALS) - 4) / 1.2) ** 2)  # nS
FIRST, W_MAX = 0.2, 20.0  # nS of an inhibitory synapse, at first and at most


def signals(duration: float) -> tuple[np.ndarray, np.ndarray]:
    """Times and the rate of each signal from each on: filtered noise, what is below 0 cut off."""
    rng = np.random.default_rng(1)
    steps = int(duration / PIECE)
    noise = rng.standard_normal((SIGNALS, steps))
    for k in range(1, steps):
        noise[:, k] = np.exp(-1.0) * noise[:, k - 1] + np.sqrt(1.0 - np.exp(-2.0)) * noise[:, k]
    rates = np.maximum(noise, 0.0)
    return PIECE * np.arange(steps), MEAN_RATE * rates / rates.mean()


def network(duration: float, rule: snn.PlasticityRule | None) -> snn.Network:
    """The neurons, and a source of each kind for all signals."""
    net = snn.Network(seed=2)
    cells = net.population("cells", CELLS, snn.CobaLIF(), init={"v": snn.Uniform(-60.0, -50.0)})
    times, rates = signals(duration)
    for kind, fibres in (("exc", EXC), ("inh", INH)):
        each = snn.PiecewisePoisson(times, np.repeat(rates, fibres, axis=0))
        net.source(kind, SIGNALS * fibres, each)
    for k, weight in enumerate(TUNING):
        fibres_of_it = net.sources["exc"][k * EXC : (k + 1) * EXC]
        net.projection(fibres_of_it, cells, snn.FixedProbability(0.5), weight=weight, delay=1.0)
    net.projection(
        net.sources["inh"], cells, snn.FixedProbability(0.5), receptor="inh", weight=FIRST, delay=1.0,
        plasticity=rule, name="inhibition",
    )  # fmt: skip
    net.probe(cells, "spikes", name="spikes")
    return net


def run(
    duration: float, rule: snn.PlasticityRule | None, backend: str
) -> tuple[dict[str, float], np.ndarray]:
    """Figures, and the mean inhibitory weight of each signal."""
    with snn.Simulation(network(duration, rule), backend=backend) as sim:
        sim.run(duration)
        weights = np.asarray(sim.weights("inhibition"), dtype=np.float64)
        signal = np.asarray(sim.synapses("inhibition")["i"]) // INH
        spikes = sim.data["spikes"]
        t, i = np.asarray(spikes.t), np.asarray(spikes.i)
    tuned = np.array([weights[signal == k].mean() for k in range(SIGNALS)])
    late = t > 0.75 * duration
    intervals = [np.diff(t[late & (i == cell)]) for cell in range(CELLS)]
    spread = [x.std() / x.mean() for x in intervals if x.size > 10]
    figures = {
        "rate_hz": round(float(late.sum() / CELLS / (0.25e-3 * duration)), 2),
        "cv": round(float(np.mean(spread)), 2) if spread else 0.0,
        "tuning": round(float(np.corrcoef(tuned, TUNING)[0, 1]), 3) if np.ptp(tuned) > 1e-9 else 0.0,
        "mean_weight_ns": round(float(weights.mean()), 3),
    }
    return figures, tuned


def draw(tuned: dict[str, np.ndarray], path: str) -> None:
    """Weights by signal, each kind in units of its mean."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.0, 4.0))
    axes.plot(TUNING / TUNING.mean(), "k-", label="excitation")
    for name, weights in tuned.items():
        axes.plot(weights / weights.mean(), "o--", label=f"inhibition, {name}")
    axes.set(xlabel="signal", ylabel="weight / mean weight")
    axes.legend()
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run with the rule and without, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 s of learning rather than 120")
    parser.add_argument("--backend", default="clock", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the weights there")
    given = parser.parse_args()
    duration = 20_000.0 if given.quick else 120_000.0
    rule = snn.VogelsSTDP(eta=(0.02 if given.quick else 0.005) / W_MAX, tau=20.0, rho_0=TARGET, w_max=W_MAX)
    figures: dict[str, Any] = {"target_hz": TARGET}
    tuned = {}
    for name, learns in (("learning", rule), ("control", None)):
        figures[name], tuned[name] = run(duration, learns, given.backend)
    print(json.dumps(figures))
    if given.picture:
        draw(tuned, given.picture)


if __name__ == "__main__":
    main()
