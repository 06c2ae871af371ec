"""What a tie counts as decides whether a network survives volleys that come at one instant.

    python docs/examples/synchronous_volleys.py [--quick] [--picture FILE]

Fifty neurons connected to one another are fired all together, ten times a second at random times. Half of
each delay is axonal, half dendritic, so that of a volley all spikes meet at all synapses at one instant. In
nature no two spikes do: of two that are a moment apart either may be the first, potentiation and depression
(here equally large) are drawn as by a coin, and weights stay where they are in the mean. The reference has
volleys whose spikes are so apart, by some microseconds, in continuous time. On a grid with ties that count
as pre before post (``pre_first``) each volley potentiates all synapses, until a volley calls up another one
and the network never rests; with ties that count as nothing (``none``) it stays what it was. Where all of
the delay is axonal, spikes of a volley arrive after the target's own, and the network falls apart; where
all is dendritic they arrive before, and it comes to call up volleys itself (``dendritic_fraction``). Prints
one line of JSON: for each the mean weight [parts of the largest one, 0.4 at first], the spikes a neuron
fires a volley in the last quarter, and how much of the weights' pattern is kept (correlation of first and
last weights).

Morrison, Diesmann & Gerstner (2008), Biol. Cybern. 98:459, on axonal and dendritic delays; networks that
synchrony takes apart: Lubenov & Siapas (2008), Neuron 58:118.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

N, RATE = 50, 10.0  # neurons, Hz of volleys
APART = 0.01  # ms, standard deviation of the reference's spikes in a volley
W_MAX = 0.6  # mV: 49 of these fire a neuron, 49 of 0.24 do not
NEURON = snn.LIF(tau_m=10.0, e_l=0.0, v_th=15.0, v_reset=0.0, t_ref=1.0)
A = 0.005
CASES = {  # ties, engine, how far apart spikes of a volley are [ms], dendritic part of the delay
    "none": ("none", "clock", 0.0, 0.5),
    "pre_first (control)": ("pre_first", "clock", 0.0, 0.5),
    "apart": ("pre_first", "event", APART, 0.5),
    "axonal delays": ("none", "clock", 0.0, 0.0),
    "dendritic delays": ("none", "clock", 0.0, 1.0),
}


def trains(seconds: float, apart: float) -> list[NDArray[np.float64]]:
    """Of each neuron's teacher: the volleys, at least 20 ms after one another."""
    rng = np.random.default_rng(2)
    gaps = 20.0 + rng.exponential(1000.0 / RATE - 20.0, int(2.0 * RATE * seconds))
    volleys = np.asarray(np.round(np.cumsum(gaps)), dtype=np.float64)
    volleys = volleys[volleys < 1000.0 * seconds - 20.0]
    if apart == 0.0:
        return [volleys] * N
    return [np.sort(volleys + rng.normal(0.0, apart, volleys.size)) for _ in range(N)]


def run(
    tie: str, backend: str, apart: float, fraction: float, seconds: float
) -> tuple[dict[str, float], snn.SpikeData]:
    """Figures, and the spikes."""
    net = snn.Network(seed=3)
    cells = net.population("cells", N, NEURON, init={"v": 0.0})
    times = trains(seconds, apart)
    teacher = net.source("teacher", N, snn.SpikeArray(times))
    net.projection(teacher, cells, snn.OneToOne(), weight=20.0, delay=1.0)
    rule = snn.PairSTDP(a_plus=A, a_minus=A, tau_plus=5.0, tau_minus=5.0, w_max=W_MAX, tie=tie)
    first = snn.Uniform(0.2 * W_MAX, 0.6 * W_MAX)
    among = net.projection(
        cells, cells, snn.AllToAll(autapses=False), weight=first, delay=2.0, dendritic_fraction=fraction,
        plasticity=rule,
    )  # fmt: skip
    spikes = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=backend) as sim:
        before = np.array(sim.weights(among), dtype=np.float64)
        sim.run(1000.0 * seconds)
        after = np.asarray(sim.weights(among), dtype=np.float64)
        fired = sim.data[spikes]
    quarter = 750.0 * seconds
    volleys = np.count_nonzero(times[0] > quarter)
    kept = float(np.corrcoef(before, after)[0, 1]) if np.ptp(after) > 0.0 else 0.0
    return {
        "weight": round(float(after.mean()) / W_MAX, 3),
        "spikes_a_volley": round(float(np.count_nonzero(fired.t > quarter)) / N / volleys, 2),
        "kept": round(kept, 3),
    }, fired


def draw(fired: dict[str, snn.SpikeData], seconds: float, path: str) -> None:
    """Spikes of the last second."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(fired), figsize=(4.0 * len(fired), 3.0), sharey=True)
    for panel, (name, spikes) in zip(panels, fired.items(), strict=True):
        late = spikes.t > 1000.0 * (seconds - 1.0)
        panel.plot(spikes.t[late] - 1000.0 * (seconds - 1.0), spikes.i[late], "k.", markersize=2)
        panel.set(title=name, xlabel="time [ms]", xlim=(0.0, 1000.0))
    panels[0].set_ylabel("neuron")
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run each case, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="40 s rather than 100")
    parser.add_argument("--picture", metavar="FILE", help="draw the last second there")
    given = parser.parse_args()
    seconds = 40.0 if given.quick else 100.0
    figures: dict[str, Any] = {}
    fired = {}
    for name, (tie, backend, apart, fraction) in CASES.items():
        figures[name], fired[name] = run(tie, backend, apart, fraction, seconds)
    print(json.dumps({"seconds": seconds, **figures}))
    if given.picture:
        draw(fired, seconds, given.picture)


if __name__ == "__main__":
    main()
