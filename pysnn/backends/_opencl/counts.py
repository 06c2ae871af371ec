"""Spikes of a source as how many there are in each step: written by the host, or drawn on the device."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...errors import CheckpointError
from .checkpoint import Arrays, array
from .history import Moved
from .keys import subkey
from .machine import Launch, Machine

COLUMNS, LARGEST_MEAN = 32, 6.0  # as in csrc/math/poisson_table.hpp


def poisson_table(mean: float) -> NDArray[np.uint32]:
    """[2, 32]: of each column where its own value ends, and the value from there on (Walker 1977; Vose 1991).

    In whole numbers, and of sums in the order of csrc/math/poisson_table.hpp, so that draws are the same.
    """
    height = (1 << 32) // COLUMNS
    mass = [0] * COLUMNS
    term = below = math.exp(-mean)
    last = 0
    for k in range(COLUMNS):
        ends = k + 1 == COLUMNS or (k > mean and term < 2.0**-34)
        upto = 1 << 32 if ends else round(min(below, 1.0) * 2.0**32)
        mass[k], last = upto - last, upto
        if ends:
            break
        term *= mean / (k + 1)
        below += term
    low = [k for k in range(COLUMNS) if mass[k] < height]
    high = [k for k in range(COLUMNS) if mass[k] >= height]
    cut, alias = [height] * COLUMNS, list(range(COLUMNS))
    while low and high:
        k, giver = low.pop(), high[-1]
        cut[k], alias[k] = mass[k], giver
        mass[giver] -= height - mass[k]
        if mass[giver] < height:
            low.append(high.pop())
    return np.array([cut, alias], np.uint32)


class CountHistory:
    """Spikes of a source a step as counts, [ring, n]."""

    def __init__(self, machine: Machine, ring: int, n: int) -> None:
        self._machine = machine
        self.ring, self.n = ring, n
        self.counts = machine.full(ring * n, 0, np.uint32)
        self._draw: Launch | None = None
        self._drawn_by = 0, 0.0
        self.on_longer: list[Callable[[], None]] = []  # called after room was made

    @property
    def drawn(self) -> bool:
        """Does the device draw them by itself?"""
        return self._draw is not None

    def draw_by(self, key: int, mean: float) -> None:
        """Poisson numbers of this mean a step, drawn by a key."""
        self._drawn_by = key, mean
        parts = int(mean / LARGEST_MEAN) + 1
        tiles = -(-self.n // 256)
        self._draw = self._machine.launch(
            self._machine.kernel("draw_counts", "poisson"), lambda steps: steps * tiles, None,
            np.uint32(self.ring), np.uint32(self.n), self.counts, np.uint64(key), np.uint64(subkey(key, 1)),
            np.uint32(parts), self._machine.put(poisson_table(mean / parts)),
        )  # fmt: skip

    def lengthen(self, ring: int, now: int) -> None:
        """Keep them for so many steps, if that is more; those of up to ``now`` have been entered."""
        if ring <= self.ring:
            return
        held = self._machine.get(self.counts, self.ring * self.n, np.uint32)
        moved = Moved.longer(self.ring, ring, self.n, now)
        self.ring, self.counts = ring, self._machine.put(moved.table(held))
        if self.drawn:
            self.draw_by(*self._drawn_by)
        for tell in self.on_longer:
            tell()

    def stop_drawing(self) -> None:
        """From now on they are written."""
        self._draw = None

    def draw(self, start: int, steps: int) -> None:
        """The counts of steps start + 1 ... start + steps."""
        assert self._draw is not None
        self._draw(start, steps)

    def write(self, start: int, steps: int, step: NDArray[np.int64], index: NDArray[np.uint32]) -> None:
        """Enter the spikes of steps start + 1 ... start + steps."""
        flat = (step - start - 1) * self.n + index
        table = np.bincount(flat, minlength=steps * self.n).astype(np.uint32).reshape(steps, self.n)
        first = (start + 1) % self.ring
        cut = min(steps, self.ring - first)
        self._machine.write(self.counts, table[:cut].ravel(), first * self.n)
        self._machine.write(self.counts, table[cut:].ravel())

    def save(self) -> Arrays:
        """The ring as it is."""
        counts = self._machine.get(self.counts, self.ring * self.n, np.uint32)
        return {"counts": counts.reshape(self.ring, self.n)}

    def restore(self, saved: Arrays) -> None:
        """Go on with it."""
        counts = array(saved, "counts", (-1, self.n), np.uint32)
        self.lengthen(len(counts), 0)
        if len(counts) < self.ring:
            raise CheckpointError(f"checkpoint: counts: expected {self.ring} steps (got {len(counts)})")
        self._machine.write(self.counts, counts.ravel())

    def clear(self) -> None:
        """No spike has been."""
        self._machine.write(self.counts, np.zeros(self.ring * self.n, np.uint32))
