"""Features as spike trains: two lines a feature, one for much and one for little.

A feature x is scaled to u in [0, 1] between its quantiles q and 1 - q over the training part (what lies
outside is cut to it; ``clipped`` says how much that is), and u and 1 - u each drive one line. Both lines
together always carry the same, so that inhibition can say "little of x" as well as excitation "much of x".
The quantiles, unlike mean and deviation, keep features that are mostly near 0 with a few large values at a
low rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from .features import FeatureSet
from .settings import EncodeConfig

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Scaler:
    """Ranges of one modality's features, float64[d] each; ``middle`` stands for what is missing."""

    low: Float
    high: Float
    middle: Float

    @classmethod
    def fit(cls, values: Float, quantile: float) -> Scaler:
        """From training values [n, d]; NaN, a missing value, counts for nothing.

        Where both quantiles agree the whole range of the feature is taken; a feature that never changes, or
        that nobody has, is always u = 1/2.
        """
        if not len(values):
            raise snn.ParameterError("Scaler: a modality that no training utterance has cannot be scaled")
        known = np.where(np.isfinite(values).any(axis=0), values, 0.0)
        low, high = np.nanquantile(known, [quantile, 1.0 - quantile], axis=0)
        flat = low >= high
        low = np.where(flat, np.nanmin(known, axis=0), low)
        high = np.where(flat, np.nanmax(known, axis=0), high)
        flat = low >= high
        low, high = np.where(flat, low - 0.5, low), np.where(flat, low + 0.5, high)
        return cls(low, high, np.nanmean(_unit(known, low, high), axis=0))

    def scaled(self, values: Float) -> Float:
        """u of each value, clipped to [0, 1]; missing values (NaN) become those of ``middle``."""
        u = _unit(values, self.low, self.high)
        return np.asarray(np.where(np.isnan(u), self.middle, u))


def _unit(values: Float, low: Float, high: Float) -> Float:
    return np.asarray(np.clip((values - low) / (high - low), 0.0, 1.0))


class LineEncoder:
    """Features of utterances to values of lines, and these to spikes."""

    def __init__(self, config: EncodeConfig, dt: float, scalers: Mapping[str, Scaler] | None = None) -> None:
        self._config = config
        self._dt = dt
        self.scalers: dict[str, Scaler] = dict(scalers or {})

    def fit(
        self, features: FeatureSet, training: NDArray[np.bool_], modalities: Iterable[str]
    ) -> LineEncoder:
        """Learn the ranges of ``modalities`` from the training utterances."""
        for name in modalities:
            rows = training & features.present(name)
            self.scalers[name] = Scaler.fit(features.values[name][rows], self._config.quantile)
        return self

    def lines(self, features: FeatureSet, modality: str) -> Float:
        """Values of a modality's lines, float64[n, 2 d] in [0, 1]: u of all features, then 1 - u of all."""
        u = self.scalers[modality].scaled(features.values[modality])
        return np.concatenate([u, 1.0 - u], axis=1)

    def clipped(self, features: FeatureSet, modality: str, rows: NDArray[np.bool_]) -> float:
        """Share of a modality's values in ``rows`` that lie outside the range learnt, and are cut to it."""
        scaler, values = self.scalers[modality], features.values[modality][rows & features.present(modality)]
        return float(((values < scaler.low) | (values > scaler.high)).mean()) if values.size else 0.0

    @property
    def period(self) -> float:
        """Time from one utterance to the next, ms."""
        return self._config.duration + self._config.pause

    def spikes(self, lines: Float, seed: int) -> snn.SpikeArray:
        """Utterances one after the other: row k of ``lines`` is shown from dt + k period on.

        ``seed`` is for the Poisson code.
        """
        c = self._config
        width = lines.shape[1]
        # Every line of every utterance is a channel of its own, so that one call encodes them all and no
        # utterance depends on those before it.
        trains = self._encoder().encode(lines.ravel(), c.duration, seed=seed if c.code == "poisson" else None)
        row, line = np.divmod(trains.indices.astype(np.int64), width)
        start = np.rint((self._dt + row * self.period) / self._dt) * self._dt
        return snn.SpikeArray(start + trains.times, line)

    def _encoder(self) -> snn.encoders.Encoder:
        c = self._config
        kind = snn.encoders.PoissonRate if c.code == "poisson" else snn.encoders.RegularRate
        return kind(rate_low=0.0, rate_high=c.rate, resolution=self._dt)
