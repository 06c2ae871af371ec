"""Training and testing: one network for each seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import memory
from .chain import Front, Votes, Wired, in_order, present, vote
from .config import Config
from .dataset import Corpus
from .features import FeatureSet
from .floors import Floors, floors
from .network import SpikingLayer
from .readout import Readout, learn

Progress = Callable[[str, int, int], None]
"""Called with what is going on, utterances done and utterances in all."""


@dataclass(frozen=True)
class SeedResult:
    """What one seed gave on the test part.

    Attributes
    ----------
    votes : on the test part, in its order. alone : the same where each utterance is all that is known of its
        speaker and its video. valid : on the validation part.
    spikes, events : of the test pass, per utterance.
    layer, readouts : the trained network.
    """

    seed: int
    votes: Votes
    alone: Votes
    valid: Votes | None
    spikes: float
    events: float
    layer: SpikingLayer
    readouts: Mapping[str, Readout]


@dataclass(frozen=True)
class Result:
    """What a run gave.

    test, valid : numbers of the corpus's utterances of these parts, in the order in which they were shown.
    clipped : share of test values outside the range of the training values, by modality.
    """

    corpus: Corpus
    config: Config
    front: Front
    test: NDArray[np.int64]
    valid: NDArray[np.int64]
    seeds: tuple[SeedResult, ...]
    floors: Floors
    features: FeatureSet
    clipped: Mapping[str, float]


def train(
    corpus: Corpus, config: Config, progress: Progress, logs: Mapping[int, Path] | None = None
) -> Result:
    """Train a network for each seed on the training part of ``corpus`` and test it.

    Scaling, features and weights are learnt from the labelled utterances of the training part; labels of the
    other parts are read by nobody before the metrics. ``logs`` names the file of the test pass's spikes by
    seed.

    Raises ParameterError where the corpus cannot be trained on, or the run would need too much memory.
    """
    corpus.check_trainable()
    front, features = Front.fit(corpus, config)
    wired = front.wired(config)
    memory.check(config, len(corpus), sum(2 * len(names) for names in features.names.values()))
    test, valid = (in_order(corpus, np.flatnonzero(corpus.in_part(part))) for part in ("test", "valid"))
    trial = _Trial(
        corpus=corpus,
        config=config,
        front=front,
        features=features,
        single=front.features_of(corpus, alone=True),
        wired=wired,
        test=test,
        valid=valid,
        progress=progress,
        logs=logs or {},
    )
    return Result(
        corpus=corpus,
        config=config,
        front=front,
        test=test,
        valid=valid,
        seeds=tuple(trial.run(seed) for seed in config.run.seeds),
        floors=floors(corpus, features, config.run.linear_c),
        features=features,
        clipped={name: front.encoder.clipped(features, name, corpus.test) for name in front.modalities},
    )


@dataclass(frozen=True)
class _Trial:
    """All that the seeds have in common; ``single``: features of each utterance alone."""

    corpus: Corpus
    config: Config
    front: Front
    features: FeatureSet
    single: FeatureSet
    wired: Wired
    test: NDArray[np.int64]
    valid: NDArray[np.int64]
    progress: Progress
    logs: Mapping[int, Path]

    def run(self, seed: int) -> SeedResult:
        """Learn and test with one seed."""
        corpus, config, features = self.corpus, self.config, self.features
        training = np.flatnonzero(corpus.training)
        lines = self.front.lines(features)
        layer = SpikingLayer.drawn(self.wired, lines[training], self.front.encoder, config, seed)
        layer.learn(lines[training], self._shown(f"seed {seed}, STDP"))
        learnt = layer.respond(lines[training], self._shown(f"seed {seed}, readout"))
        counts = layer.respond(lines[self.test], self._shown(f"seed {seed}, test"), self.logs.get(seed))
        events = layer.delivered / len(self.test)

        readouts = {}
        target = corpus.label if corpus.classes else corpus.target
        for path, before in zip(layer.pathways, learnt, strict=True):
            known = present(features, path)[training]
            readouts[path.name] = learn(
                before[known], target[training][known], len(corpus.classes), config.readout, seed
            )

        def said(rows: NDArray[np.int64], counts: list[NDArray[np.int64]], alone: bool = False) -> Votes:
            own = self.single if alone else features
            return vote(layer.pathways, readouts, counts, corpus, own, rows, config, alone)

        single, valid = self.front.lines(self.single), None
        same = np.array_equal(single[self.test], lines[self.test])
        by_itself = counts if same else layer.respond(single[self.test], self._shown(f"seed {seed}, alone"))
        if len(self.valid):
            shown = self._shown(f"seed {seed}, validation")
            valid = said(self.valid, layer.respond(lines[self.valid], shown))
        return SeedResult(
            seed=seed,
            votes=said(self.test, counts),
            alone=said(self.test, by_itself, alone=True),
            valid=valid,
            spikes=float(sum(count.sum() for count in counts)) / len(self.test),
            events=events,
            layer=layer,
            readouts=readouts,
        )

    def _shown(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(what, done, total)
