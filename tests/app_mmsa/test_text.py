from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa.features.text import TextFeatures

import pysnn as snn

TEXTS = [
    "film ini bagus",
    "film ini tidak bagus",
    "ponsel ini bagus",
    "ponsel ini tidak bagus",
    "cuaca biasa saja",
]


@pytest.mark.parametrize("method", ["tfidf", "hashed"])
def test_a_negation_changes_the_features(method: str) -> None:
    """Stop word lists of Indonesian drop tidak; here it must tell two sentences apart."""
    text = TextFeatures(method, 2, 4, 3, 512)
    text.fit(TEXTS)
    a, b = text.transform(["acara ini bagus", "acara ini tidak bagus"])
    assert np.abs(a - b).max() > 0.05


@pytest.mark.parametrize("method", ["tfidf", "hashed"])
def test_features_of_a_text_do_not_depend_on_the_others_it_is_transformed_with(method: str) -> None:
    text = TextFeatures(method, 2, 4, 3, 512)
    text.fit(TEXTS)
    np.testing.assert_allclose(text.transform(TEXTS)[1], text.transform([TEXTS[1]])[0], atol=1e-12)


def test_dimensions_are_limited_by_the_number_of_transcripts() -> None:
    text = TextFeatures("tfidf", 2, 4, 500, 512)
    text.fit(TEXTS)
    assert text.transform(TEXTS).shape == (5, 4)


def test_transcripts_without_anything_in_common_are_refused() -> None:
    with pytest.raises(snn.ParameterError, match="too little in common"):
        TextFeatures("tfidf", 5, 5, 2, 64).fit(["abcdefgh", "qrstuvwx"])
