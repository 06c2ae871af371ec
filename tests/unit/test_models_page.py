"""docs/models.md names every neuron model, and its figure is there."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pysnn as snn
from pysnn.networks.firing_patterns import PATTERNS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_model_has_its_row() -> None:
    rows = [
        line
        for line in (DOCS / "models.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    assert sorted(row.split("`")[1] for row in rows) == sorted(snn.NeuronModel.registry)


def test_the_figure_shows_every_pattern_and_is_small() -> None:
    file = DOCS / "figures" / "firing_patterns.svg"
    assert file.stat().st_size < 150_000
    texts = {
        (node.text or "").strip() for node in ElementTree.parse(file).iter() if node.tag.endswith("text")
    }
    assert set(PATTERNS) <= texts
