"""Loaders: the published data sets as their README counts them, and data folders that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa import dataset
from pysnn_mmsa.dataset import Corpus, split
from pysnn_mmsa.settings import DataConfig

import pysnn as snn

from . import helpers

# ---- the published data --------------------------------------------------------------------------


@pytest.mark.data
def test_mosi_has_the_poria_split() -> None:
    """1447 / 752 utterances of 62 / 31 videos, disjoint; 62.1 % of the test part positive (data README)."""
    corpus = dataset.load("mosi")
    assert (np.count_nonzero(~corpus.test), np.count_nonzero(corpus.test)) == (1447, 752)
    videos = [
        {v for v, t in zip(corpus.video, corpus.test, strict=True) if t == part} for part in (False, True)
    ]
    assert (len(videos[0]), len(videos[1])) == (62, 31)
    assert not videos[0] & videos[1]
    assert corpus.label[corpus.test].mean() == pytest.approx(0.621, abs=5e-4)
    assert {name: len(table.names) for name, table in corpus.modalities.items()} == {
        "text": 100, "audio": 73, "video": 100,
    }  # fmt: skip
    assert all(table.present().all() for table in corpus.modalities.values())


@pytest.mark.data
def test_cremad_is_split_by_actor() -> None:
    """7442 clips of 91 actors, 1001-1072 for training, 1073-1091 for the test (data README)."""
    corpus = dataset.load("cremad")
    assert len(corpus) == 7442
    actors = np.array(corpus.speaker, dtype=int)
    assert len(set(actors)) == 91
    assert (actors[corpus.test].min(), actors[corpus.test].max()) == (1073, 1091)
    assert (actors[~corpus.test].min(), actors[~corpus.test].max()) == (1001, 1072)
    for table in corpus.modalities.values():
        np.testing.assert_allclose(table.values.sum(axis=1), 1.0)  # shares of votes
    # Its first clip is a neutral one: 10 of 11 who heard the voice said so (tabulatedVotes.csv, row 100001).
    k = corpus.ids.index("1001_IEO_NEU_XX")
    assert corpus.classes[corpus.label[k]] == "neutral"
    assert corpus.modalities["voice"].values[k, corpus.classes.index("neutral")] == pytest.approx(10 / 11)


@pytest.mark.data
def test_mosi_in_standard_folds_has_their_sizes_and_labels_of_both_signs_as_in_the_transcripts() -> None:
    """1284 / 229 / 686 utterances of 52 / 10 / 31 videos; the sign agrees with the binary label in 2199 of
    2199 (data README).
    """
    corpus, binary = dataset.load("mosi-folds"), dataset.load("mosi")
    assert [int(corpus.in_part(p).sum()) for p in ("train", "valid", "test")] == [1284, 229, 686]
    videos = [
        {corpus.video[k] for k in np.flatnonzero(corpus.in_part(p))} for p in ("train", "valid", "test")
    ]
    assert [len(v) for v in videos] == [52, 10, 31]
    sign = dict(zip(binary.ids, binary.label, strict=True))
    assert all((y >= 0.0) == sign[name] for name, y in zip(corpus.ids, corpus.target, strict=True))
    # An utterance's audio is that of the other split, found by its name.
    k, other = 700, binary.ids.index(corpus.ids[700])
    np.testing.assert_array_equal(
        corpus.modalities["audio"].values[k], binary.modalities["audio"].values[other]
    )


@pytest.mark.data
def test_ravdess_has_seven_emotions_of_24_actors_and_six_folds() -> None:
    """1248 clips without calm; fold k tests actors 4k+1 to 4k+4 (data README)."""
    corpus = dataset.load("ravdess", DataConfig(folds=6, fold=2))
    assert (len(corpus), len(corpus.classes), len(set(corpus.speaker))) == (1248, 7, 24)
    assert {corpus.speaker[k] for k in np.flatnonzero(corpus.test)} == {"09", "10", "11", "12"}
    voice = corpus.modalities["voice"]
    pitch = np.concatenate([p[p > 0.0] for p in voice.pitch])
    assert 60.0 < np.median(pitch) < 400.0  # Hz of men and women
    # Its sixth emotion is fear: the third number of a name says 06.
    assert {corpus.classes[corpus.label[k]] for k, n in enumerate(corpus.ids) if n.split("-")[2] == "06"} == {
        "fear"
    }


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "sizes", "classes"), [("emot", [3521, 440, 440], 5), ("smsa", [11000, 1260, 500], 3)]
)
def test_indonlu_has_its_published_splits(name: str, sizes: list[int], classes: int) -> None:
    corpus = dataset.load(name)
    assert [int(corpus.in_part(p).sum()) for p in ("train", "valid", "test")] == sizes
    assert sorted(set(corpus.label.tolist())) == list(range(classes))


# ---- folders in the form of the published data ---------------------------------------------------


def mosi_folder(root: Path) -> Path:
    """Three utterances for training and two for the test in MOSI's form."""
    rng = np.random.default_rng(0)
    ids, labels = ["aa_1", "aa_2", "bb_x_1", "cc_1", "cc_2"], [1, 0, 1, 0, 1]
    base = root / "mosi_poria"
    for name in ("text", "audio", "video"):
        (base / name).mkdir(parents=True)
    rows = [f'"{i}","WORDS","93","{y}"' for i, y in zip(ids, labels, strict=True)]
    (base / "transcripts.csv").write_text("\n".join(rows) + "\n")
    for part, chosen in (("train", [0, 1, 2]), ("test", [3, 4])):
        for name, size in (("text", 100), ("audio", 73), ("video", 100)):
            values = np.column_stack([rng.normal(size=(len(chosen), size)), [labels[k] for k in chosen]])
            np.savetxt(base / name / f"{name}_{part}0.csv", values, delimiter=",")
        values = np.column_stack([chosen, np.zeros((len(chosen), 100))])
        np.savetxt(base / f"text_{part}.csv", values, delimiter=",")
    return base


