"""Features in units of how much a speaker varies."""

from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa.features import recipe_from
from pysnn_mmsa.features.contours import LONG_FEATURES, VOICE_FEATURES, long_table, voice_table
from pysnn_mmsa.features.recipe import BySpread, learn_recipe
from pysnn_mmsa.features.spread import WEIGHT, Spread

from . import helpers


def test_speakers_of_many_utterances_have_mean_0_and_deviation_1() -> None:
    rng = np.random.default_rng(0)
    speakers = [f"s{k // 400}" for k in range(1200)]
    scale = np.repeat([0.5, 2.0, 10.0], 400)[:, None]
    values = np.repeat([0.0, 5.0, -20.0], 400)[:, None] + scale * rng.normal(size=(1200, 2))
    z = Spread.fit(values, speakers).of(values, speakers, range(1200), "speaker")
    for k in range(3):
        own = z[400 * k : 400 * (k + 1)]
        np.testing.assert_allclose(own.mean(axis=0), 0.0, atol=0.2)
        # The population counts for five of 405 utterances: most for who varies least.
        np.testing.assert_allclose(own.std(axis=0), 1.0, atol=0.7 if k == 0 else 0.1)


def test_one_utterance_of_a_new_speaker_is_measured_by_the_population() -> None:
    """n = 1: m' = (x + k M) / (1 + k), v' = WEIGHT V / (1 + WEIGHT)."""
    rng = np.random.default_rng(1)
    speakers = [f"s{k % 20}" for k in range(200)]
    spread = Spread.fit(rng.normal(size=(200, 1)) + rng.normal(size=20)[np.arange(200) % 20, None], speakers)
    x, k, mean = 3.0, float(spread.rest.k[0]), float(spread.rest.population[0])
    expected = (x - (x + k * mean) / (1 + k)) / np.sqrt(WEIGHT * float(spread.variance[0]) / (1 + WEIGHT))
    for mode in ("speaker", "running"):
        assert spread.of(np.array([[x]]), ["new"], [0], mode)[0, 0] == pytest.approx(expected)


def test_running_uses_nothing_of_what_comes_later() -> None:
    rng = np.random.default_rng(2)
    speakers = ["a"] * 10 + ["b"] * 10
    values = rng.normal(size=(20, 3))
    spread = Spread.fit(values, speakers)
    changed = values.copy()
    changed[6:10] += 100.0
    before, after = (spread.of(v, speakers, range(20), "running") for v in (values, changed))
    np.testing.assert_array_equal(before[:6], after[:6])
    np.testing.assert_array_equal(before[10:], after[10:])


def test_missing_values_stay_missing_and_others_are_told() -> None:
    values = np.arange(12.0).reshape(6, 2)
    values[2, 0] = np.nan
    z = Spread.fit(values, ["a"] * 6).of(values, ["a"] * 6, range(6), "speaker")
    assert np.isnan(z[2, 0])
    assert np.isfinite(np.delete(z, 2, axis=0)).all()


def test_a_recipe_with_spread_is_read_back_as_it_was() -> None:
    corpus = helpers.toy_corpus()
    config = helpers.small(features__tables="running", features__spread=True).features
    made = learn_recipe("left", corpus, config)
    assert isinstance(made, BySpread)
    again = recipe_from("left", made.kind, made.arrays())
    table = corpus.modalities["left"]
    np.testing.assert_array_equal(made.table(corpus, table, False), again.table(corpus, table, False))


def test_the_long_statistics_of_a_glide_are_those_of_its_line() -> None:
    """An octave up in 2 s above a rest at its start: 0 to 12 semitones, even quantiles, one step of all."""
    n = 201
    f0, level = 100.0 * 2.0 ** np.linspace(0.0, 1.0, n), np.full(n, -20.0)
    rest = np.array([[np.log2(100.0), -20.0]])
    (row,) = long_table([f0], [level], rest)
    of = dict(zip(LONG_FEATURES, row, strict=True))
    np.testing.assert_allclose(row[: len(VOICE_FEATURES)], voice_table([f0], [level], rest)[0])
    assert of["pitch_q20"] == pytest.approx(0.2 * 12.0)
    assert (of["pitch_least"], of["pitch_most"]) == (pytest.approx(0.0, abs=1e-9), pytest.approx(12.0))
    assert of["pitch_step"] == pytest.approx(12.0 / 200.0)
    assert of["pitch_steps"] == pytest.approx(0.0, abs=1e-9)
    assert (of["loudness_q50"], of["sound_std"]) == (0.0, 0.0)
    assert (of["voiced_time"], of["time"]) == (pytest.approx(2.01), pytest.approx(2.01))


def test_nothing_voiced_has_no_statistics() -> None:
    assert np.isnan(long_table([np.zeros(10)], [np.full(10, -50.0)], np.zeros((1, 2)))).all()
