"""Synaptic scaling brings neurons to their rate whatever drives them, and keeps what was learnt.

    python docs/examples/synaptic_scaling.py [--quick] [--picture FILE]

Three neurons hear forty sources each, of 4, 12 and 36 Hz; half of each neuron's weights are three times as
strong as the others. Alone, one is all but silent and one fires far too much. With ``SynapticScaling`` all
come to 10 Hz, and the ratios of weights are what they were (``ratio``). With pair STDP besides, sources
that fire together (half of those of each neuron, by common spikes) become the strong ones, at that same
rate; STDP without scaling is the control: it lets rates go where they will. Prints one line of JSON.

Turrigiano et al. (1998), Nature 391:892; van Rossum, Bi & Turrigiano (2000), J. Neurosci. 20:8812.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

import pysnn as snn

DRIVES = np.array([4.0, 12.0, 36.0])  # Hz, of each source
SOURCES, TARGET = 40, 10.0  # by neuron; Hz
SCALING = snn.SynapticScaling(f_target=TARGET, tau_rate=2000.0, tau_scaling=10_000.0)
STDP: dict[str, Any] = {"a_plus": 0.004, "a_minus": 0.012}
RULES: dict[str, snn.PlasticityRule | None] = {
    "no rule (control)": None,
    "scaling": SCALING,
    "scaling and STDP": SCALING.replace(**STDP),
    "STDP (control)": SCALING.replace(tau_scaling=1e12, **STDP),
}


def trains(rate: float, seconds: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Of one neuron's sources: those of the first half take half of their spikes from a common train."""

    def poisson(hz: float) -> np.ndarray:
        return np.sort(rng.uniform(0.0, 1000.0 * seconds, rng.poisson(hz * seconds)))

    common = poisson(rate)
    mixed = []
    for k in range(SOURCES):
        own = poisson(rate / 2.0 if k < SOURCES // 2 else rate)
        shared = common[rng.random(common.size) < 0.5] if k < SOURCES // 2 else own[:0]
        jittered = shared + rng.normal(0.0, 1.0, shared.size)
        times = np.concatenate([own, np.clip(jittered, 0.1, None)])
        mixed.append(np.unique(np.round(times, 1)))
    return mixed


def run(rule: snn.PlasticityRule | None, seconds: float, backend: str, seed: int = 1) -> dict[str, Any]:
    """Rates over the last quarter, and what weights have become."""
    rng = np.random.default_rng(seed)
    net = snn.Network(seed=seed)
    cells = net.population("cells", DRIVES.size, snn.LIF(tau_m=20.0, t_ref=2.0))
    all_trains = [train for rate in DRIVES for train in trains(rate, seconds, rng)]
    pre = net.source("pre", len(all_trains), snn.SpikeArray(all_trains))
    start = np.where(np.arange(DRIVES.size * SOURCES) % 2 == 0, 0.9, 0.3)  # mV
    weights = snn.FromCOO(np.arange(start.size), np.arange(start.size) // SOURCES)
    wires = net.projection(pre, cells, weights, weight=snn.Array(start), delay=1.0, plasticity=rule)
    net.probe(cells, "spikes", name="spikes")
    with snn.Simulation(net, backend=backend, dt=0.1) as sim:
        sim.run(1000.0 * seconds)
        spikes, w = sim.data["spikes"], np.asarray(sim.weights(wires)).reshape(DRIVES.size, SOURCES)
    late = spikes.i[spikes.t > 750.0 * seconds]
    rates = np.bincount(late.astype(int), minlength=DRIVES.size) / (0.25 * seconds)
    return {
        "rates_hz": np.round(rates, 2).tolist(),
        "ratio": np.round(w[:, 0::2].mean(axis=1) / w[:, 1::2].mean(axis=1), 6).tolist(),
        "correlated": np.round(w[:, : SOURCES // 2].mean(axis=1), 3).tolist(),
        "independent": np.round(w[:, SOURCES // 2 :].mean(axis=1), 3).tolist(),
    }


def draw(found: dict[str, dict[str, Any]], path: str) -> None:
    """Rates by drive."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(5.0, 3.5))
    for name, one in found.items():
        axis.plot(DRIVES, one["rates_hz"], "o-", label=name)
    axis.axhline(TARGET, color="grey", lw=0.5)
    axis.set(xlabel="rate of each source [Hz]", ylabel="rate of the neuron [Hz]", xscale="log")
    axis.legend()
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100 s rather than 400")
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the rates there")
    given = parser.parse_args()
    seconds = 100.0 if given.quick else 400.0
    found = {name: run(rule, seconds, given.backend) for name, rule in RULES.items()}
    print(json.dumps({"seconds": seconds, "drives_hz": DRIVES.tolist(), **found}))
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()
