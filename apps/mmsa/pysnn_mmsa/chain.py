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
from .fuse import Pathway, combine, in_context, log_softmax, pathways
from .readout import Readout

Float = NDArray[np.float64]
Wired = Sequence[tuple[Pathway, NDArray[np.int64]]]
"""Pathways with the numbers of the lines that each sees, among those of all modalities side by side."""


class Front:
    """Features, scaling and lines, learnt from the training part of ``corpus``."""

    def __init__(self, corpus: Corpus, config: Config) -> None:
        self.modalities = tuple(corpus.modalities)
        self._extractor = Extractor(config.features).fit(corpus)
        self.features = self._extractor.transform(corpus)
        self.encoder = LineEncoder(config.encode, config.run.dt)
        self.encoder.fit(self.features, ~corpus.test, self.modalities)

    def features_of(self, corpus: Corpus) -> FeatureSet:
        """Features of another corpus of the same modalities."""
        if tuple(corpus.modalities) != self.modalities:
            raise snn.ParameterError(
                f"expected a corpus with {', '.join(self.modalities)} (got {', '.join(corpus.modalities)})"
            )
        return self._extractor.transform(corpus)

    def lines(self, features: FeatureSet) -> Float:
        """Values of all lines, float64[n, lines]."""
        return np.concatenate([self.encoder.lines(features, name) for name in self.modalities], axis=1)

    def wired(self, config: Config) -> Wired:
        """The pathways of the fusion with their lines."""
        begin, numbers = 0, {}
        for name in self.modalities:
            width = 2 * self.features.values[name].shape[1]
            numbers[name] = np.arange(begin, begin + width)
            begin += width
        if begin == 0:
            raise snn.ParameterError("the corpus has no features")
        paths = pathways(self.modalities, config.network)
        return [(path, np.concatenate([numbers[name] for name in path.modalities])) for path in paths]


@dataclass(frozen=True)
class Votes:
    """Log-probabilities, float64[n, classes]: of each pathway, and together, in context."""

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
) -> Votes:
    """Votes on the utterances ``rows`` from the spike ``counts`` [len(rows), neurons] of each pathway."""
    votes = {
        path.name: log_softmax(readouts[path.name].scores(count))
        for path, count in zip(paths, counts, strict=True)
    }
    there = [present(features, path)[rows] for path in paths]
    together = combine(list(votes.values()), there, config.readout.combine)
    video = [corpus.video[k] for k in rows]
    return Votes(votes, in_context(together, video, corpus.position[rows], config.context))
