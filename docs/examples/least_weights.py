"""A least weight lets synapses come back: reversals of roles, and scaling that does not wind up.

    python docs/examples/least_weights.py [--quick] [--picture FILE]

Two cases of synapses at zero, from which their rule has no way back.

``reversal``: one eye sees, and its fifty sources fire in volleys, to which a neuron comes to answer by
additive ``PairSTDP``; the other is closed, its fifty fire now and then, and their weights fall to the
least there is. After a minute, or after ten, the eyes change roles. Volleys through synapses of no weight
fire nobody, and who fires nobody is not strengthened; with a least weight (``w_min``) of a third they
fire the neuron and grow. Slower learning has not silenced the closed eye after a minute, nor has it
learnt anything, and after ten minutes it has. Figures: the least, after either time, of the difference of
mean weights before roles change and of the share of volleys that are answered in the end, at the best of
several steps.

``scaling``: while something else drives a neuron at r times its target rate for a time T,
``SynapticScaling`` shrinks its synapses by exp(-T (r - 1) / tau), and when that ends a silent neuron
takes T (r - 1) until they are what they were, whatever tau is: the controller has wound up. With
``w_min`` it takes tau log(w / w_min) at most. Figures: seconds until the neuron fires at half its target
again, by T; without ``w_min`` of the best tau. Prints one line of JSON.

Silent synapses: Liao, Hessler & Malinow (1995), Nature 375:400; additive STDP and its bounds: Song,
Miller & Abbott (2000), Nat. Neurosci. 3:919; scaling: van Rossum, Bi & Turrigiano (2000), J. Neurosci.
20:8812.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

NEURON = snn.LIF(tau_m=20.0, e_l=0.0, v_th=15.0, v_reset=0.0, t_ref=2.0)
GROUP, RATE, CLOSED = 50, 10.0, 3.0  # sources of each eye; Hz, of volleys, and of what a closed eye fires
W_MAX, LEAST = 1.0, 0.35  # mV
STEPS = (0.003, 0.01, 0.02, 0.03, 0.1, 0.3, 1.0)  # times the pair rule's own
PAIR = snn.PairSTDP(a_plus=0.02, a_minus=0.06, w_max=W_MAX)
REVERSED, LAST = 60.0, 20.0  # s, after the roles have changed, and of it the part that is looked at

DRIVEN, OTHERS = 40, 40  # sources of the synapses that scale, and of what drives the neuron beside
SETTLE = 60.0  # s
TARGET, SCALED_LEAST = 10.0, 0.1  # Hz, mV
TAUS = (3.0, 10.0, 30.0, 100.0)  # s
Float = NDArray[np.float64]


def reversal_trains(first: float) -> list[Float]:
    """Spikes of both eyes, which change roles after ``first`` seconds; on steps of 1 ms."""
    rng = np.random.default_rng(1)
    volleys = [
        1000.0 * begin + np.arange(100.0, 1000.0 * long, 1000.0 / RATE)
        for begin, long in ((0.0, first), (first, REVERSED))
    ]
    found: list[Float] = []
    for eye in (0, 1):
        begin, long = ((first, REVERSED), (0.0, first))[eye]
        for _ in range(GROUP):
            random = np.round(1000.0 * (begin + long * rng.random(rng.poisson(CLOSED * long))))
            found.append(np.unique(np.concatenate([volleys[eye], np.maximum(random, 1.0)])))
    return found


def reversal(rule: snn.PairSTDP, first: float, backend: str) -> tuple[float, float]:
    """Mean weight of the first eye above the second's when roles change [mV]; share of volleys answered."""
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, NEURON, init={"v": 0.0})
    source = net.source("source", 2 * GROUP, snn.SpikeArray(reversal_trains(first)))
    synapses = net.projection(source, cell, snn.AllToAll(), weight=0.5, delay=1.0, plasticity=rule)
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(1000.0 * first)
        w = np.asarray(sim.weights(synapses), dtype=np.float64)
        sim.run(1000.0 * REVERSED)
        answered = np.count_nonzero(sim.data[probe].t > 1000.0 * (first + REVERSED - LAST))
    return float(w[:GROUP].mean() - w[GROUP:].mean()), answered / (LAST * RATE)


