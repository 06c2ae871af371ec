"""Draws docs/figures/firing_patterns.svg: ``python docs/make_firing_patterns.py``."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot

import pysnn as snn
from pysnn.networks.firing_patterns import PATTERNS, firing_patterns

FILE = Path(__file__).parent / "figures" / "firing_patterns.svg"
SAMPLES = 300  # of a trace
# Text stays text and nothing depends on the day: a small file, the same for the same figure.
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "pysnn", "path.simplify_threshold": 0.2, "font.size": 7.0}


def trace(states: snn.StateData, spikes: snn.SpikeData, stop: float, c: float) -> tuple[np.ndarray, ...]:
    """Samples of v, and the top of each spike with its reset, at which no sample falls."""
    at = spikes.t[spikes.t <= stop]
    inside = states.t <= stop
    t = np.concatenate([states.t[inside], at, at])
    v = np.concatenate([states.values[inside, 0], np.full(len(at), 30.0), np.full(len(at), c)])
    order = np.argsort(t, kind="stable")
    return t[order], v[order]


def draw() -> None:
    """Run the network on ``event`` and draw a panel for each pattern: v, and below it the current."""
    net = firing_patterns()
    for name, pattern in PATTERNS.items():
        net.probe(net.populations[name], "spikes", name=name)
        net.probe(net.populations[name], "v", every=pattern.duration / SAMPLES, name=f"{name}.v")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(max(pattern.duration for pattern in PATTERNS.values()))
        data = {name: (sim.data[f"{name}.v"], sim.data[name]) for name in PATTERNS}
    with mpl.rc_context(STYLE):
        figure, axes = pyplot.subplots(5, 4, figsize=(7.4, 6.6), layout="constrained")
        for ax, (name, pattern) in zip(axes.flat, PATTERNS.items(), strict=True):
            t, v = trace(*data[name], pattern.duration, pattern.model.c)
            ax.plot(t, v, color=snn.plot.COLOURS[0], linewidth=0.7)
            times, current = pattern.staircase().steps()
            edges = np.append(times, pattern.duration)
            height = -95.0 + 15.0 * (current - current.min()) / max(np.ptp(current), 1e-9)
            ax.stairs(height, edges, baseline=None, color=snn.plot.COLOURS[1], linewidth=0.8)
            ax.plot([pattern.duration * 0.98 - 20.0, pattern.duration * 0.98], [40, 40], "k", linewidth=1.2)
            ax.set_title(name, fontsize="medium")
            ax.set(ylim=(-100, 45), xlim=(0, pattern.duration))
            ax.set_axis_off()
        FILE.parent.mkdir(exist_ok=True)
        figure.savefig(FILE, metadata={"Date": None})


if __name__ == "__main__":
    draw()
