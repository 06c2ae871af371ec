"""docs/examples/digits.py: an estimator as scikit-learn would have it, which knows its digits."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the example is an estimator for scikit-learn, which is missing")

from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

PATH = Path(__file__).resolve().parents[2] / "docs" / "examples" / "digits.py"


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("example_digits", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where pickle looks for its class
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_scikit_learn_takes_it_for_one_of_its_own(example: ModuleType) -> None:
    """All of its checks: clones, pickles, shapes, errors, the order of samples, two classes or more."""
    done = check_estimator(example.SpikingClassifier(hidden=60), on_skip=None, on_fail="raise")
    assert len(done) > 40


def test_it_stands_in_a_pipeline_and_names_what_a_line_does_not_part(example: ModuleType) -> None:
    """Two classes on a ring and inside it: no linear model is better than its guess."""
    rng = np.random.default_rng(3)
    angle, radius = rng.uniform(0.0, 2.0 * np.pi, 300), np.repeat([0.4, 1.5], 150)
    points = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    points += rng.normal(0.0, 0.05, (300, 2))
    named = np.repeat(["inside", "ring"], 150)
    shuffled = rng.permutation(300)
    learn, test = shuffled[:200], shuffled[200:]
    model = make_pipeline(StandardScaler(), example.SpikingClassifier(hidden=200))
    model.fit(points[learn], named[learn])
    assert np.mean(model.predict(points[test]) == named[test]) > 0.95
    again = clone(model).fit(points[learn], named[learn])
    np.testing.assert_array_equal(again.decision_function(points), model.decision_function(points))


def test_quick_prints_one_line_with_the_accuracy_beside_the_floor(
    example: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    example.main(["--quick"])
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    figures = json.loads(out)
    assert figures["trials"] == 1797
    assert figures["logistic_regression"] > 0.94
    assert figures["accuracy"] > 0.95
