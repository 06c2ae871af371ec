"""Handwritten digits, learnt by spiking neurons that nobody tells what they see.

    python docs/examples/digits_unsupervised.py [--quick] [--no-homeostasis] [--neurons 400] [--passes 1]
                                                [--seed 0] [--seeds 5] [--validate]
                                                [--picture fields.png]

prints a line of JSON: the share of test digits that are named right, in per cent, beside what simple methods
make of the same parts (the 10,000 images of MNIST's test set, 8,000 of them to learn from: logistic
regression 93.6, three nearest neighbours 96.6, k-means with as many centres named alike 93.4).

Every pixel is a train of regular spikes. Each neuron hears all pixels through weights that instar learning
(``InstarSTDP``) moves, at the neuron's own spikes, towards what has just been shown. The winner takes all, so
that every image is learnt by few neurons; homeostasis raises the threshold of those that win, so that all
neurons come to win something: without it (``--no-homeostasis``) few of them learn for all. While images are
read, not learnt, a spike takes 4 mV from the others and not all they have, so that several neurons speak for
an image. A neuron is named by the digit for which it fires most, over the images it has learnt from; a test
image by the neurons of which digit fire most, on average. Nothing else is fitted.

The settings were chosen on training images 6,400 to 7,999 (``--validate``: learnt from the first 6,400).
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

DURATION = 100.0  # ms that an image is shown
FASTEST = 200.0  # Hz, of the brightest pixels
AT_ONCE = 200  # images between two looks at the schedule
TAKEN_IN_READING = 4.0  # mV
ETA, DELTA = (1.0, 0.02), (0.3, 0.03)  # of learning and of thresholds (mV), at the begin and at the end


def load(folder: Path) -> tuple[Float, Labels]:
    """Images of 24 x 24 pixels, of which the outermost two of 28 are left out, and what they show."""
    with gzip.open(folder / "t10k-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read()[16:], np.uint8).reshape(-1, 28, 28)
    with gzip.open(folder / "t10k-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read()[8:], np.uint8).astype(np.int64)
    return images[:, 2:26, 2:26].reshape(len(images), -1) / 255.0, labels


def rates(images: Float) -> Float:
    """Hz of each pixel: every image as strong as any other, whatever it has of ink."""
    strength = images / np.linalg.norm(images, axis=1, keepdims=True)
    return np.asarray(FASTEST * np.minimum(4.0 * strength, 1.0))


def trains(of: Float, rng: np.random.Generator) -> snn.encoders.TrialSpikes:
    """Regular spikes of those rates, a trial an image, each train from a phase of its own."""
    steps = np.arange(int(DURATION) + 1)
    phase = rng.random(of.shape)
    passed = np.floor(phase[:, None] + 1e-3 * of[:, None] * steps[:, None]).astype(np.int16)
    trial, step, pixel = np.nonzero(np.diff(passed, axis=1))
    offsets = np.searchsorted(trial, np.arange(len(of) + 1))
    return snn.encoders.TrialSpikes((step + 1).astype(np.float64), pixel, offsets, of.shape[1], DURATION)


class Sorter:
    """A population that sorts images by what they look like.

    weights : mV, [pixels, neurons]. thresholds : mV that each neuron's is above 8 mV.
    """

    def __init__(self, pixels: int, neurons: int, seed: int, homeostasis: bool = True) -> None:
        self.neurons, self.homeostasis = neurons, homeostasis
        self.rng = np.random.default_rng(seed)
        self.weights = 0.1 * self.rng.random((pixels, neurons))
        self.thresholds = np.zeros(neurons)

    def network(self, eta: float, delta: float) -> snn.Network:
        """Pixels, neurons and what is between them; ``eta`` 0 learns nothing."""
        net = snn.Network(seed=0)
        pixels = net.source("pixels", len(self.weights), snn.Input())
        cells = net.population(
            "cells",
            self.neurons,
            snn.LIF(tau_m=50.0, e_l=0.0, v_reset=0.0, v_th=8.0, t_ref=0.0),
            init={"theta": snn.Array(self.thresholds)},
            homeostasis=snn.Homeostasis(delta=delta, low=-7.2),
            winner_takes_all=math.inf if eta > 0.0 else TAKEN_IN_READING,
        )
        rule = snn.InstarSTDP(eta=eta, c=1 / 35, tau=50.0) if eta > 0.0 else None
        net.projection(
            pixels, cells, snn.AllToAll(), weight=self.weights, delay=1.0, plasticity=rule, name="seen"
        )
        return net

    def learn(self, of: Float, passes: int) -> None:
        """Show all images, in ``passes`` random orders; what is learnt of each becomes ever less."""
        order = np.concatenate([self.rng.permutation(len(of)) for _ in range(passes)])
        for begin in range(0, len(order), AT_ONCE):
            gone = begin / len(order)
            eta, delta = (first * (last / first) ** gone for first, last in (ETA, DELTA))
            net = self.network(eta, delta if self.homeostasis else 0.0)
            with snn.Simulation(net, dt=1.0, dtype="float32") as sim:
                sim.run_trials(trains(of[order[begin : begin + AT_ONCE]], self.rng), counts=())
                self.weights = np.asarray(sim.weights("seen"), np.float64).reshape(self.weights.shape)
                self.thresholds = sim.state("cells", "theta")

    def read(self, of: Float) -> Float:
        """Spikes of each neuron for each image, [images, neurons]; nothing is learnt."""
        with snn.Simulation(self.network(0.0, 0.0), dt=1.0, dtype="float32") as sim:
            parts = [
                sim.run_trials(trains(of[begin : begin + AT_ONCE], self.rng)).counts("cells")
                for begin in range(0, len(of), AT_ONCE)
            ]
        return np.concatenate(parts).astype(np.float64)


def named_by(counts: Float, labels: Labels) -> Labels:
    """The digit for which each neuron fires most, on average."""
    means = np.stack([counts[labels == digit].mean(axis=0) for digit in range(10)])
    return np.asarray(means.argmax(axis=0))


def vote(counts: Float, names: Labels) -> Labels:
    """For each image the digit whose neurons fire most, on average."""
    spoken = [
        counts[:, names == d].mean(axis=1) if (names == d).any() else np.zeros(len(counts)) for d in range(10)
    ]
    return np.asarray(np.stack(spoken).argmax(axis=0))


def picture(weights: Float, path: str) -> None:
    """What 100 of the neurons look for."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    shown = weights[:, :100].T.reshape(10, 10, 24, 24).transpose(0, 2, 1, 3).reshape(240, 240)
    figure, axes = plt.subplots(figsize=(6.0, 6.0))
    axes.imshow(shown, cmap="gray_r")
    axes.set_axis_off()
    figure.savefig(path, dpi=100, bbox_inches="tight")


