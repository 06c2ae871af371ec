"""Reading .eaf: the cases with their right values, files that another library wrote, and the same kinds
made here.
"""

from __future__ import annotations

import codecs
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from pysnn_mmsa.cli import main
from pysnn_mmsa.eaf import Annotated, read, utterances
from pysnn_mmsa.eaf.media import find
from pysnn_mmsa.settings import DataConfig

import pysnn as snn

from . import cases
from .elan import SLOTS, aligned, document, refers, tier

SETTINGS = {"text_labels_id": {"labels": "senang=1,marah=-2"}}


def load(path: Path, **options: object) -> Annotated:
    # Options of several types in one dict, which the checker cannot hold against each field.
    return utterances(path, DataConfig(**options))  # type: ignore[arg-type]


def row(u: Any) -> dict[str, Any]:
    label = None if u.label is None else int(u.label)
    return {"begin": u.begin, "end": u.end, "speaker": u.speaker, "text": u.text, "label": label}


@pytest.mark.parametrize("name", cases.names("eaf"))
def test_a_case_has_its_utterances_or_its_error(name: str) -> None:
    want = cases.expected("eaf")[name]["expected"]
    path = cases.path(f"eaf/{name}.eaf")
    if isinstance(want, dict):
        with pytest.raises(snn.PysnnError, match=want["error"]) as caught:
            load(path)
        assert f"{name}.eaf" in str(caught.value)
        return
    got = load(path, **SETTINGS.get(name, {}))
    assert len(got.utterances) == len(want)
    for u, expected in zip(got.utterances, want, strict=True):
        assert row(u) == pytest.approx({key: expected[key] for key in row(u)})
        if "words" in expected:
            assert [list(word) for word in u.words] == expected["words"]


@pytest.mark.parametrize("name", cases.names("eaf"))
def test_inspect_prints_a_case_as_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    want = cases.expected("eaf")[name]["expected"]
    path = cases.path(f"eaf/{name}.eaf")
    options = [f"--{key}={value}" for key, value in SETTINGS.get(name, {}).items()]
    status = main(["inspect", str(path), "--json", *options])
    out, err = capsys.readouterr()
    found = json.loads(out)
    if isinstance(want, dict):
        assert status == 2
        assert want["error"] in found["error"]
        assert err.count("\n") == 1
        return
    assert status == 0
    got = [{key: u[key] for key in ("begin", "end", "speaker", "text", "label")} for u in found["utterances"]]
    assert got == [pytest.approx({key: u[key] for key in got[0]}) for u in want]


def test_labels_that_are_none_of_the_seven_are_listed() -> None:
    with pytest.raises(snn.ParameterError, match=r"labels found: marah, senang\); data\.labels"):
        load(cases.path("eaf/text_labels_id.eaf"))


def test_tiers_of_other_names_are_read_where_a_setting_names_them() -> None:
    got = load(cases.path("eaf/no_tier.eaf"), text_tier="transkrip", label_tier="Label")
    plain = load(cases.path("eaf/plain.eaf"))
    assert [row(u) for u in got.utterances] == [row(u) for u in plain.utterances]
    with pytest.raises(
        snn.ParameterError, match=r"data\.text_tier: there is no tier 'teks' .*Transkrip \(2\)"
    ):
        load(cases.path("eaf/no_tier.eaf"), text_tier="teks")


def test_two_labels_are_warned_of_and_a_missing_duration_too() -> None:
    assert any("2 labels" in text for text in load(cases.path("eaf/two_labels.eaf")).warnings)
    assert any("no duration" in text for text in load(cases.path("eaf/zero_length.eaf")).warnings)


def test_separate_sound_has_its_offset_to_the_film() -> None:
    """TIME_ORIGIN 200 ms of the wav: 0.5 s of the video is 0.7 s of the sound."""
    assert load(cases.path("eaf/two_media.eaf")).audio_offset == pytest.approx(0.2)


@pytest.mark.data
def test_the_real_file_has_a_time_for_every_annotation() -> None:
    """8778 annotations in 6 tiers (data README); ELAN shows a time for each."""
    path = Path(os.environ["PYSNN_DATA"]) / "eaf" / "sample_2.8.eaf"
    document = read(path)
    notes = [note for tier in document.tiers.values() for note in tier.notes]
    assert (len(document.tiers), len(notes)) == (6, 8778)
    assert all(note.begin is not None and note.end is not None for note in notes)
    for u in load(path).utterances:
        assert [word for _, _, word in u.words[1:]] == (u.text or "").split()[1:]  # "Thé" stands for "The"
        assert (u.words[0][0], u.words[-1][1]) == (u.begin, u.end)


