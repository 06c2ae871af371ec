"""Lines in time: when they are on, and how spikes are kept."""

from __future__ import annotations

import numpy as np
from pysnn_mmsa.dataset import Contours, Corpus, Landmarks, Table, Transcripts
from pysnn_mmsa.features.course import CHANGE, FACE_LINES, LOUDNESS, PITCH, VOICE_LINES, Course
from pysnn_mmsa.trains import Trains

from . import helpers

KINDS = {"voice": "contours"}


def corpus(**modalities: object) -> Corpus:
    n = len(next(iter(modalities.values())))  # type: ignore[arg-type] # all of them have a length
    ids = tuple(f"u{k}" for k in range(n))
    made = helpers.toy_corpus(8)
    return helpers.replaced(
        made, ids=ids, speaker=("s",) * n, video=("v",) * n, position=np.arange(n), target=np.zeros(n),
        part=("train",) * n, modalities=modalities,
    )  # fmt: skip


def frames(trains: Trains, k: int) -> np.ndarray:
    on = np.zeros((trains.steps[k], trains.lines), dtype=bool)
    own = trains.trial == k
    on[trains.step[own], trains.line[own]] = True
    return on


def test_lines_of_a_voice_say_where_it_is_from_the_speakers_mean_in_its_deviations() -> None:
    """One utterance of -1 and 1 semitone and dB about the middle in turn, 50 ms each: mean 0, deviation 1."""
    tone = np.tile(np.repeat([-1.0, 1.0], 5), 10)
    made = corpus(voice=Contours((200.0 * 2.0 ** (tone / 12.0),), (tone - 20.0,)))
    course = Course.fit(made, 50.0, "speaker")
    on = frames(course.trains(made, {}, KINDS), 0)
    assert on.shape == (20, VOICE_LINES)
    pitch, loud = on[:, : len(PITCH[0])], on[:, len(PITCH[0]) : len(PITCH[0]) + len(LOUDNESS[0])]
    for step, z in enumerate([-1.0, 1.0] * 10):
        # Both ends of the reach of .5 about a centre are within a rounding.
        assert pitch[step, np.abs(PITCH[0] - z) < 0.4].all()
        assert not pitch[step, np.abs(PITCH[0] - z) > 0.6].any()
        assert loud[step, np.abs(LOUDNESS[0] - z) < 0.4].all()
        assert not loud[step, np.abs(LOUDNESS[0] - z) > 0.6].any()
    begin = len(PITCH[0]) + len(LOUDNESS[0])
    # From step to step by 2 deviations, which no line of changes reaches; at first by none.
    assert not on[1:, begin : begin + 2 * len(CHANGE[0])].any()
    assert on[0, begin : begin + len(CHANGE[0])][np.abs(CHANGE[0]) < 0.2].all()
    assert on[:, -1].all()  # voiced


def test_the_axis_begins_before_the_first_voiced_frame_and_ends_after_the_last() -> None:
    f0 = np.zeros(100)
    f0[30:60] = 180.0
    made = corpus(voice=Contours((f0, np.zeros(100)), (np.full(100, -20.0), np.full(100, -20.0))))
    trains = Course.fit(made, 10.0, "population").trains(made, {}, KINDS)
    assert trains.steps.tolist() == [40, 0]  # 5 frames on either side; a voice that is not there
    assert frames(trains, 0)[:, -1].sum() == 30
    assert not frames(trains, 1).any()


def test_words_are_on_while_they_are_said() -> None:
    words = ((1.0, 1.2, "Ya"), (1.2, 1.5, "tidak"))
    made = corpus(text=Transcripts(("ya tidak", "ya tidak"), (words, ())))
    made = helpers.replaced(made, begin=np.array([1.0, np.nan]), end=np.array([1.5, np.nan]))
    trains = Course.fit(made, 20.0, "speaker").trains(made, {}, {"text": "transcripts"})
    timed, shared = frames(trains, 0), frames(trains, 1)
    ya, tidak = timed[0].argmax(), timed[-1].argmax()
    assert timed[:, ya].tolist() == [True] * 10 + [False] * 15
    assert timed[:, tidak].tolist() == [False] * 10 + [True] * 15
    assert shared[:, ya].tolist() == [True] * 5 + [False] * 5
    assert shared[:, tidak].tolist() == [False] * 5 + [True] * 5


def test_features_of_tables_fire_evenly_and_faces_have_five_lines_a_feature() -> None:
    rng = np.random.default_rng(0)
    face = rng.normal(size=(1, 68, 2)) + np.linspace(0.0, 100.0, 136).reshape(68, 2)
    made = corpus(
        t=Table(np.zeros((2, 1)), ("t.x",)), face=Landmarks((np.repeat(face, 25, axis=0), face[:0]))
    )
    course = Course.fit(made, 20.0, "speaker")
    trains = course.trains(
        made, {"t": np.array([[1.0, 0.4], [0.0, 1.0]])}, {"t": "table", "face": "landmarks"}
    )
    assert trains.steps.tolist() == [50, 10]  # 25 frames of 40 ms; no film
    assert frames(trains, 0).sum(axis=0)[:2].tolist() == [25, 10]
    assert frames(trains, 1).sum(axis=0)[:2].tolist() == [0, 5]
    # A face that does not move is at its mean: the middle line of each feature alone, if at all.
    assert frames(trains, 0)[:, 2:].sum() == 50 * FACE_LINES // 5
    again = Course.from_arrays(course.arrays())
    same = again.trains(made, {"t": np.array([[1.0, 0.4], [0.0, 1.0]])}, {"t": "table", "face": "landmarks"})
    np.testing.assert_array_equal(trains.line, same.line)


def test_spikes_of_some_utterances_and_of_some_lines() -> None:
    rng = np.random.default_rng(1)
    own = {name: [rng.random((4 + k, 3)) < 0.5 for k in range(5)] for name in ("a", "b")}
    trains = Trains.of_frames(own, {"a": 3, "b": 3})
    for row, k in enumerate((4, 0, 4)):
        both = np.concatenate([own["a"][k], own["b"][k]], axis=1)
        np.testing.assert_array_equal(frames(trains.of(np.array([4, 0, 4])), row), both)
    less = trains.without("a", np.array([2]))
    assert not frames(less, 2)[:, :3].any()
    np.testing.assert_array_equal(frames(less, 1), frames(trains, 1))
    np.testing.assert_array_equal(frames(less, 2)[:, 3:], own["b"][2])
    assert trains.counts()["b"].tolist() == [int(on.sum()) for on in own["b"]]
    many = Trains.of_frames({"a": [np.ones((100, 100), dtype=bool)]}, {"a": 100})
    kept = len(many.thinned(0.25, np.random.default_rng(2)).line)
    assert abs(kept - 7500) < 4 * np.sqrt(10_000 * 0.25 * 0.75)
