"""A given number of synapses in all."""

from __future__ import annotations

from ..base.params import param
from ..errors import ParameterError
from ._room import Overlap
from .base import ConnectionRule


class FixedTotalNumber(ConnectionRule):
    """Draws ``n`` pairs uniformly among all.

    Parameters
    ----------
    n : >= 0.
    autapses : may a neuron connect to itself?
    multapses : may a pair be drawn more than once?
    """

    n: int = param(low=0, high=2**32 - 1)
    autapses: bool = param(default=True)
    multapses: bool = param(default=True)

    def check_size(self, n_pre: int, n_post: int, shared: Overlap, owner: str) -> None:
        """There must be enough pairs to draw from."""
        room = n_pre * n_post
        if not self.autapses:
            room -= len(shared)
        if self.n > 0 and room == 0:
            raise ParameterError(f"{owner}: FixedTotalNumber.n: there is no pair to draw (got {self.n})")
        if not self.multapses and self.n > room:
            raise ParameterError(
                f"{owner}: FixedTotalNumber.n: without multapses must be <= {room}, the number of pairs "
                f"(got {self.n})"
            )
