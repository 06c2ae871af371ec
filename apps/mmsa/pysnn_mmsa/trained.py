"""A trained network of one seed, asked for what it says of utterances."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .chain import Deciding, Front, Votes
from .config import Config
from .dataset import Corpus
from .features import FeatureSet
from .network import SpikingLayer
from .readout import Arriving
from .temporal import TemporalLayer

Counts = NDArray[np.int64]
Shown = Callable[[int, int], None]


def unseen(done: int, total: int) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True)
class Told:
    """What a network says of n utterances, and what it took.

    votes : its votes. fired : int64[n], spikes of the hidden neurons by pathway. sent : int64[n], spikes of
    the lines by modality, n-grams among them. events : spikes that reached a synapse, of all utterances.
    seconds : the engine took.
    """

    votes: Votes
    fired: Mapping[str, Counts]
    sent: Mapping[str, Counts]
    events: float
    seconds: float


@dataclass(frozen=True)
class Trained:
    """Front, hidden layer, and what decides; ``temporal`` is the layer in time, where there is one."""

    front: Front
    layer: SpikingLayer
    deciding: Deciding
    config: Config
    seed: int
    temporal: TemporalLayer | None = None

    def tell(
        self,
        corpus: Corpus,
        features: FeatureSet,
        rows: NDArray[np.int64],
        shown: Shown = unseen,
        log: Path | None = None,
        alone: bool = False,
    ) -> Told:
        """Show the utterances ``rows``; ``alone`` leaves out the context of the video."""
        begun = time.perf_counter()
        lines = self.front.lines(features)[rows]
        counts = self.layer.respond(lines, shown, log)
        events = float(self.layer.delivered)
        if self.temporal is not None and features.trains is not None:
            own = None if log is None else log.with_name(f"{log.stem}_time{log.suffix}")
            counts.append(self.temporal.respond(features.trains.of(rows), own))
            events += self.temporal.delivered
        seconds = time.perf_counter() - begun
        paths, encoder = self.deciding.paths, self.front.encoder
        arriving = self.front.arriving(features, rows, counts, paths, self.config, self.seed)
        spikes, sent = encoder.counts(lines, self.seed), {}
        for name, numbers in self.front.numbers().items():
            sent[name] = spikes[:, numbers].sum(axis=1)
            if name in features.grams:
                grams = encoder.gram_counts(features.grams[name][rows], name, self.seed)
                sent[name] = sent[name] + np.asarray(grams.sum(axis=1), dtype=np.int64).ravel()
        if features.trains is not None:
            for name, own_spikes in features.trains.of(rows).counts().items():
                sent[name] = sent[name] + own_spikes
        votes = self.deciding.vote(arriving, corpus, features, rows, self.config, alone)
        fired = {path.name: own.sum(axis=1) for path, own in zip(paths, counts, strict=True)}
        return Told(votes, fired, sent, events + self._read(arriving), seconds)

    def multiply_adds(self) -> float:
        """Synapses of the same network without spikes: those of the hidden layer, and those of the readouts,
        of n-grams alone the ones that an utterance has in the mean.
        """
        hidden = sum(len(w.exc_i) + len(w.inh_i) + len(w.tonic) for w in self.layer.wiring)
        dense = sum(readout.weight.size for readout in self.deciding.readouts.values())
        in_time = 0 if self.temporal is None else self.temporal.multiply_adds
        return float(hidden + dense + in_time)

    def _read(self, arriving: Sequence[Arriving]) -> float:
        """Spikes that reach the readouts' synapses."""
        readouts = self.deciding.readouts
        both = zip(self.deciding.paths, arriving, strict=True)
        return sum(own.spikes * len(readouts[path.name].bias) for path, own in both)
