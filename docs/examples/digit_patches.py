"""Handwritten digits for a network whose hidden neurons see a patch each: what three examples share.

The network of ``digits_labels.py``, ``digits_three_factor.py`` and ``digits_reward.py``, which differ in
the rule that hidden neurons learn by and in what they are told. Every pixel of 24 x 24 sends zero to five
regular spikes in 10 ms; 1,000 LIF neurons hear a patch of 10 x 10 pixels each; ten readout neurons add up
what those send them. Once, at the end of a presentation, the error of the readouts reaches their own
synapses (delta rule) and, through the same weights, each hidden neuron as one number: its learning signal.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

Float = NDArray[np.float64]
Labels = NDArray[np.int64]

SIDE, PATCH = 24, 10  # pixels
STEPS = 10  # ms in which an image is shown
DURATION = STEPS + 2.0  # ms of a trial: the last spikes arrive at the readouts
TAU = -1.0 / math.log(0.9)  # ms
FLOORS = {"logistic_regression": 93.6, "three_nearest_neighbours": 96.6}


def load(folder: Path) -> tuple[Float, Labels]:
    """The 10,000 images of MNIST's test set, of 28 x 28 pixels in [0, 1], and what they show."""
    with gzip.open(folder / "t10k-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read()[16:], np.uint8).reshape(-1, 28, 28)
    with gzip.open(folder / "t10k-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read()[8:], np.uint8).astype(np.int64)
    return images / 255.0, labels


def trains(images: Float, shifts: NDArray[np.int64] | None = None) -> snn.encoders.TrialSpikes:
    """A trial an image: as many regular spikes a pixel as it is bright, ``shifts`` pixels off the middle."""
    offsets = np.full((len(images), 2), 2) if shifts is None else 2 + shifts
    rows, columns = (offsets[:, k, None] + np.arange(SIDE) for k in range(2))
    seen = images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]
    seen = seen.reshape(len(images), 1, -1)
    passed = np.floor(0.5 * seen * np.arange(STEPS + 1)[:, None] + 0.5).astype(np.int8)
    trial, step, pixel = np.nonzero(np.diff(passed, axis=1))
    begins = np.searchsorted(trial, np.arange(len(images) + 1))
    return snn.encoders.TrialSpikes((step + 1).astype(np.float64), pixel, begins, SIDE**2, DURATION)


def network(rule: snn.PlasticityRule, eta_out: float, loss: str, hidden: int, seed: int) -> snn.Network:
    """Pixels, hidden neurons of one patch each, ten readouts; everything that learns."""
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, SIDE - PATCH + 1, (hidden, 2))
    inside = np.arange(PATCH)
    row = corner[:, 0, None, None] + inside[:, None]
    column = corner[:, 1, None, None] + inside
    pixel = (SIDE * row + column).reshape(hidden, -1)
    neuron = np.repeat(np.arange(hidden), PATCH**2)
    weights = rng.normal(0.0, 2.0 / PATCH, neuron.size)

    net = snn.Network(seed=seed)
    pixels = net.source("pixels", SIDE**2, snn.Input())
    cells = net.population(
        "hidden",
        hidden,
        snn.LIF(tau_m=TAU, e_l=0.0, v_th=1.0, v_reset=0.0, t_ref=0.0, reset="subtract"),
        init={"v": 0.0},
    )
    out = net.population("out", 10, snn.Readout(tau_m=math.inf), init={"v": 0.0})
    error = net.error("error", out, loss=loss, scale=1.0 / STEPS)
    own = net.projection(
        cells,
        out,
        snn.AllToAll(),
        weight=0.0,
        delay=1.0,
        plasticity=snn.DeltaRule(eta=eta_out / STEPS),
        modulator=error,
        name="own",
    )
    signal = net.feedback("signal", error, cells, weights=own)
    net.projection(
        pixels,
        cells,
        snn.FromCOO(pixel.ravel(), neuron),
        weight=weights,
        delay=1.0,
        plasticity=rule,
        modulator=signal,
        name="seen",
    )
    return net


