"""The spikes of strands (strands.py), each with the one before it, when rows are cut into others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checkpoint import Arrays
from .history import LONG_AGO
from .strands import NONE, Places


class Chains:
    """The spikes of each new strand that may be under way, from the latest back, with the one before each."""

    def __init__(self, came_from: Places, newest: Any, before: Any, until: Places) -> None:
        """``newest``, ``before``: time, traces and node of the latest of each old strand, and of what was
        before each node; ``until`` : what was sent by then in each old strand has arrived.
        """
        heard = came_from != NONE
        of = np.where(heard, came_from, 0)
        t = np.where(heard, newest[0][of], LONG_AGO)
        trace = np.where(heard[:, None], newest[1][of], 0.0)
        self._t, self._trace = t.copy(), trace
        self._newest_at = np.zeros(len(of), np.uint32)
        at, nodes = newest[2][of].copy(), 0
        follows = np.full(len(of), NONE)  # the node of the spike after
        strands, olds, self._before = [np.empty(0, np.int64)], [np.empty(0, np.uint32)], [before[0][:0]]
        traces, points = [before[1][:0]], [np.empty(0, np.int64)]
        while len(kept := np.flatnonzero((t != LONG_AGO) & (t > until[of]))):
            node = nodes + np.arange(len(kept))
            points.append(follows[kept])
            self._newest_at[kept[follows[kept] == NONE]] = node[follows[kept] == NONE]
            follows[kept], old = node, at[kept]
            strands.append(kept)
            olds.append(old)
            self._before.append(before[0][old])
            traces.append(before[1][old])
            gone = np.ones(len(t), bool)
            gone[kept] = False
            t[gone] = LONG_AGO
            t[kept], at[kept] = before[0][old], before[2][old]
            nodes += len(kept)
        self._strand, old_nodes = np.concatenate(strands), np.concatenate(olds)
        self._before_t, self._before_trace = np.concatenate(self._before), np.concatenate(traces)
        self._before_at = np.zeros(nodes, np.uint32)
        point = np.concatenate(points)
        self._before_at[point[point != NONE]] = np.flatnonzero(point != NONE)
        # By (strand, old node), in order.
        self._width = int(old_nodes.max(initial=0)) + 1
        key = self._strand * self._width + old_nodes
        self._order = np.argsort(key)
        self._keys = key[self._order]

    def __len__(self) -> int:
        return len(self._strand)

    def node_of(self, strand: Places, old: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Which is now what was another node of the strand."""
        key = strand * self._width + old
        return self._order[np.searchsorted(self._keys, key)].astype(np.uint32)

    def shift(self, later: Places) -> None:
        """Times are those of the new delays from now on."""
        self._t = np.where(self._t == LONG_AGO, LONG_AGO, self._t + later)
        self._before_t = np.where(self._before_t == LONG_AGO, LONG_AGO, self._before_t + later[self._strand])

    def tables(self) -> Arrays:
        """As they are kept."""
        return {
            "newest_t": self._t, "newest_trace": self._trace.ravel(), "newest_at": self._newest_at,
            "before_t": self._before_t, "before_trace": self._before_trace.ravel(),
            "before_at": self._before_at,
        }  # fmt: skip