CREMAD_HEAD = '"","A","D","F","H","N","S","fileName"'


def cremad_folder(root: Path, rows: list[str]) -> Path:
    (root / "cremad_votes").mkdir(parents=True)
    path = root / "cremad_votes" / "tabulatedVotes.csv"
    path.write_text("\n".join([CREMAD_HEAD, *rows]) + "\n")
    return path


VOTES = [
    '"100001",3,1,0,0,0,0,"1001_IEO_ANG_HI"', '"200001",1,0,0,0,1,0,"1001_IEO_ANG_HI"',
    '"300001",9,0,0,0,0,0,"1001_IEO_ANG_HI"', '"100002",0,0,0,0,0,2,"1080_TIE_SAD_XX"',
]  # fmt: skip


def test_mosi_utterances_are_found_through_the_transcripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosi_folder(tmp_path)
    monkeypatch.setenv("PYSNN_DATA", str(tmp_path))
    corpus = dataset.load("mosi")
    assert corpus.ids == ("aa_1", "aa_2", "bb_x_1", "cc_1", "cc_2")
    assert corpus.video == ("aa", "aa", "bb_x", "cc", "cc")
    assert corpus.position.tolist() == [1, 2, 1, 1, 2]
    assert corpus.label.tolist() == [1, 0, 1, 0, 1]
    assert corpus.test.tolist() == [False, False, False, True, True]


def test_a_clip_nobody_saw_lacks_its_face_and_votes_on_both_are_no_feature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cremad_folder(tmp_path, VOTES)
    monkeypatch.setenv("PYSNN_DATA", str(tmp_path))
    corpus = dataset.load("cremad")
    assert corpus.ids == ("1001_IEO_ANG_HI", "1080_TIE_SAD_XX")
    assert list(corpus.modalities) == ["voice", "face"]
    assert corpus.modalities["voice"].values[0].tolist() == [0.75, 0.25, 0.0, 0.0, 0.0, 0.0]
    assert corpus.modalities["face"].present().tolist() == [True, False]


