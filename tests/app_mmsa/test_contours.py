"""Statistics of contours that are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa.features.contours import VOICE_FEATURES, contour_statistics, voice_levels, voice_table

import pysnn as snn


def features(pitch: np.ndarray, loudness: np.ndarray, f0: float, level: float) -> dict[str, float]:
    return dict(zip(VOICE_FEATURES, contour_statistics(pitch, loudness, f0, level), strict=True))


def test_an_octave_above_rest_is_twelve_semitones() -> None:
    got = features(np.full(100, 220.0), np.full(100, 63.0), 110.0, 60.0)
    assert got["pitch_mean"] == pytest.approx(12.0)
    assert got["loudness_mean"] == pytest.approx(3.0)
    for name in ("pitch_std", "pitch_slope", "pitch_change"):
        assert got[name] == pytest.approx(0.0, abs=1e-9)
    assert got["voiced_share"] == 1.0


def test_the_slope_of_a_glide_is_its_semitones_a_second() -> None:
    """f = 100 2^(t/6) rises by 2 semitones a second; the frames are 10 ms apart."""
    t = 0.01 * np.arange(150)
    got = features(100.0 * 2.0 ** (t / 6.0), 60.0 - 4.0 * t, 100.0, 60.0)
    assert got["pitch_slope"] == pytest.approx(2.0)
    assert got["loudness_slope"] == pytest.approx(-4.0)
    assert got["pitch_change"] == pytest.approx(0.02)


def test_unvoiced_frames_count_for_nothing_but_the_share_of_voice() -> None:
    pitch = np.tile([150.0, 150.0, 0.0, 0.0], 25)
    loudness = np.tile([60.0, 60.0, 0.0, 0.0], 25)
    got = features(pitch, loudness, 150.0, 60.0)
    assert got["pitch_mean"] == got["loudness_mean"] == got["pitch_range"] == 0.0
    assert got["voiced_share"] == 0.5
    assert got["voiced_rate"] == pytest.approx(25.0)  # 25 stretches in one second


def test_features_are_relative_to_the_rest_that_is_given() -> None:
    """Two speakers an octave apart who do the same from their own rest have the same features."""
    melody = 2.0 ** (np.sin(np.linspace(0.0, 6.0, 200)) / 12.0)
    loudness = np.linspace(50.0, 60.0, 200)
    rest = np.array([[np.log2(100.0), 55.0], [np.log2(200.0), 64.0]])
    table = voice_table([100.0 * melody, 200.0 * melody], [loudness, loudness + 9.0], rest)
    np.testing.assert_allclose(table[0], table[1], atol=1e-9)


def test_levels_are_medians_of_voiced_frames() -> None:
    levels = voice_levels([np.array([0.0, 128.0, 256.0, 512.0])], [np.array([90.0, 50.0, 51.0, 53.0])])
    np.testing.assert_allclose(levels, [[8.0, 51.0]])


def test_a_voiceless_utterance_is_missing_not_an_error() -> None:
    pitch, loudness = [np.zeros(50), np.full(50, 100.0), np.empty(0)], [np.zeros(50)] * 2 + [np.empty(0)]
    levels = voice_levels(pitch, loudness)
    assert np.isnan(levels[[0, 2]]).all()
    table = voice_table(pitch, loudness, np.zeros((3, 2)))
    assert np.isnan(table[[0, 2]]).all()
    assert np.isfinite(table[1]).all()


def test_contours_of_different_length_are_refused() -> None:
    with pytest.raises(snn.ParameterError, match="one length"):
        contour_statistics(np.ones(5), np.ones(6), 100.0, 60.0)