# ---- written by another library ------------------------------------------------------------------


def test_what_pympi_writes_is_read(tmp_path: Path) -> None:
    pympi = pytest.importorskip("pympi", reason="pympi-ling is not installed")
    eaf = pympi.Elan.Eaf(author="test")
    eaf.remove_tier("default")
    eaf.add_linked_file("clip.mp4", relpath="./clip.mp4", mimetype="video/mp4")
    eaf.add_linguistic_type("reference", constraints="Symbolic_Association", timealignable=False)
    eaf.add_tier("Ujaran", part="Budi")
    eaf.add_tier("Emosi", part="Budi", parent="Ujaran", ling="reference")
    for k, (begin, end, text, label) in enumerate([(0, 1500, "satu", "joy"), (2000, 2600, "dua", "-3")]):
        eaf.add_annotation("Ujaran", begin, end, text)
        eaf.add_ref_annotation("Emosi", "Ujaran", begin + 10 * (k + 1), label)
    eaf.to_file(str(tmp_path / "a.eaf"))
    got = load(tmp_path / "a.eaf")
    assert [row(u) for u in got.utterances] == [
        {"begin": 0.0, "end": 1.5, "speaker": "Budi", "text": "satu", "label": 1},
        {"begin": 2.0, "end": 2.6, "speaker": "Budi", "text": "dua", "label": -3},
    ]


# ---- the same kinds, made here -------------------------------------------------------------------

SPOKEN = tier("utterance", aligned("a1", "s1", "s2", "satu") + aligned("a2", "s3", "s4", "dua"))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "x.eaf"
    path.write_text(text, encoding="utf-8")
    return path


def labels(path: Path, **options: object) -> list[str | None]:
    return [u.label for u in load(path, **options).utterances]


def test_a_label_is_found_through_a_chain_of_references(tmp_path: Path) -> None:
    chain = [
        tier("gloss", refers("g1", "a1", "one") + refers("g2", "a2", "two"), "assoc", "utterance"),
        tier("note", refers("n2", "g2", "?") + refers("n1", "g1", "!"), "assoc", "gloss"),
        tier("emotion", refers("e2", "n2", "fear") + refers("e1", "n1", "joy"), "assoc", "note"),
    ]
    # Whatever the order of the tiers in the file.
    for order in ([SPOKEN, *chain], [*reversed(chain), SPOKEN]):
        assert labels(written(tmp_path, document(SLOTS, *order))) == ["1", "-4"]


def test_utterance_and_label_that_refer_to_one_segment_belong_together(tmp_path: Path) -> None:
    segments = tier("segment", aligned("s_1", "s1", "s2", "") + aligned("s_2", "s3", "s4", ""))
    text = tier("utterance", refers("t1", "s_1", "satu") + refers("t2", "s_2", "dua"), "assoc", "segment")
    label = tier("emotion", refers("e2", "s_2", "-1") + refers("e1", "s_1", "2"), "assoc", "segment")
    got = load(written(tmp_path, document(SLOTS, segments, text, label)))
    assert [(u.begin, u.end, u.text, u.label) for u in got.utterances] == [
        (1.0, 3.0, "satu", "2"), (4.0, 6.0, "dua", "-1"),
    ]  # fmt: skip


def test_references_with_an_id_that_is_there_twice_mean_the_parent_tier(tmp_path: Path) -> None:
    other = tier("gesture", aligned("a1", "s3", "s4", "nod"))
    label = tier("emotion", refers("e1", "a1", "joy"), "assoc", "utterance")
    assert labels(written(tmp_path, document(SLOTS, other, SPOKEN, label))) == ["1", None]


@pytest.mark.parametrize(("units", "second"), [("NTSC-frames", 1001 / 30000), ("PAL-frames", 0.04)])
def test_times_in_frames_are_seconds(units: str, second: float, tmp_path: Path) -> None:
    path = written(tmp_path, document({"s1": 30, "s2": 90}, tier("text", aligned("a", "s1", "s2", "x")),
                                      header=f'<HEADER TIME_UNITS="{units}"/>'))  # fmt: skip
    (u,) = load(path).utterances
    assert (u.begin, u.end) == pytest.approx((30 * second, 90 * second))


