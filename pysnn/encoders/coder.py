"""Coder: what an encoder keeps while a signal comes in pieces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Spikes: TypeAlias = tuple[Float, NDArray[np.int64]]
"""Times [ms] and the trains that they belong to, in any order."""


@dataclass(frozen=True)
class Lanes:
    """What is encoded side by side: the channels of one sample after those of another.

    Parameters
    ----------
    channels: of a sample, >= 1.
    samples: uint64[m], the number of each sample. Draws are keyed by it, never by its place.
    seed: of the draws; None where none was given.
    """

    channels: int
    samples: NDArray[np.uint64]
    seed: int | None = None

    @property
    def n(self) -> int:
        """Number of lanes."""
        return self.channels * len(self.samples)


class Coder(ABC):
    """Turns rows of values into spikes, one piece of the signal after the other.

    The spikes must not depend on where the pieces are cut: what later rows need is kept here.
    """

    @property
    def late(self) -> int:
        """By how many rows a spike may come before the begin of the piece that decides it."""
        return 0

    @abstractmethod
    def push(self, values: Float, borders: Float) -> Spikes:
        """Spikes that rows ``values`` (rows, lanes) decide; row r lasts from borders[r] to borders[r + 1]."""

    def finish(self, end: float) -> Spikes:
        """Spikes that were waiting for rows after the last, which ended at ``end``."""
        return no_spikes()


def no_spikes() -> Spikes:
    """Nothing fired."""
    return np.empty(0), np.empty(0, np.int64)


def counted(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of counts[c] spikes in each cell c: the cell of every spike, and its number in it, from 0."""
    cell = np.repeat(np.arange(len(counts)), counts)
    return cell, np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
