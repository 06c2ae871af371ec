"""What a speaker is like at rest, which voice and face are measured from.

Everybody's pitch, loudness and face at rest differ by more than most emotions change them. An utterance is
summed up by one level a quantity, m (the median over its frames). A speaker's rest is estimated from the n
utterances seen of them and shrunk towards the population's,

    rest = (n median(m) + k population) / (n + k),    k = s_within^2 / s_between^2,

with the k of the best linear estimate from a mean, where utterances scatter by s_within about their
speaker's rest and speakers by s_between about the population's (empirical Bayes; Efron & Morris 1973, J. Am.
Stat. Assoc. 68:117); the median, since utterances that show an emotion are outliers of a rest. Without the
population, one utterance of a new speaker would be measured from itself, and say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

K_MOST = 1e6


@dataclass(frozen=True)
class Rest:
    """The population at rest, learnt from training utterances.

    population : float64[d]. k : float64[d], how many utterances it counts for.
    """

    population: Float
    k: Float

    @classmethod
    def fit(cls, levels: Float, speakers: Sequence[str]) -> Rest:
        """From ``levels`` [n, d] of utterances of ``speakers``; rows of NaN are left out."""
        there = np.asarray(np.isfinite(levels).all(axis=1), dtype=bool)
        names = np.asarray(speakers, dtype=object)[there]
        m = levels[there]
        if not len(m):
            return cls(np.zeros(levels.shape[1]), np.zeros(levels.shape[1]))
        own = [m[names == name] for name in dict.fromkeys(names)]
        means = np.stack([rows.mean(axis=0) for rows in own])
        n = np.array([len(rows) for rows in own])
        spare = int(n.sum()) - len(own)
        if len(own) < 2 or spare == 0:  # one speaker, or one utterance each: nothing tells the two apart
            return cls(means.mean(axis=0), np.ones(levels.shape[1]))
        squares = np.sum([((rows - rows.mean(axis=0)) ** 2).sum(axis=0) for rows in own], axis=0)
        within = squares / spare
        # Means of n utterances scatter by within / n more than the speakers do.
        between = means.var(axis=0, ddof=1) - within * float((1.0 / n).mean())
        k = np.where(between > within / K_MOST, within / np.where(between > 0.0, between, 1.0), K_MOST)
        return cls(means.mean(axis=0), np.minimum(np.where(within > 0.0, k, 0.0), K_MOST))

    def of(
        self,
        levels: Float,
        speakers: Sequence[str],
        order: Sequence[int],
        mode: str,
        average: Callable[..., Float] = np.median,
    ) -> Float:
        """The rest that each utterance is measured from, float64[n, d].

        mode : "speaker" (all utterances of the speaker), "running" (those up to and with this one, as
        ``order`` has them) or "population". average : of a speaker's levels, median or mean.
        """
        rest = np.tile(self.population, (len(levels), 1))
        if mode == "population":
            return rest
        there = np.asarray(np.isfinite(levels).all(axis=1), dtype=bool)
        rows: dict[str, list[int]] = {}
        for k in order:
            rows.setdefault(speakers[k], []).append(k)
        for own in rows.values():
            seen: list[int] = []
            for k in own:
                if there[k]:
                    seen.append(k)
                if seen and mode == "running":
                    rest[k] = self._shrunk(levels[seen], average)
            if seen and mode == "speaker":
                rest[own] = self._shrunk(levels[seen], average)
        return rest

    def _shrunk(self, levels: Float, average: Callable[..., Float]) -> Float:
        n = len(levels)
        return np.asarray((n * average(levels, axis=0) + self.k * self.population) / (n + self.k))
