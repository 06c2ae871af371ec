"""Translation: what the lines of a modality would have said, from those of the others.

Where an utterance lacks a modality, its lines otherwise take their mean values, which say something
too. Learnt from the training utterances that have both, either

example     the mean of the lines of those utterances that are nearest in the modality that is there;
generative  outputs o = W x + b, one a line, by the delta rule, from the spike counts x of that modality.

Several modalities that are there are heard in the mean. A modality that only training has (co-learning) is
so used at the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import delta_rule
from .delta_rule import Inputs, Strength, Weights

Float = NDArray[np.float64]
Lines = NDArray[np.int64]

NEIGHBOURS = 5
STRENGTH = Strength(eta=0.3, decay=1e-3, epochs=20)


@dataclass(frozen=True)
class Examples:
    """Line values of utterances that have both: ``source`` float64[n, s], ``target`` float64[n, t]."""

    source: Float
    target: Float

    def translated(self, source: Float) -> Float:
        """float64[m, t] for ``source`` [m, s]."""
        k = min(NEIGHBOURS, len(self.source))
        # |a - b|^2 less |a|^2, which is the same for all b.
        distance = (self.source**2).sum(axis=1) - 2.0 * source @ self.source.T
        nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]
        return np.asarray(self.target[nearest].mean(axis=1))


@dataclass(frozen=True)
class Generator:
    """Weights from the lines of one modality to those of another: ``weight`` float64[t, s], ``bias`` [t]."""

    weight: Float
    bias: Float
    level: Float

    def translated(self, source: Float) -> Float:
        """float64[m, t] in [0, 1] for ``source`` [m, s]."""
        weights = Weights(self.weight, np.zeros((0, 0)), self.bias)
        return np.clip(self.level + weights.outputs(Inputs(_scaled(source))), 0.0, 1.0)


@dataclass(frozen=True)
class Translator:
    """By (modality that is there, modality that is missing)."""

    pairs: Mapping[tuple[str, str], Examples | Generator]

    def filled(
        self, lines: Float, numbers: Mapping[str, Lines], there: Mapping[str, NDArray[np.bool_]]
    ) -> Float:
        """``lines`` [n, lines] with those of missing modalities told from the others.

        numbers : of the lines of each modality. there : bool[n], which utterances have it.
        """
        out = lines.copy()
        for target, missing in ((name, ~known) for name, known in there.items()):
            total = np.zeros((len(lines), len(numbers[target])))
            heard = np.zeros(len(lines))
            for source, known in there.items():
                rows = np.flatnonzero(missing & known)
                pair = self.pairs.get((source, target))
                if pair is not None and len(rows):
                    total[rows] += pair.translated(lines[np.ix_(rows, numbers[source])])
                    heard[rows] += 1.0
            rows = np.flatnonzero(heard)
            out[np.ix_(rows, numbers[target])] = total[rows] / heard[rows, None]
        return out


def agreement(translator: Translator, lines: Float, numbers: Mapping[str, Lines], a: str, b: str) -> Float:
    """How well modality ``a`` of each utterance goes with ``b`` of each, float64[n, n], -1 to 1.

    A coordinated representation: each modality keeps lines of its own, and what one says in those of the
    other is held against what that says itself: the cosine of both about their mean, both ways.
    """
    total = np.zeros((len(lines), len(lines)))
    for source, target in ((a, b), (b, a)):
        said = translator.pairs[source, target].translated(lines[:, numbers[source]])
        own = lines[:, numbers[target]]
        middle = own.mean(axis=0)
        cosine = _unit(said - middle) @ _unit(own - middle).T
        total += cosine if source == a else cosine.T
    return np.asarray(total / 2.0)


def _unit(x: Float) -> Float:
    length = np.sqrt((x**2).sum(axis=1, keepdims=True))
    return np.asarray(x / np.where(length > 0.0, length, 1.0))


def learn(
    how: str, lines: Float, numbers: Mapping[str, Lines], there: Mapping[str, NDArray[np.bool_]], seed: int
) -> Translator:
    """From training utterances; ``how`` is "example" or "generative"."""
    pairs: dict[tuple[str, str], Examples | Generator] = {}
    for source, has in there.items():
        for target, known in there.items():
            both = has & known
            if source == target or not both.any():
                continue
            x, y = lines[np.ix_(both, numbers[source])], lines[np.ix_(both, numbers[target])]
            if how == "example":
                pairs[source, target] = Examples(x, y)
                continue
            level = y.mean(axis=0)
            learnt = delta_rule.learn(Inputs(_scaled(x)), y - level, False, STRENGTH, seed)
            pairs[source, target] = Generator(learnt.dense, learnt.bias, level)
    return Translator(pairs)


def _scaled(lines: Float) -> Float:
    """Values about the middle of a line, of length about 1."""
    return np.asarray((lines - 0.5) * (2.0 / np.sqrt(max(1, lines.shape[1]))))
