"""Which synapses of a row have heard its spikes at the same distances in time.

csrc/plasticity/strands.hpp explains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import rows_of_runs

Places = NDArray[np.int64]
NONE = -1  # no strand: of what remembers nothing
_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Division:
    """The strand of each synapse, as it was stored; by number, of which one each is a part.

    ``came_from`` : that strand's number, or ``NONE``; ``later`` : how much later its spikes are in the time
    of the new delays, steps.
    """

    of: Places
    came_from: Places
    later: Places


def numbers_of_runs(arrays: dict[str, Any]) -> Places:
    """The strand of each run: that of its row, where rows are not divided."""
    strand = arrays.get("run_strand")
    return rows_of_runs(arrays) if strand is None else strand


def divide(arrays: dict[str, Any], delays: Places, remembers: NDArray[np.bool_]) -> Division:
    """Those of a strand whose delays change by as much are one strand from now on.

    ``delays`` : the new ones, by synapse as stored; ``remembers`` : by run, whether it has heard a spike. The
    first strand of a row has the row's number, the others what comes after those of all rows.
    """
    length = np.diff(arrays["run_begin"].astype(np.int64))
    row = np.repeat(rows_of_runs(arrays), length)
    known = np.repeat(remembers, length)
    strand = np.where(known, np.repeat(numbers_of_runs(arrays), length), _LAST)
    later = np.where(known, np.repeat(arrays["run_delay"], length) - delays, 0)
    order = np.lexsort((later, strand, row))
    begins = first_of(row[order], strand[order], later[order])
    of_row = first_of(row[order][begins])
    rows = len(arrays["row_run"]) - 1
    number = np.where(of_row, row[order][begins], rows + np.cumsum(~of_row) - 1)
    of = np.empty(len(order), np.int64)
    of[order] = number[np.cumsum(begins) - 1]
    came_from, shift = np.full(rows + (~of_row).sum(), NONE), np.zeros(rows + (~of_row).sum(), np.int64)
    came_from[number] = np.where(strand[order][begins] == _LAST, NONE, strand[order][begins])
    shift[number] = later[order][begins]
    return Division(of, came_from, shift)


class Strands:
    """Those of a block in the order in which what is kept of them lies: by row, then by number.

    ``begin`` : by row, where its own begin (rows without synapses have one too); ``of_run`` : the place of
    that of each run; ``before`` : how many of its row come before.
    """

    def __init__(self, arrays: dict[str, Any]) -> None:
        rows = len(arrays["row_run"]) - 1
        row, number = rows_of_runs(arrays), numbers_of_runs(arrays)
        empty = np.flatnonzero(np.diff(arrays["row_run"].astype(np.int64)) == 0)
        row, number = np.concatenate([row, empty]), np.concatenate([number, empty])
        order = np.lexsort((number, row))
        begins = first_of(row[order], number[order])
        place = np.empty(len(order), np.int64)
        place[order] = np.cumsum(begins) - 1
        self._row, self._number = row[order][begins], number[order][begins]
        self.begin = np.searchsorted(self._row, np.arange(rows + 1))
        self.of_run = place[: len(place) - len(empty)]
        self.before = self.of_run - self.begin[row[: len(self.of_run)]]

    def __len__(self) -> int:
        return len(self._row)

    def came_from(self, before: Strands, division: Division) -> tuple[Places, Places]:
        """Of each: the place before of the one of which it is a part, or ``NONE``; how much later."""
        number = division.came_from[self._number]
        most = max(int(before._number.max(initial=0)), int(number.max(initial=0))) + 1
        there = before._row * most + before._number  # ascending, as they lie
        key = self._row * most + number
        place = np.minimum(np.searchsorted(there, key), len(there) - 1)
        found = (number != NONE) & (there[place] == key) if len(there) else np.zeros(len(key), bool)
        return np.where(found, place, NONE), division.later[self._number]


def first_of(*keys: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of those in order differ from the one before."""
    differs = np.zeros(len(keys[0]), bool)
    differs[:1] = True
    for key in keys:
        differs[1:] |= key[1:] != key[:-1]
    return differs
