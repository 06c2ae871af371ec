"""docs/examples/gain_control.py: a response to a change of rate, whatever the rate is."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "gain_control.py"


def test_responses_to_equal_ratios_of_rates_are_alike_and_without_dynamics_are_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rates of 25 and 200 Hz that grow by half: 1.28 by the steady state of depression, 8 without it."""
    spec = importlib.util.spec_from_file_location("example_gain_control", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "argv", ["gain_control.py", "--quick"])
    module.main()
    figures = json.loads(capsys.readouterr().out)
    assert 0.4 < figures["depressing_ratio"] < 1.6
    assert figures["static_ratio"] > 4.0
