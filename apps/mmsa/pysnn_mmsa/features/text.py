"""N-grams of transcripts, as they are and made dense.

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
    """TF-IDF of n-grams, of letters within words or of words, projected on its largest singular vectors.

    Latent semantic analysis (Deerwester et al. 1990): a few dense numbers instead of thousands that are
    almost always 0, so that every number is worth a spike train. With c the counts of a transcript,
    (1 + ln c) idf, made of length 1, times the singular vectors; idf = 1 + ln((1 + N) / (1 + N_with)).

    Attributes
    ----------
    low, high : lengths of the n-grams.
    vocabulary : the n-grams that count, or () where they are hashed into ``buckets``.
    idf : float64[n-grams]. vectors : float64[n-grams, dims].
    analyzer : what the n-grams are of, "char" (within words) or "word".
    """

    low: int
    high: int
    buckets: int
    vocabulary: tuple[str, ...]
    idf: Float
    vectors: Float
    analyzer: str = "char"

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
            counter = CountVectorizer(min_df=2, **_options(config.text_analyzer, low, high))
            try:
                counter.fit(texts)
            except ValueError as err:  # no n-gram occurs twice
                raise snn.ParameterError(
                    f"text features: the transcripts have too little in common ({err})"
                ) from err
            vocabulary = tuple(counter.get_feature_names_out())
        options = _options(config.text_analyzer, low, high)
        counts = _counts(texts, options, config.text_buckets, vocabulary)
        used = np.bincount(counts.indices, minlength=counts.shape[1])
        idf = 1.0 + np.log((1.0 + len(texts)) / (1.0 + used))
        weighted = _weighted(counts, idf)
        if weighted.count_nonzero() == 0:
            raise snn.ParameterError("text features: the transcripts are all empty")
        dims = max(1, min(config.text_dims, counts.shape[1] - 1, len(texts) - 1))
        with np.errstate(divide="ignore", invalid="ignore"):  # where all transcripts are the same
            svd = TruncatedSVD(dims, random_state=0).fit(weighted)
        vectors = np.asarray(svd.components_.T)
        return cls(low, high, config.text_buckets, vocabulary, idf, vectors, config.text_analyzer)

    @property
    def dims(self) -> int:
        """Numbers a transcript becomes."""
        return int(self.vectors.shape[1])

    def transform(self, texts: Sequence[str]) -> Float:
        """float64[n, dims]."""
        return np.asarray(self.grams(texts) @ self.vectors, dtype=np.float64)

    def grams(self, texts: Sequence[str]) -> csr_array:
        """Weights of the n-grams themselves, rows of length 1, [n, n-grams]."""
        options = _options(self.analyzer, self.low, self.high)
        return _weighted(_counts(texts, options, self.buckets, self.vocabulary), self.idf)

    def arrays(self) -> dict[str, Any]:
        """All of it as plain arrays."""
        return {
            "low": self.low,
            "high": self.high,
            "buckets": self.buckets,
            "vocabulary": list(self.vocabulary),
            "idf": self.idf,
            "vectors": self.vectors,
            "analyzer": self.analyzer,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> TextFeatures:
        """What ``arrays`` gave."""
        words = tuple(w.decode() if isinstance(w, bytes) else str(w) for w in arrays["vocabulary"])
        low, high, buckets = (int(arrays[name]) for name in ("low", "high", "buckets"))
        idf, vectors = np.asarray(arrays["idf"]), np.asarray(arrays["vectors"])
        return cls(low, high, buckets, words, idf, vectors, str(arrays["analyzer"]))


def _options(analyzer: str, low: int, high: int) -> dict[str, Any]:
    if analyzer == "char":
        return {"analyzer": "char_wb", "ngram_range": (low, high)}
    # Words of one letter count: scikit-learn's own pattern drops them.
    return {"analyzer": "word", "ngram_range": (low, high), "token_pattern": r"(?u)\b\w[\w']*"}


def _counts(
    texts: Sequence[str], options: Mapping[str, Any], buckets: int, vocabulary: Sequence[str]
) -> csr_array:
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
