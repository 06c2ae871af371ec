"""Features of all modalities of a corpus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import FeatureConfig
from ..dataset import Contours, Corpus, Landmarks, Table, Transcripts
from .contours import voice_table
from .landmarks import face_table
from .text import TextFeatures

Float = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureSet:
    """Features by modality: ``values[m]`` float64[n, d_m], rows of NaN where an utterance lacks it."""

    values: Mapping[str, Float]
    names: Mapping[str, tuple[str, ...]]

    def present(self, modality: str) -> NDArray[np.bool_]:
        """bool[n]: which utterances have the modality."""
        return np.asarray(np.isfinite(self.values[modality]).all(axis=1))

    def joined(self, fill: Mapping[str, Float]) -> Float:
        """All modalities side by side, float64[n, sum of d]; ``fill[m]`` float64[d_m] for missing ones."""
        columns = []
        for name, table in self.values.items():
            columns.append(np.where(self.present(name)[:, None], table, fill[name]))
        return np.concatenate(columns, axis=1)


class Extractor:
    """Turns the modalities of a corpus into tables; what it learns, it learns from the training part.

    Speakers' medians are the exception: they are taken over all utterances of a speaker, labels unseen,
    in the test part from the test speaker's own recordings.
    """

    def __init__(self, config: FeatureConfig) -> None:
        self._config = config
        self._text: dict[str, TextFeatures] = {}

    def fit(self, corpus: Corpus) -> Extractor:
        """Learn from the training part of ``corpus``."""
        for name, modality in corpus.modalities.items():
            if isinstance(modality, Transcripts):
                c = self._config
                text = TextFeatures(c.text, c.ngram_low, c.ngram_high, c.text_dims, c.text_buckets)
                parts = zip(modality.texts, corpus.test, strict=True)
                text.fit([words for words, test in parts if words is not None and not test])
                self._text[name] = text
        return self

    def transform(self, corpus: Corpus) -> FeatureSet:
        """Features of all utterances."""
        values, names = {}, {}
        for name, modality in corpus.modalities.items():
            if isinstance(modality, Table):
                values[name], names[name] = modality.values, modality.names
            elif isinstance(modality, Transcripts):
                there = modality.present()
                table = self._text[name].transform([text for text in modality.texts if text is not None])
                values[name] = np.full((len(modality), table.shape[1]), np.nan)
                values[name][there] = table
                names[name] = tuple(f"{name}_{k}" for k in range(table.shape[1]))
            elif isinstance(modality, Contours):
                values[name], names[name] = voice_table(modality.pitch, modality.loudness, corpus.speaker)
            elif isinstance(modality, Landmarks):
                values[name], names[name] = face_table(modality.frames, corpus.speaker)
        return FeatureSet(values, names)
