"""Draws docs/figures/firing_patterns.svg: the twenty patterns, solved on the event engine.

``python -m reference.gallery`` in tests/ (extra ``plot``).
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt

import pysnn as snn
from pysnn.networks.firing_patterns import PATTERNS, Pattern

FIGURE = Path(__file__).parents[2] / "docs" / "figures" / "firing_patterns.svg"


def trace(pattern: Pattern) -> tuple[np.ndarray, np.ndarray]:
    """Times and v [mV], drawn up to the peak at each spike; no more points than show."""
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, pattern.model, init=pattern.start())
    net.current(cell, pattern.steps())
    spikes, v = net.probe(cell, "spikes"), net.probe(cell, "v", every=pattern.duration / 400)
    with snn.Simulation(net, backend="event") as sim:
        sim.run(pattern.duration)
        t, values = np.asarray(sim.data[v].t), sim.data[v].values[:, 0]
        peaks = np.asarray(sim.data[spikes].t)
    order = np.argsort(np.concatenate([t, peaks]), kind="stable")
    times = np.concatenate([t, peaks])[order]
    return times, np.concatenate([values, np.full(len(peaks), pattern.model.v_peak)])[order]


def main() -> None:
    # The same file from the same numbers.
    mpl.rcParams.update({"svg.hashsalt": "pysnn", "svg.fonttype": "none", "path.simplify_threshold": 0.6})
    figure, axes = plt.subplots(5, 4, figsize=(9.0, 8.0), layout="constrained")
    for ax, (name, pattern) in zip(axes.flat, PATTERNS.items(), strict=True):
        times, v = trace(pattern)
        ax.plot(times, v, color="#14466f", lw=0.7)
        steps = np.linspace(0.0, pattern.duration, 300)
        current = np.array([pattern.current(t) for t in steps])
        scale = max(np.ptp(current), 1e-9)
        ax.plot(steps, -105.0 + 12.0 * (current - current.min()) / scale, color="#c8553d", lw=0.7)
        ax.set_title(name, fontsize="small")
        ax.set(xlim=(0.0, pattern.duration), ylim=(-110.0, 40.0), yticks=[])
        ax.tick_params(labelsize="x-small")
        ax.spines[["top", "right", "left"]].set_visible(False)
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
