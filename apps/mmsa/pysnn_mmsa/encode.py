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
from scipy.sparse import csr_array

import pysnn as snn

from .features import FeatureSet
from .settings import EncodeConfig

Float = NDArray[np.float64]

GRAM_QUANTILE = 0.99
GRAM_BLOCK = 200_000  # values whose spikes are made at once


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


def _tops(grams: csr_array) -> Float:
    """The weight of each n-gram that is full value, float64[s]: 99 % of all that occur stay below.

    What occurs in most utterances, as scores do, is measured by itself.
    """
    quantile = float(np.quantile(grams.data, GRAM_QUANTILE)) if grams.nnz else 1.0
    tops = np.full(grams.shape[1], quantile or 1.0)
    columns = grams.tocsc()
    often = np.diff(columns.indptr) > grams.shape[0] / 4
    for k in np.flatnonzero(often).tolist():
        own = columns.data[columns.indptr[k] : columns.indptr[k + 1]]
        tops[k] = float(np.quantile(own, GRAM_QUANTILE)) or 1.0
    return tops


class LineEncoder:
    """Features of utterances to values of lines, and these to spikes."""

    def __init__(
        self,
        config: EncodeConfig,
        dt: float,
        scalers: Mapping[str, Scaler] | None = None,
        gram_tops: Mapping[str, Float] | None = None,
    ) -> None:
        self._config = config
        self._dt = dt
        self.scalers: dict[str, Scaler] = dict(scalers or {})
        self.gram_tops: dict[str, Float] = dict(gram_tops or {})

    def fit(
        self, features: FeatureSet, training: NDArray[np.bool_], modalities: Iterable[str]
    ) -> LineEncoder:
        """Learn the ranges of ``modalities`` from the training utterances."""
        for name in modalities:
            rows = training & features.present(name)
            self.scalers[name] = Scaler.fit(features.values[name][rows], self._config.quantile)
        for name, grams in features.grams.items():
            ends = np.cumsum(features.kinds_of(name))[:-1]
            parts = np.split(np.arange(grams.shape[1]), ends)
            self.gram_tops[name] = np.concatenate([_tops(grams[training][:, part]) for part in parts])
        return self

    def lines(self, features: FeatureSet, modality: str) -> Float:
        """Values of a modality's lines, float64[n, 2 d] in [0, 1]: u of all features, then 1 - u of all."""
        u = self.scalers[modality].scaled(features.values[modality])
        return np.concatenate([u, 1.0 - u], axis=1)

    def clipped(self, features: FeatureSet, modality: str, rows: NDArray[np.bool_]) -> float:
        """Share of a modality's values in ``rows`` that lie outside the range learnt, and are cut to it."""
        scaler, values = self.scalers[modality], features.values[modality][rows & features.present(modality)]
        return float(((values < scaler.low) | (values > scaler.high)).mean()) if values.size else 0.0

    def counts(self, lines: Float, seed: int) -> NDArray[np.int64]:
        """Spikes of each of ``lines`` in each utterance, int64[n, lines], those that ``spikes`` gives."""
        fired = self._encoder().encode(lines.ravel(), self._config.duration, seed=self._draws(seed))
        counts = np.bincount(fired.indices.astype(np.int64), minlength=lines.size)
        return np.asarray(counts.reshape(lines.shape), dtype=np.int64)

    def gram_counts(self, grams: csr_array, modality: str, seed: int) -> csr_array:
        """Spikes of the lines of n-grams, full value at ``gram_tops``."""
        u = np.minimum(grams.data / self.gram_tops[modality][grams.indices], 1.0)
        spikes = np.zeros(len(u))
        for number, begin in enumerate(range(0, len(u), GRAM_BLOCK)):
            block = u[begin : begin + GRAM_BLOCK]
            fired = self._encoder().encode(block, self._config.duration, seed=self._draws(seed + 1 + number))
            spikes[begin : begin + len(block)] = np.bincount(
                fired.indices.astype(np.int64), minlength=len(block)
            )
        counted = csr_array((spikes, grams.indices, grams.indptr), shape=grams.shape, copy=True)
        counted.eliminate_zeros()
        return counted

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
        trains = self._encoder().encode(lines.ravel(), c.duration, seed=self._draws(seed))
        row, line = np.divmod(trains.indices.astype(np.int64), width)
        start = np.rint((self._dt + row * self.period) / self._dt) * self._dt
        return snn.SpikeArray(start + trains.times, line)

    def _draws(self, seed: int) -> int | None:
        return seed if self._config.code == "poisson" else None

    def _encoder(self) -> snn.encoders.Encoder:
        c = self._config
        kind = snn.encoders.PoissonRate if c.code == "poisson" else snn.encoders.RegularRate
        return kind(rate_low=0.0, rate_high=c.rate, resolution=self._dt)
