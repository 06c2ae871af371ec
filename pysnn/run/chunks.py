"""Arrays that grow together at their ends."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.arrays import frozen

Part = tuple[NDArray[Any], ...]


class Chunks:
    """Some arrays of one length, that grow at their ends by a part of each.

    Parts are joined when they are read, into room that is taken ahead: reading after each of many small
    additions costs what was added. What was read before stays as it was, as nothing is written twice.

    Each step of Python's leaves them whole for ``aside``, which a signal handler may call between any two.
    """

    def __init__(self, *empty: NDArray[Any]) -> None:
        # Room, how far it is filled, and what is to come there.
        self._stand: tuple[Part, int, list[Part]] = (empty, 0, [])

    def __len__(self) -> int:
        _, filled, parts = self._stand
        return filled + sum(len(part[0]) for part in parts)

    def add(self, *part: NDArray[Any]) -> None:
        """Append along the first axis."""
        if len(part[0]):
            self._stand[2].append(part)

    def joined(self) -> Part:
        """Everything added so far, to be read only."""
        rooms, filled, parts = self._stand
        if parts:
            end = len(self)
            if end > len(rooms[0]):
                # The first time as much as is there; half as much again where it is read while it grows.
                size = end if filled == 0 else max(end, filled + filled // 2)
                rooms = tuple(_longer(room, filled, size) for room in rooms)
            for room, *new in zip(rooms, *parts, strict=True):
                np.concatenate(new, out=room[filled:end])
            self._stand = rooms, filled, _ = rooms, end, []
        return tuple(frozen(room[:filled]) for room in rooms)

    def grown(self) -> Chunks:
        """Others that begin as these are, joined, of which only one is added to from here on."""
        other = Chunks()
        rooms, filled, _ = self._stand
        other._stand = rooms, filled, []
        return other

    def aside(self) -> Part:
        """The same, and nothing is changed here."""
        rooms, filled, parts = self._stand
        return tuple(np.concatenate([room[:filled], *new]) for room, *new in zip(rooms, *parts, strict=True))


def _longer(room: NDArray[Any], filled: int, size: int) -> NDArray[Any]:
    longer = np.empty((size, *room.shape[1:]), room.dtype)
    longer[:filled] = room[:filled]
    return longer
