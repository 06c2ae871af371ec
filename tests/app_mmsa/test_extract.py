"""From a folder of videos to a report: synth, extract, train, predict, on a few short videos."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa import dataset, model
from pysnn_mmsa.cli import main
from pysnn_mmsa.dataset import Contours, Landmarks
from pysnn_mmsa.extract import pool
from pysnn_mmsa.extract.sources import find
from pysnn_mmsa.settings import DataConfig

from . import cases

pytestmark = pytest.mark.media

QUICK = [
    "--network.neurons",
    "60",
    "--network.indegree",
    "6",
    "--readout.epochs",
    "3",
    "--seeds",
    "1",
    "--quiet",
]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four speakers, four utterances each, of which together all seven emotions."""
    folder = tmp_path_factory.mktemp("videos") / "v"
    assert main(["synth", "--media", "--out", str(folder), "--videos", "4", "--most", "4", "--quiet"]) == 0
    return folder


@pytest.fixture(scope="module")
def features(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("features") / "f"
    assert main(["extract", str(videos), "--out", str(out), "--voice", "own", "--quiet"]) == 0
    return out


@pytest.fixture(scope="module")
def run(features: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "r"
    assert main(["train", "--data", str(features), "--out", str(out), *QUICK]) == 0
    return out


@pytest.fixture
def copied(features: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(features, tmp_path / "copy"))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_videos_are_annotated_as_they_were_made(videos: Path, features: Path) -> None:
    rows = rows_of(features / "utterances.csv")
    assert len(rows) == 16
    assert {row["video"] for row in rows} == {"v000", "v001", "v002", "v003"}
    assert {row["label"] for row in rows} == {str(code) for code in range(-4, 3)}
    assert all(float(row["end"]) > float(row["begin"]) for row in rows)
    assert all(row["text"] for row in rows)


def test_every_utterance_has_a_face_and_a_voice_of_its_length(features: Path) -> None:
    corpus = dataset.load("own", DataConfig(path=str(features)))
    assert corpus.classes[0] == "fear"
    voice, face = corpus.modalities["voice"], corpus.modalities["face"]
    assert isinstance(voice, Contours)
    assert isinstance(face, Landmarks)
    assert voice.present().all()
    assert face.present().all()
    assert corpus.begin is not None
    assert corpus.end is not None
    length = corpus.end - corpus.begin
    np.testing.assert_allclose([len(pitch) for pitch in voice.pitch], 100.0 * length, atol=2.0)
    np.testing.assert_allclose([len(f) for f in face.frames], 15.0 * length, atol=2.0)  # 15 frames a second
    # espeak-ng's voices speak between 60 and 400 Hz, and its pauses between utterances are silent.
    medians = [np.median(pitch[pitch > 0.0]) for pitch in voice.pitch]
    assert (np.array(medians) > 60.0).all()
    assert (np.array(medians) < 400.0).all()


def test_a_smile_is_wider_than_the_same_speakers_neutral_face(features: Path) -> None:
    """The pictures of joy are warped so that the mouth is wider by 0.28 of the distance of the eyes."""
    corpus = dataset.load("own", DataConfig(path=str(features)))
    face = corpus.modalities["face"]
    assert isinstance(face, Landmarks)
    width = {}
    for k, frames in enumerate(face.frames):
        eyes = np.linalg.norm(frames[:, 36:42].mean(axis=1) - frames[:, 42:48].mean(axis=1), axis=1)
        mouth = np.linalg.norm(frames[:, 48] - frames[:, 54], axis=1)
        width[corpus.video[k], corpus.classes[corpus.label[k]]] = float(np.median(mouth / eyes))
    pairs = [
        (v, width[v, "joy"] - width[v, "neutral"]) for v, e in width if e == "joy" and (v, "neutral") in width
    ]
    assert pairs
    assert all(difference > 0.1 for _, difference in pairs)


def test_what_was_extracted_is_not_extracted_again_and_what_changed_is(
    videos: Path, copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = Path(shutil.copytree(videos, tmp_path / "source"))
    stamps = {path.name: path.stat().st_mtime_ns for path in (copied / "videos").iterdir()}
    command = ["extract", str(source), "--out", str(copied), "--voice", "own", "--quiet"]
    assert main(command) == 0
    assert "0 extracted, 4 as before, 0 failed" in capsys.readouterr().out
    assert {path.name: path.stat().st_mtime_ns for path in (copied / "videos").iterdir()} == stamps
    # A torn file of features, and a film with other content: two are made again.
    torn, *_ = sorted((copied / "videos").iterdir())
    torn.write_bytes(torn.read_bytes()[:100])
    with (source / "v003.mp4").open("ab") as file:
        file.write(b"\0" * 16)
    assert main(command) == 0
    assert "2 extracted, 2 as before, 0 failed" in capsys.readouterr().out


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8", ","), ("utf-16", "\t"), ("utf-8-sig", ";")])
def test_speakers_and_splits_that_somebody_filled_in_stay(
    encoding: str, delimiter: str, videos: Path, copied: Path
) -> None:
    """In a text editor, or in Excel as Unicode text or CSV UTF-8."""
    rows = rows_of(copied / "utterances.csv")
    for row in rows:
        row["split"] = "test" if row["video"] == "v001" else "train"
        row["speaker"] = f"person {row['video']}"
    with (copied / "utterances.csv").open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    assert main(["extract", str(videos), "--out", str(copied), "--voice", "own", "--quiet"]) == 0
    corpus = dataset.load("own", DataConfig(path=str(copied)))
    assert set(corpus.speaker) == {f"person v{k:03d}" for k in range(4)}
    assert {v for v, p in zip(corpus.video, corpus.part, strict=True) if p == "test"} == {"v001"}


def test_a_killed_extraction_goes_on_where_it_was(videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "f"
    command = [sys.executable, "-m", "pysnn_mmsa", "extract", str(videos), "--out", str(out)]
    command += ["--voice", "own", "--jobs", "1", "--quiet"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as child:
        done: list[Path] = []
        while not done and child.poll() is None:
            time.sleep(0.05)
            done = list((out / "videos").glob("[!.]*.h5")) if out.is_dir() else []
        os.killpg(child.pid, signal.SIGKILL)
    before = {path.name: path.stat().st_mtime_ns for path in (out / "videos").glob("[!.]*.h5")}
    assert before
    assert main(["extract", str(videos), "--out", str(out), "--voice", "own", "--quiet"]) == 0
    assert len(rows_of(out / "utterances.csv")) == 16
    after = {path.name: path.stat().st_mtime_ns for path in (out / "videos").glob("[!.]*.h5")}
    assert before.items() <= after.items()


def test_files_that_fail_are_named_and_the_others_done(
    videos: Path, copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = Path(shutil.copytree(videos, tmp_path / "source"))
    (source / "torn.mp4").write_bytes((source / "v000.mp4").read_bytes()[:2000])
    (source / "torn.eaf").write_text((source / "v000.eaf").read_text().replace("v000.mp4", "torn.mp4"))
    (source / "bad.eaf").write_text("<html/>")
    (source / "lost.eaf").write_text((source / "v000.eaf").read_text().replace("v000.mp4", "gone.mp4"))
    (source / "empty.mkv").touch()
    (source / "notes.txt").write_text("not a video")
    command = ["extract", str(source), "--out", str(copied), "--voice", "own", "--quiet", "--jobs", "2"]
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert "8 media files: 0 extracted, 4 as before, 4 failed; 16 utterances" in out
    failed = [line for line in err.splitlines() if "failed:" in line]
    assert len(failed) == 4
    for name, why in (
        ("torn", "torn.mp4"),
        ("bad", "<html>"),
        ("lost", "media are not there"),
        ("empty", "empty"),
    ):
        assert any(f"failed: {name}: " in line and why in line for line in failed)
    assert len(rows_of(copied / "utterances.csv")) == 16


def test_the_licences_of_both_parts_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["extract", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "300-W" in text
    assert text.count("excludes commercial use") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "nowhere: no file or folder"),
        (["."], "expected .eaf or media files"),
        ([".", "--jobs", "-1"], "--jobs: expected >= 1"),
        ([".", "--labels", "senang"], "data.labels: expected NAME=NUMBER"),
        ([".", "--out", "mine"], "expected a new or empty folder"),
    ],
)
def test_what_cannot_be_extracted_is_one_line(
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("mine")
    assert main(["extract", *words, "--quiet"]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "thesis.tex"]


def test_the_run_has_a_report_that_says_which_video_went_where(run: Path) -> None:
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["utterances"]["train"] + metrics["utterances"]["test"] == 16
    assert set(metrics["floors"]["linear_by_modality"]) == {"text", "voice", "face"}
    page = (run / "report.html").read_text()
    assert "Split drawn by speaker with seed 0" in page
    assert "v003_03" in page


def test_a_clip_is_predicted_with_and_without_annotations(
    run: Path, videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = Path(shutil.copy(videos / "v002.mp4", tmp_path / "film.mp4"))
    notes = Path(shutil.copy(videos / "v002.eaf", tmp_path / "notes.eaf"))
    out = tmp_path / "p.csv"
    assert main(["predict", str(run), str(clip), str(notes), "--out", str(out), "--quiet"]) == 0
    rows = rows_of(out)
    known = [row for row in rows_of(run / "predictions.csv") if row["video"] == "v002"]
    assert len(rows) == 4
    assert rows[0]["utterance"] == "film_00"
    assert all(float(row["end"]) > float(row["begin"]) for row in rows)
    for one, other in zip(rows, known, strict=False):  # what training said, where v002 was in the test part
        assert one["p_joy"] == other["p_joy"]
    assert main(["predict", str(run), str(clip), "--out", str(out), "--quiet"]) == 0
    (row,) = rows_of(out)
    assert (row["begin"], row["text"], row["label"]) == ("0.000", "", "")
    assert 5.0 < float(row["end"]) < 60.0
    assert main(["predict", str(run), str(clip), "--pause", "0.25", "--out", str(out), "--quiet"]) == 0
    cut = [(float(row["begin"]), float(row["end"])) for row in rows_of(out)]
    assert len(cut) > 1
    # What was annotated is sound: its middle lies in a piece.
    for one in known:
        middle = (float(one["begin"]) + float(one["end"])) / 2
        assert any(begin <= middle <= end for begin, end in cut)
    assert not list(tmp_path.glob("mmsa*"))
    capsys.readouterr()
    for words, message in (
        ([str(tmp_path / "no.mp4")], "no.mp4: there is no such file"),
        ([str(clip), str(clip)], "expected CLIP [CLIP.eaf]"),
        ([str(out.with_suffix(".csv")), str(clip)], "expected CLIP [CLIP.eaf]"),
    ):
        assert main(["predict", str(run), *words, "--quiet"]) == 2
        assert message in capsys.readouterr().err


def test_features_of_another_extractor_are_refused_by_name(
    run: Path, videos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pysnn_mmsa import given

    monkeypatch.setattr(given, "voice_extractor", lambda kind: "pitch tracker 99")
    assert main(["predict", str(run), str(videos / "v000.mp4"), "--quiet"]) == 2
    err = capsys.readouterr().err
    made = model.read(run / "model.h5").front.extractor.extractors["voice"]
    assert f"the model's voice was made by {made}; expected the same here (got pitch tracker 99)" in err


@pytest.mark.skipif(importlib.util.find_spec("opensmile") is None, reason="openSMILE is not installed")
def test_a_table_made_with_another_extractor_is_refused_by_name(
    run: Path, videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "f"
    assert main(["extract", str(videos / "v000.mp4"), "--out", str(out), "--voice", "opensmile", "--no-face",
                 "--quiet"]) == 0  # fmt: skip
    assert "excludes commercial use" in capsys.readouterr().err
    assert main(["predict", str(run), str(out), "--quiet"]) == 2
    assert "made by pitch tracker" in capsys.readouterr().err


def test_a_manifest_says_what_is_where(videos: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    names = [("v000", "train", "Ani"), ("v001", "test", "Budi")]
    rows = [f"{videos / name}.eaf,{split},{who}\n" for name, split, who in names]
    path.write_text("eaf,split,speaker\n" + "".join(rows))
    items = find(path, DataConfig())
    assert [(i.media, i.rows[0].speaker, i.rows[0].split) for i in items] == [
        (videos / "v000.mp4", "Ani", "train"), (videos / "v001.mp4", "Budi", "test"),
    ]  # fmt: skip
    path.write_text(f"utterance,media,begin,end,label,text\nu1,{videos / 'v000.mp4'},1,2,joy,halo\n")
    (item,) = find(path, DataConfig())
    (row,) = item.rows
    assert (row.id, row.begin, row.end, row.label, row.text) == ("u1", 1.0, 2.0, "joy", "halo")


def test_the_fields_folder_is_extracted_clip_by_clip(videos: Path, tmp_path: Path) -> None:
    raw = tmp_path / "Raw" / "video_0001"
    raw.mkdir(parents=True)
    for number in ("0001", "0002"):
        shutil.copy(videos / "v000.mp4", raw / f"{number}.mp4")
    rows = "video_0001,0001,it was good,0.8,train\nvideo_0001,0002,,-0.6,test\nvideo_0001,0003,no,0.1,test\n"
    (tmp_path / "label.csv").write_text("video_id,clip_id,text,label,mode\n" + rows)
    out = tmp_path / "f"
    assert main(["extract", str(tmp_path), "--out", str(out), "--voice", "own", "--no-face", "--quiet"]) == 1
    got = rows_of(out / "utterances.csv")
    assert [(row["utterance"], row["split"], row["label"]) for row in got] == [
        ("video_0001/0001", "train", "0.8"), ("video_0001/0002", "test", "-0.6"),
    ]  # fmt: skip


def test_media_of_the_cases_are_extracted_and_the_torn_ones_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = cases.path("media")
    command = ["extract", str(folder), "--out", str(tmp_path / "f"), "--no-face", "--voice", "own", "--quiet"]
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert "11 extracted, 0 as before, 2 failed" in out
    assert "failed: torn: " in err
    assert "failed: empty: " in err


def crash(how: str) -> None:
    """A task for the pool."""
    if how == "kill":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "exit":
        os._exit(7)
    if how == "raise":
        raise RuntimeError("two\nlines")


def test_a_process_that_crashes_takes_no_other_with_it() -> None:
    outcomes = dict(pool.run(crash, [("kill",), ("fine",), ("exit",), ("raise",)], 2))
    assert outcomes == {
        0: "its process crashed (SIGSEGV)",
        1: None,
        2: "its process crashed (exit status 7)",
        3: "RuntimeError: two lines",
    }


def test_synthetic_videos_need_a_new_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["synth", "--media", "--out", str(tmp_path), "--videos", "1", "--quiet"]) == 2
    assert "expected a new or empty folder" in capsys.readouterr().err
    assert main(["synth", "--media", "--out", str(tmp_path / "x"), "--most", "17", "--quiet"]) == 2
    assert main(["synth", "--most", "3", "--out", str(tmp_path / "x.npz")]) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
