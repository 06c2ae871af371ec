"""The commands that train several times: fusions side by side, folds by speaker."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa.cli import main
from pysnn_mmsa.features import Extractor
from pysnn_mmsa.robust import noisy, spreads, without
from scipy.sparse import csr_array

from . import helpers

QUICK = [
    "--network.neurons", "40", "--network.indegree", "4", "--stdp.passes", "0", "--readout.strength", "fixed",
    "--run.linear_c", "1", "--seeds", "2", "--quiet",
]  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of three modalities, of which two tell the label and one is noise."""
    path = tmp_path_factory.mktemp("data") / "t.csv"
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 240)
    rows = ["utterance,speaker,label,a.x,a.y,b.x,c.x"]
    for k, y in enumerate(label):
        a, b, c = rng.normal(2.0 * y, 1.0, 2), rng.normal(1.5 * y), rng.normal()
        rows.append(f"u{k},s{k % 12:02d},{'yes' if y else 'no'},{a[0]:.4f},{a[1]:.4f},{b:.4f},{c:.4f}")
    path.write_text("\n".join(rows) + "\n")
    return path


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def test_fusions_stand_side_by_side_with_what_a_missing_modality_costs(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "c"
    names = "early,late-product,tensor"
    words = ["compare", "--data", str(data), "--fusions", names, "--ablate", "--out", str(out), *QUICK]
    assert main(words) == 0
    rows = table(out / "comparison.csv")
    assert [row["fusion"] for row in rows] == names.split(",")
    for row in rows:
        # What tells most is missed most, and noise costs.
        assert float(row["without_a"]) < float(row["without_c"])
        assert float(row["learnt_without_a"]) < float(row["learnt_without_c"])
        assert float(row["noise_2"]) < float(row["accuracy"])
    page = (out / "comparison.html").read_text()
    assert "late-product" in page
    assert (out / "comparison.svg").read_text().startswith("<svg xmlns=")
    assert capsys.readouterr().out.startswith("fusion,accuracy,")


def test_a_fusion_that_there_is_not_is_one_line(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--data", str(data), "--fusions", "early,latte", *QUICK]) == 2
    err = capsys.readouterr().err
    assert "--fusions: expected" in err
    assert err.count("\n") == 1


def test_folds_test_every_utterance_once_and_are_weighted_by_what_they_tested(
    data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "f"
    words = ["folds", "--data", str(data), "--data.folds", "3", "--run.missing", "false", "--out", str(out)]
    assert main([*words, *QUICK]) == 0
    rows = table(out / "folds.csv")
    tested = np.array([int(row["tested"]) for row in rows])
    assert (len(rows), tested.sum()) == (3, 240)
    together = json.loads((out / "folds.json").read_text())["together"]["test"]["accuracy"]["mean"]
    expected = np.average([float(row["accuracy"]) for row in rows], weights=tested)
    assert together == pytest.approx(expected, abs=1e-5)


def test_folds_side_by_side_find_what_they_find_one_by_one(data: Path, tmp_path: Path) -> None:
    shared = ["folds", "--data", str(data), "--data.folds", "3", "--run.missing", "false", *QUICK]
    for jobs in ("1", "2"):
        assert main([*shared, "--jobs", jobs, "--out", str(tmp_path / jobs)]) == 0
    one, two = (json.loads((tmp_path / jobs / "folds.json").read_text()) for jobs in ("1", "2"))
    for fold in [*one["folds"], *two["folds"]]:
        fold["work"].pop("seconds_per_utterance")
    assert one == two
    assert sorted(path.name for path in (tmp_path / "2").iterdir()) == ["folds.csv", "folds.json", "run.json"]


def test_what_goes_wrong_in_a_fold_of_its_own_is_one_line_and_leaves_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = ["folds", "--data", str(data), "--data.folds", "3", "--out", str(tmp_path / "f"), *QUICK]
    assert main([*shared, "--jobs", "2", "--run.memory", "1e-9"]) == 2
    err = capsys.readouterr().err
    assert "fold " in err
    assert "run.memory" in err
    assert err.count("\n") == 1
    assert main([*shared, "--jobs", "0"]) == 2
    assert "--jobs: expected >= 1 (got 0)" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_folds_say_what_each_pathway_tells_by_itself(data: Path, tmp_path: Path) -> None:
    """Late fusion's pathways have a modality each; early fusion, which is one, says nothing twice."""
    shared = ["folds", "--data", str(data), "--data.folds", "2", "--run.missing", "false", *QUICK]
    assert main([*shared, "--fusion", "late", "--out", str(tmp_path / "late")]) == 0
    found = json.loads((tmp_path / "late" / "folds.json").read_text())
    assert list(found["together"]["pathways"]) == found["folds"][0]["modalities"]
    tested = [fold["tested"] for fold in found["folds"]]
    for name, own in found["together"]["pathways"].items():
        by_fold = [fold["pathways"][name]["mean"] for fold in found["folds"]]
        assert own["mean"] == pytest.approx(np.average(by_fold, weights=tested))
    assert main([*shared, "--fusion", "early", "--out", str(tmp_path / "early")]) == 0
    assert json.loads((tmp_path / "early" / "folds.json").read_text())["together"]["pathways"] == {}


def test_noise_has_the_deviations_asked_for_and_a_modality_can_be_taken_away() -> None:
    corpus = helpers.toy_corpus(400)
    features = Extractor.fit(corpus, helpers.small().features).transform(corpus)
    spread = spreads(features, corpus.training)
    np.testing.assert_allclose(spread["left"], features.values["left"][corpus.training].std(axis=0))
    changed = noisy(features, 0.5, spread, seed=1)
    error = (changed.values["left"] - features.values["left"]) / spread["left"]
    assert error.std() == pytest.approx(0.5, rel=0.1)  # 1200 draws: 2 %
    grams = csr_array(np.ones((400, 5)))
    with_grams = type(features)(features.values, features.names, {"left": grams})
    # Noise of one deviation leaves half of the n-grams.
    assert noisy(with_grams, 1.0, spread, 1).grams["left"].nnz == pytest.approx(1000, rel=0.1)
    taken = without(with_grams, "left", np.array([3, 5]))
    assert np.flatnonzero(~taken.present("left")).tolist() == [3, 5]
    assert taken.grams["left"].sum() == 398 * 5
    assert not without(with_grams, "left").present("left").any()
