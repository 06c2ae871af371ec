"""Metrics of classes: accuracies, F1, confusion; ``evaluate_number`` has those of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]


def accuracy(label: Labels, predicted: Labels) -> float:
    """Share of ``predicted`` [n] that equal ``label`` [n], 0 to 1 (weighted accuracy, WA)."""
    return float(np.mean(label == predicted))


def recall_mean(label: Labels, predicted: Labels) -> float:
    """Mean over the classes of ``label`` of the share that was found, 0 to 1 (unweighted accuracy, UA)."""
    return float(np.mean([np.mean(predicted[label == k] == k) for k in np.unique(label)]))


def f1_weighted(label: Labels, predicted: Labels) -> float:
    """F1 of each class, averaged with the classes' shares of ``label`` as weights, 0 to 1.

    F1 = 2 hits / (predicted as the class + of the class), 0 for a class that occurs in neither.
    """
    return float(
        sum(np.count_nonzero(label == k) * _f1(label, predicted, k) for k in np.unique(label))
    ) / len(label)


def f1_macro(label: Labels, predicted: Labels) -> float:
    """Plain mean of F1 over the classes that occur in ``label`` or ``predicted``, 0 to 1."""
    return float(np.mean([_f1(label, predicted, k) for k in np.union1d(label, predicted)]))


def _f1(label: Labels, predicted: Labels, k: int) -> float:
    hits = np.count_nonzero((label == k) & (predicted == k))
    either = np.count_nonzero(label == k) + np.count_nonzero(predicted == k)
    return 2.0 * hits / either


def confusion(label: Labels, predicted: Labels, classes: int) -> NDArray[np.int64]:
    """int64[classes, classes]: rows are labels, columns predictions."""
    return np.bincount(label * classes + predicted, minlength=classes**2).reshape(classes, classes)


def per_class(label: Labels, predicted: Labels, classes: int) -> dict[str, list[float | None]]:
    """Precision, recall and F1 of each class, 0 to 1; None where it is never predicted, or never there."""
    found: dict[str, list[float | None]] = {"precision": [], "recall": [], "f1": []}
    for k in range(classes):
        hits = int(np.count_nonzero((label == k) & (predicted == k)))
        said, there = int(np.count_nonzero(predicted == k)), int(np.count_nonzero(label == k))
        found["precision"].append(hits / said if said else None)
        found["recall"].append(hits / there if there else None)
        found["f1"].append(_f1(label, predicted, k) if said + there else None)
    return found


def class_metrics(label: Labels, predicted: Labels) -> dict[str, float | None]:
    """All of them by the name that metrics.json gives them."""
    return {
        "accuracy": accuracy(label, predicted),
        "recall_mean": recall_mean(label, predicted),
        "f1_weighted": f1_weighted(label, predicted),
        "f1_macro": f1_macro(label, predicted),
    }


def over_seeds(values: Sequence[float | None]) -> dict[str, Any]:
    """Mean, standard deviation (of the sample, n - 1; 0 for one seed) and the list; None where undefined."""
    known = [value for value in values if value is not None]
    std = float(np.std(known, ddof=1)) if len(known) > 1 else 0.0
    return {
        "mean": float(np.mean(known)) if known else None,
        "std": std if known else None,
        "seeds": [None if value is None else float(value) for value in values],
    }
