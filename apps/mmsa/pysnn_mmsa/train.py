"""Training and testing: one network for each seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import memory
from .chain import Deciding, Front, Votes, in_order
from .config import Config
from .dataset import Corpus
from .decide import decide
from .features import FeatureSet
from .floors import Floors, floors
from .fusion import Pathway
from .network import SpikingLayer
from .readout import Arriving

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
    layer, deciding : the trained network.
    """

    seed: int
    votes: Votes
    alone: Votes
    valid: Votes | None
    spikes: float
    events: float
    layer: SpikingLayer
    deciding: Deciding


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
    paths = front.pathways(config)
    memory.check(config, len(corpus), sum(2 * len(names) for names in features.names.values()))
    test, valid = (in_order(corpus, np.flatnonzero(corpus.in_part(part))) for part in ("test", "valid"))
    trial = _Trial(
        corpus=corpus,
        config=config,
        front=front,
        features=features,
        single=front.features_of(corpus, alone=True),
        paths=paths,
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
    paths: Sequence[Pathway]
    test: NDArray[np.int64]
    valid: NDArray[np.int64]
    progress: Progress
    logs: Mapping[int, Path]

    def run(self, seed: int) -> SeedResult:
        """Learn and test with one seed."""
        corpus, config, features = self.corpus, self.config, self.features
        training = np.flatnonzero(corpus.training)
        lines = self.front.lines(features)
        layer = SpikingLayer.drawn(
            self.paths, self.front.numbers(), lines[training], self.front.encoder, config, seed
        )
        layer.learn(lines[training], self._shown(f"seed {seed}, STDP"))

        def arriving(
            rows: NDArray[np.int64], what: str, own: FeatureSet = features, log: Path | None = None
        ) -> list[Arriving]:
            counts = layer.respond(self.front.lines(own)[rows], self._shown(f"seed {seed}, {what}"), log)
            return self.front.arriving(own, rows, counts, self.paths, config, seed)

        seen = np.concatenate([training, self.valid[corpus.labelled[self.valid]]])
        deciding = decide(self.paths, arriving(seen, "readout"), seen, corpus, features, config.readout, seed)

        def said(rows: NDArray[np.int64], arrived: list[Arriving], alone: bool = False) -> Votes:
            own = self.single if alone else features
            return deciding.vote(arrived, corpus, own, rows, config, alone)

        tested = arriving(self.test, "test", log=self.logs.get(seed))
        events = layer.delivered / len(self.test)
        spikes = layer.fired / len(self.test)
        single, valid = self.front.lines(self.single), None
        same = np.array_equal(single[self.test], lines[self.test])
        by_itself = tested if same else arriving(self.test, "alone", self.single)
        if len(self.valid):
            valid = said(self.valid, arriving(self.valid, "validation"))
        return SeedResult(
            seed=seed,
            votes=said(self.test, tested),
            alone=said(self.test, by_itself, alone=True),
            valid=valid,
            spikes=spikes,
            events=events,
            layer=layer,
            deciding=deciding,
        )

    def _shown(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(what, done, total)
