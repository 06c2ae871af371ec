"""Random numbers as a function of what they are for: Philox4x32-10 over arrays of keys and counters.

A draw of (seed, sample, channel, number) is the same wherever and beside whatever it is made.

Salmon, Moraes, Dror & Shaw (2011), Proc. SC'11, 16. Keys are mixed by splitmix64's finaliser.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .coder import Float, Lanes

Words = NDArray[np.uint64]

_ROUNDS = 10
_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def philox(counter: tuple[Words, Words, Words, Words], key: tuple[Words, Words]) -> tuple[Words, ...]:
    """Four 32-bit words (in uint64) for each counter of four words under each key of two."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        first, second = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (second >> _HALF) ^ c1 ^ k0, second & _LOW, (first >> _HALF) ^ c3 ^ k1, first & _LOW
        k0, k1 = (k0 + _WEYL[0]) & _LOW, (k1 + _WEYL[1]) & _LOW
    return c0, c1, c2, c3


def mixed(words: Words) -> Words:
    """A 64-bit word in which every bit depends on every bit of the given one."""
    z = words + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


class Draws:
    """An endless row of numbers for every lane, keyed by (seed, sample, channel)."""

    def __init__(self, lanes: Lanes, seed: int) -> None:
        keys = mixed(mixed(np.array([seed], np.uint64)) ^ lanes.samples)
        self._keys = np.repeat(keys, lanes.channels)
        self._channels = np.tile(np.arange(lanes.channels, dtype=np.uint64), len(lanes.samples))

    def uniform(self, lanes: NDArray[np.int64], first: NDArray[np.int64], count: int) -> Float:
        """Numbers first[i] to first[i] + count - 1 of each lane, 53 bits in [0, 1), (lanes, count)."""
        # One call of Philox gives two of them: numbers 2 b and 2 b + 1.
        blocks = (first >> 1)[:, None] + np.arange(count // 2 + 1)
        block: Words = blocks.astype(np.uint64)
        channel = np.broadcast_to(self._channels[lanes][:, None], block.shape)
        key = self._keys[lanes][:, None]
        counter = block & _LOW, block >> _HALF, channel, np.zeros_like(block)
        a, b, c, d = philox(counter, (key & _LOW, key >> _HALF))
        both = np.stack([_real(a, b), _real(c, d)], axis=2).reshape(len(lanes), -1)
        return np.asarray(np.take_along_axis(both, (first & 1)[:, None] + np.arange(count), axis=1))

    def exponential(self, lanes: NDArray[np.int64], first: NDArray[np.int64], count: int) -> Float:
        """The same numbers as intervals of a Poisson process of rate 1, none of them 0."""
        return np.asarray(np.maximum(-np.log1p(-self.uniform(lanes, first, count)), 2.0**-54))


def _real(high: Words, low: Words) -> Float:
    """The upper 53 of 64 bits as a number in [0, 1)."""
    word = (high << np.uint64(21)) | (low >> np.uint64(11))
    return np.asarray(word.astype(np.float64) * 2.0**-53)
