"""What is left where a modality is missing, or features are noisy: changes of features at the test."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .features import FeatureSet

Float = NDArray[np.float64]


def without(features: FeatureSet, modality: str, rows: NDArray[np.int64] | None = None) -> FeatureSet:
    """``features`` where utterances ``rows`` (all by default) lack ``modality``."""
    values = features.values[modality].copy()
    there = np.ones(len(values))
    which: slice | NDArray[np.int64] = slice(None) if rows is None else rows
    values[which] = np.nan
    there[which] = 0.0
    grams = dict(features.grams)
    if modality in grams:
        grams[modality] = csr_array(grams[modality].multiply(there[:, None]))
    trains = None if features.trains is None else features.trains.without(modality, rows)
    values_of = {**features.values, modality: values}
    return dataclasses.replace(features, values=values_of, grams=grams, trains=trains)


def spreads(features: FeatureSet, training: NDArray[np.bool_]) -> dict[str, Float]:
    """Standard deviation of each feature over the training utterances, 0 where nobody has it."""
    found = {}
    for name, values in features.values.items():
        known = values[training]
        found[name] = np.nanstd(np.where(np.isfinite(known).any(axis=0), known, 0.0), axis=0)
    return found


def noisy(features: FeatureSet, level: float, spread: Mapping[str, Float], seed: int) -> FeatureSet:
    """``features`` with normal noise of ``level`` standard deviations each; n-grams, and spikes of lines in
    time, are left out with probability level / (1 + level).
    """
    rng = np.random.default_rng([seed, 6])
    values = {
        name: table + level * spread[name] * rng.standard_normal(table.shape)
        for name, table in features.values.items()
    }
    grams = {}
    for name, table in features.grams.items():
        kept = csr_array(table, copy=True)
        kept.data = kept.data * (rng.random(len(kept.data)) >= level / (1.0 + level))
        kept.eliminate_zeros()
        grams[name] = kept
    trains = None if features.trains is None else features.trains.thinned(level / (1.0 + level), rng)
    return dataclasses.replace(features, values=values, grams=grams, trains=trains)
