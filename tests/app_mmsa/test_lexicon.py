"""Scores of a lexicon, where it is installed, and what is said where it is not."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from pysnn_mmsa.features import lexicon
from pysnn_mmsa.features.text import TextFeatures
from pysnn_mmsa.settings import FeatureConfig

import pysnn as snn

THERE = importlib.util.find_spec(lexicon.PACKAGE) is not None


@pytest.mark.skipif(not THERE, reason=f"{lexicon.PACKAGE} is not installed")
def test_negation_turns_a_score_round_and_both_signs_have_a_column() -> None:
    good, bad = lexicon.scores(["the film is good", "the film is not good"])
    below, above = lexicon.NAMES.index("vader below"), lexicon.NAMES.index("vader above")
    assert good[above] > 0.3 > good[below] == 0.0
    assert bad[below] > 0.3 > bad[above] == 0.0
    assert lexicon.resolved("auto") == "vader"


def test_without_the_package_auto_is_none_and_vader_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert lexicon.resolved("auto") == "none"
    with pytest.raises(snn.ParameterError, match=r"pip install vaderSentiment"):
        lexicon.resolved("vader")


def test_words_can_be_counted_in_place_of_letters() -> None:
    """By hand: of 'a' and 'not' both texts have one, 'good' two, 'film' is in one text alone and left out."""
    config = FeatureConfig(text_analyzer="word", ngram_low=1, ngram_high=1, text_dims=2)
    text = TextFeatures.fit(["a good film", "not good", "not a"], config)
    assert text.names == ("a", "good", "not")
    # Each word is in two of three: equal idf, so a text of two has 1 / sqrt(2) each.
    np.testing.assert_allclose(text.grams(["not good"]).toarray(), [[0.0, 0.5**0.5, 0.5**0.5]])