# ---- folders that are wrong ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mosi", "cremad"])
def test_an_unset_variable_is_named_with_what_was_looked_for(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYSNN_DATA", raising=False)
    with pytest.raises(
        snn.DataFolderError, match=r"PYSNN_DATA is not set.*(transcripts|tabulatedVotes)\.csv"
    ):
        dataset.load(name)


@pytest.mark.parametrize("name", ["mosi", "cremad"])
def test_a_folder_that_is_none_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSNN_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(snn.DataFolderError, match="nowhere' is no folder; expected one with"):
        dataset.load(name)


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (mosi_folder(tmp_path) / "audio" / "audio_test0.csv").unlink()
    monkeypatch.setenv("PYSNN_DATA", str(tmp_path))
    with pytest.raises(
        snn.DataFolderError, match=r"not found under PYSNN_DATA.*: mosi_poria/audio/audio_test0\.csv"
    ):
        dataset.load("mosi")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _other_labels(path: Path) -> None:
    values = np.loadtxt(path, delimiter=",", ndmin=2)
    values[:, -1] = 1 - values[:, -1]
    np.savetxt(path, values, delimiter=",")


def _words(path: Path) -> None:
    path.write_text(path.read_text().replace("e", "z"))


@pytest.mark.parametrize(
    "damage",
    [_cut, _other_labels, _words, lambda p: p.write_bytes(b"\xff\xfe\x00"), lambda p: p.write_text("")],
)
def test_a_damaged_mosi_file_is_named(
    damage: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(mosi_folder(tmp_path) / "video" / "video_train0.csv")
    monkeypatch.setenv("PYSNN_DATA", str(tmp_path))
    with pytest.raises(snn.DataFolderError, match=r"video_train0\.csv \(under PYSNN_DATA\)"):
        dataset.load("mosi")


@pytest.mark.parametrize(
    "row", ['"100009",x,0,0,0,0,0,"1001_IEO_ANG_HI"', '"100009",1,0,0,0,0,0,"holiday.mp4"', '"100009",1,0,0']
)
def test_a_damaged_row_of_votes_is_refused(row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cremad_folder(tmp_path, [*VOTES, row])
    monkeypatch.setenv("PYSNN_DATA", str(tmp_path))
    with pytest.raises(snn.DataFolderError, match=r"tabulatedVotes\.csv \(under PYSNN_DATA\)"):
        dataset.load("cremad")


def test_votes_without_their_columns_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = cremad_folder(tmp_path, VOTES)
    path.write_text(path.read_text().replace('"fileName"', '"clip"'))
    monkeypatch.setenv("PYSNN_DATA", str(tmp_path))
    with pytest.raises(snn.DataFolderError, match=r"columns missing: \['fileName'\]"):
        dataset.load("cremad")


def test_a_misspelt_data_set_gets_a_suggestion() -> None:
    with pytest.raises(snn.UnknownNameError, match="did you mean 'mosi'"):
        dataset.load("mossi")


# ---- what a corpus promises ----------------------------------------------------------------------


def test_a_speaker_in_both_parts_is_refused_unless_a_setting_allows_it() -> None:
    corpus = helpers.toy_corpus()
    fields = {key: getattr(corpus, key) for key in corpus.__dataclass_fields__}
    fields["speaker"] = ("anna",) * len(corpus)
    with pytest.raises(snn.ParameterError, match=r"speakers in several parts.*'anna'.*u080"):
        Corpus(**fields).check_trainable()
    Corpus(**fields | {"shared_speakers": True}).check_trainable()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": np.zeros(3)}, "expected 120 entries"),
        ({"target": np.full(120, 2.0)}, "labels must be"),
        ({"target": np.full(120, 0.5)}, "labels must be whole"),
        ({"begin": np.zeros(3)}, "expected 120 entries"),
        ({"media": ("x.mp4",)}, "expected 120 entries"),
        ({"part": ("middle",) * 120}, "expected parts"),
        ({"ids": ("x",) * 120}, "unique.*'x'"),
        ({"codes": ("1",)}, "one code a class"),
    ],
)
def test_fields_that_do_not_fit_are_refused(change: dict[str, object], message: str) -> None:
    corpus = helpers.toy_corpus()
    fields = {key: getattr(corpus, key) for key in corpus.__dataclass_fields__}
    with pytest.raises(snn.ParameterError, match=message):
        Corpus(**{**fields, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"part": ("train",) * 120}, "no labelled utterance in test"),
        ({"part": ("none",) * 120}, "no labelled utterance in train"),
        ({"target": np.full(120, np.nan)}, "without any.*can only be predicted"),
        ({"target": np.ones(120)}, "two different labels to learn .got yes alone"),
        ({"modalities": {}}, "expected a modality"),
    ],
)
def test_a_corpus_that_can_be_read_but_not_trained_on_says_why(
    change: dict[str, object], message: str
) -> None:
    corpus = helpers.toy_corpus()
    fields = {key: getattr(corpus, key) for key in corpus.__dataclass_fields__}
    with pytest.raises(snn.ParameterError, match=message):
        Corpus(**{**fields, **change}).check_trainable()


def test_a_loader_file_is_found_without_any_other_edit() -> None:
    """Every file of the folder that registers a data set is in the list of names."""
    folder = Path(dataset.__file__).parent
    registering = [f.stem for f in folder.glob("*.py") if "\nregister(" in f.read_text()]
    assert len(dataset.names()) == len(registering)


# ---- folds ---------------------------------------------------------------------------------------


def test_folds_test_every_speaker_once_in_order_of_names() -> None:
    speakers = [f"s{k:02d}" for k in (3, 1, 2, 0, 4, 1, 3)]
    tested = []
    for number in range(3):
        parts, note = split.fold(speakers, 3, number)
        own = {who for who, part in zip(speakers, parts, strict=True) if part == "test"}
        tested.append(own)
        assert f"Fold {number} of 3" in note
    assert tested == [{"s00", "s01"}, {"s02", "s03"}, {"s04"}]


@pytest.mark.parametrize(("folds", "number", "message"), [(6, 0, "at most 5"), (3, 3, "less than 3")])
def test_a_fold_that_cannot_be_is_refused(folds: int, number: int, message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        split.fold(["a", "b", "c", "d", "e"], folds, number)


def test_folds_take_the_place_of_the_parts_that_data_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosi_folder(tmp_path)
    monkeypatch.setenv("PYSNN_DATA", str(tmp_path))
    corpus = dataset.load("mosi", DataConfig(folds=3, fold=1))
    assert corpus.part == ("train", "train", "test", "train", "train")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label,tweet\nhappy,senang\nhappyy,sedih\n", "row 2: expected one of anger"),
        ("label;tweet\nhappy;x\n", "a text and a label a row"),
    ],
)
def test_a_file_of_texts_that_is_wrong_is_named_with_its_row(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "indonlu" / "emot"
    folder.mkdir(parents=True)
    for part in ("train", "valid", "test"):
        (folder / f"{part}_preprocess.csv").write_text(text)
    monkeypatch.setenv("PYSNN_DATA", str(tmp_path))
    with pytest.raises(snn.DataFolderError, match=message):
        dataset.load("emot")