def test_the_origin_of_the_film_is_added_and_the_sound_has_the_difference(tmp_path: Path) -> None:
    header = (
        '<HEADER TIME_UNITS="milliseconds">'
        '<MEDIA_DESCRIPTOR MEDIA_URL="x.mp4" MIME_TYPE="video/mp4" TIME_ORIGIN="1500"/>'
        '<MEDIA_DESCRIPTOR MEDIA_URL="x.wav" MIME_TYPE="audio/x-wav" TIME_ORIGIN="200"/></HEADER>'
    )
    for name in ("x.mp4", "x.wav"):
        (tmp_path / name).touch()
    got = load(written(tmp_path, document(SLOTS, SPOKEN, header=header)))
    assert [u.begin for u in got.utterances] == pytest.approx([2.5, 5.5])
    assert got.audio_offset == pytest.approx(-1.3)
    assert (got.video, got.audio) == (tmp_path / "x.mp4", tmp_path / "x.wav")


def test_of_several_media_the_first_that_is_there_is_read_by_its_own_origin(tmp_path: Path) -> None:
    header = (
        '<HEADER TIME_UNITS="milliseconds">'
        '<MEDIA_DESCRIPTOR MEDIA_URL="gone.mp4" MIME_TYPE="video/mp4" TIME_ORIGIN="100"/>'
        '<MEDIA_DESCRIPTOR MEDIA_URL="b.mp4" MIME_TYPE="video/mp4" TIME_ORIGIN="500"/>'
        '<MEDIA_DESCRIPTOR MEDIA_URL="gone.m4a" MIME_TYPE="unknown" TIME_ORIGIN="200"/>'
        '<MEDIA_DESCRIPTOR MEDIA_URL="c.m4a" MIME_TYPE="unknown" TIME_ORIGIN="700"/></HEADER>'
    )
    for name in ("b.mp4", "c.m4a"):
        (tmp_path / name).touch()
    got = load(written(tmp_path, document(SLOTS, SPOKEN, header=header)))
    assert (got.video, got.audio) == (tmp_path / "b.mp4", tmp_path / "c.m4a")
    assert [u.begin for u in got.utterances] == pytest.approx([1.5, 4.5])
    assert got.audio_offset == pytest.approx(0.2)
    for what in ("2 videos (gone.mp4, b.mp4): b.mp4 is read", "2 sounds (gone.m4a, c.m4a): c.m4a is read"):
        assert any(text.endswith(what) for text in got.warnings)


def test_a_chain_of_slots_without_time_is_spread_and_one_without_end_is_an_error(tmp_path: Path) -> None:
    slots: dict[str, int | None] = {"s1": 1000, "m1": None, "m2": None, "m3": None, "s2": 3000}
    chain = ["s1", "m1", "m2", "m3", "s2"]
    notes = [aligned(f"w{k}", a, b, f"k{k}") for k, (a, b) in enumerate(itertools.pairwise(chain))]
    words = tier("kata", "".join(reversed(notes)), "time", "text")
    path = written(tmp_path, document(slots, tier("text", aligned("a", "s1", "s2", "k0 k1 k2 k3")), words))
    (u,) = load(path).utterances
    assert u.words == ((1.0, 1.5, "k0"), (1.5, 2.0, "k1"), (2.0, 2.5, "k2"), (2.5, 3.0, "k3"))
    slots = {"s1": 1000, "m1": None}
    with pytest.raises(snn.ParameterError, match=r"annotation a \('x'\) of tier 'text': expected a time"):
        load(written(tmp_path, document(slots, tier("text", aligned("a", "s1", "m1", "x")))))


def test_an_empty_value_is_that_of_its_controlled_vocabulary(tmp_path: Path) -> None:
    label = tier("emotion", aligned("e1", "s1", "s2", "", ' CVE_REF="c1"'))
    words = (
        '<CONTROLLED_VOCABULARY CV_ID="v"><CV_ENTRY_ML CVE_ID="c1">'
        '<CVE_VALUE DESCRIPTION="d" LANG_REF="x">joy</CVE_VALUE>'
        "</CV_ENTRY_ML></CONTROLLED_VOCABULARY>"
    )
    assert labels(written(tmp_path, document(SLOTS, SPOKEN, label, words))) == ["1", None]


