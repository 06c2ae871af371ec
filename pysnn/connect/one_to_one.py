"""Source i to target i."""

from __future__ import annotations

from ..errors import ParameterError
from ._room import Overlap
from .base import ConnectionRule


class OneToOne(ConnectionRule):
    """Connects source i to target i; as many sources as targets."""

    def check_size(self, n_pre: int, n_post: int, shared: Overlap, owner: str) -> None:
        """Both sides must be of one size."""
        if n_pre != n_post:
            raise ParameterError(
                f"{owner}: OneToOne needs as many sources as targets (got {n_pre} and {n_post})"
            )
