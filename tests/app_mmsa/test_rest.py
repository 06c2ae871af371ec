"""The rest that a speaker is measured from."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from pysnn_mmsa import dataset
from pysnn_mmsa.config import Config
from pysnn_mmsa.dataset import Table
from pysnn_mmsa.features import Extractor, Rest, recipe_from
from pysnn_mmsa.floors import floors
from pysnn_mmsa.settings import FeatureConfig

from . import helpers


def test_k_is_the_ratio_of_the_variances_that_were_drawn() -> None:
    """1000 speakers, 10 utterances each, within 2, between 1: k = 4; sampling leaves some per cent."""
    rng = np.random.default_rng(0)
    rest = 5.0 + rng.normal(size=1000)
    levels = (rest[:, None] + 2.0 * rng.normal(size=(1000, 10))).reshape(-1, 1)
    speakers = [f"s{k // 10}" for k in range(10_000)]
    got = Rest.fit(levels, speakers)
    assert got.population[0] == pytest.approx(5.0, abs=0.2)
    assert got.k[0] == pytest.approx(4.0, rel=0.2)


def test_a_speaker_is_drawn_to_the_population_by_k_utterances() -> None:
    """(n median + k population) / (n + k): 3 x 4 / 4 = 3; running: 1 / 2, 2 x 1.5 / 3 = 1, 3 x 2 / 4."""
    rest = Rest(np.array([0.0]), np.array([1.0]))
    whole = rest.of(np.array([[4.0], [1.0], [9.0]]), ["a"] * 3, [0, 1, 2], "speaker")
    np.testing.assert_allclose(whole, 3.0)
    running = rest.of(np.array([[1.0], [2.0], [3.0]]), ["a"] * 3, [0, 1, 2], "running")
    np.testing.assert_allclose(running[:, 0], [0.5, 1.0, 1.5])
    np.testing.assert_allclose(rest.of(np.array([[4.0]]), ["a"], [0], "population"), 0.0)


def test_running_reads_no_utterance_that_comes_later() -> None:
    rng = np.random.default_rng(1)
    rest = Rest(np.zeros(2), np.ones(2))
    levels, who = rng.normal(size=(8, 2)), ["a", "b"] * 4
    before = rest.of(levels, who, range(8), "running")
    levels[6:] = 99.0
    np.testing.assert_array_equal(rest.of(levels, who, range(8), "running")[:6], before[:6])


def test_an_utterance_without_the_modality_has_the_rest_of_the_others() -> None:
    rest = Rest(np.array([0.0]), np.array([1.0]))
    got = rest.of(np.array([[2.0], [np.nan]]), ["a", "a"], [0, 1], "running")
    np.testing.assert_allclose(got[:, 0], [1.0, 1.0])
    alone = rest.of(np.array([[np.nan]]), ["b"], [0], "speaker")
    np.testing.assert_allclose(alone, 0.0)


@pytest.mark.parametrize(
    ("levels", "speakers"),
    [
        ([[1.0], [1.0]], ["a", "b"]),
        ([[1.0], [2.0]], ["a", "a"]),
        ([[np.nan]], ["a"]),
        ([[1.0], [1.0], [1.0], [1.0]], ["a", "a", "b", "b"]),
        ([[1.0], [2.0], [1.0], [2.0]], ["a", "a", "b", "b"]),
    ],
)
def test_few_or_equal_utterances_are_no_division_by_zero(
    levels: list[list[float]], speakers: list[str]
) -> None:
    rest = Rest.fit(np.array(levels), speakers)
    assert np.isfinite(rest.population).all()
    assert np.isfinite(rest.k).all()
    assert np.isfinite(rest.of(np.array(levels), speakers, range(len(speakers)), "speaker")).all()


def test_a_lone_utterance_keeps_its_difference_to_the_population() -> None:
    """Measured from itself alone its mean pitch and face would be 0 whatever it says."""
    corpus = dataset.load("imvd-synthetic")
    extractor = Extractor.fit(corpus, Config().features)
    alone = extractor.transform(corpus, alone=True)
    names = alone.names["face"]
    column = names.index("mouth_width_mean")
    there = alone.present("face")
    assert np.nanstd(alone.values["face"][there, column]) > 0.02
    joy = np.array([corpus.classes[k] == "joy" for k in corpus.label])
    wide = alone.values["face"][:, column]
    # The generator widens the mouth by 0.12 / 0.30 of its half at full strength for joy alone of all.
    assert np.nanmean(wide[joy & there]) > np.nanmean(wide[~joy & there])


def test_tables_less_their_speakers_mean_tell_what_speakers_hide() -> None:
    """Speakers differ by 10, classes by 1: as they are, the classes overlap; less the mean they do not.

    20 speakers, 8 utterances each, noise of 0.1: an utterance of a new speaker differs from its speaker's
    mean by +-0.5, which is five deviations of the noise.
    """
    rng = np.random.default_rng(0)
    speaker = np.repeat(np.arange(20), 8)
    label = np.tile([0, 1], 80)
    x = 10.0 * rng.normal(size=20)[speaker] + label + 0.1 * rng.normal(size=160)
    corpus = dataclasses.replace(
        helpers.toy_corpus(160),
        speaker=tuple(f"s{k:02d}" for k in speaker),
        video=tuple(f"s{k:02d}" for k in speaker),
        position=np.tile(np.arange(8), 20),
        target=label.astype(float),
        part=tuple("train" if k < 15 else "test" for k in speaker),
        modalities={"x": Table(x[:, None], ("x.a",))},
    )
    scores = {}
    for mode in ("as-is", "running", "speaker"):
        config = FeatureConfig(tables=mode)
        features = Extractor.fit(corpus, config).transform(corpus)
        scores[mode] = floors(corpus, features, 1.0).linear
    assert scores["as-is"] < 0.7
    assert scores["speaker"] == 1.0
    # The first utterance of a speaker says nothing, the second little.
    assert scores["as-is"] < scores["running"] <= scores["speaker"]


def test_the_recipe_of_such_a_table_is_kept_in_the_model() -> None:
    corpus = helpers.toy_corpus(missing=True)
    extractor = Extractor.fit(corpus, FeatureConfig(tables="running"))
    again = {
        name: recipe_from(name, recipe.kind, recipe.arrays()) for name, recipe in extractor.recipes.items()
    }
    got = Extractor(again, {}).transform(corpus)
    for name, values in extractor.transform(corpus).values.items():
        np.testing.assert_array_equal(got.values[name], values)
