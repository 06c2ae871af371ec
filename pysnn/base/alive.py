"""Objects that belong to one simulation while it lives, of which no copy could be another one's."""

from __future__ import annotations

from typing import ClassVar, NoReturn, SupportsIndex

from ..errors import PicklingError


class Alive:
    """Base of what can be neither pickled nor copied."""

    _instead: ClassVar[str]  # what to do in place of it

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Say so, instead of naming something inside that nobody has heard of."""
        kind = type(self).__name__
        raise PicklingError(
            f"{kind}: belongs to one simulation and cannot be pickled or copied: {self._instead}"
        )
