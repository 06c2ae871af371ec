"""Character n-grams of transcripts, made dense.

Character n-grams meet Indonesian affixes without a stemmer, and keep negations (tidak, belum), which stop
word lists throw away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline

import pysnn as snn

Float = NDArray[np.float64]


class TextFeatures:
    """TF-IDF of character n-grams within words, projected on its largest singular vectors.

    Latent semantic analysis (Deerwester et al. 1990): a few dense numbers instead of thousands that are
    almost always 0, so that every number is worth a spike train. Fitted on training transcripts alone.

    Parameters
    ----------
    method : "tfidf" (a vocabulary) or "hashed" (``buckets`` hash buckets, no vocabulary to store).
    low, high : lengths of the n-grams, 1 <= low <= high.
    dims : >= 1; at most one less than there are transcripts and n-grams are kept.
    buckets : >= 1.
    """

    def __init__(self, method: str, low: int, high: int, dims: int, buckets: int) -> None:
        self._dims = dims
        count: list[object]
        if method == "hashed":
            hashing = HashingVectorizer(
                analyzer="char_wb",
                ngram_range=(low, high),
                n_features=buckets,
                alternate_sign=False,
                norm=None,
            )
            count = [hashing, TfidfTransformer(sublinear_tf=True)]
        else:
            count = [
                TfidfVectorizer(analyzer="char_wb", ngram_range=(low, high), sublinear_tf=True, min_df=2)
            ]
        self._ngrams: Pipeline = make_pipeline(*count)
        self._svd: TruncatedSVD | None = None

    def fit(self, texts: Sequence[str]) -> None:
        """Learn vocabulary, weights and singular vectors."""
        if len(texts) < 2:
            raise snn.ParameterError(
                f"text features: expected at least 2 transcripts to fit (got {len(texts)})"
            )
        try:
            counts = self._ngrams.fit_transform(texts)
        except ValueError as err:  # no n-gram occurs twice
            raise snn.ParameterError(
                f"text features: the transcripts have too little in common ({err})"
            ) from err
        dims = max(1, min(self._dims, counts.shape[1] - 1, len(texts) - 1))
        self._svd = TruncatedSVD(dims, random_state=0).fit(counts)

    def transform(self, texts: Sequence[str]) -> Float:
        """float64[n, dims]."""
        if self._svd is None:
            raise snn.ParameterError("text features: fit() comes before transform()")
        return np.asarray(self._svd.transform(self._ngrams.transform(texts)), dtype=np.float64)
