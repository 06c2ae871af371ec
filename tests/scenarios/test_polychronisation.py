"""Izhikevich's network of 2006: published rates, rhythms and weights; the figures of his program."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle.spnet import drawn
from scipy import stats

import pysnn as snn
from pysnn.networks.polychronisation import LEARNING, polychronisation, run

Figures = dict[str, float]


def figures(n_spikes: NDArray[np.int64], weights: NDArray[np.float64]) -> Figures:
    """Rates [Hz] early and late, and the learning weights at the end; n_spikes by second and population."""
    rates = n_spikes / np.array([800.0, 200.0])
    return {
        "exc early": rates[:5, 0].mean(),
        "inh early": rates[:5, 1].mean(),
        "exc late": rates[-10:, 0].mean(),
        "inh late": rates[-10:, 1].mean(),
        "mean weight": weights.mean(),
        "spread of weights": weights.std(),
        "large weights": (weights > 9.5).mean(),
    }


def of_ours(seed: int, seconds: int) -> Figures:
    net = polychronisation(seed)
    counts = [(0, 0)]
    with snn.Simulation(net, dt=1.0) as sim:
        for _ in range(seconds):
            run(sim, 1000.0)
            counts.append((sim.spike_counts()["exc"], sim.spike_counts()["inh"]))
        weights = np.concatenate([sim.weights(name) for name in LEARNING])
    return figures(np.diff(counts, axis=0), weights)


def of_the_program(seed: int, seconds: int) -> Figures:
    rng = np.random.default_rng(seed)
    net = drawn(rng)
    counts = np.zeros((seconds, 2), int)
    for t in range(seconds * 1000):
        fired = net.fire(t)
        counts[t // 1000] += np.count_nonzero(fired < 800), np.count_nonzero(fired >= 800)
        net.integrate(t, [int(rng.integers(1000))])  # one neuron in each ms
        if t % 1000 == 999:
            net.learn()
    return figures(counts, net.s[net.excitatory])


@pytest.mark.slow
def test_rates_and_weights_are_those_of_the_program() -> None:
    """Twenty seconds, seven seeds of ours and four of the program, as networks are held against NEST's."""
    ours = [of_ours(seed, 20) for seed in range(1, 8)]
    theirs = [of_the_program(seed, 20) for seed in range(1, 5)]
    for name in ours[0]:
        a, b = ([row[name] for row in rows] for rows in (ours, theirs))
        spread = np.sqrt((np.var(a) * len(a) + np.var(b) * len(b)) / (len(a) + len(b) - 2))
        # The tail that all figures together reach with probability 0.002 when nothing is wrong.
        allowed = stats.t.isf(0.001 / len(ours[0]), len(a) + len(b) - 2) * spread
        difference = abs(np.mean(a) - np.mean(b))
        assert difference < allowed * np.sqrt(1 / len(a) + 1 / len(b)), (name, a, b)


def spectrum(t: NDArray[np.float64], start: int, seconds: int) -> NDArray[np.float64]:
    """Mean power at 0, 1, 2 ... 500 Hz of the spike counts by ms, over windows of a second."""
    counts = np.bincount(np.round(t).astype(int), minlength=(start + seconds) * 1000)
    counts = counts[start * 1000 : (start + seconds) * 1000].reshape(seconds, 1000)
    return np.asarray((np.abs(np.fft.rfft(counts - counts.mean(), axis=1)) ** 2).mean(axis=0))


@functools.cache
def quarter_of_an_hour() -> tuple[snn.SpikeData, NDArray[np.float64]]:
    net = polychronisation(seed=2)
    probe = net.probe(net.populations["exc"], "spikes")
    with snn.Simulation(net, dt=1.0) as sim:
        run(sim, 900_000.0)
        return sim.data[probe], np.concatenate([sim.weights(name) for name in LEARNING])


@pytest.mark.slow
def test_a_slow_rhythm_gives_way_to_gamma() -> None:
    """As published: 2 to 4 Hz in the first seconds, 30 to 70 Hz once weights have gone to their bounds."""
    spikes, _ = quarter_of_an_hour()
    early = spectrum(spikes.t, 0, 5)
    assert 2 <= np.argmax(early[1:]) + 1 <= 5
    late = spectrum(spikes.t, 840, 60)
    gamma = 15 + int(np.argmax(late[15:100]))
    assert 30 <= gamma <= 70
    assert late[gamma] > 20.0 * np.median(late[100:400])
    assert early[2:5].max() > 5.0 * late[2:5].max()
    assert 2.0 < spikes.rate(840_000.0, 900_000.0) < 8.0


@pytest.mark.slow
def test_weights_go_to_their_bounds() -> None:
    """Two thirds lie within 0.5 mV of 0 or 10, where all began at 6."""
    _, weights = quarter_of_an_hour()
    small, large = (weights < 0.5).mean(), (weights > 9.5).mean()
    assert min(small, large) > 0.2
    assert small + large > 0.6
    assert ((weights >= 0.0) & (weights <= 10.0)).all()
