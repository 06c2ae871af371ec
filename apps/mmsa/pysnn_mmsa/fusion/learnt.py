"""Votes of pathways combined by weights that are learnt.

What the pathways say of an utterance, z (log-probabilities less their mean, 0 where a pathway has no vote; of
numbers their deviation from the mean label), reaches one more layer of outputs, o = W z / s + b with s the
root mean square of z's length, which learns by the delta rule as every readout does. It learns from
utterances that the pathways did not: the validation part, or each third of the speakers in turn, voted on by
readouts that learnt from the others (stacking; Wolpert 1992, Neural Networks 5:241).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import delta_rule, strength
from ..delta_rule import Inputs, Strength, Weights
from ..settings import ReadoutConfig
from ..strength import Held

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]

# (eta over the settings', decay), from weak to strong; the first of equals is taken.
LADDER = ((1.0, 0.1), (1.0, 0.03), (1.0, 0.01), (1.0, 0.003), (1.0, 0.0), (3.0, 0.0), (10.0, 0.0))


@dataclass(frozen=True)
class Mixer:
    """Learnt weights of votes: ``weight`` float64[outputs, pathways x outputs], ``bias`` float64[outputs].

    scale : s. number : float64[4], mean, least, largest and deviation of the labels where they are numbers.
    """

    weight: Float
    bias: Float
    scale: float
    number: Float | None = None

    def together(self, votes: Sequence[Float], there: Sequence[Mask]) -> Float:
        """Scores [n, classes], or numbers [n, 1], from each pathway's votes where it is ``there``."""
        z = _gathered(votes, there, self.number) / self.scale
        o = Weights(self.weight, np.zeros((0, 0)), self.bias).outputs(Inputs(z))
        if self.number is None:
            return o
        mean, low, high, deviation = self.number
        return np.asarray(np.clip(mean + deviation * o, low, high))


def learn(
    votes: Sequence[Float],
    there: Sequence[Mask],
    labels: Float,
    number: Float | None,
    config: ReadoutConfig,
    seed: int,
    speakers: Sequence[str],
) -> Mixer:
    """Learn from votes [n, outputs] on utterances with ``labels`` that their readouts did not learn from."""
    z = _gathered(votes, there, number)
    scale = float(np.sqrt((z**2).sum(axis=1).mean())) or 1.0
    inputs = Inputs(z / scale)
    if number is None:
        target = np.eye(votes[0].shape[1])[labels.astype(np.int64)]
    else:
        target = ((labels - number[0]) / number[3])[:, None]
    soft = number is None

    def tried(ladder: list[Strength], before: Mask, after: Mask) -> list[Float]:
        learnt = [
            delta_rule.learn(Inputs(inputs.dense[before]), target[before], soft, one, seed) for one in ladder
        ]
        return [weights.outputs(Inputs(inputs.dense[after])) for weights in learnt]

    ladder = [Strength(eta * config.eta, decay, config.epochs) for eta, decay in LADDER]
    held = Held(speakers, np.zeros(len(z), dtype=bool))
    chosen = strength.choose(tried, ladder, target, soft, seed, held)
    learnt = delta_rule.learn(inputs, target, soft, chosen or Strength(config.eta, 0.0, config.epochs), seed)
    return Mixer(learnt.dense, learnt.bias, scale, number)


def _gathered(votes: Sequence[Float], there: Sequence[Mask], number: Float | None) -> Float:
    """z, float64[n, pathways x outputs]."""
    parts = []
    for own, known in zip(votes, there, strict=True):
        z = own - own.mean(axis=1, keepdims=True) if number is None else (own - number[0]) / number[3]
        parts.append(np.where(known[:, None], z, 0.0))
    return np.concatenate(parts, axis=1)
