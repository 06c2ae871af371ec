"""Tables of exp(-t/tau) by steps, made by the C library's exp as csrc/math/decay.hpp makes its own."""

from __future__ import annotations

import math

import numpy as np

from .machine import Machine

LONGEST = 65536  # entries of a table that ends where the exponential is as good as nothing


class Decay:
    """A table on the device of exp(-rate k), k steps; a lookup beyond its end takes its last entry.

    It ends with 0 where e^-40 is reached, or, where that is too far, goes on as long as the simulation, at
    most to where exp itself is 0.
    """

    def __init__(self, machine: Machine, rate: float) -> None:
        self._machine = machine
        self._rate = rate
        span = 40.0 / self._rate
        self._grows = span > LONGEST
        self._zero = int(800.0 / self._rate) + 1  # exp(-745.2) is the last that is not 0
        size = LONGEST if self._grows else int(span) + 1
        table = self._exp(0, size)
        if not self._grows:
            table[-1] = 0.0
        self._set(table)

    def _exp(self, begin: int, end: int) -> list[float]:
        return [math.exp(-self._rate * k) for k in range(begin, end)]

    def _set(self, table: list[float]) -> None:
        self._table = table
        self.last = np.int64(len(table) - 1)
        self.buffer = self._machine.put(np.array(table))

    def reach(self, step: int) -> bool:
        """Have an entry for every gap up to ``step``; True where the buffer is another now."""
        size = len(self._table)
        if not self._grows or step < size or size > self._zero:
            return False
        self._set(self._table + self._exp(size, min(max(step + 1, 2 * size), self._zero + 1)))
        return True
