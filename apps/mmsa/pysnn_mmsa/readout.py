"""The readout: a local online rule on spike counts.

Output k sums the counts c_j of the neurons, each relative to its own running level,

    x_j = (c_j - m_j) / (s_j sqrt(n)),    o_k = sum_j w_kj x_j + b_k,    p = softmax(o),

and after each utterance every synapse changes by what it sees on its two sides alone, its own input and the
error of its own output (delta rule; Widrow & Hoff 1960, with soft competition between the outputs):

    dw_kj = eta (y_k - p_k) x_j,    db_k = eta / 10 (y_k - p_k).

Where labels are numbers there is one output, which is o itself, and y is the label less its mean, over its
deviation.

The weights used afterwards are the average over the second half of learning (Polyak & Juditsky 1992),
which takes out what the last few utterances happened to be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from .settings import ReadoutConfig

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Readout:
    """A trained readout.

    weight : float64[outputs, neurons]. bias : float64[outputs].
    level, spread : float64[neurons], mean and standard deviation of each neuron's counts in training.
    number : float64[4], mean, least, largest and deviation of the labels where they are numbers; else None.
    """

    weight: Float
    bias: Float
    level: Float
    spread: Float
    number: Float | None = None

    def scores(self, counts: NDArray[np.int64]) -> Float:
        """Outputs o, float64[n, outputs], for ``counts`` [n, neurons]."""
        return np.asarray(_inputs(counts, self.level, self.spread) @ self.weight.T + self.bias)

    def numbers(self, counts: NDArray[np.int64]) -> Float:
        """The label each of ``counts`` stands for, float64[n, 1], in the range of the training labels."""
        assert self.number is not None
        mean, low, high, deviation = self.number
        return np.asarray(np.clip(mean + deviation * self.scores(counts), low, high))


def learn(
    counts: NDArray[np.int64],
    labels: NDArray[np.int64] | Float,
    classes: int,
    config: ReadoutConfig,
    seed: int,
) -> Readout:
    """Learn from ``counts`` [n, neurons] and ``labels`` [n], each epoch in another order drawn from ``seed``.

    ``classes`` = 0: labels are numbers. A neuron whose count never changes says nothing and keeps weight 0.
    """
    if len(counts) == 0:
        raise snn.ParameterError("readout: there is no utterance to learn from")
    level, spread = counts.mean(axis=0), counts.std(axis=0)
    x = _inputs(counts, level, spread)
    number: Float | None = None
    if classes:
        target = np.eye(classes)[labels]
    else:
        y = np.asarray(labels, dtype=np.float64)
        number = np.array([y.mean(), y.min(), y.max(), y.std() or 1.0])
        target = ((y - number[0]) / number[3])[:, None]
    weight, bias = np.zeros((target.shape[1], counts.shape[1])), np.zeros(target.shape[1])
    mean_weight, mean_bias = np.zeros_like(weight), np.zeros_like(bias)
    rng = np.random.default_rng([seed, 2])
    steps, averaged = config.epochs * len(x), 0
    step = 0
    for _ in range(config.epochs):
        for k in rng.permutation(len(x)):
            o = weight @ x[k] + bias
            if classes:
                p = np.exp(o - o.max())
                o = p / p.sum()
            error = target[k] - o
            weight += (config.eta * error)[:, None] * x[k]
            bias += 0.1 * config.eta * error
            step += 1
            if 2 * step > steps:
                averaged += 1
                mean_weight += weight
                mean_bias += bias
    if not np.isfinite(mean_weight).all():
        raise snn.ParameterError(f"readout.eta: learning at {config.eta:g} diverges; expected a lower rate")
    return Readout(mean_weight / averaged, mean_bias / averaged, level, spread, number)


def _inputs(counts: NDArray[np.int64], level: Float, spread: Float) -> Float:
    scale = np.where(spread > 0.0, spread, np.inf) * np.sqrt(len(level))
    return np.asarray((counts - level) / scale)
