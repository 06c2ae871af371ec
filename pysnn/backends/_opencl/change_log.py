"""Changes of weights that kernels put down, on the device."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from .machine import Machine

ROOM = 1 << 16  # changes that fit at first between two fetches


class ChangeLog:
    """(step, synapse as stored, new weight) in the order in which each work-item made them."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._make(0)

    def _make(self, room: int) -> None:
        self._room = room
        self._count = self._machine.full(2, 0, np.uint32)  # and whether a weight is out of range
        self._t = self._machine.full(room, 0, np.int64)
        self._synapse = self._machine.full(room, 0, np.uint32)
        self._weight = self._machine.full(room, 0.0, np.float64)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """As kernels take it."""
        return np.uint32(self._room), self._count, self._t, self._synapse, self._weight

    @property
    def count(self) -> cl.Buffer:
        """How many there are, and whether any weight is out of range."""
        return self._count

    @property
    def beyond(self) -> bool:
        """Is any?"""
        return bool(self._machine.get(self._count, 1, np.uint32, 1)[0])

    @property
    def kept(self) -> bool:
        """Is there one?"""
        return self._room > 0

    def begin(self) -> bool:
        """Keep one from now on; True where none was."""
        if self.kept:
            return False
        self._make(ROOM)
        return True

    def overflown(self) -> bool:
        """Did changes find no room? Then there is room now, and the steps must be taken again."""
        count = self._told()
        if count <= self._room:
            return False
        self._make(1 << (2 * count).bit_length())
        return True

    def drop(self) -> None:
        """Those since the last call of take() are none."""
        self._machine.write(self._count, np.zeros(1, np.uint32))

    def take(self) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.float64]]:
        """Those since the last call."""
        count = self._told()
        taken = (
            self._machine.get(self._t, count, np.int64),
            self._machine.get(self._synapse, count, np.uint32),
            self._machine.get(self._weight, count, np.float64),
        )
        self.drop()
        return taken

    def _told(self) -> int:
        return int(self._machine.get(self._count, 1, np.uint32)[0])
