"""Where the synapses that a rank has stand among those of all ranks, in (i, j, k) order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine, list_synapses
from ..base.ranks import Ranks

Place = NDArray[np.intp]


class Places:
    """The places of synapses, which ranks work out together, the first of them in the lists of all.

    A pair of neurons has all its synapses on one rank, so that a rank's own (i, j, k) order is part of the
    whole: its places ascend, and delays that are set change none of them. Only other sources do.
    """

    def __init__(self, ranks: Ranks, engine: Engine) -> None:
        self.ranks = ranks
        self.engine = engine
        self._as_built: dict[int, Place] = {}

    def of_all(self, projection: int) -> list[Place]:
        """By rank, the place of each of its synapses as they are now; on the first rank alone."""
        parts = self.ranks.gather(list_synapses(self.engine, projection)[:3])
        if not parts:
            return []
        i, j, k = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        place = np.empty(i.size, np.intp)
        place[np.lexsort((k, j, i))] = np.arange(i.size)
        return np.split(place, np.cumsum([len(part[0]) for part in parts])[:-1])

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
