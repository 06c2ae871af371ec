"""The corpus that ships with the application is what its own command generates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa import dataset, synth
from pysnn_mmsa.cli import main
from pysnn_mmsa.dataset.imvd import as_corpus
from pysnn_mmsa.synth.face import base_face, deform

import pysnn as snn


def assert_same(a: synth.Utterances, b: synth.Utterances) -> None:
    assert a.text == b.text
    for key in ("video", "position", "emotion", "test"):
        np.testing.assert_array_equal(getattr(a, key), getattr(b, key))
    # Another libm may round one value the other way: one unit of what the file keeps.
    for key, unit in (("pitch", 0.1), ("loudness", 0.1), ("landmarks", 0.25)):
        for mine, theirs in zip(getattr(a, key), getattr(b, key), strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1.001 * unit, rtol=0.0)


def test_generating_again_gives_the_shipped_corpus() -> None:
    assert_same(synth.generate(), synth.read())


def test_the_shipped_file_is_small_and_says_that_it_is_synthetic() -> None:
    assert synth.SHIPPED.stat().st_size < 2_000_000
    with np.load(synth.SHIPPED, allow_pickle=False) as file:
        assert "SYNTHETIC" in str(file["note"])
    assert "SYNTHETIC" in dataset.load("imvd-synthetic").note


@pytest.mark.media
@pytest.mark.parametrize("samples", [2561, 2570, 4410])
def test_a_film_of_synth_has_all_its_sound_however_long(samples: int, tmp_path: Path) -> None:
    """Lengths that leave a rest of some samples over AAC's frames of 1024 among them (found by trying)."""
    from pysnn_mmsa import media
    from pysnn_mmsa.synth.videos import film

    tone = np.sin(np.arange(samples) / 10.0).astype(np.float32)
    film.write(tmp_path / "x.mp4", [np.zeros((film.HEIGHT, film.WIDTH, 3), np.uint8)], 15, tone)
    heard = media.sound(tmp_path / "x.mp4")
    assert heard is not None
    assert heard.duration == pytest.approx(samples / 22050, abs=0.06)  # AAC begins and ends in whole frames


def test_it_has_imvds_form() -> None:
    """Seven emotions by number, 4 to 16 utterances a video, one speaker each, all classes in both parts."""
    utterances = synth.read()
    for part in (utterances.test, ~utterances.test):
        assert set(utterances.emotion[part]) == set(range(-4, 3))
    a_video = np.bincount(utterances.video)
    assert 4 <= a_video.min() <= a_video.max() <= 16
    corpus = dataset.load("imvd-synthetic")
    assert dict(zip(corpus.classes, corpus.codes, strict=True))["joy"] == "1"
    assert corpus.speaker == corpus.video
    for modality in corpus.modalities.values():
        assert 0 < np.count_nonzero(~modality.present()) < 0.1 * len(corpus)


def test_the_command_writes_what_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "small.npz"
    assert main(["synth", "--out", str(path), "--seed", "3", "--videos", "4", "--test-videos", "1"]) == 0
    recipe = synth.Recipe(seed=3, videos=4, test_videos=1)
    assert_same(synth.read(path), synth.generate(recipe))
    assert len(as_corpus(synth.read(path))) == len(synth.generate(recipe))


def test_more_videos_leave_the_earlier_ones_as_they_were() -> None:
    few, more = synth.generate(synth.Recipe(1, 2, 1)), synth.generate(synth.Recipe(1, 3, 1))
    assert more.text[: len(few)] == few.text
    np.testing.assert_array_equal(more.landmarks[0], few.landmarks[0])


def test_another_seed_gives_another_corpus() -> None:
    assert synth.generate(synth.Recipe(1, 2, 1)).text != synth.generate(synth.Recipe(2, 2, 1)).text


@pytest.mark.parametrize("content", [b"", b"not a file of ours", b"PK\x03\x04 torn"])
def test_a_foreign_or_torn_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(snn.DataFolderError, match=r"x\.npz is not what `mmsa synth` writes"):
        synth.read(path)


def test_a_file_that_is_somebodys_is_left(tmp_path: Path) -> None:
    path, small = tmp_path / "x.npz", synth.generate(synth.Recipe(1, 2, 1))
    for content in (b"mine", b""):
        path.write_bytes(content)
        with pytest.raises(snn.ParameterError, match=r"x\.npz is there and no corpus"):
            synth.write(path, small)
        assert path.read_bytes() == content
    np.savez(path, mine=np.arange(3))
    with pytest.raises(snn.ParameterError, match="it is left"):
        synth.write(path, small)
    path.unlink()
    synth.write(path, small)
    synth.write(path, small)


def test_a_recipe_without_a_test_part_is_refused() -> None:
    with pytest.raises(snn.ParameterError, match="test_videos"):
        synth.Recipe(videos=3, test_videos=3)


def test_a_smile_moves_the_corners_up_and_nothing_above_the_nose() -> None:
    smile = deform(base_face(), {"corner": 0.1})
    assert (smile[[48, 54], 1] < base_face()[[48, 54], 1]).all()
    np.testing.assert_array_equal(smile[17:48], base_face()[17:48])
