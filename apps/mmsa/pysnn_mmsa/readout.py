"""The readout: from spikes that arrive to votes, by weights that the delta rule learns.

To an output neuron come the spikes of the hidden neurons and, where the path is direct too, those of the
lines of their modalities; of a transcript also those of a line an n-gram (``lines``). A count c_j counts
relative to its own level m_j and spread s_j in training, the few of the many n-grams as they come:

    x_j = (c_j - m_j) / (s_j sqrt(n)),    x_g = c_g / scale.

Where labels are numbers there is one output, which is o itself, and y is the label less its mean, over its
deviation. ``delta_rule`` has the rule, ``strength`` how fast is learnt.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

import pysnn as snn

from . import delta_rule, strength
from .delta_rule import Inputs, Weights
from .settings import ReadoutConfig
from .strength import Held

Float = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Arriving:
    """Spikes that arrive at a readout in each of n utterances.

    counts : int64[n, d], of neurons and lines. grams : [n, s], of the lines of n-grams; None without them.
    """

    counts: Counts
    grams: csr_array | None = None

    def __len__(self) -> int:
        return len(self.counts)

    def of(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Arriving:
        """Some utterances alone."""
        return Arriving(self.counts[rows], None if self.grams is None else self.grams[rows])

    @property
    def spikes(self) -> float:
        """In all."""
        return float(self.counts.sum()) + (0.0 if self.grams is None else float(self.grams.sum()))


@dataclass(frozen=True)
class Readout:
    """A trained readout.

    weight : float64[outputs, d]. bias : float64[outputs]. gram_weight : float64[outputs, s].
    level, spread : float64[d], mean and standard deviation of each count in training. gram_scale : scale.
    number : float64[4], mean, least, largest and deviation of the labels where they are numbers; else None.
    strength : float64[3], eta, decay and epochs that it learnt with.
    """

    weight: Float
    bias: Float
    level: Float
    spread: Float
    number: Float | None = None
    gram_weight: Float = field(default_factory=lambda: np.zeros((0, 0)))
    gram_scale: float = 1.0
    strength: Float = field(default_factory=lambda: np.zeros(3))

    def scores(self, arriving: Arriving) -> Float:
        """Outputs o, float64[n, outputs]."""
        inputs = _inputs(arriving, self.level, self.spread, self.gram_scale)
        return Weights(self.weight, self.gram_weight, self.bias).outputs(inputs)

    def numbers(self, arriving: Arriving) -> Float:
        """The label each utterance stands for, float64[n, 1], in the range of the training labels."""
        assert self.number is not None
        mean, low, high, deviation = self.number
        return np.asarray(np.clip(mean + deviation * self.scores(arriving), low, high))


def learn(
    arriving: Arriving,
    labels: Float,
    classes: int,
    config: ReadoutConfig,
    seed: int,
    held: Held | None = None,
) -> Readout:
    """Learn from what arrives and ``labels`` [n], each epoch in another order drawn from ``seed``.

    Labels are numbers of classes, or, where ``classes`` = 0, numbers. A count that never changes says nothing
    and keeps weight 0. Where ``held`` says what can be held out, the strength of learning is chosen on it;
    those of its validation part are not learnt from.
    """
    everything, all_labels = arriving, labels
    if held is not None:
        arriving, labels = arriving.of(~held.valid), all_labels[~held.valid]
    if len(arriving) == 0:
        raise snn.ParameterError("readout: there is no utterance to learn from")
    number: Float | None = None
    if not classes:
        number = np.array([labels.mean(), labels.min(), labels.max(), labels.std() or 1.0])

    def target_of(said: Float) -> Float:
        if number is None:
            return np.asarray(np.eye(classes)[said.astype(np.int64)])
        return np.asarray(((said - number[0]) / number[3])[:, None])

    level, spread, scale = _scales(arriving)
    chosen = strength.fixed(config)
    if held is not None and config.strength == "valid":

        def inputs_for(rows: NDArray[np.bool_]) -> Inputs:
            # Scaled by the utterances that are learnt from alone.
            return _inputs(everything, *_scales(everything.of(rows)))

        chosen = strength.choose(inputs_for, target_of(all_labels), bool(classes), config, seed, held)
    inputs = _inputs(arriving, level, spread, scale)
    learnt = delta_rule.learn(inputs, target_of(labels), bool(classes), chosen, seed)
    if not (np.isfinite(learnt.dense).all() and np.isfinite(learnt.sparse).all()):
        raise snn.ParameterError(f"readout.eta: learning at {chosen.eta:g} diverges; expected a lower rate")
    used = np.array([chosen.eta, chosen.decay, chosen.epochs], dtype=np.float64)
    return Readout(learnt.dense, learnt.bias, level, spread, number, learnt.sparse, scale, used)


def _scales(arriving: Arriving) -> tuple[Float, Float, float]:
    counts = arriving.counts
    scale = 1.0
    if arriving.grams is not None and len(arriving):
        scale = float(np.sqrt((arriving.grams.data.astype(np.float64) ** 2).sum() / len(arriving))) or 1.0
    return counts.mean(axis=0), counts.std(axis=0), scale


def _inputs(arriving: Arriving, level: Float, spread: Float, gram_scale: float) -> Inputs:
    scale = np.where(spread > 0.0, spread, np.inf) * np.sqrt(max(1, len(level)))
    grams = None if arriving.grams is None else csr_array(arriving.grams / gram_scale)
    return Inputs(np.asarray((arriving.counts - level) / scale), grams)
