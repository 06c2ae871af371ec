"""Fusion: which populations there are, and how votes become one decision.

Early fusion is one population over the lines of all modalities with one readout; late fusion is one
population and one readout for each modality, whose votes are combined:

mean     p = average of the modalities' class probabilities (the sum rule)
product  p ~ product of them (the product rule)

Kittler, Hatef, Duin & Matas (1998), IEEE Trans. PAMI 20:226. A modality that an utterance lacks has no vote.

Context: the utterances of a video are about one thing. To the log-probabilities s_t of utterance t those of
its neighbours u in the video are added, s_t + gain sum_u decay^|t-u| s_u (earlier ones alone where causal).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .settings import ContextConfig, NetworkConfig

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Pathway:
    """A population of ``neurons`` that sees the lines of ``modalities`` and has a readout of its own."""

    name: str
    modalities: tuple[str, ...]
    neurons: int


def pathways(modalities: Sequence[str], config: NetworkConfig) -> list[Pathway]:
    """The populations of a kind of fusion; late fusion divides the neurons evenly."""
    if config.fusion == "early":
        return [Pathway("fused", tuple(modalities), config.neurons)]
    return [Pathway(name, (name,), max(1, config.neurons // len(modalities))) for name in modalities]


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


def in_context(
    votes: Float,
    video: Sequence[str],
    position: NDArray[np.int64],
    config: ContextConfig,
    number: bool = False,
) -> Float:
    """Log-probabilities with those of the other utterances of the same video added, see above.

    Of a ``number`` the mean with the same weights. ``position`` orders the utterances of a video; distances
    count utterances, not positions.
    """
    if config.gain == 0.0:
        return votes
    # A vote counts by what it says for a class over the others.
    centred = votes if number else votes - votes.mean(axis=1, keepdims=True)
    out = centred.copy()
    names = np.asarray(video)
    for name in dict.fromkeys(video):
        rows = np.flatnonzero(names == name)
        rows = rows[np.argsort(position[rows], kind="stable")]
        place = np.arange(len(rows))
        distance = place[:, None] - place[None, :]
        weight = config.gain * config.decay ** np.abs(distance).astype(np.float64)
        weight[distance <= 0 if config.causal else distance == 0] = 0.0
        out[rows] += weight @ centred[rows]
        if number:
            out[rows] /= 1.0 + weight.sum(axis=1, keepdims=True)
    return out if number else log_softmax(out)
