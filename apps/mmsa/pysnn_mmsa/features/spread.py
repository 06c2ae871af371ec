"""Features in units of how much a speaker varies.

With m and v the mean and variance of a feature over the n utterances seen of a speaker, utterance x becomes

    z = (x - m') / sqrt(v'),    m' = (n m + k M) / (n + k),    v' = (n v + WEIGHT V) / (n + WEIGHT),

both shrunk towards the population: M, and k from how much utterances and speakers differ, as ``rest`` has it;
V the variance of utterances about their speakers' means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rest import Rest

Float = NDArray[np.float64]

WEIGHT = 5.0  # utterances that the population's variance counts for
LEAST = 1e-12  # of a variance


@dataclass(frozen=True)
class Spread:
    """Of the population: ``rest`` its mean, ``variance`` float64[d] about speakers' means."""

    rest: Rest
    variance: Float

    @classmethod
    def fit(cls, values: Float, speakers: Sequence[str]) -> Spread:
        """From training utterances [n, d]; rows with a missing value are left out."""
        there = np.asarray(np.isfinite(values).all(axis=1), dtype=bool)
        names, known = np.asarray(speakers, dtype=object)[there], values[there]
        squares = np.zeros(values.shape[1])
        for name in dict.fromkeys(names):
            own = known[names == name]
            squares += ((own - own.mean(axis=0)) ** 2).sum(axis=0)
        spare = max(1, len(known) - len(set(names)))
        variance = squares / spare
        # One utterance a speaker: nothing tells speakers from utterances.
        variance = np.where(variance > LEAST, variance, known.var(axis=0) if len(known) else 1.0)
        return cls(Rest.fit(values, speakers), np.where(variance > LEAST, variance, 1.0))

    def of(self, values: Float, speakers: Sequence[str], order: Sequence[int], mode: str) -> Float:
        """z of each utterance, float64[n, d].

        mode : "speaker" (all utterances of the speaker), "running" (those up to and with this one, as
        ``order`` has them) or "population".
        """
        mean = self.rest.of(values, speakers, order, mode, np.mean)
        variance = np.tile(self.variance, (len(values), 1))
        there = np.asarray(np.isfinite(values).all(axis=1), dtype=bool)
        rows: dict[str, list[int]] = {}
        for k in order if mode != "population" else ():
            rows.setdefault(speakers[k], []).append(k)
        for own in rows.values():
            seen: list[int] = []
            for k in own:
                if there[k]:
                    seen.append(k)
                if mode == "running":
                    variance[k] = self._shrunk(values[seen])
            if mode == "speaker":
                variance[own] = self._shrunk(values[seen])
        return np.asarray((values - mean) / np.sqrt(np.maximum(variance, LEAST)))

    def _shrunk(self, seen: Float) -> Float:
        n = len(seen)
        own = seen.var(axis=0) if n else 0.0
        return np.asarray((n * own + WEIGHT * self.variance) / (n + WEIGHT))
