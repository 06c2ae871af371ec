"""Batches and Adam of rules that learn by a signal, against the formulas written out in NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pysnn as snn

from .test_teaching import (
    ENGINES,
    ETA,
    ETA_OUT,
    FORCE,
    HIDDEN,
    OUT,
    PIXELS,
    Float,
    N,
    counts,
    eligible,
    network,
    simulation,
    softmax,
    weights,
)

LABELS = [0, 2, 1, 0, 1, 2, 2]
ADAM = {"optimiser": "adam", "batch": 2, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4}


class Adam:
    """Kingma & Ba (2015), algorithm 1."""

    def __init__(self) -> None:
        self.k, self.m, self.v = 0, np.zeros(1), np.zeros(1)

    def step(self, eta: float, g: Float) -> Float:
        self.k += 1
        self.m = 0.8 * self.m + 0.2 * g
        self.v = 0.95 * self.v + 0.05 * g**2
        m, v = self.m / (1.0 - 0.8**self.k), self.v / (1.0 - 0.95**self.k)
        return np.asarray(eta * m / (np.sqrt(v) + 1e-4))


def expected(adam: bool, rates: tuple[float, ...] = (1.0, 1.0, 1.0)) -> tuple[Float, Float]:
    """Weights after seven trials in batches of two: three of them, and one trial that waits."""
    own, seen = weights(1, HIDDEN, OUT), weights(2, N, HIDDEN)
    by = Adam(), Adam()
    for batch, rate in enumerate(rates):
        total_own, total_seen = np.zeros_like(own), np.zeros_like(seen)
        for label in LABELS[2 * batch : 2 * batch + 2]:
            e = softmax(0.5 * (counts() @ own)) - np.eye(OUT)[label]
            total_own += np.outer(counts(), e) / 2.0
            total_seen += eligible() * (own @ e) / 2.0
        for weight, g, eta, optimiser in ((own, total_own, ETA_OUT, by[0]), (seen, total_seen, ETA, by[1])):
            weight -= optimiser.step(rate * eta, g) if adam else rate * eta * g
    return own, seen


def check(found: tuple[Float, Float], wanted: tuple[Float, Float]) -> None:
    for one, other in zip(found, wanted, strict=True):
        assert one.reshape(other.shape) == pytest.approx(other, abs=1e-12)


def taught(sim: snn.Simulation, labels: list[int]) -> None:
    n = len(labels)
    trials = {
        name: snn.encoders.TrialSpikes.of([x] * n) for name, x in (("pixels", PIXELS), ("force", FORCE))
    }
    sim.run_trials(trials, teach={"error": labels})


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("adam", [False, True], ids=["sgd", "adam"])
def test_weights_move_by_the_mean_of_a_batch(backend: str, adam: bool) -> None:
    with simulation(network(**(ADAM if adam else {"batch": 2})), backend, threads=2) as sim:
        taught(sim, LABELS)
        check((sim.weights("own"), sim.weights("seen")), expected(adam))


@pytest.mark.parametrize("backend", ENGINES)
def test_batches_and_averages_go_on_from_call_to_call_and_through_checkpoints(
    backend: str, tmp_path: Path
) -> None:
    with simulation(network(**ADAM), backend, threads=1) as sim:
        taught(sim, LABELS)
        whole = sim.weights("own"), sim.weights("seen")
    with simulation(network(**ADAM), backend, threads=1) as sim:
        taught(sim, LABELS[:3])
        taught(sim, [-1])  # in which nothing is told, and which is none of a batch
        sim.save(tmp_path / "at.h5")
    with snn.resume(tmp_path / "at.h5", threads=2) as sim:
        taught(sim, LABELS[3:])
        for one, other in zip((sim.weights("own"), sim.weights("seen")), whole, strict=True):
            assert np.array_equal(one, other)


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("adam", [False, True], ids=["sgd", "adam"])
def test_the_rate_at_the_end_of_a_batch_counts(backend: str, adam: bool) -> None:
    with simulation(network(**(ADAM if adam else {"batch": 2})), backend) as sim:
        taught(sim, LABELS[:3])
        for name in ("own", "seen"):
            sim.set_learning(name, rate=0.25)
        taught(sim, LABELS[3:])
        check((sim.weights("own"), sim.weights("seen")), expected(adam, (1.0, 0.25, 0.25)))


@pytest.mark.parametrize("rule", [snn.DeltaRule, snn.ThreeFactorSTDP])
def test_adam_without_a_batch_is_refused(rule: type[snn.PlasticityRule]) -> None:
    with pytest.raises(snn.ParameterError, match=rf"{rule.__name__}.batch: optimiser='adam' needs batches"):
        rule(optimiser="adam")
