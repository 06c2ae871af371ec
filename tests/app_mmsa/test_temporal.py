"""The layer that hears utterances go on in time: each kind on a task that fails without it.

Two cues, of voice and of text, say 0 or 1 each; the label is whether they differ, of which a readout of the
lines knows nothing. Where both come at once, neurons that hear no other tell it. Where the second comes when
the membranes have forgotten the first, after a time that differs from utterance to utterance, those that hear
each other do: nobody says which moment of one goes with which of the other (implicit alignment).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa import model
from pysnn_mmsa.config import Config, override
from pysnn_mmsa.dataset import Contours, Corpus, Transcripts
from pysnn_mmsa.predict import predict
from pysnn_mmsa.readout import Arriving
from pysnn_mmsa.settings import TimeConfig
from pysnn_mmsa.temporal import TemporalLayer, pairs
from pysnn_mmsa.train import Result, train
from pysnn_mmsa.trains import Trains

import pysnn as snn

from . import helpers

N, TEST = 400, 200
CHANCE = 0.5 + 4 * np.sqrt(0.25 / TEST)  # four standard errors above a coin
CUE, GROUP = 2, 4  # steps of a cue; lines that say the same


def cues(least: int, most: int) -> tuple[Trains, np.ndarray]:
    """Utterances with ``least`` to ``most`` steps between the cues, and their labels."""
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 2, (2, N + TEST))
    frames: dict[str, list[np.ndarray]] = {"voice": [], "text": []}
    for k in range(N + TEST):
        second = CUE + int(rng.integers(least, most + 1)) if most else 0
        for name, begin, said in (("voice", 0, a[k]), ("text", second, b[k])):
            on = np.zeros((2 * CUE + most + 4, 2 * GROUP), dtype=bool)
            lines = slice(said * GROUP, (said + 1) * GROUP)
            on[begin : begin + CUE, lines] = rng.random((CUE, GROUP)) < 0.9
            frames[name].append(on)
    return Trains.of_frames(frames, {"voice": 2 * GROUP, "text": 2 * GROUP}), a ^ b


def share(layer: str, least: int, most: int) -> float:
    """Of utterances told right that were not learnt from."""
    trains, label = cues(least, most)
    config = TimeConfig(layer=layer, neurons=90, adapting=0.0, tau_m=20.0, epochs=30, drop=0.0)
    before, after = trains.of(np.arange(N)), trains.of(np.arange(N, N + TEST))
    made = TemporalLayer.drawn(before, 2, True, config, seed=0)
    made.learn(before, np.eye(2)[label[:N]], lambda done, total: None)
    said = made.readout(before, None).scores(Arriving(made.respond(after))).argmax(axis=1)
    return float((said == label[N:]).mean())


def test_what_comes_at_once_is_told_by_neurons_that_hear_no_other() -> None:
    assert share("feedforward", 0, 0) >= 0.95


@pytest.mark.parametrize("layer", ["recurrent", "local", "mixed"])
def test_what_comes_when_membranes_have_forgotten_is_told_by_neurons_that_hear_each_other(layer: str) -> None:
    assert share(layer, 3, 5) >= 0.75


def test_and_not_by_those_that_hear_no_other() -> None:
    """tau_m is a step: of a cue e^-4 is left after 4 steps."""
    assert share("feedforward", 3, 5) <= CHANCE + 0.05  # after three steps a trace may be left


def test_who_hears_whom() -> None:
    assert len(pairs("feedforward", 9)[0]) == 0
    i, j = pairs("recurrent", 9)
    assert len(i) == 72
    assert (i != j).all()
    i, j = pairs("local", 9)
    assert sorted(i[j == 0].tolist()) == [0, 1, 2, 7, 8]
    i, j = pairs("mixed", 9)
    assert not (np.concatenate([i, j]) < 3).any()  # the first third hears and tells nobody
    assert sorted(i[j == 6].tolist()) == [7, 8]
    assert sorted(i[j == 3].tolist()) == [3, 4, 5]


def test_a_layer_that_is_told_nothing_new_stays() -> None:
    trains, label = cues(0, 0)
    config = TimeConfig(layer="recurrent", neurons=12, epochs=0)
    made = TemporalLayer.drawn(trains, 2, True, config, seed=1)
    heard = made.synapses.heard.copy()
    made.learn(trains, np.eye(2)[label], lambda done, total: None)
    # Weights pass the engine in single precision.
    np.testing.assert_allclose(made.synapses.heard, heard, rtol=1e-6)


def test_answers_do_not_depend_on_what_they_are_shown_with() -> None:
    trains, _ = cues(0, 3)
    config = TimeConfig(layer="recurrent", neurons=20)
    made = TemporalLayer.drawn(trains, 2, True, config, seed=1)
    together = made.respond(trains)
    np.testing.assert_array_equal(made.respond(trains.of(np.array([7, 3]))), together[[7, 3]])


WORDS, SAID = ("ya", "tidak"), 20  # frames of 10 ms


def spoken(timed: bool) -> Corpus:
    """Two words, one after the other, somewhere in 1.5 s; the one that is said high is the label."""
    rng = np.random.default_rng(4)
    n, test = 450, 150
    pitch, loudness, texts, words, target = [], [], [], [], []
    for _ in range(n):
        f0, begin = 150.0 * 2.0 ** (rng.normal(0.0, 0.3, 150) / 12.0), int(rng.integers(5, 100))
        turned, high = rng.integers(0, 2, 2)
        names = WORDS[::-1] if turned else WORDS
        f0[begin + SAID * high : begin + SAID * (high + 1)] *= 2.0**0.5
        edges = (begin + SAID * np.arange(3)) * 0.01
        pitch.append(f0)
        loudness.append(-30.0 + rng.normal(0.0, 1.0, 150))
        texts.append(" ".join([*names, "aduh" if rng.random() < 0.5 else "wah"]))
        words.append(tuple((edges[k], edges[k + 1], names[k]) for k in (0, 1)))
        target.append(float(turned ^ high))
    ids = tuple(f"u{k:03d}" for k in range(n))
    return Corpus(
        name="made",
        ids=ids,
        speaker=ids,
        video=ids,
        position=np.zeros(n, dtype=np.int64),
        target=np.array(target),
        classes=WORDS,
        codes=WORDS,
        part=tuple("test" if k >= n - test else "train" for k in range(n)),
        modalities={
            "voice": Contours(tuple(pitch), tuple(loudness)),
            "text": Transcripts(tuple(texts), tuple(words) if timed else ()),
        },
        begin=np.zeros(n),
        end=np.full(n, 1.5),
    )


def run(corpus: Corpus) -> Result:
    config = override(
        Config(),
        {
            "network.fusion": "time", "time.layer": "feedforward", "time.neurons": 80, "time.epochs": 15,
            "features.rest": "population", "run.seeds": [0], "run.missing": False,
        },
        "test",
    )  # fmt: skip
    return train(corpus, config, helpers.silent)


def right(result: Result) -> float:
    label = result.corpus.label[result.test]
    return float((result.seeds[0].votes.together.argmax(axis=1) == label).mean())


def test_words_with_times_are_told_with_the_voice_that_says_them(tmp_path: Path) -> None:
    """Explicit alignment: both on one axis. Without times words share the utterance evenly, and a high voice
    goes with no word; statistics of the utterance know nothing at all.
    """
    result = run(spoken(timed=True))
    assert right(result) >= 0.95
    assert right(run(spoken(timed=False))) <= right(result) - 0.1
    assert result.floors.linear <= CHANCE
    # Kept in the model, which answers alike.
    model.write(tmp_path / "model.h5", result)
    told = predict(tmp_path, helpers.silent, result.corpus)
    again = dict(zip(told.rows.tolist(), told.votes.together.argmax(axis=1).tolist(), strict=True))
    first = result.seeds[0].votes.together.argmax(axis=1).tolist()
    assert [again[k] for k in result.test.tolist()] == first


def test_votes_that_are_mixed_beside_it_ask_for_a_validation_part() -> None:
    corpus = helpers.toy_corpus()
    config = helpers.small(time__layer="local", time__neurons=9, time__epochs=1, readout__combine="learnt")
    with pytest.raises(snn.ParameterError, match="expects 12 utterances or more in the validation part"):
        train(corpus, config, helpers.silent)


def test_numbers_are_learnt_in_time_too() -> None:
    """Labels are the value of a feature, which fires steadily."""
    rng = np.random.default_rng(6)
    x = rng.uniform(-1.0, 1.0, (300, 1))
    corpus = helpers.toy_numbers(x, x[:, 0])
    config = helpers.small(
        network__fusion="time", time__layer="feedforward", time__neurons=60, time__epochs=20, time__drop=0.0
    )
    result = train(corpus, dataclasses.replace(config), helpers.silent)
    said = result.seeds[0].votes.together[:, 0]
    assert np.corrcoef(said, corpus.target[result.test])[0, 1] >= 0.9


def test_a_layer_too_large_for_the_memory_is_refused_before_it_is_made() -> None:
    config = helpers.small(time__layer="local", time__neurons=100_000)
    with pytest.raises(snn.ParameterError, match="synapses in time"):
        train(helpers.toy_corpus(), config, helpers.silent)
