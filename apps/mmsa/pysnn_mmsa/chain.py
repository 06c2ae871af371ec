"""What training and prediction share: from a corpus to lines, and from spike counts to votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from .config import Config
from .dataset import Corpus
from .encode import LineEncoder
from .features import Extractor, FeatureSet
from .fuse import Pathway, average, combine, in_context, log_softmax, pathways
from .readout import Readout

Float = NDArray[np.float64]
Wired = Sequence[tuple[Pathway, NDArray[np.int64]]]
"""Pathways with the numbers of the lines that each sees, among those of all modalities side by side."""


@dataclass(frozen=True)
class Front:
    """Features, scaling and lines, learnt from the training part of a corpus; all a model knows of data."""

    extractor: Extractor
    encoder: LineEncoder

    @classmethod
    def fit(cls, corpus: Corpus, config: Config) -> tuple[Front, FeatureSet]:
        """Learn from the training part of ``corpus``; the front, and the features of the whole corpus."""
        extractor = Extractor.fit(corpus, config.features)
        features = extractor.transform(corpus)
        encoder = LineEncoder(config.encode, config.run.dt)
        encoder.fit(features, corpus.training, extractor.recipes)
        return cls(extractor, encoder), features

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names, in the order in which they are fused."""
        return tuple(self.extractor.recipes)

    def features_of(self, corpus: Corpus, alone: bool = False) -> FeatureSet:
        """Features of a corpus, which may lack modalities but must have one; see ``Extractor.transform``."""
        if not set(self.modalities) & set(corpus.modalities):
            raise snn.ParameterError(
                f"corpus {corpus.name!r}: expected one with {', '.join(self.modalities)} "
                f"(got {', '.join(corpus.modalities) or 'none'})"
            )
        return self.extractor.transform(corpus, alone)

    def lines(self, features: FeatureSet) -> Float:
        """Values of all lines, float64[n, lines]."""
        return np.concatenate([self.encoder.lines(features, name) for name in self.modalities], axis=1)

    def wired(self, config: Config) -> Wired:
        """The pathways of the fusion with their lines."""
        begin, numbers = 0, {}
        for name in self.modalities:
            width = 2 * len(self.extractor.recipes[name].names)
            numbers[name] = np.arange(begin, begin + width)
            begin += width
        if begin == 0:
            raise snn.ParameterError("the corpus has no features")
        paths = pathways(self.modalities, config.network)
        return [(path, np.concatenate([numbers[name] for name in path.modalities])) for path in paths]


@dataclass(frozen=True)
class Votes:
    """What each pathway says, and all together, in context.

    float64[n, classes], log-probabilities; of a number float64[n, 1], the number itself.
    """

    by_pathway: Mapping[str, Float]
    together: Float


def in_order(corpus: Corpus, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """``rows`` video by video, each in its own order, as they would come in."""
    return rows[np.lexsort((corpus.position[rows], np.asarray(corpus.video)[rows]))]


def present(features: FeatureSet, pathway: Pathway) -> NDArray[np.bool_]:
    """bool[n]: which utterances have any modality of ``pathway``."""
    return np.asarray(np.any([features.present(name) for name in pathway.modalities], axis=0))


def vote(
    paths: Sequence[Pathway],
    readouts: Mapping[str, Readout],
    counts: Sequence[NDArray[np.int64]],
    corpus: Corpus,
    features: FeatureSet,
    rows: NDArray[np.int64],
    config: Config,
    alone: bool = False,
) -> Votes:
    """Votes on the utterances ``rows`` from the spike ``counts`` [len(rows), neurons] of each pathway.

    ``alone`` leaves out the context of the video.
    """
    number = all(readout.number is not None for readout in readouts.values())
    votes = {}
    for path, count in zip(paths, counts, strict=True):
        readout = readouts[path.name]
        votes[path.name] = readout.numbers(count) if number else log_softmax(readout.scores(count))
    there = [present(features, path)[rows] for path in paths]
    if number:
        nothing = float(np.mean([r.number[0] for r in readouts.values() if r.number is not None]))
        together = average(list(votes.values()), there, nothing)
    else:
        together = combine(list(votes.values()), there, config.readout.combine)
    if alone:
        return Votes(votes, together)
    video = [corpus.video[k] for k in rows]
    return Votes(votes, in_context(together, video, corpus.position[rows], config.context, number))
