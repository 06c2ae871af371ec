"""A trained model goes on learning from new utterances, and says what it forgets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa.cli import main

QUICK = [
    "--network.neurons", "30", "--network.indegree", "4", "--stdp.passes", "1", "--readout.strength", "fixed",
    "--run.linear_c", "1", "--seeds", "1", "--run.missing", "false", "--quiet",
]  # fmt: skip


def table(path: Path, turned: bool, labels: tuple[str, str] = ("no", "yes"), shift: int = 0) -> Path:
    """Two columns; the first tells the label, or, ``turned``, the second does and the first is noise."""
    rng = np.random.default_rng(3 + turned)
    rows = ["utterance,speaker,split,label,a.x,a.y"]
    for k in range(240):
        y = int(rng.integers(0, 2))
        tell, noise = rng.normal(3.0 * y - 1.5), rng.normal(0.0, 2.0)
        x = (noise, tell) if turned else (tell, noise)
        split = "test" if k % 12 < 3 else "train"
        rows.append(f"u{shift + k},s{k % 12:02d},{split},{labels[y]},{x[0]:.4f},{x[1]:.4f}")
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has learnt from the first column, with a layer in time beside."""
    folder = tmp_path_factory.mktemp("resume")
    data = table(folder / "old.csv", turned=False)
    time = ["--time.layer", "feedforward", "--time.neurons", "30", "--time.epochs", "5"]
    assert main(["train", "--data", str(data), "--out", str(folder / "run"), *time, *QUICK]) == 0
    return folder / "run"


def test_what_is_new_is_learnt_and_what_is_forgotten_is_said(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = table(tmp_path / "new.csv", turned=True), tmp_path / "out"
    words = ["train", "--resume", str(run), "--data", str(data), "--out", str(out), "--quiet"]
    assert main([*words, "--resume.epochs", "10", "--resume.rate", "1"]) == 0
    found = json.loads((out / "metrics.json").read_text())["resumed"]
    new, old = found["new"], found["old"]
    # A column of noise tells half; the one that tells leaves Phi(1.5) = 93 % right.
    assert new["before"]["mean"] <= 0.75
    assert new["after"]["mean"] >= new["before"]["mean"] + 0.1
    assert old["before"]["mean"] >= 0.85
    assert old["after"]["mean"] < old["before"]["mean"]
    assert "old data" in capsys.readouterr().out
    assert "Learning that went on" in (out / "report.html").read_text()
    # It is a run as every other: it predicts, and can be resumed.
    assert main(["predict", str(out), str(data), "--quiet"]) == 0
    assert main([*words[:2], str(out), *words[3:5], "--out", str(tmp_path / "next"), "--quiet"]) == 0


def test_old_data_that_are_gone_are_said_to_be(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = run.parent / "old.csv"
    text = old.read_text()
    old.unlink()
    try:
        data = table(tmp_path / "new.csv", turned=False, shift=1000)
        words = ["train", "--resume", str(run), "--data", str(data), "--out", str(tmp_path / "o"), "--quiet"]
        assert main(words) == 0
    finally:
        old.write_text(text)
    assert "what is forgotten" in capsys.readouterr().err
    assert json.loads((tmp_path / "o" / "metrics.json").read_text())["resumed"]["old"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--network.neurons", "50"], "--resume: expected settings of dataset, data, resume, run alone"),
        ([], "--resume: expected new utterances"),
    ],
)
def test_what_cannot_be_resumed_is_one_line(
    run: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--resume", str(run), *words, "--quiet"]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_other_classes_are_refused(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = table(tmp_path / "new.csv", turned=False, labels=("glad", "sad"))
    words = ["train", "--resume", str(run), "--data", str(data), "--out", str(tmp_path / "o"), "--quiet"]
    assert main(words) == 2
    assert "expected labels among the model's" in capsys.readouterr().err


def test_what_the_new_data_lack_and_what_is_not_looked_at_is_warned_of(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, *rows = table(tmp_path / "new.csv", turned=False, shift=1000).read_text().splitlines()
    more = "\n".join([f"{head},a.z,b.x", *(f"{row},1,{k % 5}" for k, row in enumerate(rows))])
    (tmp_path / "new.csv").write_text(more)
    words = ["train", "--resume", str(run), "--data", str(tmp_path / "new.csv"), "--quiet"]
    assert main([*words, "--out", str(tmp_path / "o")]) == 0
    err = capsys.readouterr().err
    assert "new.csv: the model does not use 'b'" in err
    assert "new.csv: the model does not use a.z" in err
