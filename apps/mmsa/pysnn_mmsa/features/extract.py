"""Features of all modalities of a corpus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from ..dataset import Corpus
from ..settings import FeatureConfig
from .recipe import Recipe, kind_of, learn_recipe

Float = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureSet:
    """Features by modality: ``values[m]`` float64[n, d_m], rows of NaN where an utterance lacks it."""

    values: Mapping[str, Float]
    names: Mapping[str, tuple[str, ...]]

    def present(self, modality: str) -> NDArray[np.bool_]:
        """bool[n]: which utterances have any of the modality's features."""
        return np.asarray(np.isfinite(self.values[modality]).any(axis=1))

    def joined(self, fill: Mapping[str, Float]) -> Float:
        """All modalities side by side, float64[n, sum of d]; ``fill[m]`` float64[d_m] for what is missing."""
        columns = [np.where(np.isfinite(table), table, fill[name]) for name, table in self.values.items()]
        return np.concatenate(columns, axis=1)


class Extractor:
    """Turns the modalities of a corpus into tables; what it learns, it learns from the training part.

    A speaker's rest is the exception: it is taken over the utterances of the speaker, labels unseen, in the
    test part from the test speaker's own recordings.

    Attributes
    ----------
    recipes : by modality. extractors : by modality, what made its recordings, where somebody did.
    """

    def __init__(self, recipes: Mapping[str, Recipe], extractors: Mapping[str, str]) -> None:
        self.recipes = dict(recipes)
        self.extractors = dict(extractors)

    @classmethod
    def fit(cls, corpus: Corpus, config: FeatureConfig) -> Extractor:
        """Learn from the training part of ``corpus``."""
        recipes = {name: learn_recipe(name, corpus, config) for name in corpus.modalities}
        return cls(recipes, corpus.extractors)

    def transform(self, corpus: Corpus, alone: bool = False) -> FeatureSet:
        """Features of all utterances; ``alone``: each as if nothing else of its speaker were known.

        A modality that the corpus lacks is missing throughout. ParameterError where it has one of another
        kind, or one that another extractor made.
        """
        values, names = {}, {}
        for name, recipe in self.recipes.items():
            names[name] = recipe.names
            modality = corpus.modalities.get(name)
            if modality is None:
                values[name] = np.full((len(corpus), len(recipe.names)), np.nan)
                continue
            if kind_of(modality) != recipe.kind:
                raise snn.ParameterError(
                    f"corpus {corpus.name!r}: expected {name!r} as {recipe.kind} (got {kind_of(modality)})"
                )
            made, want = (a.get(name, "") for a in (corpus.extractors, self.extractors))
            if made != want:
                raise snn.ParameterError(
                    f"corpus {corpus.name!r}: expected the features of {name!r} made by "
                    f"{want or 'nobody known'} as in training (got {made or 'nobody known'})"
                )
            values[name] = recipe.table(corpus, modality, alone)
        return FeatureSet(values, names)
