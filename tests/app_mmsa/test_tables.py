"""Tables of one's own: what is read of them, and what is wrong with them, by file, row and column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest
from pysnn_mmsa.cli import main
from pysnn_mmsa.dataset import Corpus, Table, Transcripts

import pysnn as snn

from . import cases
from .tables import load, written


def missing(corpus: Corpus) -> dict[str, list[str]]:
    found = {
        name: [corpus.ids[k] for k in np.flatnonzero(~modality.present())]
        for name, modality in corpus.modalities.items()
    }
    return {name: ids for name, ids in found.items() if ids}


# ---- the cases -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain.csv", "bom_crlf.csv"])
def test_a_plain_table_has_its_modalities_and_parts(name: str) -> None:
    corpus = load(cases.path(f"tables/{name}"))
    want = cases.expected("tables")["plain.csv"]["expected"]
    sizes = {m: len(t.names) for m, t in corpus.modalities.items() if isinstance(t, Table)}
    assert sizes == want["modalities"]
    assert (corpus.in_part("train").sum(), corpus.test.sum()) == (want["train"], want["test"])
    assert corpus.task == "classes"
    assert corpus.warnings == ()


def test_missing_modalities_are_those_of_the_case() -> None:
    want = cases.expected("tables")["missing.csv"]["expected"]["missing"]
    assert missing(load(cases.path("tables/missing.csv"))) == want


def test_a_half_missing_modality_is_there_and_warned_of() -> None:
    corpus = load(cases.path("tables/half_missing.csv"))
    assert cases.expected("tables")["half_missing.csv"]["expected"]["warning"] in corpus.warnings
    assert missing(corpus) == {}


def test_numbers_with_a_point_are_a_regression_and_names_are_classes() -> None:
    assert load(cases.path("tables/continuous.csv")).task == "number"
    assert (
        list(load(cases.path("tables/text_labels.csv")).classes)
        == (cases.expected("tables")["text_labels.csv"]["expected"]["classes"])
    )


@pytest.mark.parametrize("name", ["dup_id.csv", "decimal_comma.csv"])
def test_what_is_wrong_with_a_table_is_named(name: str) -> None:
    with pytest.raises(
        snn.ParameterError, match=cases.expected("tables")[name]["expected"]["error"]
    ) as caught:
        load(cases.path(f"tables/{name}"))
    assert name in str(caught.value)
    assert "row" in str(caught.value)


def test_without_a_split_speakers_are_drawn_from_the_seed() -> None:
    path = cases.path("tables/no_split.csv")
    parts = {seed: load(path, split_seed=seed).part for seed in range(20)}
    assert load(path, split_seed=3).part == parts[3]
    assert len(set(parts.values())) > 1
    corpus = load(path)
    for who in set(corpus.speaker):
        assert len({p for p, s in zip(corpus.part, corpus.speaker, strict=True) if s == who}) == 1
    assert set(corpus.part) == {"train", "test"}
    assert "seed 0" in corpus.note


@pytest.mark.parametrize(
    "name", ["constant_column.csv", "no_split.csv", "continuous.csv", "half_missing.csv"]
)
def test_a_small_table_is_trained_on_and_predicted(name: str, tmp_path: Path) -> None:
    path = cases.path(f"tables/{name}")
    quick = ["--network.neurons", "20", "--network.indegree", "2", "--readout.epochs", "1", "--seeds", "1"]
    out = tmp_path / "run"
    assert main(["train", "--data", str(path), "--out", str(out), "--quiet", *quick]) == 0
    page, went = (out / "report.html").read_text(), (out / "utterances.csv").read_text()
    for name_of_one in load(path).ids:
        assert f">{name_of_one}<" in page
        assert f"{name_of_one}," in went
    table = tmp_path / "p.csv"
    assert main(["predict", str(out), str(path), "--out", str(table), "--quiet"]) == 0
    assert len(table.read_text().splitlines()) == 1 + len(load(path))


def test_the_fields_label_csv_has_its_clips() -> None:
    want = cases.expected("tables")["label_csv_mmsa.csv"]["expected"]
    path = cases.path("tables/label_csv_mmsa.csv")
    corpus = load(path)
    assert [str(Path(name or "").relative_to(path.parent)) for name in corpus.media] == want["media"]
    said = corpus.modalities["text"]
    assert isinstance(said, Transcripts)
    assert list(said.texts) == want["text"]
    assert corpus.ids == ("video_0001/0001", "video_0001/0002", "video_0002/0001")
    assert corpus.part == ("train", "valid", "test")
    np.testing.assert_allclose(corpus.target, [0.8, -0.6, 0.0])


# ---- the same kinds, made here -------------------------------------------------------------------

HEAD = "utterance,speaker,video,split,label,voice.f0,face.smile\n"
ROWS = "a1,A,v,train,1,120,.1\na2,A,v,train,-2,180,-.2\nb1,B,w,test,1,210,.15\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("old", "new"), [(",", ","), (",", ";"), (",", "\t"), ("\n", "\r\n"), ("\n", "\n\n")]
)
def test_every_usual_way_of_writing_a_table_gives_the_same(
    encoding: str, old: str, new: str, tmp_path: Path
) -> None:
    text = (HEAD + ROWS).replace(old, new)
    if new == "\n\n":
        text = HEAD + ROWS + "\n\n"
    corpus = load(written(tmp_path, text, encoding))
    assert corpus.ids == ("a1", "a2", "b1")
    assert corpus.codes == ("-2", "1")
    assert corpus.label.tolist() == [1, 0, 1]
    voice = corpus.modalities["voice"]
    assert isinstance(voice, Table)
    assert voice.values[:, 0].tolist() == [120.0, 180.0, 210.0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("120", "12o", r"row 2, column 'voice\.f0': expected a number \(got '12o'\)"),
        ("180", "inf", r"row 3, column 'voice\.f0': expected a number up to 1e\+100"),
        ("180", "1_80", r"row 3, column 'voice\.f0': expected a number up to 1e\+100"),
        (",train,1,", ",trian,1,", r"row 2, column 'split': .*did you mean 'train'"),
        ("b1,", "a1,", r"row 4, column 'utterance': .*'a1', which row 2 has"),
        ("b1,", ",", r"row 4, column 'utterance': expected a name"),
        ("b1,B", "b1,", r"row 4, column 'speaker': expected a name"),
        (",210,.15", ",210", r"row 4: expected 7 cells \(got 6\)"),
        (",-2,", ",sad,", r"row 3, column 'label' .*expected a number, as other labels are \(got 'sad'\)"),
        (",-2,", ",inf,", r"row 3, column 'label' .*expected a finite number"),
        ("a2,A,v,train", "a2,B,v,train", r"speakers in several parts: 'B'"),
        ("voice.f0", "face.smile", r"row 1: the column 'face\.smile' is there 2 times"),
        ("utterance", "id", r"expected a column 'utterance' \(got id"),
        ("a2,A", '"a2,A', r"row \d: cannot be read as CSV"),
        ("a2,A", "a\0,A", r"row 3: expected text"),
    ],
)
def test_a_mistake_is_named_by_file_row_and_column(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, (HEAD + ROWS).replace(old, new, 1))
    with pytest.raises(snn.ParameterError, match=message) as caught:
        load(path).check_trainable()
    assert "t.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["0,1", "3,2", "4,5"], r"row 3, column 'end': expected > begin 3 s \(got 2"),
        (["0,1", "2,2", "4,5"], r"row 3, column 'end'"),
        (["0,1", "-1,2", "4,5"], r"row 3, column 'begin': expected >= 0 s"),
        (["0,1", "1,", "4,5"], r"row 3, column 'end': expected begin and end"),
        (["0,1", "x,2", "4,5"], r"row 3, column 'begin': expected a number"),
    ],
)
def test_times_that_cannot_be_are_named(times: Sequence[str], message: str, tmp_path: Path) -> None:
    rows = [f"u{k},v,{both},text {k}\n" for k, both in enumerate(times)]
    with pytest.raises(snn.ParameterError, match=message):
        load(written(tmp_path, "utterance,video,begin,end,text\n" + "".join(rows)))


def test_utterances_of_a_video_are_ordered_by_their_times(tmp_path: Path) -> None:
    rows = "c,v,5,6,x\na,v,0,1,y\nb,v,2,3,z\nd,w,9,10,u\n"
    corpus = load(written(tmp_path, "utterance,video,begin,end,text\n" + rows))
    assert corpus.position.tolist() == [2, 0, 1, 0]
    assert corpus.speaker == ("v", "v", "v", "w")


def test_a_file_that_is_latin_1_an_lfs_pointer_or_empty_is_named(tmp_path: Path) -> None:
    for raw, message in (
        ("utterance,text\na,café\n".encode("latin-1"), r"row 2: expected UTF-8 .*0xe9"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
        (b"", "empty first row"),
        (b"utterance,text\n", "expected a row under the header"),
    ):
        path = tmp_path / "t.csv"
        path.write_bytes(raw)
        with pytest.raises(snn.ParameterError, match=message):
            load(path)


def test_a_column_that_is_not_read_is_warned_of_with_the_nearest_name(tmp_path: Path) -> None:
    corpus = load(written(tmp_path, "utterance,spekaer,text,age\na,A,x y,3\nb,B,y z,4\n"))
    assert any("'spekaer' is not read; did you mean 'speaker'?" in text for text in corpus.warnings)
    assert any("'age' is not read" in text for text in corpus.warnings)


def test_a_column_that_is_empty_throughout_is_warned_of_once(tmp_path: Path) -> None:
    rows = "".join(f"u{k},,{k},{'' if k == 3 else k}\n" for k in range(9))
    corpus = load(written(tmp_path, "utterance,voice.f0,voice.level,voice.rate\n" + rows))
    assert corpus.warnings == (
        "voice.f0 is missing in every utterance",
        "u3: voice.rate is missing, voice.level is there",
    )
    # A modality that nobody has at all is missing, not half missing.
    rows = "".join(f"u{k},,{k}\n" for k in range(9))
    assert load(written(tmp_path, "utterance,voice.f0,face.smile\n" + rows)).warnings == ()


def test_what_the_test_has_and_the_training_lacks_is_doubted(tmp_path: Path) -> None:
    rows = (
        "a,train,joy,1,\nb,train,anger,2,\nc,test,joy,3,4\nd,test,fear,5,6\ne,valid,fear,5,6\nf,none,x,1,\n"
    )
    path = written(tmp_path, "utterance,split,label,voice.f0,voice.level\n" + rows)
    corpus = load(path)
    fear, level = corpus.doubts[len(corpus.warnings) :]
    assert "'fear', which 2 of the test or validation part have" in fear
    assert "the feature 'voice.level'" in level
    assert not set(corpus.doubts[len(corpus.warnings) :]) & set(corpus.warnings)
    untrained = load(written(tmp_path, "utterance,split,label,voice.f0\na,test,joy,1\nb,test,anger,2\n"))
    assert untrained.doubts == untrained.warnings


def test_labels_by_name_get_numbers_from_the_setting(tmp_path: Path) -> None:
    path = written(tmp_path, "utterance,label,text\na,Senang ,x\nb,marah,y\nc,,z\n")
    corpus = load(path, labels="senang=1,marah=-2")
    assert corpus.codes == ("-2", "1")
    assert corpus.label.tolist() == [1, 0, -1]
    with pytest.raises(snn.ParameterError, match="expected NAME=NUMBER"):
        load(path, labels="senang")
    assert load(path, task="classes").classes == ("marah", "Senang")


@pytest.mark.parametrize(
    ("cells", "task", "codes"),
    [
        (["-1", "+1", "\u22122"], "classes", ("-2", "-1", "1")),
        (["0.5", "1", "-2"], "number", ()),
        (["1.0", "2.0", "1.0"], "number", ()),
    ],
)
def test_the_form_of_the_labels_says_what_they_are(
    cells: list[str], task: str, codes: tuple[str, ...], tmp_path: Path
) -> None:
    rows = "".join(f"u{k},{cell},x\n" for k, cell in enumerate(cells))
    corpus = load(written(tmp_path, "utterance,label,text\n" + rows))
    assert (corpus.task, corpus.codes) == (task, codes)
    assert load(written(tmp_path, "utterance,label,text\n" + rows), task="number").task == "number"


def test_a_table_of_hdf5_is_the_same_as_one_of_csv(tmp_path: Path) -> None:
    path = tmp_path / "t.h5"
    with h5py.File(path, "w") as file:
        for name, values in (
            ("utterance", ["a1", "a2", "b1"]), ("speaker", ["A", "A", "B"]), ("video", ["v", "v", "w"]),
            ("split", ["train", "train", "test"]),
        ):  # fmt: skip
            file[name] = values
        file["label"] = [1, -2, 1]
        file["voice"] = np.array([[120.0, 1.0], [180.0, np.nan], [210.0, 3.0]])
        file["face/smile"] = [0.1, -0.2, 0.15]
    corpus = load(path)
    assert corpus.codes == ("-2", "1")
    assert {m: t.names for m, t in corpus.modalities.items() if isinstance(t, Table)} == {
        "voice": ("voice.0", "voice.1"), "face": ("face.smile",),
    }  # fmt: skip
    with h5py.File(path, "a") as file:
        del file["label"]
        file["label"] = [1, 2]
    with pytest.raises(snn.ParameterError, match=r"t\.h5: expected columns of one length"):
        load(path)
    path.write_bytes(b"no")
    with pytest.raises(snn.ParameterError, match=r"t\.h5: cannot be read as HDF5"):
        load(path)


def test_a_corpus_without_labels_is_predicted_and_not_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, HEAD + ROWS)
    quick = ["--network.neurons", "20", "--network.indegree", "2", "--readout.epochs", "1", "--seeds", "1"]
    run = tmp_path / "run"
    assert main(["train", "--data", str(path), "--out", str(run), "--quiet", *quick]) == 0
    other = tmp_path / "new.csv"
    other.write_text("utterance,face.smile,voice.f0\nx,.1,100\ny,.2,\n")
    capsys.readouterr()
    assert main(["predict", str(run), str(other), "--quiet"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split(",")[1] for row in rows] == ["utterance", "x", "y"]
    assert main(["train", "--data", str(other), "--out", str(tmp_path / "no"), "--quiet"]) == 2
    assert "can only be predicted" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()
    other.write_text("utterance,face.laugh\nx,.1\n")
    assert main(["predict", str(run), str(other), "--quiet"]) == 2
    assert "face.smile are not there (got face.laugh)" in capsys.readouterr().err


def test_the_model_stands_alone(tmp_path: Path) -> None:
    """With the training table gone, or another in its place, predictions are the same to the byte."""
    rng = np.random.default_rng(0)
    rows = [
        f"u{k},s{k // 4},{'train' if k < 40 else 'test'},{k % 2},{x + k % 2:.3f},kata {k % 5} {k % 2}\n"
        for k, x in enumerate(rng.normal(size=60))
    ]
    path = tmp_path / "t.csv"
    path.write_text("utterance,speaker,split,label,voice.f0,text\n" + "".join(rows))
    quick = [
        "--network.neurons",
        "40",
        "--network.indegree",
        "4",
        "--seeds",
        "1",
        "--features.text_dims",
        "4",
    ]
    run = tmp_path / "run"
    assert main(["train", "--data", str(path), "--out", str(run), "--quiet", *quick]) == 0
    new = tmp_path / "new.csv"
    new.write_text("utterance,speaker,split,label,voice.f0,text\n" + "".join(rows[40:]))
    answers = []
    for change in (lambda: None, lambda: path.write_text("utterance\nx\n"), path.unlink):
        change()
        out = tmp_path / "out.csv"
        assert main(["predict", str(run), str(new), "--out", str(out), "--quiet"]) == 0
        answers.append(out.read_bytes())
    assert answers[0] == answers[1] == answers[2]
    # What training said of the same utterances, which came in the same videos.
    own = [r.split(",", 1)[1] for r in (run / "predictions.csv").read_text().splitlines()[1:]]
    assert [r.split(",", 1)[1] for r in answers[0].decode().splitlines()[1:]] == own


def test_names_of_classes_are_as_good_as_their_numbers_when_predicting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, (HEAD + ROWS).replace(",1,", ",joy,").replace(",-2,", ",anger,"))
    quick = ["--network.neurons", "20", "--network.indegree", "2", "--readout.epochs", "1", "--seeds", "1"]
    run = tmp_path / "run"
    assert main(["train", "--data", str(path), "--out", str(run), "--quiet", *quick]) == 0
    capsys.readouterr()
    new = tmp_path / "new.csv"
    new.write_text("utterance,label,face.smile,voice.f0,voice.jitter,hand.wave\nx,JOY,.1,100,1,2\n")
    assert main(["predict", str(run), str(new), "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert "joy,joy," in out
    assert "the model does not use 'hand'" in err
    assert "the model does not use voice.jitter" in err
    new.write_text("utterance,label,face.smile,voice.f0\nx,fear,.1,100\n")
    assert main(["predict", str(run), str(new), "--quiet"]) == 2
    assert "expected labels among the model's anger, joy (got fear)" in capsys.readouterr().err


def test_many_whole_numbers_are_warned_of(tmp_path: Path) -> None:
    rows = "".join(f"u{k},{k},x\n" for k in range(30))
    path = written(tmp_path, "utterance,label,text\n" + rows)
    assert any("30 classes; data.task = number" in text for text in load(path).warnings)
    assert load(path, task="number").warnings == ()


def test_labels_to_predict_are_read_as_those_learnt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers that happen to be whole are numbers for a model of numbers, 1.0 a class for one of classes."""
    quick = ["--network.neurons", "20", "--network.indegree", "2", "--readout.epochs", "1", "--seeds", "1"]
    for name, labels, new in (("numbers", ("1.5", "-2.25"), "2"), ("classes", ("1", "-2"), "1")):
        rows = "".join(f"u{k},{labels[k % 2]},{k % 2}\n" for k in range(8))
        path = written(tmp_path, "utterance,label,x.a\n" + rows)
        run = tmp_path / name
        assert main(["train", "--data", str(path), "--out", str(run), "--quiet", *quick]) == 0
        given = tmp_path / "given.csv"
        given.write_text(f"utterance,label,x.a\nu,{new},1\n")
        capsys.readouterr()
        assert main(["predict", str(run), str(given), "--quiet"]) == 0
        assert f",{new}," in capsys.readouterr().out
