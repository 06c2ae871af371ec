"""Thresholds with a least value: neurons that have lost their input are silent and not busy with nothing.

    python docs/examples/lost_input.py [--quick] [--picture FILE]

Twenty neurons along an axis of frequency hear sources of 15 to 36 Hz, and ``Homeostasis(target=10.0)``
brings all to 10 Hz. Then four of them lose their input. Their thresholds sink, by target x delta a second,
until they fire at 10 Hz again, of nothing: so have been explained the tones that are heard after a loss
of hearing. With ``low`` thresholds sink no further than is needed for neurons that hear something. A
threshold that is forgotten (``tau``) sinks no further than tau x target x delta either, but then it does
not bring the others to 10 Hz, at no tau. Prints one line of JSON: for each the rates of neurons that hear
and of those that do not over the last quarter [Hz], the largest deviation from the target among the
former, and the lowest threshold.

Schaette & Kempter (2006), Eur. J. Neurosci. 23:3124.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

N, DEAF = 20, slice(8, 12)
DRIVES = np.random.default_rng(1).permutation(np.geomspace(15.0, 36.0, N))  # Hz, of each source
SOURCES, WEIGHT = 40, 0.9  # by neuron; mV
V_TH, TARGET, DELTA = 15.0, 10.0, 0.05  # mV, Hz, mV
LOW = -6.0  # mV
TAUS = (3e3, 10e3, 30e3, 100e3)  # ms
Float = NDArray[np.float64]


def run(homeostasis: snn.Homeostasis | None, seconds: float, backend: str) -> tuple[Float, Float]:
    """Rates over the last quarter, and thresholds in the end."""
    net = snn.Network(seed=1)
    cells = net.population(
        "cells", N, snn.LIF(tau_m=20.0, e_l=0.0, v_th=V_TH, v_reset=0.0, t_ref=2.0), init={"v": 0.0},
        homeostasis=homeostasis,
    )  # fmt: skip
    end = 1000.0 * seconds
    after = DRIVES.copy()
    after[DEAF] = 0.0
    rates = np.repeat(np.stack([DRIVES, after], axis=1), SOURCES, axis=0)
    source = net.source("source", N * SOURCES, snn.PiecewisePoisson([0.0, end / 4.0], rates))
    own = snn.FromCOO(np.arange(N * SOURCES), np.arange(N * SOURCES) // SOURCES)
    net.projection(source, cells, own, weight=WEIGHT, delay=1.0)
    probe = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(end)
        t, i = sim.data[probe].t, np.asarray(sim.data[probe].i, dtype=np.int64)
        theta = np.zeros(N) if homeostasis is None else np.asarray(sim.state(cells, "theta"))
    return np.bincount(i[t > 0.75 * end], minlength=N) / (0.25 * seconds), V_TH + theta


def figures(rates: Float, thresholds: Float) -> dict[str, float]:
    """Of those that hear, and of those that do not."""
    hears = np.ones(N, dtype=bool)
    hears[DEAF] = False
    return {
        "hear_hz": round(float(rates[hears].mean()), 2),
        "largest_deviation_hz": round(float(np.abs(rates[hears] - TARGET).max()), 2),
        "deaf_hz": round(float(rates[DEAF].mean()), 2),
        "lowest_threshold_mV": round(float(thresholds.min()), 2),
    }


def failing(one: dict[str, float]) -> float:
    """The larger of what is wrong with either."""
    return max(one["largest_deviation_hz"], one["deaf_hz"])


def draw(drawn: dict[str, Float], path: str) -> None:
    """Rates along the axis."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.0, 3.2))
    for name, rates in drawn.items():
        axes.plot(rates, ".-", label=name)
    axes.axvspan(DEAF.start - 0.5, DEAF.stop - 0.5, color="grey", alpha=0.2, label="no input")
    axes.set(xlabel="neuron", ylabel="rate [Hz]")
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run each case, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="120 s rather than 400")
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the rates there")
    given = parser.parse_args()
    seconds, taus = (120.0, TAUS[1::2]) if given.quick else (400.0, TAUS)
    free = snn.Homeostasis(delta=DELTA, share=0.0, target=TARGET)
    cases: dict[str, snn.Homeostasis | None] = {
        f"low {LOW:g} mV": free.replace(low=LOW),
        "no low (control)": free,
        "no homeostasis (control)": None,
    }
    ran = {name: run(case, seconds, given.backend) for name, case in cases.items()}
    forgetting = {tau: run(free.replace(tau=tau), seconds, given.backend) for tau in taus}
    best = min(taus, key=lambda tau: failing(figures(*forgetting[tau])))
    ran["forgotten (control)"] = forgetting[best]
    found: dict[str, Any] = {name: figures(*one) for name, one in ran.items()}
    found["forgotten (control)"]["tau_s"] = 1e-3 * best
    print(json.dumps({"seconds": seconds, "target_hz": TARGET, **found}))
    if given.picture:
        draw({name: rates for name, (rates, _) in ran.items()}, given.picture)


if __name__ == "__main__":
    main()
