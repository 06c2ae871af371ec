"""N-grams of transcripts, as they are and made dense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.decomposition import TruncatedSVD

import pysnn as snn

from ..settings import FeatureConfig
from .grams import Grams

Float = NDArray[np.float64]

WORDS = (1, 2)  # lengths of n-grams of words, where they stand beside those of letters


@dataclass(frozen=True)
class TextFeatures:
    """Weighted n-grams of one or two kinds side by side, projected on their largest singular vectors.

    Latent semantic analysis (Deerwester et al. 1990): a few dense numbers instead of thousands that are
    almost always 0, so that every number is worth a spike train.

    Attributes
    ----------
    kinds : of n-grams. vectors : float64[n-grams, dims].
    """

    kinds: tuple[Grams, ...]
    vectors: Float
    _last: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def fit(cls, texts: Sequence[str], config: FeatureConfig) -> TextFeatures:
        """Learn vocabulary, weights and singular vectors from training transcripts alone."""
        if len(texts) < 2:
            raise snn.ParameterError(
                f"text features: expected at least 2 transcripts to fit (got {len(texts)})"
            )
        both = config.text_analyzer == "both"
        lengths = (config.ngram_low, config.ngram_high)
        asked = [("word", *WORDS), ("char", *lengths)] if both else [(config.text_analyzer, *lengths)]
        hashed = config.text == "hashed"
        fitted = [Grams.fit(texts, *one, config.text_buckets, hashed) for one in asked]
        weighted = csr_array(hstack([own for _, own in fitted], format="csr"))
        if weighted.count_nonzero() == 0:
            raise snn.ParameterError("text features: the transcripts are all empty")
        dims = max(1, min(config.text_dims, weighted.shape[1] - 1, len(texts) - 1))
        with np.errstate(divide="ignore", invalid="ignore"):  # where all transcripts are the same
            svd = TruncatedSVD(dims, random_state=0).fit(weighted)
        return cls(tuple(kind for kind, _ in fitted), np.asarray(svd.components_.T))

    @property
    def dims(self) -> int:
        """Numbers a transcript becomes."""
        return int(self.vectors.shape[1])

    @property
    def names(self) -> tuple[str, ...]:
        """Of the n-grams."""
        return tuple(
            name
            for kind in self.kinds
            for name in kind.vocabulary or (f"bucket {k}" for k in range(len(kind.idf)))
        )

    def transform(self, texts: Sequence[str]) -> Float:
        """float64[n, dims]."""
        return np.asarray(self.grams(texts) @ self.vectors, dtype=np.float64)

    def grams(self, texts: Sequence[str]) -> csr_array:
        """Weights of the n-grams themselves, of each kind rows of length 1, [n, n-grams].

        Those of the last transcripts are kept: features, lines and lone utterances of one corpus ask for them
        in turn, and counting takes most of the time. Not to be changed in place.
        """
        said = tuple(texts)
        if self._last.get("texts") != said:
            found = csr_array(hstack([kind.of(said) for kind in self.kinds], format="csr"))
            self._last.update(texts=said, grams=found)
        grams: csr_array = self._last["grams"]
        return grams

    def arrays(self) -> dict[str, Any]:
        """All of it as plain arrays."""
        found: dict[str, Any] = {"vectors": self.vectors}
        for number, kind in enumerate(self.kinds):
            found |= kind.arrays(_suffix(number))
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> TextFeatures:
        """What ``arrays`` gave."""
        kinds: list[Grams] = []
        while f"analyzer{_suffix(len(kinds))}" in arrays:
            kinds.append(Grams.from_arrays(arrays, _suffix(len(kinds))))
        return cls(tuple(kinds), np.asarray(arrays["vectors"]))


def _suffix(number: int) -> str:
    """Of the names of the arrays of a kind."""
    return f"_{number}" if number else ""
