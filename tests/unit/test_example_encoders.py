"""docs/examples/encoders.py: every encoder does what it is for, and docs/encoders.md names them all."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from pysnn import encoders as enc

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_encoders", DOCS / "examples" / "encoders.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def figures(example: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    example.main(["--quick", "--picture", str(tmp_path / "picture.svg")])
    assert (tmp_path / "picture.svg").stat().st_size > 10_000
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    return dict(json.loads(out))


def test_each_encoder_does_what_it_is_for(example: ModuleType, figures: dict[str, Any]) -> None:
    assert set(figures) == set(example.TASKS)
    follow = figures["follow"]
    # As many spikes as of the rate code, and ten or more decibels nearer to the signal.
    for name in ("PWM", "Delta", "StepForward"):
        assert follow[name]["spikes_per_s"] < 1.2 * follow["RegularRate"]["spikes_per_s"]
        assert follow[name]["db"] > follow["RegularRate"]["db"] + 10.0
    assert follow["BSA"]["db"] > 8.0
    for name, figure in figures["standing"].items():
        assert figure["worst"] <= figure["stated"] + 1e-4
        assert name == "RegularRate" or figure["rms"] < figures["standing"]["RegularRate"]["rms"]
    light = figures["light"]
    for control, code in (tuple(task.values()) for task in light.values()):
        assert code > 0.9
        assert code > control + 0.1
    assert figures["edges"]["MovingWindow"] > 0.95 > 0.6 > figures["edges"]["StepForward"]
    assert figures["tones"]["Gammatone"] > 0.9 > figures["tones"]["chance"]
    for medium in ("image", "sound", "text"):
        errors = figures["chain"][medium]
        assert max(errors["0.0"], errors["0.99"]) <= 1.0 < errors["2.0"]


def test_the_page_has_a_row_for_every_encoder_and_front_end() -> None:
    rows = [
        line for line in (DOCS / "encoders.md").read_text(encoding="utf-8").splitlines() if line[:3] == "| `"
    ]
    named = {row.split("`")[1] for row in rows}
    assert named == {*enc.Encoder.registry, "Pixels", "OnOff", "Gammatone"}


def test_the_pages_code_does_what_it_says() -> None:
    page = (DOCS / "encoders.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], names)
    assert np.all(np.abs(names["values"] - [0.1, 0.8, 0.5]) <= names["error"])
    assert names["error"] < 0.0027
    assert np.all(np.abs(names["back"] - names["images"]) <= names["error"])
    assert names["sim"].time == pytest.approx(100.0)


def test_the_pages_figure_shows_what_it_should_and_is_small(example: ModuleType) -> None:
    file = DOCS / "figures" / "encoders.svg"
    assert file.stat().st_size < 150_000
    texts = {
        (node.text or "").strip() for node in ElementTree.parse(file).iter() if node.tag.endswith("text")
    }
    assert {*example.FOLLOWERS, *example.STANDING} <= texts
