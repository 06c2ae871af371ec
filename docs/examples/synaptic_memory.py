"""Facilitation remembers: synapses hold for seconds what was shown, while no neuron fires for it.

    python docs/examples/synaptic_memory.py [--quick] [--picture FILE]

Five groups of twenty fibres each lead to a readout neuron of their own. One group is cued by a third of a
second of faster firing; then all fire alike, once in a second, for 0.5, 1, 2 or 4 s, until all of them are
asked by one volley to which most fibres answer. The cue's own spikes are long forgotten by the readouts, of
20 ms, but through facilitating synapses the cued group's answer is the largest, as its spikes have left
more of their calcium (u) behind. Through synapses that depress only (``tau_fac`` 0) or stay as they are the
question has no answer but chance, a fifth. Prints one line of JSON: for each the share of trials by delay
in which the readout of the cued group is the largest.

Mongillo, Barak & Tsodyks (2008), Science 319:1543, with its synapse, U 0.2, tau_rec 200 ms, tau_fac 1,500
ms.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

GROUPS, FIBRES = 5, 20
CUE, CUED, AT_REST, ANSWERS = 350.0, 30.0, 1.0, 0.8  # ms, Hz, Hz, share of fibres that fire when asked
DELAYS = (500.0, 1000.0, 2000.0, 4000.0)  # ms from the end of the cue
SYNAPSES: dict[str, snn.Dynamics | None] = {
    "facilitating": snn.TsodyksMarkram(U=0.2, tau_rec=200.0, tau_fac=1500.0),
    "depressing (control)": snn.TsodyksMarkram(U=0.2, tau_rec=200.0),
    "static (control)": None,
}


def trial(cued: int, delay: float, rng: np.random.Generator) -> snn.SpikeTrains:
    """Spikes of all fibres on steps of 1 ms, and what they fire when they are asked, after the delay."""
    steps = int(CUE + delay)
    rates = np.full((steps, GROUPS), AT_REST)
    rates[: int(CUE), cued] = CUED
    fired = rng.random((steps, GROUPS * FIBRES)) < 1e-3 * np.repeat(rates, FIBRES, axis=1)
    asked = rng.random((1, GROUPS * FIBRES)) < ANSWERS
    step, fibre = np.nonzero(np.concatenate([fired, asked]))
    return snn.SpikeTrains(1.0 + step.astype(np.float64), fibre, GROUPS * FIBRES, steps + 3.0)


def answers(
    dynamics: snn.Dynamics | None, cued: NDArray[np.int64], delay: float, seed: int
) -> NDArray[np.float64]:
    """Potential of each readout when all have been asked, by trial [mV]."""
    rng = np.random.default_rng(seed)
    net = snn.Network(seed=1)
    fibres = net.source("fibres", GROUPS * FIBRES, snn.Input())
    out = net.population("out", GROUPS, snn.Readout(tau_m=20.0))
    own = snn.FromCOO(np.arange(GROUPS * FIBRES), np.arange(GROUPS * FIBRES) // FIBRES)
    net.projection(fibres, out, own, weight=1.0, delay=1.0, dynamics=dynamics)
    with snn.Simulation(net, dt=1.0) as sim:
        found = sim.run_trials([trial(group, delay, rng) for group in cued], states="out.v")
    return np.asarray(found.states(out, "v"))


def draw(shares: dict[str, list[float]], path: str) -> None:
    """Share of right answers by delay."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.0, 3.5))
    for name, share in shares.items():
        axes.plot(1e-3 * np.array(DELAYS), share, "o-", label=name)
    axes.axhline(1.0 / GROUPS, color="grey", linewidth=0.5)
    axes.set(xlabel="time from cue to question [s]", ylabel="share of right answers", ylim=(0.0, 1.05))
    axes.legend()
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run the trials, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100 trials rather than 1,000")
    parser.add_argument("--picture", metavar="FILE", help="draw shares of right answers there")
    given = parser.parse_args()
    cued = np.arange(100 if given.quick else 1000) % GROUPS
    shares: dict[str, list[float]] = {
        name: [
            float(np.mean(answers(dynamics, cued, delay, seed=2).argmax(axis=1) == cued)) for delay in DELAYS
        ]
        for name, dynamics in SYNAPSES.items()
    }
    figures: dict[str, Any] = {"trials": cued.size, "delays_ms": DELAYS, **shares}
    print(json.dumps(figures))
    if given.picture:
        draw(shares, given.picture)


if __name__ == "__main__":
    main()
