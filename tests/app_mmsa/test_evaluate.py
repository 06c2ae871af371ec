from __future__ import annotations

import statistics

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from pysnn_mmsa.evaluate import accuracy, confusion, f1_weighted, floors, over_seeds
from pysnn_mmsa.features import Extractor
from sklearn import metrics

from . import helpers

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@given(PAIRS)
def test_metrics_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    label, predicted = np.array(pairs).T
    assert accuracy(label, predicted) == pytest.approx(metrics.accuracy_score(label, predicted))
    expected = metrics.f1_score(label, predicted, average="weighted", zero_division=0.0)
    assert f1_weighted(label, predicted) == pytest.approx(expected)
    np.testing.assert_array_equal(
        confusion(label, predicted, 4), metrics.confusion_matrix(label, predicted, labels=range(4))
    )


def test_seeds_have_mean_and_sample_deviation() -> None:
    values = [0.5, 0.75, 0.625]
    got = over_seeds(values)
    assert got == {
        "mean": statistics.mean(values),
        "std": pytest.approx(statistics.stdev(values)),
        "seeds": values,
    }
    assert over_seeds([0.5])["std"] == 0.0


@pytest.mark.parametrize("missing", [False, True])
def test_floors_are_majority_and_a_line(missing: bool) -> None:
    """Half of the toy corpus is of each class, and a line tells most of it apart."""
    corpus = helpers.toy_corpus(missing=missing)
    features = Extractor(helpers.small().features).fit(corpus).transform(corpus)
    got = floors(corpus, features, 1.0)
    assert got.majority == pytest.approx(0.5, abs=0.02)
    assert got.linear > 0.85
    assert set(got.by_modality) == {"left", "right"}


def test_the_linear_floor_reads_no_label_of_the_test_part() -> None:
    """Turning the test labels round turns the floor round: the model itself has not changed."""
    corpus = helpers.toy_corpus()
    features = Extractor(helpers.small().features).fit(corpus).transform(corpus)
    turned = helpers.toy_corpus()
    turned.label[turned.test] = 1 - turned.label[turned.test]
    assert floors(turned, features, 1.0).linear == pytest.approx(1.0 - floors(corpus, features, 1.0).linear)
