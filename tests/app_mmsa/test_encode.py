"""Features to lines, lines to spikes."""

from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa.encode import LineEncoder, Scaler
from pysnn_mmsa.features import FeatureSet
from pysnn_mmsa.settings import EncodeConfig

VALUES = np.array([[0.0, 5.0], [2.0, 5.0], [4.0, 5.0], [8.0, 5.0]])


def test_values_are_scaled_between_the_quantiles_of_the_training_part() -> None:
    scaler = Scaler.fit(VALUES, 0.0)
    np.testing.assert_allclose(scaler.scaled(VALUES)[:, 0], [0.0, 0.25, 0.5, 1.0])
    # A feature that never changes says nothing: the middle of its line.
    np.testing.assert_allclose(scaler.scaled(VALUES)[:, 1], 0.5)


def test_values_outside_are_cut_and_counted() -> None:
    features = FeatureSet({"m": np.array([[0.0], [10.0], [-5.0], [20.0]])}, {"m": ("x",)})
    training = np.array([True, True, False, False])
    encoder = LineEncoder(EncodeConfig(quantile=0.0), 1.0).fit(features, training, ["m"])
    np.testing.assert_allclose(encoder.lines(features, "m"), [[0, 1], [1, 0], [0, 1], [1, 0]])
    assert encoder.clipped(features, "m", training) == 0.0
    assert encoder.clipped(features, "m", ~training) == 1.0


def test_a_feature_that_is_rarely_different_from_0_keeps_its_range() -> None:
    """Both quantiles of a sparse feature are 0: then its whole range counts."""
    values = np.zeros((1000, 1))
    values[7] = 3.0
    assert Scaler.fit(values, 0.01).scaled(np.array([[3.0]]))[0, 0] == 1.0


def test_one_missing_value_is_shown_as_its_mean_and_the_others_as_they_are() -> None:
    scaler = Scaler.fit(np.array([[0.0, 1.0], [np.nan, 3.0], [4.0, 5.0]]), 0.0)
    np.testing.assert_allclose(
        scaler.scaled(np.array([[np.nan, 2.0], [1.0, np.nan]])), [[0.5, 0.25], [0.25, 0.5]]
    )


def test_a_feature_that_nobody_has_and_one_without_end_are_no_division_by_zero() -> None:
    values = np.array([[np.nan, -1e100], [np.nan, 1e100]])
    scaler = Scaler.fit(values, 0.0)
    np.testing.assert_allclose(scaler.scaled(values), [[0.5, 0.0], [0.5, 1.0]])


def test_a_missing_modality_is_shown_as_the_training_mean() -> None:
    scaler = Scaler.fit(VALUES, 0.0)
    u = scaler.scaled(np.array([[np.nan, np.nan]]))
    np.testing.assert_allclose(u[0], scaler.scaled(VALUES).mean(axis=0))


@pytest.mark.parametrize("dt", [1.0, 0.5, 0.1])
def test_a_line_fires_in_proportion_to_its_value_and_in_its_time(dt: float) -> None:
    """100 Hz for 50 ms are 5 spikes at full value; the regular code rounds the count (stated error 1/2)."""
    config = EncodeConfig(duration=50.0, pause=30.0, rate=100.0)
    lines = np.array([[1.0, 0.0, 0.2], [0.41, 1.0, 0.0]])
    source = LineEncoder(config, dt).spikes(lines, seed=0)
    times, indices = np.asarray(source.times), np.asarray(source.indices)
    row = np.floor((times - dt) / 80.0 + 1e-9).astype(int)
    counts = np.zeros((2, 3))
    np.add.at(counts, (row, indices), 1)
    np.testing.assert_array_equal(counts, [[5, 0, 1], [2, 5, 0]])
    assert (times > 0.0).all()
    assert (times - dt - 80.0 * row <= 50.0 + 1e-9).all()
    np.testing.assert_allclose(times / dt, np.rint(times / dt), atol=1e-6)


def test_the_poisson_code_has_its_rate_on_average_and_follows_its_seed() -> None:
    """600 utterances x 0.5 x 200 Hz x 50 ms = 3000 spikes expected, standard deviation sqrt(3000) = 55."""
    encoder = LineEncoder(EncodeConfig(code="poisson"), 1.0)
    lines = np.full((600, 1), 0.5)
    a, b, c = (np.asarray(encoder.spikes(lines, seed=s).times) for s in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)
    assert abs(len(a) - 3000) < 5 * 55
