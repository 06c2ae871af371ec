"""Metrics, and the floors that a result is worth something only above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from .dataset import Corpus
from .features import FeatureSet

Float = NDArray[np.float64]
Labels = NDArray[np.int64]


def accuracy(label: Labels, predicted: Labels) -> float:
    """Share of ``predicted`` [n] that equal ``label`` [n], 0 to 1."""
    return float(np.mean(label == predicted))


def f1_weighted(label: Labels, predicted: Labels) -> float:
    """F1 of each class, averaged with the classes' shares of ``label`` as weights, 0 to 1.

    F1 = 2 hits / (predicted as the class + of the class), 0 for a class that occurs in neither.
    """
    total = 0.0
    for k in np.unique(label):
        hits = np.count_nonzero((label == k) & (predicted == k))
        either = np.count_nonzero(label == k) + np.count_nonzero(predicted == k)
        total += np.count_nonzero(label == k) * 2.0 * hits / either
    return total / len(label)


def confusion(label: Labels, predicted: Labels, classes: int) -> NDArray[np.int64]:
    """int64[classes, classes]: rows are labels, columns predictions."""
    return np.bincount(label * classes + predicted, minlength=classes**2).reshape(classes, classes)


def over_seeds(values: Sequence[float]) -> dict[str, Any]:
    """Mean, standard deviation (of the sample, n - 1; 0 for one seed) and the list."""
    std = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {"mean": float(np.mean(values)), "std": std, "seeds": [float(v) for v in values]}


@dataclass(frozen=True)
class Floors:
    """Accuracies on the test part that need no spikes.

    majority : the most frequent class of the test part, whatever was said (so no constant answer beats it).
    linear : logistic regression on the same features, standardised, L2 with C = linear_c.
    by_modality : the same on one modality alone.
    """

    majority: float
    linear: float
    by_modality: Mapping[str, float]


def floors(corpus: Corpus, features: FeatureSet, linear_c: float) -> Floors:
    """The floors of a corpus; missing modalities are given the mean of the training part."""
    shares = np.bincount(corpus.label[corpus.test]) / np.count_nonzero(corpus.test)
    alone = {
        name: FeatureSet({name: features.values[name]}, {name: features.names[name]})
        for name in features.values
    }
    return Floors(
        float(shares.max()),
        _linear(corpus, features, linear_c),
        {name: _linear(corpus, one, linear_c) for name, one in alone.items()},
    )


def _linear(corpus: Corpus, features: FeatureSet, linear_c: float) -> float:
    training = ~corpus.test
    fill = {m: v[training & features.present(m)].mean(axis=0) for m, v in features.values.items()}
    x = features.joined(fill)
    level, spread = x[training].mean(axis=0), x[training].std(axis=0)
    x = (x - level) / np.where(spread > 0.0, spread, 1.0)
    model = LogisticRegression(C=linear_c, max_iter=5000).fit(x[training], corpus.label[training])
    return accuracy(corpus.label[corpus.test], np.asarray(model.predict(x[corpus.test])))
