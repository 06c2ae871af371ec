"""What somebody has changed in utterances.csv is there after the next extraction, whatever fails in it."""

from __future__ import annotations

import csv
import json
import math
import shutil
import struct
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pysnn_mmsa import dataset
from pysnn_mmsa.cli import main
from pysnn_mmsa.dataset import Contours
from pysnn_mmsa.extract import pool
from pysnn_mmsa.settings import DataConfig

from .elan import aligned, document, tier

pytestmark = pytest.mark.media


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes have tests of their own (test_stopped_extraction.py)."""

    def run(task: Any, jobs: Sequence[tuple[Any, ...]], at_once: int) -> Iterator[tuple[int, str | None]]:
        for number, job in enumerate(jobs):
            try:
                task(*job)
            except ValueError as err:
                yield number, str(err)
            else:
                yield number, None

    monkeypatch.setattr(pool, "run", run)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Sounds of 1.2 s: a and b without annotations, c with two."""
    folder = tmp_path / "s"
    folder.mkdir()
    for k, name in enumerate("abc"):
        sound(folder / f"{name}.wav", 150.0 + 40.0 * k)
    annotate(folder / "c.eaf", {"satu": (100, 500, "joy"), "dua": (600, 1100, "fear")})
    return folder


def sound(path: Path, f0: float) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        values = (int(9000 * math.sin(2 * math.pi * f0 * k / 16000)) for k in range(19200))
        file.writeframes(b"".join(struct.pack("<h", v) for v in values))


def annotate(path: Path, said: dict[str, tuple[int, int, str]]) -> None:
    slots: dict[str, int | None] = {}
    texts = labels = ""
    for k, (text, (begin, end, label)) in enumerate(said.items()):
        slots |= {f"b{k}": begin, f"e{k}": end}
        texts += aligned(f"t{k}", f"b{k}", f"e{k}", text)
        labels += aligned(f"l{k}", f"b{k}", f"e{k}", label) if label else ""
    path.write_text(document(slots, tier("text", texts), tier("label", labels)), encoding="utf-8")


def extract(source: Path, status: int = 0) -> None:
    words = ["--out", str(source.parent / "f"), "--voice", "own", "--no-face", "--jobs", "1", "--quiet"]
    assert main(["extract", str(source), *words]) == status


def table(source: Path) -> dict[str, dict[str, str]]:
    with (source.parent / "f" / "utterances.csv").open(encoding="utf-8", newline="") as file:
        return {row["utterance"]: row for row in csv.DictReader(file)}


