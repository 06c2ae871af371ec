"""How votes of several pathways become one decision, by a fixed rule.

mean     p = average of the pathways' class probabilities (the sum rule)
product  p ~ product of them (the product rule)

Kittler, Hatef, Duin & Matas (1998), IEEE Trans. PAMI 20:226. A pathway none of whose modalities an utterance
has gives no vote. ``learnt`` has the third rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


def log_softmax(scores: Float) -> Float:
    """Logarithms of the class probabilities of ``scores`` [n, classes]."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def combine(votes: Sequence[Float], present: Sequence[NDArray[np.bool_]], rule: str) -> Float:
    """Log-probabilities [n, classes] from each pathway's, over the pathways ``present`` (bool[n] each).

    An utterance without any modality gets the same probability for every class.
    """
    logs, there = np.stack(votes), np.stack(present)[:, :, None]
    if rule == "product":
        return log_softmax(np.where(there, logs, 0.0).sum(axis=0))
    total = np.where(there, np.exp(logs), 0.0).sum(axis=0)
    none = ~there.any(axis=0)
    mean = np.where(none, 1.0, total) / np.where(none, total.shape[1], there.sum(axis=0))
    return np.asarray(np.log(np.maximum(mean, np.finfo(np.float64).tiny)))


def average(votes: Sequence[Float], present: Sequence[NDArray[np.bool_]], nothing: float) -> Float:
    """Numbers [n, 1] as the mean of each pathway's, over those ``present``; ``nothing`` where none is."""
    said, there = np.stack(votes), np.stack(present)[:, :, None]
    count = there.sum(axis=0)
    total = np.where(there, said, 0.0).sum(axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), nothing))