def reversals(w_min: float, step: float, firsts: tuple[float, ...], backend: str) -> float:
    """The least of both, whenever roles change."""
    rule = PAIR.replace(a_plus=step * PAIR.a_plus, a_minus=step * PAIR.a_minus, w_min=w_min)
    return min(min(reversal(rule, first, backend)) for first in firsts)


def recovery(w_min: float, tau: float, driven: float, backend: str) -> tuple[float, float]:
    """Seconds until a neuron fires again that has been driven for so many; how fast it was driven [Hz]."""
    most = 1.5 * SETTLE + 12.0 * driven
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, NEURON, init={"v": 0.0})
    source = net.source("source", DRIVEN, snn.Poisson(20.0))
    begins = [0.0, 1000.0 * SETTLE, 1000.0 * (SETTLE + driven)]
    other = net.source("other", OTHERS, snn.PiecewisePoisson(begins, [0.0, 40.0, 0.0]))
    rule = snn.SynapticScaling(
        f_target=TARGET, tau_rate=500.0, tau_scaling=1000.0 * tau, w_min=w_min, w_max=5.0
    )
    net.projection(source, cell, snn.AllToAll(), weight=0.9, delay=1.0, plasticity=rule)
    net.projection(other, cell, snn.AllToAll(), weight=0.9, delay=1.0)
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(1000.0 * (SETTLE + driven + most))
        fired = np.bincount((1e-3 * sim.data[probe].t).astype(int), minlength=int(SETTLE + driven + most))
    off = int(SETTLE + driven)
    pairs = fired[off:-1] + fired[off + 1 :]
    again = np.flatnonzero(pairs >= TARGET)  # in two seconds
    return float(again[0]) if again.size else float("inf"), float(fired[int(SETTLE) : off].mean())


def draw(figures: dict[str, Any], path: str) -> None:
    """Both cases."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.2), layout="constrained")
    for name, one in figures["reversal"].items():
        left.semilogx(STEPS, one["by_step"], "o-", label=name)
    left.set(xlabel="steps, times those of the rule", ylabel="learnt and answered")
    for name, seconds in figures["scaling"].items():
        right.plot(figures["driven_s"], seconds, "o-", label=name)
    right.set(xlabel="driven for [s]", ylabel="silent for [s]")
    for axes in (left, right):
        axes.legend(fontsize=8)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Parse the command line, run both cases, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="roles change after 60 or 300 s rather than 60 or 600"
    )
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw both cases there")
    given = parser.parse_args()
    firsts = (60.0, 300.0) if given.quick else (60.0, 600.0)
    driven = (10.0, 20.0) if given.quick else (10.0, 30.0, 60.0)
    found: dict[str, Any] = {"driven_s": driven, "reversal": {}, "scaling": {}}
    for name, w_min in ((f"w_min {LEAST:g} mV", LEAST), ("w_min 0 (control)", 0.0)):
        course = [round(reversals(w_min, step, firsts, given.backend), 3) for step in STEPS]
        found["reversal"][name] = {"best": max(course), "by_step": course}
    for name, w_min, taus in (
        (f"w_min {SCALED_LEAST:g} mV", SCALED_LEAST, (10.0,)),
        ("w_min 0 (control)", 0.0, TAUS),
    ):
        runs = [[recovery(w_min, tau, long, given.backend) for long in driven] for tau in taus]
        best = min(runs, key=lambda run: sum(seconds for seconds, _ in run))
        found["scaling"][name] = [seconds for seconds, _ in best]
        found["driven_hz"] = [round(rate, 1) for _, rate in best]
    print(json.dumps(found))
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()
