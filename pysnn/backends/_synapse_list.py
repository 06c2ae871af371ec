"""A projection's synapses one by one, in (i, j, k) order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._memory import check_memory
from .base import Engine, Float

BYTES_LISTED = 44  # of a synapse: source, target, delay, and the order and table made of them

Index = NDArray[np.uint32]


def list_synapses(engine: Engine, projection: int) -> tuple[Index, Index, Index, Float]:
    """i, j, k and delay [ms] of each; MemoryError where there is no room for a list of them.

    It takes many times what is stored.
    """
    count = engine.synapse_count(projection)
    check_memory(BYTES_LISTED * count, f"a list of {count} synapses", "as stored, weights_view has them")
    i, j, delay = engine.synapses(projection)
    return i, j, ordinals(i, j), delay


def ordinals(i: Index, j: Index) -> Index:
    """k of each synapse in (i, j, k) order: how many of the same pair stand before it."""
    if i.size == 0:
        return np.empty(0, np.uint32)
    first = np.flatnonzero(np.concatenate(([True], (i[1:] != i[:-1]) | (j[1:] != j[:-1]))))
    k: Index = (np.arange(i.size) - np.repeat(first, np.diff(np.append(first, i.size)))).astype(np.uint32)
    return k
