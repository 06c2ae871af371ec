"""Character n-grams of transcripts, made dense.

Character n-grams meet Indonesian affixes without a stemmer, and keep negations (tidak, belum), which stop
word lists throw away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.preprocessing import normalize

import pysnn as snn

from ..settings import FeatureConfig

Float = NDArray[np.float64]


@dataclass(frozen=True)
class TextFeatures:
    """TF-IDF of character n-grams within words, projected on its largest singular vectors.

    Latent semantic analysis (Deerwester et al. 1990): a few dense numbers instead of thousands that are
    almost always 0, so that every number is worth a spike train. With c the counts of a transcript,
    (1 + ln c) idf, made of length 1, times the singular vectors; idf = 1 + ln((1 + N) / (1 + N_with)).

    Attributes
    ----------
    low, high : lengths of the n-grams.
    vocabulary : the n-grams that count, or () where they are hashed into ``buckets``.
    idf : float64[n-grams]. vectors : float64[n-grams, dims].
    """

    low: int
    high: int
    buckets: int
    vocabulary: tuple[str, ...]
    idf: Float
    vectors: Float

    @classmethod
    def fit(cls, texts: Sequence[str], config: FeatureConfig) -> TextFeatures:
        """Learn vocabulary, weights and singular vectors from training transcripts alone."""
        if len(texts) < 2:
            raise snn.ParameterError(
                f"text features: expected at least 2 transcripts to fit (got {len(texts)})"
            )
        low, high = config.ngram_low, config.ngram_high
        vocabulary: tuple[str, ...] = ()
        if config.text == "tfidf":
            counter = CountVectorizer(analyzer="char_wb", ngram_range=(low, high), min_df=2)
            try:
                counter.fit(texts)
            except ValueError as err:  # no n-gram occurs twice
                raise snn.ParameterError(
                    f"text features: the transcripts have too little in common ({err})"
                ) from err
            vocabulary = tuple(counter.get_feature_names_out())
        counts = _counts(texts, low, high, config.text_buckets, vocabulary)
        used = np.bincount(counts.indices, minlength=counts.shape[1])
        idf = 1.0 + np.log((1.0 + len(texts)) / (1.0 + used))
        weighted = _weighted(counts, idf)
        if weighted.count_nonzero() == 0:
            raise snn.ParameterError("text features: the transcripts are all empty")
        dims = max(1, min(config.text_dims, counts.shape[1] - 1, len(texts) - 1))
        svd = TruncatedSVD(dims, random_state=0).fit(weighted)
        return cls(low, high, config.text_buckets, vocabulary, idf, np.asarray(svd.components_.T))

    @property
    def dims(self) -> int:
        """Numbers a transcript becomes."""
        return int(self.vectors.shape[1])

    def transform(self, texts: Sequence[str]) -> Float:
        """float64[n, dims]."""
        counts = _counts(texts, self.low, self.high, self.buckets, self.vocabulary)
        return np.asarray(_weighted(counts, self.idf) @ self.vectors, dtype=np.float64)

    def arrays(self) -> dict[str, Any]:
        """All of it as plain arrays."""
        return {
            "low": self.low,
            "high": self.high,
            "buckets": self.buckets,
            "vocabulary": list(self.vocabulary),
            "idf": self.idf,
            "vectors": self.vectors,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> TextFeatures:
        """What ``arrays`` gave."""
        words = tuple(w.decode() if isinstance(w, bytes) else str(w) for w in arrays["vocabulary"])
        low, high, buckets = (int(arrays[name]) for name in ("low", "high", "buckets"))
        return cls(low, high, buckets, words, np.asarray(arrays["idf"]), np.asarray(arrays["vectors"]))


def _counts(texts: Sequence[str], low: int, high: int, buckets: int, vocabulary: Sequence[str]) -> csr_array:
    options = {"analyzer": "char_wb", "ngram_range": (low, high)}
    if vocabulary:
        return csr_array(
            CountVectorizer(vocabulary=list(vocabulary), **options).transform(texts), dtype=float
        )
    hashed = HashingVectorizer(n_features=buckets, alternate_sign=False, norm=None, **options)
    return csr_array(hashed.transform(texts), dtype=float)


def _weighted(counts: csr_array, idf: Float) -> csr_array:
    weighted = counts.copy()
    weighted.data = (1.0 + np.log(weighted.data)) * idf[weighted.indices]
    return csr_array(normalize(weighted))
