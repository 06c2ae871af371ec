"""Izhikevich's network of polychronous groups: rate, weights and rhythms, beside the published loop."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

import pysnn as snn
from pysnn.networks.polychronisation import W_MAX, learn

Spikes = tuple[NDArray[np.float64], NDArray[np.int64]]
SECONDS = 200


def spectrum(t: NDArray[np.float64], begin: float, end: float) -> NDArray[np.float64]:
    """Mean power of the number of spikes a ms, at 0, 1, 2 ... Hz (windows of a second)."""
    counts = np.histogram(t, np.arange(begin, end + 0.5))[0].astype(float)
    windows = [counts[k : k + 1000] for k in range(0, len(counts) - 999, 500)]
    return np.mean([np.abs(np.fft.rfft((w - w.mean()) * np.hanning(1000))) ** 2 for w in windows], axis=0)


def band(power: NDArray[np.float64], low: int, high: int) -> float:
    return float(power[low:high].mean())


def spnet(seed: int, seconds: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Spike times [ms] of the excitatory neurons and their last weights: spnet's loop, written anew."""
    rng = np.random.default_rng(seed)
    ne, n, m, longest = 800, 1000, 100, 20
    post = np.array([rng.permutation(np.delete(np.arange(n if i < ne else ne), i if i < ne else [])) [:m]
                     for i in range(n)])  # fmt: skip
    delay = np.tile(np.arange(m) // 5, (n, 1))  # an arrival d + 1 ms after its spike
    delay[ne:] = 0
    a, d = np.where(np.arange(n) < ne, 0.02, 0.1), np.where(np.arange(n) < ne, 8.0, 2.0)
    s = np.where(np.arange(n)[:, None] < ne, 6.0, -5.0) * np.ones((n, m))
    sd = np.zeros((n, m))
    incoming = [np.argwhere(post[:ne] == j) for j in range(n)]
    v, u = np.full(n, -65.0), np.full(n, -13.0)
    ltp, ltd = np.zeros((n, longest)), np.zeros(n)  # of a source by delay: what its last arrival left
    past: list[NDArray[np.int64]] = [np.empty(0, np.int64)] * longest
    spikes = []
    for t in range(1000 * seconds):
        current = np.zeros(n)
        current[rng.integers(n)] = 20.0
        fired = np.flatnonzero(v >= 30.0)
        v[fired] = -65.0
        u[fired] += d[fired]
        ltd *= 0.95
        ltp *= 0.95
        for k, sources in enumerate(past):  # those of k + 1 ms ago arrive by synapses of that delay
            if sources.size:
                i, at = np.nonzero(delay[sources] == k)
                i = sources[i]
                np.add.at(current, post[i, at], s[i, at])
                learns = i < ne
                sd[i[learns], at[learns]] -= ltd[post[i[learns], at[learns]]]
                ltp[sources, k] = 0.1
        for j in fired:
            pairs = incoming[j]
            sd[pairs[:, 0], pairs[:, 1]] += ltp[pairs[:, 0], delay[pairs[:, 0], pairs[:, 1]]]
        ltd[fired] = 0.12
        past = [fired, *past[:-1]]
        spikes.append(np.full((fired < ne).sum(), float(t)))
        for _ in range(2):
            v += 0.5 * ((0.04 * v + 5.0) * v + 140.0 - u + current)
        u += a * (0.2 * v - u)
        if t % 1000 == 999:
            sd *= 0.9
            s[:ne] = np.clip(s[:ne] + 0.01 + sd[:ne], 0.0, W_MAX)
    return np.concatenate(spikes), s[:ne]


@functools.cache
def published(seed: int, seconds: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same of pysnn's network on the published steps."""
    net = snn.networks.polychronisation(seed, scheme="published")
    spikes = net.probe(net.populations["exc"], "spikes")
    with snn.Simulation(net, backend="clock", dt=1.0, threads=1) as sim:
        learn(sim, seconds)
        weights = [sim.weights(f"exc->{target}") for target in ("exc", "inh")]
        return np.asarray(sim.data[spikes].t), np.concatenate(weights)


def test_its_rate_and_weights_are_those_of_the_published_loop() -> None:
    """Five seconds of three seeds each: rates of 2 to 3 Hz, weights that have moved by some tenths."""
    ours, theirs = ([run(seed, 5) for seed in (1, 2, 3)] for run in (published, spnet))
    for figure in (lambda t, w: len(t) / 800 / 5, lambda t, w: w.mean(), lambda t, w: w.std()):
        mine, reference = ([figure(*row) for row in rows] for rows in (ours, theirs))
        spread = np.std(reference, ddof=1) + np.std(mine, ddof=1)
        # Student's t with four degrees of freedom reaches 8.6 once in a thousand
        assert abs(np.mean(mine) - np.mean(reference)) < 8.6 * spread * np.sqrt(2 / 3)


def test_slow_rhythms_at_first_then_gamma_and_weights_at_both_ends() -> None:
    """Izhikevich (2006), section 3: near 3 Hz in the first seconds, later 30 to 70 Hz; rates of some Hz."""
    t, weights = published(1, SECONDS)
    early, late = spectrum(t, 0.0, 10_000.0), spectrum(t, 1e3 * (SECONDS - 50), 1e3 * SECONDS)
    assert band(early, 2, 5) > 20 * band(early, 10, 20)
    assert band(late, 30, 70) > 3 * band(late, 10, 20)
    assert band(early, 30, 70) < 2 * band(early, 10, 20)
    assert band(late, 30, 70) > 3 * band(late, 80, 150)
    rate = (t > 1e3 * (SECONDS - 50)).sum() / 800 / 50
    assert 2.0 < rate < 8.0
    assert (weights > 0.9 * W_MAX).mean() > 0.2
    assert (weights < 0.1 * W_MAX).mean() > 0.1
