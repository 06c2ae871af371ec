"""N-grams of one kind, of letters within words or of words, weighted.

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
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.preprocessing import normalize

import pysnn as snn

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Grams:
    """TF-IDF of n-grams: (1 + ln c) idf with c the counts of a transcript, rows of length 1.

    idf = 1 + ln((1 + N) / (1 + N_with)) over the training transcripts.

    Attributes
    ----------
    analyzer : what the n-grams are of, "char" (within words) or "word". low, high : their lengths.
    vocabulary : the n-grams that count, or () where they are hashed into ``buckets``.
    idf : float64[n-grams].
    """

    analyzer: str
    low: int
    high: int
    buckets: int
    vocabulary: tuple[str, ...]
    idf: Float

    @classmethod
    def fit(
        cls, texts: Sequence[str], analyzer: str, low: int, high: int, buckets: int, hashed: bool
    ) -> tuple[Grams, csr_array]:
        """Learn vocabulary and weights, and give what ``of`` does for ``texts``: counting is what takes time.

        ParameterError where no n-gram occurs twice.
        """
        vocabulary: tuple[str, ...] = ()
        if hashed:
            counts = cls(analyzer, low, high, buckets, (), np.zeros(0))._counts(texts)
        else:
            counter = CountVectorizer(min_df=2, **_options(analyzer, low, high))
            try:
                counts = csr_array(counter.fit_transform(texts), dtype=float)
            except ValueError as err:
                raise snn.ParameterError(
                    f"text features: the transcripts have too little in common ({err})"
                ) from err
            counts.sort_indices()  # as counting by a vocabulary leaves them, so that sums have the same bits
            vocabulary = tuple(counter.get_feature_names_out())
        used = np.bincount(counts.indices, minlength=counts.shape[1])
        idf = 1.0 + np.log((1.0 + len(texts)) / (1.0 + used))
        made = cls(analyzer, low, high, buckets, vocabulary, idf)
        return made, made._weighted(counts)

    def of(self, texts: Sequence[str]) -> csr_array:
        """Weights in each of ``texts``, [n, n-grams]."""
        return self._weighted(self._counts(texts))

    def arrays(self, suffix: str) -> dict[str, Any]:
        """All of it as plain arrays, names with ``suffix``."""
        return {f"{name}{suffix}": value for name, value in vars(self).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], suffix: str) -> Grams:
        """What ``arrays`` gave."""
        words = arrays[f"vocabulary{suffix}"]
        low, high, buckets = (int(arrays[f"{name}{suffix}"]) for name in ("low", "high", "buckets"))
        return cls(
            str(arrays[f"analyzer{suffix}"]),
            low,
            high,
            buckets,
            tuple(word.decode() if isinstance(word, bytes) else str(word) for word in words),
            np.asarray(arrays[f"idf{suffix}"]),
        )

    def _weighted(self, counts: csr_array) -> csr_array:
        counts.data = (1.0 + np.log(counts.data)) * self.idf[counts.indices]
        return csr_array(normalize(counts))

    def _counts(self, texts: Sequence[str]) -> csr_array:
        options = _options(self.analyzer, self.low, self.high)
        if self.vocabulary:
            counter = CountVectorizer(vocabulary=list(self.vocabulary), **options)
            return csr_array(counter.transform(texts), dtype=float)
        hashed = HashingVectorizer(n_features=self.buckets, alternate_sign=False, norm=None, **options)
        return csr_array(hashed.transform(texts), dtype=float)


def _options(analyzer: str, low: int, high: int) -> dict[str, Any]:
    if analyzer == "char":
        return {"analyzer": "char_wb", "ngram_range": (low, high)}
    # Words of one letter count: scikit-learn's own pattern drops them.
    return {"analyzer": "word", "ngram_range": (low, high), "token_pattern": r"(?u)\b\w[\w']*"}