def test_labels_of_another_speaker_are_nobody_elses_but_an_annotators_name_is_no_speaker(
    tmp_path: Path,
) -> None:
    both = [
        tier("text@A", aligned("a1", "s1", "s2", "satu"), speaker="A"),
        tier("text@B", aligned("a2", "s1", "s2", "dua"), speaker="B"),
    ]
    only_a = tier("label@A", aligned("e1", "s1", "s2", "joy"), speaker="A")
    got = {u.speaker: u.label for u in load(written(tmp_path, document(SLOTS, *both, only_a))).utterances}
    assert got == {"A": "1", "B": None}
    coder = tier("label", aligned("e1", "s1", "s2", "joy"), speaker="Coder 1")
    assert labels(written(tmp_path, document(SLOTS, SPOKEN, coder))) == ["1", None]


@pytest.mark.parametrize("text", ["\u22122", "-2", " -2 ", "-2.0", "Anger", "ANGER ", "\u20132"])
def test_every_way_of_writing_a_label_means_it(text: str, tmp_path: Path) -> None:
    label = tier("emotion", aligned("e1", "s1", "s2", text))
    assert labels(written(tmp_path, document(SLOTS, SPOKEN, label))) == ["-2", None]


@pytest.mark.parametrize("text", ["3", "-5", "1.5", "happy", "1 joy"])
def test_a_label_that_is_none_is_named_with_its_annotation(text: str, tmp_path: Path) -> None:
    label = tier("emotion", aligned("e1", "s1", "s2", text))
    path = written(tmp_path, document(SLOTS, SPOKEN, label))
    with pytest.raises(
        snn.ParameterError, match=r"x\.eaf: label .*\(e1 of tier 'emotion' at 1 s\): expected"
    ):
        load(path)
    assert labels(path, task="classes") == [text, None]


@pytest.mark.parametrize("text", ["inf", "-Infinity", "1e999", "1.5", "senang"])
def test_a_class_of_whatever_name_is_inspected(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label = tier("emotion", aligned("e1", "s1", "s2", text))
    path = written(tmp_path, document(SLOTS, SPOKEN, label))
    assert main(["inspect", str(path), "--json", "--data.task", "classes"]) == 0
    first, second = json.loads(capsys.readouterr().out)["utterances"]
    assert (str(first["label"]), second["label"]) == (text, None)


def test_a_label_that_belongs_to_no_utterance_is_warned_of(tmp_path: Path) -> None:
    far = tier("emotion", aligned("e1", "s2", "s3", "joy"))
    got = load(written(tmp_path, document(SLOTS, SPOKEN, far)))
    assert [u.label for u in got.utterances] == [None, None]
    assert any("'joy' at 3 s (e1 of tier 'emotion') belongs to no utterance" in text for text in got.warnings)


def test_what_one_speaker_says_at_once_is_warned_of(tmp_path: Path) -> None:
    again = aligned("a3", "s1", "s2", "one")
    both = load(written(tmp_path, document(SLOTS, SPOKEN, tier("transcript", again))))
    assert [u.text for u in both.utterances] == ["satu", "one", "dua"]
    (warning,) = (text for text in both.warnings if "lies over" in text)
    assert "the first is a3 at 1 s" in warning
    assert "data.text_tier names one of the tiers utterance, transcript" in warning
    two = document(SLOTS, SPOKEN, tier("utterance@B", again, speaker="B"))
    assert not any("over" in text for text in load(written(tmp_path, two)).warnings)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda t: t.replace('TIME_VALUE="1000"', 'TIME_VALUE="1.5"'),
            "time slot s1: expected a whole number",
        ),
        (lambda t: t.replace('TIME_VALUE="1000"', 'TIME_VALUE="-5"'), "time slot s1: expected >= 0"),
        (
            lambda t: t.replace('TIME_VALUE="1000"', 'TIME_VALUE="1_000"'),
            "time slot s1: expected a whole number",
        ),
        (  # more than a float holds, and than Python reads
            lambda t: t.replace('TIME_VALUE="1000"', f'TIME_VALUE="{"9" * 400}"'),
            "time slot s1: expected a whole number up to 1e.12 .got '9{40}'.",
        ),
        (
            lambda t: t.replace('TIME_VALUE="1000"', f'TIME_VALUE="{"9" * 5000}"'),
            "time slot s1: expected a whole number up to 1e.12",
        ),
        (
            lambda t: t.replace('TIME_SLOT_ID="s2"', 'TIME_SLOT_ID="s1"'),
            "time slot s1: is there twice, at 1.0 s and 3.0 s",
        ),
        (lambda t: t.replace("milliseconds", "seconds"), "TIME_UNITS: expected one of milliseconds"),
        (lambda t: t.replace('ANNOTATION_ID="a1"', 'X="a1"'), "has no ANNOTATION_ID"),
        (lambda t: t.replace('TIER_ID="utterance"', ""), "a tier has no TIER_ID"),
        (lambda t: t.replace("ANNOTATION_DOCUMENT>", "html>"), "expected an ELAN document .*<html>"),
        (lambda t: t[: len(t) // 2], "expected XML"),
        (lambda t: "", "expected XML .got 0 bytes"),
        (lambda t: "binary\0", "expected XML"),
    ],
)
def test_a_broken_document_is_named(damage: Any, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, damage(document(SLOTS, SPOKEN)))
    with pytest.raises(snn.ParameterError, match=rf"x\.eaf: .*{message}"):
        load(path)


