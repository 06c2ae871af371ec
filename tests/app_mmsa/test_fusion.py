"""Each fusion does what it is for, on a task made so that what it is not for cannot.

The linear floor and late fusion stand beside: of XOR between modalities, each of which says nothing by
itself, they know as little as a coin; Bayes is near 1 in all of these tasks.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa import fusion, model, translate
from pysnn_mmsa.chain import Front
from pysnn_mmsa.config import Config
from pysnn_mmsa.dataset import Corpus, Table
from pysnn_mmsa.fusion import FUSIONS, learnt
from pysnn_mmsa.settings import NetworkConfig, ReadoutConfig
from pysnn_mmsa.train import Result, train

import pysnn as snn

from . import helpers

N, TEST = 420, 140
CHANCE = 0.5 + 4 * np.sqrt(0.25 / TEST)  # four standard errors above a coin


def corpus(modalities: dict[str, np.ndarray], label: np.ndarray) -> Corpus:
    names = tuple(f"u{k:03d}" for k in range(N))
    classes = tuple("abc"[: label.max() + 1])
    return Corpus(
        name="made",
        ids=names,
        speaker=names,
        video=names,
        position=np.zeros(N, dtype=np.int64),
        target=label.astype(float),
        classes=classes,
        codes=classes,
        part=tuple("test" if k >= N - TEST else "train" for k in range(N)),
        modalities={
            name: Table(values, tuple(f"{name}.{k}" for k in range(values.shape[1])))
            for name, values in modalities.items()
        },
    )


def seen(value: np.ndarray, columns: int, noise: float, rng: np.random.Generator) -> np.ndarray:
    """``value`` in so many columns, every second with the other sign."""
    sign = np.where(np.arange(columns) % 2, -1.0, 1.0)
    return value[:, None] * sign + noise * rng.normal(size=(N, columns))


def xor() -> Corpus:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (2, N))
    voice, text = seen(2.0 * a - 1, 3, 0.6, rng), seen(2.0 * b - 1, 3, 0.6, rng)
    return corpus({"voice": voice, "text": text}, a ^ b)


def agreement() -> Corpus:
    """Do voice and face say the same, whatever that is?"""
    rng = np.random.default_rng(1)
    label, a = rng.integers(0, 2, N), rng.normal(size=N)
    b = np.where(label == 1, a, rng.permutation(a))
    return corpus({"voice": seen(a, 2, 0.15, rng), "face": seen(b, 2, 0.15, rng)}, label)


def liar() -> Corpus:
    """The voice lies, and the face says so."""
    rng = np.random.default_rng(2)
    label, lies = rng.integers(0, 2, (2, N))
    voice = seen(2.0 * (label ^ lies) - 1, 3, 0.6, rng)
    return corpus({"voice": voice, "face": seen(2.0 * lies - 1, 2, 0.3, rng)}, label)


def missing() -> Corpus:
    """Three steps that each modality tells; at the test every utterance lacks one of both.

    A missing value is taken for an average one, which here is what the middle class has.
    """
    rng = np.random.default_rng(3)
    label = rng.integers(0, 3, N)
    both = {name: seen(2.0 * (label - 1.0), 3, 0.7, rng) for name in ("voice", "face")}
    test = np.arange(N) >= N - TEST
    lacks_face = rng.random(N) < 0.5
    both["face"][test & lacks_face] = np.nan
    both["voice"][test & ~lacks_face] = np.nan
    return corpus(both, label)


def run(made: Corpus, name: str, combine: str = "mean", translate: str = "none") -> Result:
    config = helpers.small(
        network__fusion=name, network__neurons=160, readout__combine=combine, readout__eta=1.0,
        readout__strength="fixed", stdp__passes=0, run__missing=False, network__translate=translate,
    )  # fmt: skip
    return train(made, config, helpers.silent)


def share(result: Result) -> float:
    """Of test utterances told right."""
    said = result.seeds[0].votes.together.argmax(axis=1)
    return float((said == result.corpus.label[result.test]).mean())


@pytest.mark.parametrize("name", ["tensor", "bibimodal", "hybrid"])
def test_xor_of_modalities_is_told_by_coincidences_and_by_nothing_that_adds_up(name: str) -> None:
    result = run(xor(), name)
    assert share(result) >= 0.95
    assert result.floors.linear <= CHANCE


@pytest.mark.parametrize("combine", ["mean", "product", "learnt"])
def test_xor_of_modalities_is_beyond_late_fusion(combine: str) -> None:
    assert share(run(xor(), "late", combine)) <= CHANCE


@pytest.mark.parametrize("name", ["bibimodal", "tensor"])
def test_whether_two_modalities_agree_is_told_by_pairs(name: str) -> None:
    result = run(agreement(), name)
    # Where they do not agree they are alike by chance now and then: two normal draws closer than the noise.
    assert share(result) >= 0.8
    assert result.floors.linear <= CHANCE


def test_a_modality_that_lies_is_told_where_another_that_says_so_gates_it() -> None:
    result = run(liar(), "attention")
    assert share(result) >= 0.95
    assert result.floors.linear <= CHANCE
    assert share(run(liar(), "late", "learnt")) <= CHANCE


def test_where_a_modality_is_missing_late_fusion_hears_the_other_and_early_takes_it_for_average() -> None:
    late, early = run(missing(), "late"), run(missing(), "early")
    # Three columns of noise .7 about steps of 2 mistake a neighbour in Phi(-2.5) = .6 % of cases.
    assert share(late) >= 0.93
    assert share(early) <= share(late) - 0.1
    assert early.floors.linear <= share(late) - 0.05
    assert share(run(missing(), "hybrid")) >= share(early) + 0.05


@pytest.mark.parametrize("how", ["example", "generative"])
def test_what_a_missing_modality_would_say_is_translated_from_the_other(how: str, tmp_path: Path) -> None:
    """Early fusion takes a missing modality for an average one, which here is the middle class; voice and
    face go together in training, so either tells what the other would have been.
    """
    translated, plain = run(missing(), "early", translate=how), run(missing(), "early")
    assert share(translated) >= share(plain) + 0.1
    assert share(translated) >= 0.9
    # Kept in the model.
    model.write(tmp_path / "model.h5", translated)
    front = model.read(tmp_path / "model.h5").front
    features = translated.features
    np.testing.assert_array_equal(front.lines(features), translated.front.lines(features))


def test_a_modality_that_only_training_has_helps_where_it_is_translated() -> None:
    """Co-learning: at the test there is the voice alone."""
    made = missing()
    face = made.modalities["face"]
    assert isinstance(face, Table)
    values = face.values.copy()
    values[N - TEST :] = np.nan
    voice = made.modalities["voice"]
    assert isinstance(voice, Table)
    heard = seen(2.0 * (made.target - 1.0), 3, 0.7, np.random.default_rng(9))
    alone = helpers.replaced(
        made, modalities={"voice": Table(heard, voice.names), "face": Table(values, face.names)}
    )
    assert share(run(alone, "early", translate="generative")) >= share(run(alone, "early")) + 0.1


@pytest.mark.parametrize("how", ["example", "generative"])
def test_voice_and_face_of_one_utterance_are_found_among_those_of_others(how: str) -> None:
    """A coordinated representation: three things that both show, each in a mixture of its own; the class
    says nothing of two of them.
    """
    rng = np.random.default_rng(7)
    shown = rng.normal(size=(N, 3))
    both = {
        name: shown @ rng.normal(size=(3, 12)) + 0.3 * rng.normal(size=(N, 12)) for name in ("voice", "face")
    }
    made = corpus(both, (shown[:, 0] > 0.0).astype(np.int64))
    front, features = Front.fit(made, helpers.small(network__translate=how))
    assert front.translator is not None
    lines, numbers = front.lines(features)[N - TEST :], front.numbers()

    def found(alike: np.ndarray) -> float:
        """Of faces for which their own voice is among the five of 140 that go best with it."""
        rank = (alike > np.diag(alike)).sum(axis=0)
        return float((rank < 5).mean())

    assert found(translate.agreement(front.translator, lines, numbers, "voice", "face")) >= 0.5
    # Without it: the columns side by side, as they come, find 5 of 140.
    raw = np.corrcoef(lines[:, numbers["voice"]], lines[:, numbers["face"]])[:TEST, TEST:]
    assert found(raw) <= 5 / TEST + 4 * np.sqrt(5 / TEST / TEST)


def test_a_vote_that_says_nothing_gets_no_weight_where_weights_are_learnt() -> None:
    """One pathway right in nine of ten cases, three that guess: their mean is worse than the one alone."""
    rng = np.random.default_rng(5)
    label = rng.integers(0, 2, 600)

    def says(right: float) -> np.ndarray:
        said = np.where(rng.random(600) < right, label, 1 - label)
        return np.log(np.where(np.arange(2) == said[:, None], 0.9, 0.1))

    votes = [says(0.9), *(says(0.5) for _ in range(3))]
    there = [np.ones(600, dtype=bool)] * 4
    before, after = slice(0, 300), slice(300, 600)
    mixer = learnt.learn(
        [v[before] for v in votes], [t[before] for t in there], label[before].astype(float), None,
        ReadoutConfig(), 0, [str(k) for k in range(300)],
    )  # fmt: skip
    mixed = mixer.together([v[after] for v in votes], [t[after] for t in there]).argmax(axis=1)
    mean = fusion.combine([v[after] for v in votes], [t[after] for t in there], "mean").argmax(axis=1)
    assert (mixed == label[after]).mean() >= 0.85
    assert (mean == label[after]).mean() <= 0.8


def test_numbers_are_mixed_too() -> None:
    """Two pathways that say y + 1 and -y: what is learnt tells y from both."""
    y = np.linspace(-2.0, 2.0, 90)
    number = np.array([0.0, -2.0, 2.0, y.std()])
    there = [np.ones(90, dtype=bool)] * 2
    votes = [(y + 1.0)[:, None], -y[:, None]]
    mixer = learnt.learn(votes, there, y, number, ReadoutConfig(epochs=40), 0, [str(k) for k in range(90)])
    np.testing.assert_allclose(mixer.together(votes, there)[:, 0], y, atol=0.3)


@pytest.mark.parametrize("name", sorted(set(FUSIONS) - {"time"}))
def test_neurons_are_divided_among_the_pathways_and_all_modalities_are_seen(name: str) -> None:
    paths = fusion.pathways(["text", "voice", "face"], NetworkConfig(fusion=name, neurons=600))
    assert sum(path.neurons for path in paths) == pytest.approx(600, abs=6)
    assert {m for path in paths for part in path.parts for m in part.modalities} == {"text", "voice", "face"}


@pytest.mark.parametrize("name", sorted(set(FUSIONS) - {"early", "late", "time"}))
def test_a_fusion_of_pairs_asks_for_two_modalities(name: str) -> None:
    with pytest.raises(snn.ParameterError, match="two modalities or more"):
        fusion.pathways(["text"], NetworkConfig(fusion=name))


def test_the_setting_names_every_fusion_there_is() -> None:
    field = next(f for f in dataclasses.fields(Config().network) if f.name == "fusion")
    assert set(field.metadata["about"].choices) == set(FUSIONS)
