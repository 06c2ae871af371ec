"""The same synapses with other delays or from other sources: rows sorted and cut into runs anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import Block, rows_of_runs
from .strands import Division, Places, divide, first_of, numbers_of_runs


class Rearranged(Block):
    """As csrc/network/redelayed.cpp sorts them: by row, delay, strand, target, then as they stood.

    ``moved`` : by synapse as it was stored, where it is now; ``parted``: whether it has left its source.
    ``came_from`` : by place in (i, j, k) order, the place before; ``from_run`` : by run, that in which its
    first synapse was. ``division`` : of what remembers spikes, the strands that there are now.
    """

    def __init__(
        self, before: Block, delays: Places, sources: Places, places: Places | None = None,
        remembers: NDArray[np.bool_] | None = None, strands: Places | None = None,
    ) -> None:  # fmt: skip
        """``delays`` [steps] and ``sources`` are in (i, j, k) order; ``places`` : at each, the place in the
        present order, where that is another one. ``remembers`` : by run, where any has heard a spike;
        or ``strands`` : by place, such as rows are to be cut into.
        """
        arrays = before.arrays
        old = before.order().astype(np.int64)
        place = old if places is None else _inverse(places)[old]
        rows = len(arrays["row_run"]) - 1
        delay, row = delays[place], sources[place] - arrays["row_base"]
        self.division: Division | None = None
        strand = row if strands is None else strands[place]
        if remembers is not None and remembers.any():
            self.division = divide(arrays, delay, remembers)
            strand = self.division.of
        order = np.lexsort((place, arrays["target"], strand, delay, row))
        self.moved = _inverse(order)
        self.parted = row != rows_of_synapses(arrays)
        begins = np.flatnonzero(first_of(row[order], delay[order], strand[order]))
        self.from_run = np.searchsorted(arrays["run_begin"], order[begins], "right") - 1
        constant = bool(arrays["constant"])
        self.arrays = {
            **{name: held for name, held in arrays.items() if name != "run_strand"},
            "row_run": np.searchsorted(row[order][begins], np.arange(rows + 1)).astype(np.uint32),
            "run_begin": np.append(begins, len(order)).astype(np.uint32),
            "run_delay": delay[order][begins],
            "target": arrays["target"][order],
            "weight": arrays["weight"] if constant else arrays["weight"][order],
        }
        if (strand != row).any():
            self.arrays["run_strand"] = strand[order][begins]
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

    ``built`` : by place in (i, j, k) order, the place when it was built; None: the same. ``taken_over`` : was
    it another engine's, as which this one began?
    """

    since: int = 0
    rewired: int = 0
    built: Places | None = None
    taken_over: bool = False

    def follow(self, came_from: Places) -> None:
        """The order is another one now."""
        built = came_from if self.built is None else self.built[came_from]
        self.built = None if np.array_equal(built, np.arange(len(built))) else built


def _inverse(order: NDArray[Any]) -> Places:
    inverse = np.empty(len(order), np.int64)
    inverse[order] = np.arange(len(order))
    return inverse


def rows_of_synapses(arrays: dict[str, Any]) -> Places:
    """Of each, as stored."""
    return np.repeat(rows_of_runs(arrays), np.diff(arrays["run_begin"].astype(np.int64)))


def in_order(block: Block) -> tuple[Places, Places, Places]:
    """Sources, targets and delays [steps] in (i, j, k) order."""
    arrays, at = block.arrays, np.argsort(block.order())
    length = np.diff(arrays["run_begin"].astype(np.int64))
    source = rows_of_synapses(arrays) + int(arrays["row_base"])
    return source[at], arrays["target"].astype(np.int64)[at], np.repeat(arrays["run_delay"], length)[at]


def strands_in_order(block: Block) -> Places:
    """Of each synapse in (i, j, k) order."""
    strand = np.repeat(numbers_of_runs(block.arrays), np.diff(block.arrays["run_begin"].astype(np.int64)))
    return strand[np.argsort(block.order())]


def without(arrays: dict[str, Any], gone: NDArray[np.bool_]) -> dict[str, Any]:
    """The same rows without some of their synapses, with weights that are not theirs."""
    begins = np.append(0, np.cumsum(~gone))[arrays["run_begin"].astype(np.int64)]
    return {**arrays, "run_begin": begins.astype(np.uint32), "target": arrays["target"][~gone]}
