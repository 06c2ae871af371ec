"""Every target draws the same number of sources."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..base.params import param
from ._room import Overlap, check_degree, degree
from .base import ConnectionRule


class FixedIndegree(ConnectionRule):
    """Each target draws ``n`` sources uniformly.

    Parameters
    ----------
    n : >= 0; a number, or an array with one entry a target.
    autapses : may a neuron connect to itself?
    multapses : may a target draw the same source more than once?
    """

    n: int | ArrayLike = param(low=0, high=2**32 - 1, array=True)
    autapses: bool = param(default=True)
    multapses: bool = param(default=True)

    def check_size(self, n_pre: int, n_post: int, shared: Overlap, owner: str) -> None:
        """There must be enough sources to draw from."""
        barred = None if self.autapses else shared.targets
        owner = f"{owner}: FixedIndegree.n"
        check_degree(self.n, n_post, "target", n_pre, "source", barred, self.multapses, owner)

    def lower(self) -> tuple[str, dict[str, Any]]:
        """``n`` as an int or a uint32 array."""
        return self.kind, {**self.as_dict(), "n": degree(np.asarray(self.n))}
