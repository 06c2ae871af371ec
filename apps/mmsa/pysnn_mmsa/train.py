"""Training and testing: one network for each seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .chain import Front, Votes, Wired, in_order, present, vote
from .config import Config
from .dataset import Corpus
from .evaluate import Floors, floors
from .features import FeatureSet
from .network import SpikingLayer
from .readout import Readout, learn

Progress = Callable[[str, int, int], None]
"""Called with what is going on, utterances done and utterances in all."""


@dataclass(frozen=True)
class SeedResult:
    """What one seed gave on the test part.

    Attributes
    ----------
    votes : on the test part. spikes, events : of the test pass, per utterance.
    layer, readouts : the trained network.
    """

    seed: int
    votes: Votes
    spikes: float
    events: float
    layer: SpikingLayer
    readouts: Mapping[str, Readout]

    @property
    def predicted(self) -> NDArray[np.int64]:
        """int64[n_test], classes."""
        return np.asarray(self.votes.together.argmax(axis=1))


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
    front = Front(corpus, config)
    test = in_order(corpus, np.flatnonzero(corpus.test))
    trial = _Trial(
        corpus, config, front, front.wired(config), front.lines(front.features), test, progress, logs or {}
    )
    return Result(
        corpus=corpus,
        config=config,
        test=test,
        seeds=tuple(trial.run(seed) for seed in config.run.seeds),
        floors=floors(corpus, front.features, config.run.linear_c),
        features=front.features,
        clipped={name: front.encoder.clipped(front.features, name, corpus.test) for name in front.modalities},
    )


@dataclass(frozen=True)
class _Trial:
    """All that the seeds have in common."""

    corpus: Corpus
    config: Config
    front: Front
    wired: Wired
    lines: NDArray[np.float64]
    test: NDArray[np.int64]
    progress: Progress
    logs: Mapping[int, Path]

    def run(self, seed: int) -> SeedResult:
        """Learn and test with one seed."""
        corpus, config, features = self.corpus, self.config, self.front.features
        training = np.flatnonzero(~corpus.test)
        layer = SpikingLayer.drawn(self.wired, self.lines[training], self.front.encoder, config, seed)
        layer.learn(self.lines[training], self._shown(f"seed {seed}, STDP"))
        learnt = layer.respond(self.lines[training], self._shown(f"seed {seed}, readout"))
        counts = layer.respond(self.lines[self.test], self._shown(f"seed {seed}, test"), self.logs.get(seed))

        readouts = {}
        for path, before in zip(layer.pathways, learnt, strict=True):
            known = present(features, path)[training]
            readouts[path.name] = learn(
                before[known], corpus.label[training][known], len(corpus.classes), config.readout, seed
            )
        return SeedResult(
            seed=seed,
            votes=vote(layer.pathways, readouts, counts, corpus, features, self.test, config),
            spikes=float(sum(count.sum() for count in counts)) / len(self.test),
            events=layer.delivered / len(self.test),
            layer=layer,
            readouts=readouts,
        )

    def _shown(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(what, done, total)
