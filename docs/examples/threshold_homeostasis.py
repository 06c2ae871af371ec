"""Thresholds that move bring neurons to one rate, whichever they are driven by, and leave synapses alone.

    python docs/examples/threshold_homeostasis.py [--quick] [--picture FILE]

Eight neurons hear forty sources each, of 4 to 36 Hz; alone some are silent and one fires too much. With
``Homeostasis`` each spike raises its neuron's threshold. With a ``target`` time lowers it, until each
neuron fires at that rate. With ``share`` spikes of the population lower all thresholds, so that neurons
come to fire alike often, whatever rate that is. With ``tau`` a threshold is forgotten within seconds: a
neuron adapts to its drive, and answers as at first after a pause. With none of the three (``kept``)
thresholds only rise. What time takes from thresholds it takes at moments ``every`` ms: a second apart they
do as well as a millisecond apart; 20 s apart thresholds fall by so much at once that neurons fire in bursts,
at the same mean rate. Prints one line of JSON: for each the rates over the last quarter [Hz], the largest
standard deviation of a neuron's spikes by second in that time, and the spikes in the first half second after
a pause of 20 s, by those in the first half second of all.

Desai, Rutherford & Turrigiano (1999), Nat. Neurosci. 2:515; form and place in learning: Diehl & Cook
(2015), Front. Comput. Neurosci. 9:99.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

import pysnn as snn

DRIVES = np.geomspace(4.0, 36.0, 8)  # Hz, of each source
SOURCES, WEIGHT = 40, 0.9  # by neuron; mV
PAUSE, FIRST = 20_000.0, 500.0  # ms
TARGET = 10.0  # Hz
CASES: dict[str, snn.Homeostasis | None] = {
    "target": snn.Homeostasis(delta=0.05, share=0.0, target=TARGET),
    "target, every second": snn.Homeostasis(delta=0.05, share=0.0, target=TARGET, every=1000.0),
    "target, every 20 s (control)": snn.Homeostasis(delta=0.05, share=0.0, target=TARGET, every=20_000.0),
    "share": snn.Homeostasis(delta=0.05, share=1.0),
    "tau": snn.Homeostasis(delta=0.2, share=0.0, tau=3000.0),
    "kept (control)": snn.Homeostasis(delta=0.2, share=0.0),
    "none (control)": None,
}


def run(homeostasis: snn.Homeostasis | None, seconds: float, backend: str) -> dict[str, Any]:
    """Rates in the end, and what a pause has left of the first answer."""
    net = snn.Network(seed=1)
    neuron = snn.LIF(tau_m=20.0, e_l=0.0, v_th=15.0, v_reset=0.0, t_ref=2.0)
    cells = net.population("cells", DRIVES.size, neuron, init={"v": 0.0}, homeostasis=homeostasis)
    n, end = DRIVES.size * SOURCES, 1000.0 * seconds
    rates = np.repeat(DRIVES, SOURCES)[:, np.newaxis] * np.array([1.0, 0.0, 1.0])
    source = net.source("source", n, snn.PiecewisePoisson([0.0, end, end + PAUSE], rates))
    own = snn.FromCOO(np.arange(n), np.arange(n) // SOURCES)
    net.projection(source, cells, own, weight=WEIGHT, delay=1.0)
    probe = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(end + PAUSE + FIRST)
        t, i = sim.data[probe].t, np.asarray(sim.data[probe].i, dtype=np.int64)
    those = (t > 0.75 * end) & (t <= end)
    late = i[those]
    seconds_of = (1e-3 * (t[those] - 0.75 * end)).astype(np.int64)
    by_second = np.zeros((DRIVES.size, int(0.25 * seconds) + 1), np.int64)
    np.add.at(by_second, (late, seconds_of), 1)
    first, again = np.count_nonzero(t <= FIRST), np.count_nonzero(t > end + PAUSE)
    return {
        "rates_hz": np.round(np.bincount(late, minlength=DRIVES.size) / (0.25 * seconds), 2).tolist(),
        "unsteady": round(float(by_second[:, :-1].std(axis=1).max()), 2),
        "again": round(again / first, 3),
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
    """Parse the command line, run each case, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100 s rather than 400")
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the rates there")
    given = parser.parse_args()
    seconds = 100.0 if given.quick else 400.0
    found = {name: run(case, seconds, given.backend) for name, case in CASES.items()}
    print(
        json.dumps(
            {"seconds": seconds, "target_hz": TARGET, "drives_hz": np.round(DRIVES, 1).tolist(), **found}
        )
    )
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()