def edit(source: Path, changes: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Change cells of utterances, or add an utterance, as in a spreadsheet program; the table then."""
    rows = table(source)
    for name, cells in changes.items():
        rows[name] = rows.get(name, {"utterance": name}) | cells
    names = list(dict.fromkeys(column for row in rows.values() for column in row))
    with (source.parent / "f" / "utterances.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows.values())
    return table(source)


FILLED = {
    "speaker": "Ani",
    "split": "test",
    "label": "-4",
    "text": 'halo, "apa kabar"',
    "remark": "low",
}


def test_rows_of_a_film_that_fails_later_stay_without_features(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extract(source)
    before = edit(source, {"b_00": FILLED, "c_01": FILLED})
    kept = {name: (source / name).read_bytes() for name in ("b.wav", "c.eaf")}
    (source / "b.wav").write_bytes(b"torn")  # the media ...
    (source / "c.eaf").write_text("<html/>")  # ... or what is said of it
    for _ in range(2):
        capsys.readouterr()
        extract(source, status=1)
        assert (
            "2 failed; 4 utterances, 1 without a label, those of c, b without features"
            in capsys.readouterr().out
        )
        want = {name: row | ({} if name == "a_00" else {"features": ""}) for name, row in before.items()}
        assert table(source) == want
    corpus = dataset.load("own", DataConfig(path=str(source.parent / "f"), task="classes"))
    voice = corpus.modalities["voice"]
    assert isinstance(voice, Contours)
    assert dict(zip(corpus.ids, voice.present().tolist(), strict=True)) == {
        "a_00": True, "b_00": False, "c_00": False, "c_01": False,
    }  # fmt: skip
    assert any("no voice in 3 utterances" in text for text in corpus.warnings)
    for name, content in kept.items():
        (source / name).write_bytes(content)
    extract(source)
    assert table(source) == before


def test_a_cell_is_the_sources_until_somebody_changes_it(source: Path) -> None:
    extract(source)
    edit(source, {"a_00": {"label": "joy", "text": "halo"}, "c_00": {"label": "-2", "begin": "0.05"}})
    annotate(source / "c.eaf", {"satu!": (100, 500, "surprise"), "dua!": (600, 1100, "")})
    extract(source)
    got = table(source)
    assert (got["a_00"]["label"], got["a_00"]["text"]) == ("joy", "halo")
    assert [got["c_00"][name] for name in ("label", "text", "begin", "end")] == [
        "-2",
        "satu!",
        "0.05",
        "0.500",
    ]
    assert [got["c_01"][name] for name in ("label", "text", "speaker")] == ["", "dua!", "c"]
    # What somebody empties stays empty, and what looks otherwise and says the same is nobody's change.
    edit(source, {"a_00": {"text": ""}, "c_01": {"begin": "0.60", "end": "00:01.1"}})
    annotate(source / "c.eaf", {"satu!": (100, 500, "surprise"), "dua!": (600, 1000, "joy")})
    extract(source)
    got = table(source)
    assert got["a_00"]["text"] == ""
    assert [got["c_01"][name] for name in ("begin", "end", "label")] == ["0.600", "1.000", "1"]


def test_an_annotation_put_in_before_others_shifts_nothing_of_theirs(source: Path) -> None:
    extract(source)
    edit(source, {name: {"speaker": "Ani", "split": "test"} for name in ("c_00", "c_01")})
    edit(source, {"c_00": {"remark": "first"}, "c_01": {"remark": "second", "label": "0"}})
    annotate(source / "c.eaf", {"nol": (0, 90, ""), "satu": (100, 500, "joy"), "dua": (600, 1100, "fear")})
    extract(source)
    got = [row for name, row in table(source).items() if name.startswith("c_")]
    assert [(row["text"], row["label"], row["remark"]) for row in got] == [
        ("nol", "", ""), ("satu", "1", "first"), ("dua", "0", "second"),
    ]  # fmt: skip
    # Whom all others of the video are of, the new one is too.
    assert {(row["speaker"], row["split"]) for row in got} == {("Ani", "test")}


def test_of_utterances_at_one_time_each_keeps_its_own(source: Path) -> None:
    said = {"satu": (100, 500, ""), "dua": (100, 500, ""), "tiga": (100, 500, "")}
    annotate(source / "c.eaf", said)
    extract(source)
    edit(source, {"c_02": {"remark": "third"}})
    rows = (source.parent / "f" / "utterances.csv").read_text().splitlines()
    turned = [rows[0], *reversed(rows[1:])]  # sorted otherwise by whoever looked at it
    (source.parent / "f" / "utterances.csv").write_text("\n".join(turned) + "\n")
    extract(source)
    assert {name: row["remark"] for name, row in table(source).items() if name.startswith("c_")} == {
        "c_00": "", "c_01": "", "c_02": "third",
    }  # fmt: skip


def test_what_belongs_to_nothing_any_more_is_kept_beside(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extract(source)
    edit(source, {"b_00": FILLED})
    before = (source.parent / "f" / "utterances.csv").read_bytes()
    (source / "b.wav").rename(source.parent / "b.wav")
    (source / "a.wav").unlink()  # of which nobody had said anything
    extract(source)
    err = capsys.readouterr().err
    assert "1 rows (b_00) belong to nothing that is there; the table as it was is kept in " in err
    assert "utterances-kept.csv" in err
    assert list(table(source)) == ["c_00", "c_01"]
    assert (source.parent / "f" / "utterances-kept.csv").read_bytes() == before
    edit(source, {"c_01": FILLED})
    (source / "c.eaf").unlink()
    (source / "c.wav").rename(source / "d.wav")
    extract(source)
    assert (source.parent / "f" / "utterances-kept-2.csv").is_file()
    assert (source.parent / "f" / "utterances-kept.csv").read_bytes() == before


def test_a_column_without_a_name_is_not_lost(source: Path) -> None:
    extract(source)
    path = source.parent / "f" / "utterances.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head + ",", *(row + ",mine" for row in rows)]) + "\n")
    before = path.read_bytes()
    extract(source)
    assert path.with_name("utterances-kept.csv").read_bytes() == before


def test_rows_and_features_of_ones_own_stay(source: Path) -> None:
    extract(source)
    row = table(source)["a_00"]
    mine = row | {"utterance": "a_second", "begin": "0.5", "end": "0.9", "label": "-4", "gaze.left": "0.25"}
    edit(source, {"a_second": mine, "b_00": {"gaze.left": "-1"}})
    extract(source)
    got = table(source)
    assert list(got) == ["c_00", "c_01", "a_00", "b_00", "a_second"]
    assert (got["a_second"]["begin"], got["a_second"]["label"]) == ("0.5", "-4")
    assert [float(got[name]["gaze.left"] or "nan") for name in ("b_00", "a_second")] == [-1.0, 0.25]
    corpus = dataset.load("own", DataConfig(path=str(source.parent / "f")))
    voice = corpus.modalities["voice"]
    assert isinstance(voice, Contours)
    assert len(voice.pitch[4]) == 40  # .4 s in frames of 10 ms


def test_an_utterance_without_times_is_the_whole_file(source: Path) -> None:
    extract(source)
    edit(source, {"c_00": {"begin": "", "end": ""}})
    corpus = dataset.load("own", DataConfig(path=str(source.parent / "f")))
    voice = corpus.modalities["voice"]
    assert isinstance(voice, Contours)
    assert len(voice.pitch[2]) == 120


def test_a_table_without_rows_is_extracted_into_again(source: Path) -> None:
    content = {path.name: path.read_bytes() for path in source.iterdir()}
    for path in source.iterdir():
        path.write_bytes(b"torn")
    extract(source, status=1)
    assert table(source) == {}
    for name, raw in content.items():
        (source / name).write_bytes(raw)
    extract(source)
    assert len(table(source)) == 4


def test_a_folder_of_an_earlier_version_keeps_speakers_and_parts(source: Path) -> None:
    extract(source)
    edit(source, {"a_00": FILLED, "c_00": {"speaker": "Budi", "label": "-1"}})
    (source.parent / "f" / "written.json").unlink()
    extract(source)
    got = table(source)
    assert {name: got["a_00"][name] for name in FILLED} == FILLED
    assert (got["c_00"]["speaker"], got["c_00"]["label"]) == ("Budi", "1")  # of which the .eaf says joy


def test_a_stop_between_the_table_and_the_note_of_it_makes_nothing_somebodys(source: Path) -> None:
    extract(source)
    place = source.parent / "f"
    (old,) = json.loads((place / "written.json").read_text())
    before = (place / "utterances.csv").read_bytes()
    annotate(source / "c.eaf", {"tiga": (100, 500, "joy")})
    extract(source)
    (new,) = json.loads((place / "written.json").read_text())
    after = (place / "utterances.csv").read_bytes()
    for content in (before, after):
        (place / "utterances.csv").write_bytes(content)
        (place / "written.json").write_text(json.dumps([new, old]))
        extract(source)
        assert (place / "utterances.csv").read_bytes() == after
    assert not list(place.glob("utterances-kept*"))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"begin": "soon"}, "row 4, column 'begin': expected a number (got 'soon')"),
        ({"begin": "9", "end": "1"}, "row 4, column 'end': expected > begin 9 s"),
        ({"gaze.left": "left"}, "row 4, column 'gaze.left': expected a number (got 'left')"),
        ({"utterance": "b_00"}, "row 5, column 'utterance': expected each utterance once (got 'b_00'"),
    ],
)
def test_what_nobody_can_read_is_named_before_the_work_and_left(
    cells: dict[str, str], message: str, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extract(source)
    edit(source, {"a_00": cells})
    before = (source.parent / "f" / "utterances.csv").read_bytes()
    capsys.readouterr()
    extract(source, status=2)
    err = capsys.readouterr().err
    assert f"utterances.csv: {message}" in err
    assert err.splitlines()[-1].startswith("mmsa: ")
    assert (source.parent / "f" / "utterances.csv").read_bytes() == before


def test_names_that_no_table_can_hold_are_written_legibly(source: Path) -> None:
    odd = source / b"caf\xe9\rd.wav".decode("utf-8", "surrogateescape")
    shutil.copy(source / "a.wav", odd)
    for _ in range(2):
        extract(source)
        assert sorted(table(source)) == ["a_00", "b_00", "c_00", "c_01", "caf\\udce9 d_00"]
