"""Quantal analysis: the fluctuations of a response tell how many release sites there are and what each sends.

    python docs/examples/quantal_analysis.py [--quick] [--picture FILE]

Fibres that fire together reach a cell by one synapse each, which sends all of its weight q or nothing. Over
ten stimuli that come faster and faster depression lets the probability p of release fall from 0.9 to 0.18.
The mean response m = N p q cannot tell N from q: many small synapses give what few large ones do. Over
repetitions its variance is N p (1 - p) q^2 = q m - m^2 / N, a parabola whose slope at the origin is q and
whose width is N q: both are found from means and variances of the ten responses, of two connections that
have the same means. The control is the same with synapses that always send the share p of their weight:
nothing varies. Prints one line of JSON: for each connection the mean response to the sixth stimulus and its
variance over mean [mV], and N and q [mV] as they are found.

Variance and mean at several probabilities: Silver (2003), J. Neurosci. Methods 130:127; along a train:
Scheuss & Neher (2001), Biophys. J. 81:1970.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

STIMULI = 20.0 + np.cumsum([0, 300, 200, 150, 100, 70, 50, 30, 20, 20])  # ms
DELAY, TAU_M = 1.0, 5.0  # ms
SYNAPSE = snn.TsodyksMarkram(U=0.9, tau_rec=100.0)
CONNECTIONS = {"20 of 0.3 mV": (20, 0.3), "60 of 0.1 mV": (60, 0.1)}  # sites and what each sends


def responses(sites: int, quantum: float, cells: int, dynamics: snn.Dynamics) -> NDArray[np.float64]:
    """By which a cell's potential jumps at each stimulus [mV]; cells are repetitions."""
    net = snn.Network(seed=1)
    fibres = net.source("fibres", sites, snn.SpikeArray([STIMULI] * sites))
    neuron = snn.LIF(tau_m=TAU_M, e_l=0.0, v_th=np.inf, v_reset=0.0)
    cell = net.population("cell", cells, neuron, init={"v": 0.0})
    net.projection(fibres, cell, snn.AllToAll(), weight=quantum, delay=DELAY, dynamics=dynamics)
    v = net.probe(cell, "v", every=1.0)
    with snn.Simulation(net, dt=1.0) as sim:
        sim.run(STIMULI[-1] + 10.0)
        t, values = sim.data[v].t, np.asarray(sim.data[v].values, dtype=np.float64)
    at = np.searchsorted(t, STIMULI + DELAY - 0.5)
    return np.asarray(values[at] - values[at - 1] * np.exp(-1.0 / TAU_M)).T


def sites_and_quantum(jumps: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """N and q of the parabola through means and variances, or None where nothing varies."""
    mean, variance = jumps.mean(axis=0), jumps.var(axis=0, ddof=1)
    if variance.max() < 1e-12:
        return None, None
    q, bend = np.linalg.lstsq(np.stack([mean, -(mean**2)], axis=1), variance, rcond=None)[0]
    return round(float(1.0 / bend), 1), round(float(q), 4)


def draw(found: dict[str, NDArray[np.float64]], path: str) -> None:
    """Variance by mean, and the parabola of what was built."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.0, 3.5))
    for name, jumps in found.items():
        points = axes.plot(jumps.mean(axis=0), jumps.var(axis=0, ddof=1), "o", label=name)
        if name in CONNECTIONS:
            sites, q = CONNECTIONS[name]
            m = np.linspace(0.0, sites * q, 100)
            axes.plot(m, q * m - m**2 / sites, color=points[0].get_color(), linewidth=0.7)
    axes.set(xlabel="mean response [mV]", ylabel="variance [mV$^2$]")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, stimulate, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2,000 repetitions rather than 20,000")
    parser.add_argument("--picture", metavar="FILE", help="draw variances and means there")
    given = parser.parse_args()
    repetitions = 2000 if given.quick else 20_000
    figures: dict[str, Any] = {"repetitions": repetitions}
    drawn = {}
    for kind, stochastic in (("", True), (", not stochastic (control)", False)):
        for name, (sites, quantum) in CONNECTIONS.items():
            dynamics = SYNAPSE.replace(stochastic=stochastic)
            jumps = drawn[name + kind] = responses(sites, quantum, repetitions, dynamics)
            n, q = sites_and_quantum(jumps)
            sixth = jumps[:, 5]
            figures[name + kind] = {
                "mean_mV": round(float(sixth.mean()), 3),
                "variance_by_mean_mV": round(float(sixth.var(ddof=1) / sixth.mean()), 4),
                "sites": n,
                "quantum_mV": q,
            }
    print(json.dumps(figures))
    if given.picture:
        draw(drawn, given.picture)


if __name__ == "__main__":
    main()
