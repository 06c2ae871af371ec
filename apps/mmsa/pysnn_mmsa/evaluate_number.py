"""Metrics of sentiment as a number from -3 to 3, as the field publishes them.

Zadeh, Chen, Poria, Cambria & Morency (2017), EMNLP, 1103; conventions of MMSA (Mao et al. 2022, ACL demo,
204): rounding is numpy's, halves to even, after clipping.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .evaluate import accuracy, f1_weighted

Float = NDArray[np.float64]


def mae(label: Float, predicted: Float) -> float:
    """Mean absolute error."""
    return float(np.abs(label - predicted).mean())


def correlation(label: Float, predicted: Float) -> float | None:
    """Pearson's; None where one of both is constant, so that it is undefined."""
    a, b = label - label.mean(), predicted - predicted.mean()
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    # Rounding leaves a constant a residue of some 1e-16 of its size.
    least = 1e-12 * len(a) * float(np.abs(label).max() * np.abs(predicted).max())
    return float((a * b).sum()) / scale if scale > least else None


def _signs(label: Float, predicted: Float, zeros: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if zeros:
        return (label >= 0.0).astype(np.int64), (predicted >= 0.0).astype(np.int64)
    there = label != 0.0
    return (label[there] > 0.0).astype(np.int64), (predicted[there] > 0.0).astype(np.int64)


def sevenths(label: Float, predicted: Float, bound: float = 3.0) -> float:
    """Share whose rounded values within +-``bound`` agree: Acc-7 for 3, Acc-5 for 2."""
    return accuracy(*(np.rint(np.clip(v, -bound, bound)).astype(np.int64) for v in (label, predicted)))


def number_metrics(label: Float, predicted: Float) -> dict[str, float | None]:
    """All of them by the name that metrics.json gives them; None where undefined.

    has0: negative against the rest (y >= 0). non0: negative against positive, neutral labels left out.
    """
    found: dict[str, float | None] = {"mae": mae(label, predicted), "corr": correlation(label, predicted)}
    for name, zeros in (("has0", True), ("non0", False)):
        sides = _signs(label, predicted, zeros)
        some = len(sides[0]) > 0
        found[f"acc2_{name}"] = accuracy(*sides) if some else None
        found[f"f1_{name}"] = f1_weighted(*sides) if some else None
    found["acc7"] = sevenths(label, predicted, 3.0)
    found["acc5"] = sevenths(label, predicted, 2.0)
    return found
