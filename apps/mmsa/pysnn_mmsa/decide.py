"""Learning to decide: the readouts of all pathways, and the rule that combines them where that is learnt."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from .chain import Deciding, present, said_by
from .dataset import Corpus
from .features import FeatureSet
from .fusion import Pathway, learnt
from .readout import Arriving, Readout, learn
from .settings import ReadoutConfig
from .strength import FEWEST, FOLDS, Held

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]


def decide(
    paths: Sequence[Pathway],
    arriving: Sequence[Arriving],
    rows: NDArray[np.int64],
    corpus: Corpus,
    features: FeatureSet,
    config: ReadoutConfig,
    seed: int,
    taught: Mapping[str, Readout] | None = None,
) -> Deciding:
    """Learn from what arrives in the labelled utterances ``rows``, of the training and the validation part.

    The latter serve to choose, and to learn the weights of votes, but no readout learns from them.
    ``taught`` : readouts of pathways that learnt together with their neurons.
    """
    target = corpus.target[rows]
    there = [present(features, path)[rows] for path in paths]
    speakers = [corpus.speaker[k] for k in rows]
    valid = ~corpus.training[rows]
    readouts = dict(taught or {})
    for path, own, known in zip(paths, arriving, there, strict=True):
        if path.name in readouts:
            continue
        held = Held([speakers[k] for k in np.flatnonzero(known).tolist()], valid[known])
        readouts[path.name] = learn(own.of(known), target[known], len(corpus.classes), config, seed, held)
    if config.combine != "learnt" or len(paths) == 1:
        return Deciding(paths, readouts)
    votes, judged = _unseen(paths, arriving, there, readouts, target, speakers, valid, config, seed)
    mixer = learnt.learn(
        [own[judged] for own in votes],
        [known[judged] for known in there],
        target[judged],
        next(iter(readouts.values())).number,
        config,
        seed,
        [speakers[k] for k in np.flatnonzero(judged).tolist()],
    )
    return Deciding(paths, readouts, mixer)


def _unseen(
    paths: Sequence[Pathway],
    arriving: Sequence[Arriving],
    there: Sequence[Mask],
    readouts: dict[str, Readout],
    target: Float,
    speakers: Sequence[str],
    valid: Mask,
    config: ReadoutConfig,
    seed: int,
) -> tuple[list[Float], Mask]:
    """Votes of each pathway [n, outputs], and on which utterances they are of a readout that had not learnt
    from them.
    """
    if valid.sum() >= FEWEST:
        both = zip(paths, arriving, strict=True)
        return [said_by(readouts[path.name], own) for path, own in both], valid
    if any(path.in_time for path in paths):
        raise snn.ParameterError(
            f"readout.combine: learnt beside time.layer expects {FEWEST} utterances or more in the "
            f"validation part, which the layer has not learnt from (got {int(valid.sum())})"
        )
    classes = readouts[paths[0].name].weight.shape[0] if readouts[paths[0].name].number is None else 0
    votes = [np.zeros((len(target), max(1, classes))) for _ in paths]
    judged = np.zeros(len(target), dtype=bool)
    for learnt_from, rest in Held(speakers, valid).parts(seed + FOLDS):
        judged |= rest
        for path, own, known, said in zip(paths, arriving, there, votes, strict=True):
            eta, epochs = readouts[path.name].strength
            same = dataclasses.replace(config, strength="fixed", eta=float(eta), epochs=int(epochs))
            use = learnt_from & known
            if use.any():
                other = learn(own.of(use), target[use], classes, same, seed)
                said[rest] = said_by(other, own.of(rest))
    return votes, judged
