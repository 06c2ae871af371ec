"""Synapses listed pair by pair."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..base.params import param
from ..errors import OutOfRangeError, ParameterError
from ._indices import as_indices
from ._room import Overlap
from .base import ConnectionRule


class FromCOO(ConnectionRule):
    """Connects ``i[m]`` to ``j[m]`` for every entry m, in any order.

    A pair that is listed more than once gets as many synapses: nothing is merged (a conversion by
    scipy's ``tocsr`` would merge them). ``Array`` weights and delays have one value an entry.

    Parameters
    ----------
    i, j : 1-D arrays of one length; source and target of each synapse, >= 0.
    """

    explicit: ClassVar[bool] = True

    i: ArrayLike = param(low=0, high=2**32 - 1, array=True)
    j: ArrayLike = param(low=0, high=2**32 - 1, array=True)

    def __post_init__(self) -> None:
        """Keep the indices as read-only uint32."""
        for name in ("i", "j"):
            object.__setattr__(self, name, as_indices(getattr(self, name), f"FromCOO.{name}"))
        if np.size(self.i) != np.size(self.j):
            raise ParameterError(
                f"FromCOO.j: expected {np.size(self.i)} entries, as i (got {np.size(self.j)})"
            )

    def __len__(self) -> int:
        return int(np.size(self.i))

    def check_size(self, n_pre: int, n_post: int, shared: Overlap, owner: str) -> None:
        """Every index must lie inside its side."""
        for name, side, n in (("i", "source", n_pre), ("j", "target", n_post)):
            indices = np.asarray(getattr(self, name))
            if indices.size and indices.max() >= n:
                at = int(np.argmax(indices >= n))
                raise OutOfRangeError(
                    f"{owner}: FromCOO.{name}[{at}] = {indices[at]} is out of range: there are {n} {side}s"
                )

    def lower(self) -> tuple[str, dict[str, Any]]:
        """The arrays as they are."""
        return "arrays", self.as_dict()
