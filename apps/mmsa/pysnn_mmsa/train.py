"""Training and testing: one network for each seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import memory
from .chain import Front, Votes, in_order
from .config import Config
from .dataset import Corpus
from .decide import decide
from .features import FeatureSet
from .floors import Floors, floors
from .fusion import IN_TIME, Pathway
from .network import SpikingLayer
from .readout import Readout, Wanted
from .robust import without
from .temporal import TemporalLayer
from .trained import Told, Trained

Progress = Callable[[str, int, int], None]
"""Called with what is going on, utterances done and utterances in all."""


@dataclass(frozen=True)
class SeedResult:
    """What one seed gave.

    Attributes
    ----------
    told : of the test part, in its order. alone : votes where each utterance is all that is known of its
        speaker and its video. valid : on the validation part. missing : on the test part without a modality,
        by its name.
    network : the trained one.
    """

    seed: int
    told: Told
    alone: Votes
    valid: Votes | None
    missing: Mapping[str, Votes]
    network: Trained

    @property
    def votes(self) -> Votes:
        """On the test part."""
        return self.told.votes


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


Learnt = Callable[[int], Trained]
"""From a seed to its network, trained."""


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
    return run_seeds(corpus, config, front, features, None, progress, logs)


def run_seeds(
    corpus: Corpus,
    config: Config,
    front: Front,
    features: FeatureSet,
    learnt: Learnt | None,
    progress: Progress,
    logs: Mapping[int, Path] | None = None,
) -> Result:
    """Test the network of each seed, which ``learnt`` gives, or which learns from nothing."""
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
        learnt=learnt,
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
    learnt: Learnt | None

    def run(self, seed: int) -> SeedResult:
        """Learn and test with one seed."""
        corpus, features, test = self.corpus, self.features, self.test
        network = self._learnt(seed) if self.learnt is None else self.learnt(seed)

        def tell(what: str, own: FeatureSet, rows: NDArray[np.int64], alone: bool = False) -> Votes:
            return network.tell(corpus, own, rows, self._shown(f"seed {seed}, {what}"), alone=alone).votes

        told = network.tell(corpus, features, test, self._shown(f"seed {seed}, test"), self.logs.get(seed))
        single, lines = (self.front.lines(own)[test] for own in (self.single, features))
        lone = Votes(told.votes.by_pathway, told.votes.lone, told.votes.lone)
        several = list(features.values) if self.config.run.missing and len(features.values) > 1 else []
        return SeedResult(
            seed=seed,
            told=told,
            alone=lone if np.array_equal(single, lines) else tell("alone", self.single, test, alone=True),
            valid=tell("validation", features, self.valid) if len(self.valid) else None,
            missing={name: tell(f"without {name}", without(features, name), test) for name in several},
            network=network,
        )

    def _learnt(self, seed: int) -> Trained:
        corpus, config, features = self.corpus, self.config, self.features
        training, front = np.flatnonzero(corpus.training), self.front
        lines = front.lines(features)
        layer = SpikingLayer.drawn(self.paths, front.numbers(), lines[training], front.encoder, config, seed)
        layer.learn(lines[training], self._shown(f"seed {seed}, STDP"))
        seen = np.concatenate([training, self.valid[corpus.labelled[self.valid]]])
        counts = layer.respond(lines[seen], self._shown(f"seed {seed}, readout"))
        temporal, taught = self._in_time(seed)
        if temporal is not None and features.trains is not None:
            counts.append(temporal.respond(features.trains.of(seen)))
        arriving = front.arriving(features, seen, counts, self.paths, config, seed)
        deciding = decide(self.paths, arriving, seen, corpus, features, config.readout, seed, taught)
        return Trained(front, layer, deciding, config, seed, temporal)

    def _in_time(self, seed: int) -> tuple[TemporalLayer | None, dict[str, Readout]]:
        """The layer in time, taught, and its readout by the name of its pathway."""
        corpus, config, trains = self.corpus, self.config, self.features.trains
        if trains is None:
            return None, {}
        rows = np.flatnonzero(corpus.training & trains.present())
        wanted = Wanted.of(corpus.target[rows], len(corpus.classes))
        own = trains.of(rows)
        layer = TemporalLayer.drawn(own, wanted.values.shape[1], wanted.soft, config.time, seed)
        layer.learn(own, wanted.values, self._shown(f"seed {seed}, e-prop"))
        return layer, {IN_TIME: layer.readout(own, wanted.number)}

    def _shown(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(what, done, total)
