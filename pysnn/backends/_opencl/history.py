"""Spikes of one group in the last steps, on the device: a ring of lists, one a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import CheckpointError
from .checkpoint import Arrays, array
from .machine import Machine

LONG_AGO = -(1 << 61)  # as in kernels/common.cl: the time of a spike that has not been


@dataclass(frozen=True)
class Moved:
    """Where what was kept of a ring of spikes is in another one; ``slots`` : of each row of the old one."""

    old_ring: int
    old_width: int
    ring: int
    width: int
    slots: NDArray[np.int64]

    @staticmethod
    def longer(old_ring: int, ring: int, width: int, now: int) -> Moved:
        """With the steps up to ``now`` in a ring of more rows."""
        steps = np.arange(now - old_ring + 1, now + 1)
        slots = np.empty(old_ring, np.int64)
        slots[steps % old_ring] = steps % ring
        return Moved(old_ring, width, ring, width, slots)

    def table(self, held: NDArray[Any], numbers: int = 1) -> NDArray[Any]:
        """So many numbers of each spike, in their new places."""
        table = np.zeros((self.ring, self.width, numbers), held.dtype)
        table[self.slots, : self.old_width] = held.reshape(self.old_ring, self.old_width, numbers)
        return table.ravel()

    def place(self, at: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """What is the place of each spike now that was ``at``."""
        row, column = np.divmod(at, np.uint32(self.old_width))
        return (self.slots[row] * self.width + column).astype(np.uint32)


class History:
    """``ring`` lists of at most ``width`` indices; step s is in row s % ring."""

    def __init__(self, machine: Machine, ring: int, width: int) -> None:
        self._machine = machine
        self.ring, self.width = ring, width
        self.indices = machine.full(ring * width, 0, np.uint32)
        self.count = machine.full(ring, 0, np.uint32)
        # Of neurons' spikes, which the device writes: steps between two of one neuron at least.
        self.least_interval: Callable[[], int] | None = None
        # Called after room was made, for what is kept a spike and for kernels that hold the buffers.
        self.on_moved: list[Callable[[Moved], None]] = []

    def read(self, start: int, steps: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """(step, index) of the spikes of steps start + 1 ... start + steps, ordered by both."""
        first = (start + 1) % self.ring
        cut = min(steps, self.ring - first)
        stretches = ((first, cut), (0, steps - cut))  # around the end of the ring
        counts = np.concatenate([self._machine.get(self.count, n, np.uint32, at) for at, n in stretches])
        most = int(counts.max(initial=0))
        if most == 0:
            return np.empty(0, np.int64), np.empty(0, np.uint32)
        table = np.concatenate(
            [self._machine.rows(self.indices, at, n, self.width, most) for at, n in stretches]
        )
        inside = np.arange(most) < counts[:, None]
        return np.repeat(np.arange(start + 1, start + steps + 1), counts), table[inside]

    def write(self, start: int, steps: int, step: NDArray[np.int64], index: NDArray[np.uint32]) -> None:
        """Enter the spikes of steps start + 1 ... start + steps, given in order."""
        counts = np.bincount(step - start - 1, minlength=steps).astype(np.uint32)
        most = int(counts.max(initial=0))
        if most > self.width:
            self._widen(1 << (most - 1).bit_length())
        table = np.zeros((steps, self.width), np.uint32)
        table[np.arange(self.width) < counts[:, None]] = index
        first = (start + 1) % self.ring
        cut = min(steps, self.ring - first)
        for rows, at in ((slice(0, cut), first), (slice(cut, steps), 0)):
            self._machine.write(self.count, counts[rows], at)
            self._machine.write(self.indices, table[rows].ravel(), at * self.width)

    def clear(self) -> None:
        """No spike has been."""
        self._machine.write(self.count, np.zeros(self.ring, np.uint32))

    def save(self) -> Arrays:
        """The ring as it is."""
        count = self._machine.get(self.count, self.ring, np.uint32)
        most = int(count.max(initial=0))
        return {
            "width": np.array(self.width),
            "count": count,
            "indices": self._machine.rows(self.indices, 0, self.ring, self.width, most),
        }

    def restore(self, saved: Arrays) -> None:
        """Go on with it."""
        width = int(array(saved, "width", (), np.int64))
        count = array(saved, "count", (-1,), np.uint32)
        self.lengthen(len(count), 0)
        if len(count) < self.ring:
            raise CheckpointError(f"checkpoint: count: expected {self.ring} steps (got {len(count)})")
        indices = array(saved, "indices", (self.ring, -1), np.uint32)
        if indices.shape[1] > width or count.max(initial=0) > indices.shape[1]:
            raise CheckpointError("checkpoint: more spikes in a step than there are indices")
        if width > self.width:
            self._widen(width)
        table = np.zeros((self.ring, self.width), np.uint32)
        table[:, : indices.shape[1]] = indices
        self._machine.write(self.count, count)
        self._machine.write(self.indices, table.ravel())

    def lengthen(self, ring: int, now: int) -> None:
        """Keep spikes for so many steps, if that is more; those of up to ``now`` have been entered."""
        if ring > self.ring:
            self._move(Moved.longer(self.ring, ring, self.width, now))

    def _widen(self, width: int) -> None:
        self._move(Moved(self.ring, self.width, self.ring, width, np.arange(self.ring)))

    def _move(self, moved: Moved) -> None:
        held = self._machine.get(self.indices, moved.old_ring * moved.old_width, np.uint32)
        count = np.zeros(moved.ring, np.uint32)
        count[moved.slots] = self._machine.get(self.count, moved.old_ring, np.uint32)
        self.indices, self.count = self._machine.put(moved.table(held)), self._machine.put(count)
        self.ring, self.width = moved.ring, moved.width
        for tell in self.on_moved:
            tell(moved)
