"""What the application must reach on the published data (data README: tracks A and C)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pysnn_mmsa.cli import main


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize(("name", "least"), [("mosi", 0.775), ("cremad", 0.765)])
def test_the_mean_over_seeds_reaches_what_was_asked(name: str, least: float, tmp_path: Path) -> None:
    # Two of the five seeds that the README has: those take minutes.
    quick = ["--seeds", "2", "--run.missing", "false", "--quiet"]
    assert main(["train", "--dataset", name, "--out", str(tmp_path), *quick]) == 0
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert len(metrics["test"]["accuracy"]["seeds"]) == 2
    assert metrics["test"]["accuracy"]["mean"] >= least
    # Measured once with another program (data README): 76.7 and 77.8 by logistic regression.
    assert metrics["floors"]["linear"] == pytest.approx({"mosi": 0.767, "cremad": 0.778}[name], abs=0.01)
