"""The same synapses with other delays or from other sources: rows sorted and cut into runs anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import Block, rows_of_runs

Places = NDArray[np.int64]


class Rearranged(Block):
    """As csrc/network/redelayed.cpp sorts them: by row, delay, target, then as they stood.

    ``moved`` : by synapse as it was stored, where it is now; ``parted``: whether it has left its source.
    ``came_from`` : by place in (i, j, k) order, the place before.
    """

    def __init__(self, before: Block, delays: Places, sources: Places, places: Places | None = None) -> None:
        """``delays`` [steps] and ``sources`` are in (i, j, k) order; ``places`` : at each, the place in the
        present order, where that is another one.
        """
        arrays = before.arrays
        old = before.order().astype(np.int64)
        place = old if places is None else _inverse(places)[old]
        rows = len(arrays["row_run"]) - 1
        delay, row = delays[place], sources[place] - arrays["row_base"]
        order = np.lexsort((place, arrays["target"], delay, row))
        self.moved = _inverse(order)
        self.parted = row != rows_of_synapses(arrays)
        begins = np.flatnonzero(_first(row[order], delay[order]))
        constant = bool(arrays["constant"])
        self.arrays = {
            **arrays,
            "row_run": np.searchsorted(row[order][begins], np.arange(rows + 1)).astype(np.uint32),
            "run_begin": np.append(begins, len(order)).astype(np.uint32),
            "run_delay": delay[order][begins],
            "target": arrays["target"][order],
            "weight": arrays["weight"] if constant else arrays["weight"][order],
        }
        self._from = None
        # Of one pair in the order in which they are stored.
        by_pair = np.lexsort((np.arange(len(order)), self.arrays["target"], row[order]))
        self._order = _inverse(by_pair).astype(np.uint64)
        self.came_from = np.empty(len(order), np.int64)
        self.came_from[self._order[self.moved].astype(np.int64)] = old

    def order(self) -> NDArray[np.uint64]:
        """The place of each synapse, as stored here, in (i, j, k) order."""
        return self._order


@dataclass
class Change:
    """What was changed of a projection: since which step, how often it was rewired.

    ``built`` : by place in (i, j, k) order, the place when it was built; None: the same.
    """

    since: int = 0
    rewired: int = 0
    built: Places | None = None

    def follow(self, came_from: Places) -> None:
        """The order is another one now."""
        built = came_from if self.built is None else self.built[came_from]
        self.built = None if np.array_equal(built, np.arange(len(built))) else built


def _inverse(order: NDArray[Any]) -> Places:
    inverse = np.empty(len(order), np.int64)
    inverse[order] = np.arange(len(order))
    return inverse


def _first(*keys: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of those in order differ from the one before."""
    differs = np.zeros(len(keys[0]), bool)
    differs[:1] = True
    for key in keys:
        differs[1:] |= key[1:] != key[:-1]
    return differs


def rows_of_synapses(arrays: dict[str, Any]) -> Places:
    """Of each, as stored."""
    return np.repeat(rows_of_runs(arrays), np.diff(arrays["run_begin"].astype(np.int64)))


def in_order(block: Block) -> tuple[Places, Places, Places]:
    """Sources, targets and delays [steps] in (i, j, k) order."""
    arrays, at = block.arrays, np.argsort(block.order())
    length = np.diff(arrays["run_begin"].astype(np.int64))
    source = rows_of_synapses(arrays) + int(arrays["row_base"])
    return source[at], arrays["target"].astype(np.int64)[at], np.repeat(arrays["run_delay"], length)[at]


def without(arrays: dict[str, Any], gone: NDArray[np.bool_]) -> dict[str, Any]:
    """The same rows without some of their synapses, with weights that are not theirs."""
    begins = np.append(0, np.cumsum(~gone))[arrays["run_begin"].astype(np.int64)]
    return {**arrays, "run_begin": begins.astype(np.uint32), "target": arrays["target"][~gone]}
