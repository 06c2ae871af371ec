"""The encoders' draws: Philox's published answers, and numbers that depend on their key alone."""

from __future__ import annotations

import numpy as np
import pytest

from pysnn.encoders._draws import Draws, philox
from pysnn.encoders.coder import Lanes

# Known answers of philox4x32-10 that ship with Random123 (Salmon et al. 2011), tests/kat_vectors.
ANSWERS = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


def lanes(channels: int, *samples: int) -> Lanes:
    return Lanes(channels, np.array(samples, np.uint64))


def test_philox_gives_its_published_answers() -> None:
    """All at once, as an array of counters under an array of keys."""
    counters, keys, answers = (np.array(part, np.uint64).T for part in zip(*ANSWERS, strict=True))
    words = philox(tuple(counters), tuple(keys))  # type: ignore[arg-type]
    np.testing.assert_array_equal(np.array(words), answers)


@pytest.mark.parametrize("first", [0, 1, 7, 2**40 + 1])
def test_a_number_is_the_same_in_any_stretch(first: int) -> None:
    draws, lane = Draws(lanes(2, 5, 6), 1), np.array([1, 3])
    whole = draws.uniform(lane, np.array([first, first]), 9)
    parts = [draws.uniform(lane, np.array([first + k, first + k]), 3) for k in (0, 3, 6)]
    np.testing.assert_array_equal(whole, np.concatenate(parts, axis=1))


def test_uniform_numbers_are_uniform_and_independent_between_neighbours() -> None:
    """Moments of 200,000 numbers within 4.5 of their standard errors."""
    draws = Draws(lanes(200, *range(10)), 3)
    u = draws.uniform(np.arange(2000), np.zeros(2000, np.int64), 100)
    count = u.size
    assert u.min() >= 0.0
    assert u.max() < 1.0
    assert abs(u.mean() - 0.5) < 4.5 * np.sqrt(1.0 / 12.0 / count)
    assert abs(u.var() - 1.0 / 12.0) < 4.5 * np.sqrt(1.0 / 180.0 / count)
    for a, b in ((u[:, :-1], u[:, 1:]), (u[:-1], u[1:])):  # next number, next channel
        assert abs(np.mean((a - 0.5) * (b - 0.5))) < 4.5 / 12.0 / np.sqrt(a.size)


def test_intervals_are_exponential() -> None:
    """Kolmogorov-Smirnov against 1 - exp(-x): sqrt(n) D < 2 but once in 1,500 draws of n."""
    draws = Draws(lanes(100, 1), 4)
    x = np.sort(draws.exponential(np.arange(100), np.zeros(100, np.int64), 1000).ravel())
    steps = np.arange(len(x) + 1) / len(x)
    law = -np.expm1(-x)
    distance = max(np.abs(law - steps[:-1]).max(), np.abs(law - steps[1:]).max())
    assert np.sqrt(len(x)) * distance < 2.0