def test_references_to_nothing_or_in_a_circle_are_named(tmp_path: Path) -> None:
    lost = tier("emotion", refers("e1", "a9", "joy"), "assoc", "utterance")
    with pytest.raises(
        snn.ParameterError, match=r"annotation e1 of tier 'emotion': there is no annotation 'a9'"
    ):
        load(written(tmp_path, document(SLOTS, SPOKEN, lost)))
    circle = tier("x", refers("r1", "r2", "a") + refers("r2", "r1", "b"))
    with pytest.raises(snn.ParameterError, match="refers to itself through others"):
        load(written(tmp_path, document(SLOTS, SPOKEN, circle)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_entities_are_refused_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    text = document(SLOTS, SPOKEN, prolog='<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>')
    text = text.replace("UTF-8", encoding.upper().removesuffix("-LE"))
    path = tmp_path / "x.eaf"
    bom = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else b""
    path.write_bytes(bom + text.encode(encoding))
    with pytest.raises(snn.ParameterError, match="document type"):
        load(path)


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("file:///C:/Users/x/My%20Videos/Clip%201.MP4", "Clip 1.mp4"),
        ("D:\\films\\clip.mp4", "clip.mp4"),
        ("file:///old/clip.avi", "clip.mkv"),
        ("./sub/clip.mp4", "sub/clip.mp4"),
        ("clip%20a.mp4", "clip%20a.mp4"),
        ("file:///C:/x/take #1;a?.mp4", "take #1;a?.mp4"),
        ("file:///C:/x/take%20%231%3Ba%3F.mp4", "take #1;a?.mp4"),
        ("file://host/share/clip.mp4", "clip.mp4"),
        (f"file:///{'x' * 5000}.mp4", None),
        ("file:///nowhere/other.mp4", None),
    ],
)
def test_media_are_found_where_they_are_now(url: str, there: str | None, tmp_path: Path) -> None:
    media = f'<MEDIA_DESCRIPTOR MEDIA_URL="{url}" MIME_TYPE="video/mp4"/>'
    header = f'<HEADER TIME_UNITS="milliseconds">{media}</HEADER>'
    if there is not None:
        (tmp_path / there).parent.mkdir(exist_ok=True)
        (tmp_path / there).touch()
    path = written(tmp_path, document(SLOTS, SPOKEN, header=header))
    (named,) = read(path).media
    found = find(tmp_path, named)
    assert found == (None if there is None else tmp_path / there)
    assert any("is not there" in text for text in load(path).warnings) == (there is None)


def test_a_file_that_is_not_there_or_an_lfs_pointer_is_named(tmp_path: Path) -> None:
    with pytest.raises(snn.DataFolderError, match=r"no\.eaf: cannot be read: No such file"):
        load(tmp_path / "no.eaf")
    with pytest.raises(snn.ParameterError, match="Git LFS pointer"):
        load(written(tmp_path, "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n"))
