from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from pysnn_mmsa.chain import Front
from pysnn_mmsa.dataset import Transcripts
from pysnn_mmsa.features.grams import Grams
from pysnn_mmsa.features.text import TextFeatures
from pysnn_mmsa.settings import FeatureConfig
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

import pysnn as snn

from . import helpers

TEXTS = [
    "film ini bagus",
    "film ini tidak bagus",
    "ponsel ini bagus",
    "ponsel ini tidak bagus",
    "cuaca biasa saja",
]


def fitted(
    method: str, low: int, high: int, dims: int, buckets: int, texts: list[str] | None = None
) -> TextFeatures:
    config = FeatureConfig(text=method, ngram_low=low, ngram_high=high, text_dims=dims, text_buckets=buckets)
    return TextFeatures.fit(TEXTS if texts is None else texts, config)


@pytest.mark.parametrize("method", ["tfidf", "hashed"])
def test_a_negation_changes_the_features(method: str) -> None:
    """Stop word lists of Indonesian drop tidak; here it must tell two sentences apart."""
    text = fitted(method, 2, 4, 3, 512)
    a, b = text.transform(["acara ini bagus", "acara ini tidak bagus"])
    assert np.abs(a - b).max() > 0.05


@pytest.mark.parametrize("method", ["tfidf", "hashed"])
def test_features_of_a_text_do_not_depend_on_the_others_it_is_transformed_with(method: str) -> None:
    text = fitted(method, 2, 4, 3, 512)
    np.testing.assert_allclose(text.transform(TEXTS)[1], text.transform([TEXTS[1]])[0], atol=1e-12)


def test_dimensions_are_limited_by_the_number_of_transcripts() -> None:
    text = fitted("tfidf", 2, 4, 500, 512)
    assert text.transform(TEXTS).shape == (5, 4)


def test_transcripts_without_anything_in_common_are_refused() -> None:
    with pytest.raises(snn.ParameterError, match="too little in common"):
        fitted("tfidf", 5, 5, 2, 64, ["abcdefgh", "qrstuvwx"])


@pytest.mark.parametrize("texts", [["ya bagus"] * 2, ["ya bagus"] * 30])
def test_transcripts_that_are_all_the_same_are_no_cause_to_warn(texts: list[str]) -> None:
    values = fitted("tfidf", 2, 4, 3, 512, texts).transform(texts)
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values, values[:1].repeat(len(texts), axis=0))


def test_weights_are_those_of_scikit_learn_with_sublinear_tf() -> None:
    """(1 + ln c)(1 + ln((1 + N)/(1 + N_with))), rows of length 1: what its TfidfVectorizer documents.

    With as many singular vectors as transcripts allow, distances between those are kept but for the smallest.
    """
    text = fitted("tfidf", 2, 4, 4, 512)
    oracle = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2)
    weights = oracle.fit_transform(TEXTS)
    assert text.names == tuple(oracle.get_feature_names_out())
    np.testing.assert_allclose(text.kinds[0].idf, oracle.idf_)
    np.testing.assert_allclose(text.transform(TEXTS), weights @ text.vectors, atol=1e-12)


def test_words_beside_letters_are_those_of_scikit_learn_side_by_side() -> None:
    config = FeatureConfig(text_analyzer="both", ngram_low=2, ngram_high=4, text_dims=4)
    text = TextFeatures.fit(TEXTS, config)
    words = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, min_df=2, token_pattern=r"(?u)\b\w[\w']*"
    ).fit(TEXTS)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2).fit(TEXTS)
    new = ["ponsel ini tidak", "", "zzz qqq"]
    want = np.concatenate([words.transform(new).toarray(), letters.transform(new).toarray()], axis=1)
    np.testing.assert_allclose(text.grams(new).toarray(), want)
    assert text.names == (*words.get_feature_names_out(), *letters.get_feature_names_out())
    again = TextFeatures.from_arrays(text.arrays())
    np.testing.assert_array_equal(again.grams(new).toarray(), text.grams(new).toarray())
    np.testing.assert_array_equal(again.transform(new), text.transform(new))


@pytest.mark.parametrize("method", ["tfidf", "hashed"])
def test_weights_given_while_learning_are_those_of_the_vocabulary_to_the_bit(method: str) -> None:
    made, weighted = Grams.fit(TEXTS, "char", 2, 4, 512, hashed=method == "hashed")
    again = made.of(TEXTS)
    np.testing.assert_array_equal(weighted.indices, again.indices)
    np.testing.assert_array_equal(weighted.data, again.data)


def test_a_run_counts_the_n_grams_of_a_text_while_learning_and_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Features, lines and lone utterances ask for the same n-grams."""
    said = tuple(f"{TEXTS[k % len(TEXTS)]} {k}" for k in range(12))
    corpus = helpers.replaced(helpers.toy_corpus(12), modalities={"text": Transcripts(said)})
    counted: list[str] = []
    analyzer = CountVectorizer.build_analyzer

    def counting(self: CountVectorizer) -> Callable[[str], list[str]]:
        own = analyzer(self)

        def noted(text: str) -> list[str]:
            counted.append(text)
            return list(own(text))

        return noted

    monkeypatch.setattr(CountVectorizer, "build_analyzer", counting)
    front, features = Front.fit(corpus, helpers.small())
    front.features_of(corpus, alone=True)
    assert Counter(counted) == {text: 1 + int(t) for text, t in zip(said, corpus.training, strict=True)}
    assert features.grams["text"].shape[0] == len(said)


@pytest.mark.parametrize("method", ["tfidf", "hashed"])
def test_what_the_model_file_keeps_is_all_of_it(method: str) -> None:
    text = fitted(method, 2, 4, 3, 512)
    again = TextFeatures.from_arrays(text.arrays())
    np.testing.assert_array_equal(again.transform(["belum bagus"]), text.transform(["belum bagus"]))
