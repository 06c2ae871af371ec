"""Spikes of one group in the last steps, on the device: a ring of lists, one a step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

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

    def _widen(self, width: int) -> None:
        old = self.width
        table = self._machine.get(self.indices, self.ring * old, np.uint32).reshape(self.ring, old)
        wider = np.zeros((self.ring, width), np.uint32)
        wider[:, :old] = table
        self.indices = self._machine.put(wider.ravel())
        self.width = width
        for widened in self.on_widened:
            widened(old, width)
