"""Floors: what needs no spikes, so that a result is worth something only above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.linear_model import LogisticRegression, Ridge

from .dataset import Corpus
from .evaluate_number import mae
from .features import FeatureSet

Float = NDArray[np.float64]

# Inverse strength of the penalty on n-grams, whose rows have length 1, and its strength for numbers.
GRAM_C, GRAM_ALPHA = 10.0, 2.0


@dataclass(frozen=True)
class Floors:
    """The main metric on the test part (accuracy; of numbers the mean absolute error) without spikes.

    majority : the most frequent class of the test part, whatever was said (so no constant answer beats it);
        of numbers the median of the test part.
    linear : logistic regression on the same features, standardised, L2 with C = linear_c; of numbers ridge
        regression with alpha = 1 / linear_c.
    by_modality : the same on one modality alone.
    predicted, constant : the linear floor's and the constant one's predictions on the labelled test part.
    """

    majority: float
    linear: float
    by_modality: Mapping[str, float]
    predicted: Float
    constant: Float


def floors(corpus: Corpus, features: FeatureSet, linear_c: float) -> Floors:
    """The floors of a corpus; what is missing is given the mean of the training part."""
    test = corpus.test & corpus.labelled
    y = corpus.target[test]
    if corpus.classes:
        constant = np.full(len(y), float(np.bincount(y.astype(np.int64)).argmax()))
    else:
        constant = np.full(len(y), np.median(y))
    alone = {name: features.only([name]) for name in features.values}

    def score(said: Float) -> float:
        return float(np.mean(y == said)) if corpus.classes else mae(y, said)

    together = _linear(corpus, features, linear_c, test)
    several = len(alone) > 1  # of n-grams it takes a while, and one modality alone is all there is
    return Floors(
        score(constant),
        score(together),
        {
            name: score(_linear(corpus, one, linear_c, test) if several else together)
            for name, one in alone.items()
        },
        together,
        constant,
    )


def _linear(corpus: Corpus, features: FeatureSet, linear_c: float, test: NDArray[np.bool_]) -> Float:
    training = corpus.training
    fill = {}
    for name, values in features.values.items():
        known = np.where(np.isfinite(values[training]).any(axis=0), values[training], 0.0)
        fill[name] = np.nanmean(known, axis=0)
    x = features.joined(fill)
    level, spread = x[training].mean(axis=0), x[training].std(axis=0)
    x = (x - level) / np.where(spread > 0.0, spread, 1.0)
    if features.grams:
        c = GRAM_C if corpus.classes else 1.0 / GRAM_ALPHA
        sparse = [np.sqrt(c / linear_c) * grams for grams in features.grams.values()]
        x = csr_array(hstack([csr_array(x), *sparse], format="csr"))
    kind = LogisticRegression(C=linear_c, max_iter=5000) if corpus.classes else Ridge(alpha=1.0 / linear_c)
    model = kind.fit(x[training], corpus.target[training])
    return np.asarray(model.predict(x[test]), dtype=np.float64)
