"""docs/examples/digits_unsupervised.py: neurons that nobody tells what they see name digits."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "digits_unsupervised.py"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_digits_unsupervised", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(example: ModuleType, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    example.main(["--quick", *options])
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    return dict(json.loads(out))


@pytest.mark.data
def test_digits_are_named_and_not_without_homeostasis(
    example: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_it = figures(example, capsys, "--picture", str(tmp_path / "fields.png"))
    without = figures(example, capsys, "--no-homeostasis")
    assert with_it["accuracy"] > 65.0
    assert with_it["accuracy"] > without["accuracy"] + 10.0
    assert (tmp_path / "fields.png").stat().st_size > 1000


def test_regular_trains_have_as_many_spikes_as_their_rates_ask_for(example: ModuleType) -> None:
    # phase + rate t passes floor(phase + rate T) whole numbers: within one of rate T, which is their mean
    rates = np.repeat([[0.0, 35.0, 200.0]], 400, axis=0)
    trains = example.trains(rates, np.random.default_rng(0))
    counts = np.zeros((400, 3))
    np.add.at(counts, (np.repeat(np.arange(400), np.diff(trains.offsets)), trains.indices), 1)
    assert np.abs(counts - [0.0, 3.5, 20.0]).max() < 1.0
    np.testing.assert_allclose(counts.mean(axis=0), [0.0, 3.5, 20.0], atol=0.1)


def test_neurons_are_named_by_what_they_fire_for_most(example: ModuleType) -> None:
    # two neurons for 3, one for 5: an image with as many spikes of the 5 as of both 3 together is a 5
    counts = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 1.0, 4.0]])
    labels = np.array([3, 3, 5])
    seen = np.concatenate([counts, np.zeros((8, 3))])
    names = example.named_by(seen, np.concatenate([labels, [0, 1, 2, 4, 6, 7, 8, 9]]))
    assert names.tolist() == [3, 3, 5]
    assert example.vote(np.array([[1.0, 1.0, 2.0], [3.0, 3.0, 2.0]]), names).tolist() == [5, 3]
