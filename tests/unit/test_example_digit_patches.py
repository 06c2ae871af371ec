"""Digits learnt with labels, by three factors and by reward: the scripts run, and hidden neurons learn."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"

pytestmark = pytest.mark.data


def figures(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str
) -> dict[str, Any]:
    """What the script prints: 500 digits named after one look at each of 1,000."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setattr(sys, "argv", [name, "--quick", *options])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    return dict(json.loads(out))


def test_hidden_neurons_that_learn_by_labels_name_more_than_those_that_stay_as_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    learnt = figures("digits_labels", monkeypatch, capsys)["accuracy"]
    drawn = figures("digits_labels", monkeypatch, capsys, "--no-feedback")["accuracy"]
    assert learnt > drawn + 2.0
    assert drawn > 60.0


@pytest.mark.parametrize("backend", ["event", "clock"])
def test_three_factors_name_more_than_chance_on_either_engine(
    backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert figures("digits_three_factor", monkeypatch, capsys, "--backend", backend)["accuracy"] > 65.0


def test_told_no_more_than_right_or_wrong_they_name_more_than_chance(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert figures("digits_reward", monkeypatch, capsys)["accuracy"] > 30.0
