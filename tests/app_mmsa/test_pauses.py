"""Utterances between pauses: of contours that are known."""

from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa.extract.pauses import MARGIN, spans


def contours(*parts: tuple[float, float, bool]) -> tuple[np.ndarray, np.ndarray]:
    """Pitch and loudness of parts (duration [s], level [dB], voiced) one after the other."""
    pitch, level = [], []
    for duration, loud, voiced in parts:
        n = round(100 * duration)
        pitch.append(np.full(n, 150.0 if voiced else 0.0))
        level.append(np.full(n, loud))
    return np.concatenate(pitch), np.concatenate(level)


SPEECH = (
    (0.5, -70.0, False), (1.0, -20.0, True), (0.2, -65.0, False), (1.0, -22.0, True),
    (0.8, -70.0, False), (1.5, -25.0, True), (0.4, -70.0, False),
)  # fmt: skip


def test_long_pauses_part_utterances_and_short_ones_do_not() -> None:
    found = spans(*contours(*SPEECH), pause=0.5)
    expected = [(0.5 - MARGIN, 2.7 + MARGIN), (3.5 - MARGIN, 5.0 + MARGIN)]
    np.testing.assert_allclose(found, expected)
    assert len(spans(*contours(*SPEECH), pause=0.1)) == 3
    assert len(spans(*contours(*SPEECH), pause=2.0)) == 1


def test_neighbours_share_what_is_between_them() -> None:
    (_, end), (begin, _) = spans(
        *contours((1.0, -20.0, True), (0.1, -70.0, False), (1.0, -20.0, True)), pause=0.05
    )
    assert end == pytest.approx(1.05)
    assert begin == pytest.approx(1.05)


@pytest.mark.parametrize(
    "parts",
    [
        [(2.0, -90.0, False)],  # silence
        [(1.0, -70.0, False), (1.0, -20.0, False), (1.0, -70.0, False)],  # a noise without a voice
        [(1.0, -70.0, False), (0.1, -20.0, True), (1.0, -70.0, False)],  # too short
    ],
)
def test_silence_noise_and_clicks_are_no_utterances(parts: list[tuple[float, float, bool]]) -> None:
    assert spans(*contours(*parts), pause=0.5) == []


def test_nothing_has_no_utterances() -> None:
    assert spans(np.empty(0), np.empty(0), pause=0.5) == []
