"""Features of all modalities of a corpus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

import pysnn as snn

from ..dataset import Corpus, Transcripts
from ..settings import FeatureConfig
from ..trains import Trains
from .recipe import Recipe, Words, kind_of, learn_recipe

Float = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureSet:
    """Features by modality: ``values[m]`` float64[n, d_m], rows of NaN where an utterance lacks it.

    grams : of transcripts, [n, n-grams], weights >= 0 of which most are 0. trains : spikes of lines in time,
    where a layer hears them. kinds : how many n-grams are of one kind, side by side (all, where nothing is
    said).
    """

    values: Mapping[str, Float]
    names: Mapping[str, tuple[str, ...]]
    grams: Mapping[str, csr_array] = field(default_factory=dict)
    trains: Trains | None = None
    kinds: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def kinds_of(self, modality: str) -> tuple[int, ...]:
        """How many n-grams of ``modality`` are of each kind."""
        return self.kinds.get(modality, (self.grams[modality].shape[1],))

    def present(self, modality: str) -> NDArray[np.bool_]:
        """bool[n]: which utterances have any of the modality's features."""
        return np.asarray(np.isfinite(self.values[modality]).any(axis=1))

    def only(self, modalities: Iterable[str]) -> FeatureSet:
        """Some modalities alone."""
        kept = list(modalities)
        return FeatureSet(
            {name: self.values[name] for name in kept},
            {name: self.names[name] for name in kept},
            {name: grams for name, grams in self.grams.items() if name in kept},
            kinds=self.kinds,
        )

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
        values, names, grams, kinds = {}, {}, {}, {}
        for name, recipe in self.recipes.items():
            names[name] = recipe.names
            if isinstance(recipe, Words):
                kinds[name] = recipe.gram_kinds
            modality = corpus.modalities.get(name)
            if modality is None:
                values[name] = np.full((len(corpus), len(recipe.names)), np.nan)
                if isinstance(recipe, Words) and recipe.gram_names:
                    grams[name] = csr_array((len(corpus), len(recipe.gram_names)))
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
            if isinstance(recipe, Words) and recipe.gram_names:
                assert isinstance(modality, Transcripts)
                grams[name] = recipe.grams(modality.texts)
        return FeatureSet(values, names, grams, kinds=kinds)