def main(argv: list[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100 neurons, 2,000 images, 500 to test")
    parser.add_argument("--no-homeostasis", action="store_true")
    parser.add_argument("--neurons", type=int, default=400)
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from --seed on")
    parser.add_argument("--validate", action="store_true", help="test on training images 6,400 to 7,999")
    parser.add_argument("--picture")
    asked = parser.parse_args(argv)
    images, labels = load(Path(os.environ.get("PYSNN_DATA", ".")) / "mnist10k")
    learnt, tested, neurons = (0, 8000), (8000, 10000), asked.neurons
    if asked.validate:
        learnt, tested = (0, 6400), (6400, 8000)
    if asked.quick:
        learnt, tested, neurons = (0, 2000), (8000, 8500), 100
    of, of_test = rates(images[slice(*learnt)]), rates(images[slice(*tested)])

    shares, took = [], []
    for seed in range(asked.seed, asked.seed + asked.seeds):
        begun = time.perf_counter()
        sorter = Sorter(of.shape[1], neurons, seed, not asked.no_homeostasis)
        sorter.learn(of, asked.passes)
        took.append(round(time.perf_counter() - begun, 1))
        names = named_by(sorter.read(of), labels[slice(*learnt)])
        right = vote(sorter.read(of_test), names) == labels[slice(*tested)]
        shares.append(100.0 * float(right.mean()))
    figures = {
        "accuracy": round(float(np.mean(shares)), 2),
        "by_seed": [round(share, 2) for share in shares],
        "logistic_regression": 93.6,
        "nearest_neighbours": 96.6,
        "k_means": 93.4,
        "neurons": neurons,
        "passes": asked.passes,
        "homeostasis": not asked.no_homeostasis,
        "seed": asked.seed,
        "seconds_learning": took,
    }
    print(json.dumps(figures))
    if asked.picture:
        picture(sorter.weights, asked.picture)


if __name__ == "__main__":
    main()
