"""Where the synapses that a rank has stand among those of all ranks, in (i, j, k) order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine, list_synapses
from ..base.ranks import Ranks

Place = NDArray[np.intp]
Index = NDArray[np.uint32]


class Places:
    """The places of synapses, which ranks work out together, the first of them in the lists of all.

    A pair of neurons has all its synapses on one rank, so that a rank's own (i, j, k) order is part of the
    whole: its places ascend, and delays that are set change none of them. Only other sources do.
    """

    def __init__(self, ranks: Ranks, engine: Engine) -> None:
        self.ranks = ranks
        self._engine = engine
        self._as_built: dict[int, Place] = {}

    def listed(self, projection: int) -> tuple[tuple[Index, Index, Index], list[Place]] | None:
        """i, j and k of the synapses of all ranks, and by rank the places of its own, on the first rank."""
        with self.ranks.checked("list"):
            here = list_synapses(self._engine, projection)[:3]
        parts = self.ranks.gather(here)
        if not parts:
            return None
        i, j, k = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        order = np.lexsort((k, j, i))
        place = np.empty(i.size, np.intp)
        place[order] = np.arange(i.size)
        ends = np.cumsum([len(part[0]) for part in parts])[:-1]
        return (i[order], j[order], k[order]), np.split(place, ends)

    def of_all(self, projection: int) -> list[Place]:
        """By rank, the place of each of its synapses as they are now; on the first rank alone."""
        listed = self.listed(projection)
        return [] if listed is None else listed[1]

    def keep_as_built(self, projection: int) -> None:
        """Before sources are set: afterwards nobody could tell the places that there were."""
        if self.ranks.several and projection not in self._as_built:
            self.keep(projection, self.ranks.scatter(self.of_all(projection)))

    def keep(self, projection: int, as_built: Place) -> None:
        """Those of this rank when the network was built, where others have found them."""
        self._as_built[projection] = as_built

    def as_built(self, projection: int, now: Place) -> Place:
        """Of this rank when the network was built, where it has ``now`` those that it has."""
        return self._as_built.get(projection, now)
