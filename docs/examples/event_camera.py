"""An event camera sees a bar, and delays tell which way it goes.

    python docs/examples/event_camera.py [--quick] [--picture FILE]

A bar crosses a sensor of 8 by 32 pixels in 62 ms, to the right or to the left; each pixel tells of it
once, in microseconds, as such cameras do. ``SpikeArray.from_events`` makes spikes of that. Each of two
neurons hears all pixels, one with delays that make up for a bar that goes right, so that all its spikes
arrive together, the other for one that goes left; a third has one delay for all, the control. Prints one
line of JSON: how often each neuron fires at each movement.

Delays as tuning: Carr & Konishi (1990), J. Neurosci. 10:3227.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

import pysnn as snn

HEIGHT, WIDTH, STEP = 8, 32, 2.0  # pixels; ms that the bar stays at a column


def bar(right: bool, jitter: float, seed: int) -> np.ndarray:
    """Events of a bar that moves: a structured array of x, y, t [us] and p, as recordings are read."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    column = x if right else WIDTH - 1 - x
    t = 5000 + 1000.0 * (STEP * column + rng.uniform(0.0, jitter, x.shape))
    events = np.zeros(x.size, dtype=[("x", "u2"), ("y", "u2"), ("t", "i8"), ("p", "u1")])
    for name, values in (("x", x), ("y", y), ("t", t), ("p", np.ones_like(x))):
        events[name] = values.ravel()
    return events[np.argsort(events["t"])]


def counts(right: bool, jitter: float, seed: int) -> list[int]:
    """Spikes of the neurons tuned to the right, to the left, and to nothing."""
    net = snn.Network(seed=1)
    pixels = 2 * HEIGHT * WIDTH
    camera = snn.SpikeArray.from_events(bar(right, jitter, seed), shape=(HEIGHT, WIDTH), origin=0.0)
    eye = net.source("eye", pixels, camera)
    cells = net.population("cells", 3, snn.LIF(e_l=0.0, v_th=100.0, v_reset=0.0, tau_m=5.0, t_ref=2.0))
    x = np.arange(pixels) % WIDTH
    delays = np.stack([STEP * (WIDTH - x), STEP * (x + 1.0), np.full(pixels, STEP)], axis=1)
    net.projection(eye, cells, snn.AllToAll(), weight=1.0, delay=delays)
    fired = net.probe(cells, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(200.0)
        return [int(n) for n in sim.data[fired].counts()]


def draw(path: str) -> None:
    """What the camera sees of a bar that goes to the right, and of one that goes to the left."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(7.0, 3.0), sharey=True)
    for axis, right in zip(axes, (True, False), strict=True):
        events = bar(right, 1.0, 0)
        seen = axis.scatter(events["x"], events["y"], c=1e-3 * events["t"], marker="s")
        axis.set(xlabel="x", title=f"to the {'right' if right else 'left'}")
    axes[0].set_ylabel("y")
    figure.colorbar(seen, ax=axes, label="t [ms]")
    figure.savefig(path, dpi=120, bbox_inches="tight")


def main() -> None:
    """Show bars that go either way."""
    parser = argparse.ArgumentParser(description="Delays tell which way a bar goes.")
    parser.add_argument("--quick", action="store_true", help="one bar each way")
    parser.add_argument("--picture", metavar="FILE", help="draw the events of two bars there")
    given = parser.parse_args()
    bars = range(1 if given.quick else 20)
    figures = {}
    for name, right in (("right", True), ("left", False)):
        seen = np.sum([counts(right, 1.0, seed) for seed in bars], axis=0) / len(bars)
        figures[f"bar_goes_{name}"] = dict(
            zip(("tuned_right", "tuned_left", "untuned"), seen.tolist(), strict=True)
        )
    print(json.dumps(figures))
    if given.picture:
        draw(given.picture)


if __name__ == "__main__":
    main()
