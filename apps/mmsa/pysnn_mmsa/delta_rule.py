"""The delta rule, one utterance at a time: each synapse changes by what it sees on its two sides alone.

With x what arrives, o_k = sum_j w_kj x_j + b_k and p = softmax(o) (of numbers p = o), after utterance t

    dw_kj = eta_t ((y_k - p_k) x_j - decay w_kj),    db_k = eta_t / 10 (y_k - p_k),

where eta_t falls linearly to 0 over learning (Widrow & Hoff 1960; softmax: soft competition of outputs). On
spike counts without decay that is the engine's ``DeltaRule`` with tau_x = inf and the modulator p - y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Float = NDArray[np.float64]

SMALLEST = 1e-9  # of the factor that decay is gathered in, before weights take it over


@dataclass(frozen=True)
class Inputs:
    """What arrives: ``dense`` float64[n, d], and ``sparse`` [n, s] of lines of which most are silent."""

    dense: Float
    sparse: csr_array | None = None

    def __len__(self) -> int:
        return len(self.dense)


@dataclass(frozen=True)
class Weights:
    """Of all synapses: ``dense`` float64[outputs, d], ``sparse`` float64[outputs, s], ``bias`` [outputs]."""

    dense: Float
    sparse: Float
    bias: Float

    def outputs(self, inputs: Inputs) -> Float:
        """o, float64[n, outputs]."""
        o = inputs.dense @ self.dense.T + self.bias
        if inputs.sparse is not None:
            o = o + inputs.sparse @ self.sparse.T
        return np.asarray(o)


@dataclass(frozen=True)
class Strength:
    """How fast is learnt and forgotten: ``eta`` > 0, ``decay`` >= 0, ``epochs`` >= 1."""

    eta: float
    decay: float
    epochs: int


def learn(inputs: Inputs, target: Float, soft: bool, strength: Strength, seed: int) -> Weights:
    """Weights after ``strength.epochs`` over all utterances, each epoch in another order.

    target : float64[n, outputs]. soft : outputs compete (classes); else they are numbers. The result may not
    be finite, where the rate is too high.
    """
    n, outputs = target.shape
    dense = np.zeros((outputs, inputs.dense.shape[1]))
    bias = np.zeros(outputs)
    rows = inputs.sparse
    # Transposed: the lines of an utterance are rows that lie together.
    sparse = np.zeros((0 if rows is None else rows.shape[1], outputs))
    nothing = np.zeros(0, dtype=np.int64)
    begin, column, value = (
        (np.zeros(n + 1, dtype=np.int64), nothing, nothing.astype(np.float64))
        if rows is None
        else (rows.indptr, rows.indices, rows.data)
    )
    rng = np.random.default_rng([seed, 2])
    factor, step, steps = 1.0, 0, strength.epochs * n
    for _ in range(strength.epochs):
        for k in rng.permutation(n):
            x = inputs.dense[k]
            o = dense @ x
            if rows is not None:
                span = slice(begin[k], begin[k + 1])
                own, spikes = column[span], value[span]
                o += spikes @ sparse[own]
            o = factor * o + bias
            if soft:
                p = np.exp(o - o.max())
                o = p / p.sum()
            eta = strength.eta * (1.0 - step / steps)
            error = eta * (target[k] - o)
            bias += 0.1 * error
            # Every weight decays by one factor, which is kept aside of them.
            factor *= max(0.0, 1.0 - eta * strength.decay)
            if factor < SMALLEST:
                dense, sparse, factor = dense * factor, sparse * factor, 1.0
            change = error / factor
            dense += change[:, None] * x
            if rows is not None:
                sparse[own] += spikes[:, None] * change
            step += 1
    return Weights(factor * dense, factor * sparse.T, bias)
