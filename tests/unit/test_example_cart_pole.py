"""docs/examples/cart_pole.py: the pole stands, by the network and not by itself."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "cart_pole.py"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_cart_pole", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_the_pole_is_balanced_and_one_line_says_so(
    example: ModuleType, backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["cart_pole.py", "--quick", "--backend", backend])
    example.main()
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    figures = json.loads(out)
    assert figures["balanced_ms"] == 2000
    assert figures["largest_angle_rad"] < 0.1
    assert figures["motor_spikes"] > 100


def test_without_spikes_it_falls(example: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """From 0.05 rad by itself: e^(t / 0.26 s), 0.21 rad within a second."""
    accelerate = example.accelerate
    monkeypatch.setattr(example, "accelerate", lambda state, force: accelerate(state, 0.0))
    assert example.balance(2.0, "clock")["balanced_ms"] < 1000
