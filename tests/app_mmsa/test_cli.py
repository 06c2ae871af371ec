"""The command from end to end: what a run folder holds, and what cannot be run."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from pysnn_mmsa import model, outcome, synth
from pysnn_mmsa.cli import main
from pysnn_mmsa.config import Config, override, read_toml
from pysnn_mmsa.train import train

import pysnn as snn

from . import helpers

QUICK = [
    "--network.neurons",
    "80",
    "--network.indegree",
    "8",
    "--readout.epochs",
    "2",
    "--seeds",
    "2",
    "--quiet",
]


@pytest.fixture(scope="module", params=["early", "late"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the shipped corpus with a small network, of both kinds of fusion."""
    folder = tmp_path_factory.mktemp("run") / "deep" / request.param
    assert main(["train", "--out", str(folder), "--fusion", request.param, *QUICK]) == 0
    return folder


def test_metrics_have_the_promised_shape(run: Path) -> None:
    metrics = json.loads((run / "metrics.json").read_text())
    for key in ("accuracy", "recall_mean", "f1_weighted", "f1_macro"):
        values = metrics["test"][key]
        assert set(values) == {"mean", "std", "seeds"}
        assert len(values["seeds"]) == 2
        assert values["mean"] == pytest.approx(np.mean(values["seeds"]))
        assert values["std"] == pytest.approx(np.std(values["seeds"], ddof=1))
    assert 0.0 < metrics["floors"]["majority"] < metrics["floors"]["linear"] <= 1.0
    # The synthetic corpus is learnable: even 80 neurons beat naming its largest class.
    assert metrics["test"]["accuracy"]["mean"] > 1.5 * metrics["floors"]["majority"]


def test_predictions_are_those_the_metrics_count(run: Path) -> None:
    metrics = json.loads((run / "metrics.json").read_text())
    with (run / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * metrics["utterances"]["test"]
    for seed, accuracy in zip(metrics["seeds"], metrics["test"]["accuracy"]["seeds"], strict=True):
        own = [row for row in rows if row["seed"] == str(seed)]
        assert np.mean([row["label_code"] == row["predicted_code"] for row in own]) == pytest.approx(accuracy)
        assert len({row["utterance"] for row in own}) == metrics["utterances"]["test"]
    p = np.array([[float(row[f"p_{name}"]) for name in metrics["classes"]] for row in rows])
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-5)
    assert [metrics["classes"][k] for k in p.argmax(axis=1)] == [row["predicted"] for row in rows]
    assert {row["label_code"] for row in rows} == {str(code) for code in range(-4, 3)}


def test_the_configuration_is_stored_as_it_was_resolved(run: Path) -> None:
    config = override(Config(), read_toml(run / "config.toml"), "stored")
    assert (config.network.neurons, config.run.seeds, config.network.fusion) == (80, (0, 1), run.name)


def test_the_spikes_of_the_test_pass_are_logged_for_every_population(run: Path) -> None:
    logged = snn.load(run / "spikes.h5")
    assert set(logged) == ({"fused"} if run.name == "early" else {"text", "voice", "face"})
    assert logged.closed
    assert all(len(spikes.t) > 0 for spikes in logged.values())


