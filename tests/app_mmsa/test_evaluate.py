from __future__ import annotations

import json
import statistics

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from pysnn_mmsa.evaluate import accuracy, confusion, f1_macro, f1_weighted, over_seeds, recall_mean
from pysnn_mmsa.evaluate_number import number_metrics
from pysnn_mmsa.features import Extractor
from pysnn_mmsa.floors import floors
from sklearn import metrics

from . import cases, helpers

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@given(PAIRS)
def test_metrics_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    label, predicted = np.array(pairs).T
    assert accuracy(label, predicted) == pytest.approx(metrics.accuracy_score(label, predicted))
    expected = metrics.f1_score(label, predicted, average="weighted", zero_division=0.0)
    assert f1_weighted(label, predicted) == pytest.approx(expected)
    assert f1_macro(label, predicted) == pytest.approx(
        metrics.f1_score(label, predicted, average="macro", zero_division=0.0)
    )
    recalls = metrics.recall_score(label, predicted, labels=np.unique(label), average=None, zero_division=0.0)
    assert recall_mean(label, predicted) == pytest.approx(recalls.mean())
    np.testing.assert_array_equal(
        confusion(label, predicted, 4), metrics.confusion_matrix(label, predicted, labels=range(4))
    )


def test_classes_have_the_metrics_that_the_case_states() -> None:
    case = json.loads(cases.path("metrics/classes.json").read_text())
    label, predicted = np.array(case["y"]), np.array(case["p"])
    got = {
        "WA": accuracy(label, predicted),
        "UA": recall_mean(label, predicted),
        "F1_weighted": f1_weighted(label, predicted),
        "F1_macro": f1_macro(label, predicted),
    }
    assert got == pytest.approx({name: case[name] for name in got})


def test_numbers_have_the_metrics_that_the_case_states() -> None:
    case = json.loads(cases.path("metrics/continuous.json").read_text())
    got = number_metrics(np.array(case["y"]), np.array(case["p"]))
    names = {
        "mae": "MAE", "corr": "Corr", "acc2_has0": "Acc2_has0", "f1_has0": "F1_has0",
        "acc2_non0": "Acc2_non0", "f1_non0": "F1_non0", "acc7": "Acc7_numpy_round",
        "acc5": "Acc5_numpy_round",
    }  # fmt: skip
    assert got == pytest.approx({ours: case[theirs] for ours, theirs in names.items()})


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=3, max_size=40))
def test_the_correlation_is_numpys_or_undefined(pairs: list[tuple[float, float]]) -> None:
    label, predicted = np.round(np.array(pairs), 3).T
    got = number_metrics(label, predicted)
    if np.ptp(label) > 0.0 and np.ptp(predicted) > 0.0:
        assert got["corr"] == pytest.approx(np.corrcoef(label, predicted)[0, 1], abs=1e-9)
    else:
        assert got["corr"] is None
    assert got["mae"] == pytest.approx(metrics.mean_absolute_error(label, predicted))


@pytest.mark.parametrize("constant", [0.1, -1.0 / 3.0, 0.0, 1e-3])
def test_a_constant_prediction_has_no_correlation(constant: float) -> None:
    label = np.random.default_rng(0).normal(size=100)
    assert number_metrics(label, np.full(100, constant))["corr"] is None


def test_only_neutral_labels_leave_negative_against_positive_undefined() -> None:
    got = number_metrics(np.zeros(4), np.array([0.5, -0.5, 1.0, 0.0]))
    assert (got["acc2_non0"], got["f1_non0"], got["acc2_has0"]) == (None, None, 0.75)


def test_a_metric_that_is_undefined_for_a_seed_is_left_out_of_the_mean() -> None:
    assert over_seeds([0.5, None])["mean"] == 0.5
    assert over_seeds([None]) == {"mean": None, "std": None, "seeds": [None]}


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
    features = Extractor.fit(corpus, helpers.small().features).transform(corpus)
    got = floors(corpus, features, 1.0)
    assert got.majority == pytest.approx(0.5, abs=0.02)
    assert got.linear > 0.85
    assert set(got.by_modality) == {"left", "right"}


def test_the_linear_floor_reads_no_label_of_the_test_part() -> None:
    """Turning the test labels round turns the floor round: the model itself has not changed."""
    corpus = helpers.toy_corpus()
    features = Extractor.fit(corpus, helpers.small().features).transform(corpus)
    turned = helpers.toy_corpus()
    turned.target[turned.test] = 1.0 - turned.target[turned.test]
    assert floors(turned, features, 1.0).linear == pytest.approx(1.0 - floors(corpus, features, 1.0).linear)


def test_floors_of_numbers_are_errors() -> None:
    """The best constant for absolute errors is the median; where labels are a line, ridge is far better."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = x @ np.array([1.0, -0.5, 0.2])
    corpus = helpers.toy_numbers(x, y)
    got = floors(corpus, Extractor.fit(corpus, helpers.small().features).transform(corpus), 1.0)
    test = y[corpus.test]
    assert got.majority == pytest.approx(np.abs(test - np.median(test)).mean())
    assert got.linear < 0.1 * got.majority
