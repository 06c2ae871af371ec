"""Readout neurons that are taught, on the engine: a network that hears utterances and is told their labels.

To each readout neuron come the spikes of an utterance by synapses that learn by the delta rule, and the error
of the readouts is told once, when the utterance is over:

    o_k = sum_j w_kj c_j + b_k,
    w_kj <- w_kj - eta_t (p_k - y_k) c_j / a_j^2,    b_k <- b_k - eta_t / 10 (p_k - y_k),

with c_j the number of spikes of line j, a_j its scale, p = softmax(o) (of numbers p = o), y what is wanted,
and eta_t falling linearly to 0 (Widrow & Hoff 1960; ``snn.DeltaRule`` with ``net.error``). Several rates are
learnt at once, side by side: groups of readouts that hear the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

import pysnn as snn

Float = NDArray[np.float64]

STEP = 1.0  # ms; when within an utterance spikes come makes no difference to their number
BLOCK = 1000  # utterances whose spikes are made at once
BIAS = 0.1  # rate of the bias, over that of the weights
MOST = 1e6  # mV: a weight that gets there has diverged


@dataclass(frozen=True)
class Heard:
    """What readouts hear: ``spikes`` [n, d], how many of each line; ``scale`` float64[d], a_j.

    Lines of one scale share a projection, so there had better be few; an infinite one has no synapse.
    """

    spikes: csr_array
    scale: Float


@dataclass(frozen=True)
class Weights:
    """Of all synapses onto one group of readouts: ``weight`` float64[outputs, d], ``bias`` [outputs]."""

    weight: Float
    bias: Float

    def outputs(self, spikes: csr_array) -> Float:
        """o, float64[n, outputs], of spikes [n, d]."""
        return np.asarray(spikes @ self.weight.T + self.bias)

    @property
    def diverged(self) -> bool:
        """Has a weight reached the bound?"""
        return bool((np.abs(self.weight) >= MOST).any() or (np.abs(self.bias) >= MOST).any())


def learn(
    heard: Heard,
    target: Float,
    soft: bool,
    rates: Sequence[float],
    epochs: int,
    seed: int,
    begin: Weights | None = None,
) -> list[Weights]:
    """Weights for each of ``rates`` (eta at first) after ``epochs``, each in an order drawn from ``seed``.

    target : float64[n, outputs]. soft : outputs compete (classes); else they are numbers. begin : weights to
    go on from, 0 by default.
    """
    n, outputs = target.shape
    lines = heard.spikes.shape[1]
    begin = Weights(np.zeros((outputs, lines)), np.zeros(outputs)) if begin is None else begin
    # (lines, rate over eta, weights at first) of each projection: of one scale each, and the bias.
    parts = [
        (np.flatnonzero(heard.scale == scale), 1.0 / scale**2, begin.weight[:, heard.scale == scale])
        for scale in np.unique(heard.scale[np.isfinite(heard.scale)]).tolist()
    ]
    parts.append((np.array([lines]), BIAS, begin.bias[:, None]))
    net = snn.Network(seed=seed)
    source = net.source("lines", lines + 1, snn.Input())
    errors = []
    for g, rate in enumerate(rates):
        out = net.population(f"out {g}", outputs, snn.Readout(tau_m=math.inf))
        error = net.error(f"error {g}", out, loss="softmax" if soft else "squared")
        errors.append(error)
        for number, (which, share, w) in enumerate(parts):
            k, j = np.divmod(np.arange(len(which) * outputs), outputs)
            net.projection(
                source, out, snn.FromCOO(which[k], j), weight=snn.Array(w[j, k]), delay=STEP,
                plasticity=snn.DeltaRule(eta=rate * share, w_min=-MOST, w_max=MOST), modulator=error,
                name=f"{g} {number}",
            )  # fmt: skip
    rng = np.random.default_rng([seed, 2])
    with snn.Simulation(net, backend="clock", dt=STEP, threads=1) as sim:
        for epoch in range(epochs):
            order = rng.permutation(n)
            for first in range(0, n, BLOCK):
                rows = order[first : first + BLOCK]
                gain = 1.0 - (epoch * n + first + np.arange(len(rows))) / (epochs * n)
                lesson = snn.Lesson(target[rows], gain=gain)
                shown = _trials(heard.spikes[rows])
                sim.run_trials(shown, 2 * STEP, counts=(), teach=dict.fromkeys(errors, lesson))
        found = []
        for g, _ in enumerate(rates):
            weight = np.zeros((outputs, lines + 1))
            for number, (which, _, _) in enumerate(parts):
                learnt = np.asarray(sim.weights(f"{g} {number}"), dtype=np.float64)
                weight[:, which] = learnt.reshape(len(which), outputs).T
            found.append(Weights(weight[:, :-1], weight[:, -1]))
    return found


def _trials(spikes: csr_array) -> snn.encoders.TrialSpikes:
    """Each row as a trial whose spikes come in the first step, and with them one of the last, the bias."""
    n, lines = spikes.shape
    both = csr_array(hstack([spikes, csr_array(np.ones((n, 1)))], format="csr"))
    times = both.data.astype(np.int64)
    which = np.repeat(both.indices.astype(np.int64), times)
    offsets = np.concatenate([[0], np.cumsum(times)])[both.indptr]
    return snn.encoders.TrialSpikes(np.full(len(which), STEP), which, offsets, lines + 1, 2 * STEP)