def accuracy(sim: snn.Simulation, images: Float, labels: Labels) -> float:
    """Per cent that are named right, by the readout that is highest at the end; nothing is learnt."""
    for projection in ("seen", "own"):
        sim.set_learning(projection, False)
    outputs = sim.run_trials(trains(images), counts=(), states="out.v").states("out", "v")
    for projection in ("seen", "own"):
        sim.set_learning(projection, True)
    return 100.0 * float(np.mean(outputs.argmax(axis=1) == labels))


def learn(sim: snn.Simulation, images: Float, labels: Labels, passes: int, shifted: bool, seed: int) -> None:
    """Images one at a time, of each ever less; a new order and, if ``shifted``, new places in each pass."""
    rng = np.random.default_rng(1000 + seed)
    for number in range(passes):
        order = rng.permutation(len(images))
        places = rng.integers(-1, 2, (len(images), 2)) if shifted else None
        left = 1.0 - (number + np.arange(len(images)) / len(images)) / passes
        lesson = snn.Lesson(labels[order], gain=left)
        sim.run_trials(trains(images[order], places), counts=(), teach={"error": lesson})


def main(
    description: str,
    rule: snn.PlasticityRule,
    eta_out: float,
    loss: str,
    passes: int,
    backends: tuple[str, ...],
) -> None:
    """Parse the command line of one of the examples, learn, and print the figures."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200 hidden neurons, one pass over 1,000 images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from --seed on")
    parser.add_argument("--passes", type=int, default=passes)
    parser.add_argument("--no-shifts", action="store_true", help="show training images in the middle alone")
    parser.add_argument(
        "--validate", action="store_true", help="learn from 6,400 images, name the 1,600 after them"
    )
    parser.add_argument("--no-feedback", action="store_true", help="control: hidden weights stay as drawn")
    parser.add_argument("--backend", choices=backends, default=backends[0])
    parser.add_argument("--plot", metavar="FILE", help="draw what 48 of the hidden neurons have learnt")
    given = parser.parse_args()
    images, labels = load(Path(os.environ["PYSNN_DATA"]) / "mnist10k")
    first, last = (6400, 8000) if given.validate else (8000, 10000)
    train = slice(0, 1000 if given.quick else first)
    test = slice(8000, 8500) if given.quick else slice(first, last)
    begun, shares, seconds = time.perf_counter(), [], []
    for seed in range(given.seed, given.seed + given.seeds):
        net = network(rule, eta_out, loss, 200 if given.quick else 1000, seed)
        with snn.Simulation(net, dt=1.0, dtype="float32", backend=given.backend) as sim:
            if given.no_feedback:
                sim.set_learning("seen", False)
            before = patches(sim)
            start = time.perf_counter()
            learn(
                sim,
                images[train],
                labels[train],
                1 if given.quick else given.passes,
                not given.no_shifts,
                seed,
            )
            seconds.append(time.perf_counter() - start)
            shares.append(accuracy(sim, images[test], labels[test]))
            if given.plot:
                draw(before, patches(sim), given.plot)
    figures = {
        "accuracy": round(float(np.mean(shares)), 2),
        "by_seed": [round(share, 2) for share in shares],
        "floors": FLOORS,
        "rule": type(rule).__name__,
        "backend": given.backend,
        "passes": 1 if given.quick else given.passes,
        "shifts": not given.no_shifts,
        "seconds_learning": [round(s, 1) for s in seconds],
        "seconds": round(time.perf_counter() - begun, 1),
    }
    print(json.dumps(figures))


def patches(sim: snn.Simulation) -> Float:
    """What each hidden neuron hears of its patch, [neurons, rows, columns]."""
    seen = sim.synapses("seen")
    by_neuron = np.lexsort((seen.i, seen.j))
    return np.asarray(sim.weights("seen"), np.float64)[by_neuron].reshape(-1, PATCH, PATCH)


def draw(before: Float, after: Float, path: str) -> None:
    """Weights of the first hidden neurons, as drawn and as learnt."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axis, weights, title in zip(axes, (before, after), ("as drawn", "as learnt"), strict=True):
        tiles = weights[:48].reshape(4, 12, PATCH, PATCH).transpose(0, 2, 1, 3).reshape(4 * PATCH, 12 * PATCH)
        axis.imshow(tiles, cmap="RdBu", vmin=-0.6, vmax=0.6)
        axis.set_title(f"weights of 48 hidden neurons, {title}")
        axis.set_axis_off()
    figure.savefig(path, dpi=120)
