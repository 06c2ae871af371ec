"""Training and testing: one network for each seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from .config import Config
from .dataset import Corpus
from .encode import LineEncoder
from .evaluate import Floors, floors
from .features import Extractor, FeatureSet
from .fuse import Pathway, combine, in_context, log_softmax, pathways
from .network import SpikingLayer
from .readout import Readout, learn

Float = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
"""Called with what is going on, utterances done and utterances in all."""


@dataclass(frozen=True)
class SeedResult:
    """What one seed gave on the test part.

    Attributes
    ----------
    votes : log-probabilities, float64[n_test, classes]. predicted : int64[n_test].
    pathway_votes : those of each pathway before they were combined.
    spikes, events : of the test pass, per utterance.
    layer, readouts : the trained network.
    """

    seed: int
    votes: Float
    predicted: NDArray[np.int64]
    pathway_votes: Mapping[str, Float]
    spikes: float
    events: float
    layer: SpikingLayer
    readouts: Mapping[str, Readout]


@dataclass(frozen=True)
class Result:
    """What a run gave.

    test : numbers of the corpus's utterances of the test part, in the order in which they were shown.
    clipped : share of test values outside the range of the training values, by modality.
    """

    corpus: Corpus
    config: Config
    test: NDArray[np.int64]
    seeds: tuple[SeedResult, ...]
    floors: Floors
    features: FeatureSet
    clipped: Mapping[str, float]

    @property
    def label(self) -> NDArray[np.int64]:
        """Labels of the test part."""
        return self.corpus.label[self.test]


def train(
    corpus: Corpus, config: Config, progress: Progress, logs: Mapping[int, Path] | None = None
) -> Result:
    """Train a network for each seed on the training part of ``corpus`` and test it.

    Scaling, features and weights are learnt from the training part; labels of the test part are read
    by nobody before the metrics. ``logs`` names the file of the test pass's spikes by seed.
    """
    modalities = list(corpus.modalities)
    features = Extractor(config.features).fit(corpus).transform(corpus)
    encoder = LineEncoder(config.encode, config.run.dt).fit(features, ~corpus.test, modalities)
    by_modality = {name: encoder.lines(features, name) for name in modalities}
    wired = _wired(pathways(modalities, config.network), by_modality)
    lines = np.concatenate([by_modality[name] for name in modalities], axis=1)
    test = np.flatnonzero(corpus.test)
    # Videos one after the other, each in its own order, as they would come in.
    test = test[np.lexsort((corpus.position[test], np.asarray(corpus.video)[test]))]
    trial = _Trial(corpus, config, features, encoder, wired, lines, test, progress, logs or {})
    return Result(
        corpus=corpus,
        config=config,
        test=test,
        seeds=tuple(trial.run(seed) for seed in config.run.seeds),
        floors=floors(corpus, features, config.run.linear_c),
        features=features,
        clipped={name: encoder.clipped(features, name, corpus.test) for name in modalities},
    )


@dataclass(frozen=True)
class _Trial:
    """All that the seeds have in common."""

    corpus: Corpus
    config: Config
    features: FeatureSet
    encoder: LineEncoder
    wired: Sequence[tuple[Pathway, NDArray[np.int64]]]
    lines: Float
    test: NDArray[np.int64]
    progress: Progress
    logs: Mapping[int, Path]

    def run(self, seed: int) -> SeedResult:
        """Learn and test with one seed."""
        corpus, config = self.corpus, self.config
        training = np.flatnonzero(~corpus.test)
        layer = SpikingLayer(self.wired, self.lines[training], self.encoder, config, seed)
        layer.learn(self.lines[training], self._shown(f"seed {seed}, STDP"))
        learnt = layer.respond(self.lines[training], self._shown(f"seed {seed}, readout"))
        counts = layer.respond(self.lines[self.test], self._shown(f"seed {seed}, test"), self.logs.get(seed))

        readouts, votes, present = {}, {}, []
        for (pathway, _), before, now in zip(self.wired, learnt, counts, strict=True):
            there = np.any([self.features.present(name) for name in pathway.modalities], axis=0)
            known = there[training]
            readouts[pathway.name] = learn(
                before[known], corpus.label[training][known], len(corpus.classes), config.readout, seed
            )
            votes[pathway.name] = log_softmax(readouts[pathway.name].scores(now))
            present.append(there[self.test])
        together = combine(list(votes.values()), present, config.readout.combine)
        video = [corpus.video[k] for k in self.test]
        together = in_context(together, video, corpus.position[self.test], config.context)
        return SeedResult(
            seed=seed,
            votes=together,
            predicted=together.argmax(axis=1),
            pathway_votes=votes,
            spikes=float(sum(count.sum() for count in counts)) / len(self.test),
            events=layer.delivered / len(self.test),
            layer=layer,
            readouts=readouts,
        )

    def _shown(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(what, done, total)


def _wired(
    paths: Sequence[Pathway], by_modality: Mapping[str, Float]
) -> list[tuple[Pathway, NDArray[np.int64]]]:
    """Each pathway with the numbers of its lines among those of all modalities side by side."""
    begin, numbers = 0, {}
    for name, lines in by_modality.items():
        numbers[name] = np.arange(begin, begin + lines.shape[1])
        begin += lines.shape[1]
    if begin == 0:
        raise snn.ParameterError("train: the corpus has no features")
    return [(path, np.concatenate([numbers[name] for name in path.modalities])) for path in paths]
