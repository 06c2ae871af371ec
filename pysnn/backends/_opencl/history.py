"""Spikes of one group in the last steps, on the device: a ring of lists, one a step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...errors import CheckpointError
from .checkpoint import Arrays, array
from .machine import Machine


class History:
    """``ring`` lists of at most ``width`` indices; step s is in row s % ring."""

    def __init__(self, machine: Machine, ring: int, width: int) -> None:
        self._machine = machine
        self.ring, self.width = ring, width
        self.indices = machine.full(ring * width, 0, np.uint32)
        self.count = machine.full(ring, 0, np.uint32)
        # Called with (old width, new width) after room was made, for what is kept a spike and for kernels
        # that hold the buffers.
        self.on_widened: list[Callable[[int, int], None]] = []

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
        count = array(saved, "count", (self.ring,), np.uint32)
        indices = array(saved, "indices", (self.ring, -1), np.uint32)
        if indices.shape[1] > width or count.max(initial=0) > indices.shape[1]:
            raise CheckpointError("checkpoint: more spikes in a step than there are indices")
        if width > self.width:
            self._widen(width)
        table = np.zeros((self.ring, self.width), np.uint32)
        table[:, : indices.shape[1]] = indices
        self._machine.write(self.count, count)
        self._machine.write(self.indices, table.ravel())

    def _widen(self, width: int) -> None:
        old = self.width
        table = self._machine.get(self.indices, self.ring * old, np.uint32).reshape(self.ring, old)
        wider = np.zeros((self.ring, width), np.uint32)
        wider[:, :old] = table
        self.indices = self._machine.put(wider.ravel())
        self.width = width
        for widened in self.on_widened:
            widened(old, width)