def test_the_report_needs_nothing_from_elsewhere(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert "SYNTHETIC" in page
    assert "://" not in page
    assert main(["report", str(run)]) == 0


def test_the_same_configuration_and_seed_give_the_same_bytes(run: Path, tmp_path: Path) -> None:
    assert (
        main(["train", "--config", str(run / "config.toml"), "--out", str(tmp_path / "again"), "--quiet"])
        == 0
    )
    assert (tmp_path / "again" / "predictions.csv").read_bytes() == (run / "predictions.csv").read_bytes()


def test_progress_is_shown_unless_unwanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loud = [word for word in QUICK if word != "--quiet"]
    assert main(["train", "--out", str(tmp_path), *loud, "--seeds", "6,"]) == 0
    err = capsys.readouterr().err
    assert "seed 6, STDP" in err
    assert "100%" in err


@pytest.mark.parametrize("fusion", ["early", "late"])
def test_utterances_without_a_modality_or_without_any_are_answered(fusion: str) -> None:
    corpus = helpers.toy_corpus(missing=True)
    result = train(corpus, helpers.small(network__fusion=fusion), helpers.silent)
    metrics = outcome.as_metrics(result)
    assert metrics["missing_in_test"]["left"] > 0
    # Classes 3 deviations apart in the mean of one modality: a network that learns tells most apart.
    assert metrics["test"]["accuracy"]["mean"] > 0.8


def test_labels_of_the_test_part_change_no_prediction() -> None:
    corpus, turned = helpers.toy_corpus(), helpers.toy_corpus()
    turned.target[turned.test] = 1.0 - turned.target[turned.test]
    a, b = (train(c, helpers.small(), helpers.silent) for c in (corpus, turned))
    np.testing.assert_array_equal(a.seeds[0].votes.together, b.seeds[0].votes.together)


# ---- what cannot be run: one line, exit status 2, nothing left behind -------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dataset", "mosi"], "PYSNN_DATA is not set"),
        (["--dataset", "imdb"], "unknown data set 'imdb'"),
        (["--fusion", "lat"], "did you mean 'late'"),
        (["--seeds", "a few"], "expected a number of seeds"),
        (["--network.neurons", "-3"], "must be >= 1"),
        (["--config", "absent.toml"], "cannot read the configuration"),
        (["--out", "file/run"], "cannot make the folder"),
        (["--out", "file"], "expected a folder"),
        (["--encode.rate", "100000"], "encode.rate: must be <= 1000 Hz"),
        (["--encode.rate", "1000", "--encode.duration", "1e6"], "this run would need about"),
        (["--network.neurons", "9000000"], "this run would need about"),
        (["--run.seeds", "100000000"], "at most 1000 seeds"),
        (["--readout.eta", "1e400"], "expected a finite number"),
        (["--data", "nowhere.csv"], "nowhere.csv: no file or folder"),
        (["--data", ""], "--data: expected the path of a table or folder"),
        (["--data", "file"], "expected a table"),
        (["--dataset", "own"], "--data PATH"),
        (["--config", "."], "cannot read the configuration"),
    ],
)
def test_a_wrong_request_is_one_line_and_status_2(
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYSNN_DATA", raising=False)
    (tmp_path / "file").write_text("in the way")
    assert main(["train", *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.startswith("mmsa: ")
    assert not err.startswith("mmsa: mmsa")
    assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_folder_that_is_no_run_has_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 2
    assert "is no run folder" in capsys.readouterr().err


def test_the_command_starts_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pysnn_mmsa", "datasets"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert {"cremad", "imvd-synthetic", "mosi"} <= {line.split()[0] for line in done.stdout.splitlines()}


# ---- prediction ----------------------------------------------------------------------------------


def test_a_stored_model_predicts_the_test_part_to_the_same_bytes(run: Path, tmp_path: Path) -> None:
    """What training wrote for a seed is what its model says when it is loaded again."""
    out = tmp_path / "again.csv"
    assert main(["predict", str(run), "--seed", "1", "--out", str(out), "--quiet"]) == 0
    head, *rows = (run / "predictions.csv").read_text().splitlines()
    assert out.read_text().splitlines() == [head, *(row for row in rows if row.startswith("1,"))]


def test_new_utterances_of_the_same_form_are_predicted(run: Path, tmp_path: Path) -> None:
    """Other speakers from another seed of the generator: far better than the 1/7 of guessing."""
    new, out = tmp_path / "new.npz", tmp_path / "new.csv"
    assert main(["synth", "--out", str(new), "--seed", "99", "--videos", "8", "--test-videos", "1"]) == 0
    assert main(["predict", str(run), "--input", str(new), "--out", str(out), "--quiet"]) == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(synth.read(new))
    assert np.mean([row["label"] == row["predicted"] for row in rows]) > 0.35


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seed", "5"], "holds no seed 5"),
        (["--input", "absent.npz"], "absent.npz: no file"),
        (["absent.csv"], "absent.csv: no file"),
        (["--out", "no/folder.csv"], "does not exist"),
    ],
)
def test_a_prediction_that_cannot_be_made_says_why(
    words: list[str], message: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(run), *words, "--quiet"]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_a_model_file_that_is_none_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    if content is None:
        with h5py.File(path, "w") as file:
            file["something"] = 1
    else:
        path.write_bytes(content)
    with pytest.raises(snn.ParameterError, match=r"model\.h5"):
        model.read(path)
