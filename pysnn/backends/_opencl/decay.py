"""Tables of exp(-t/tau) by steps, made by the C library's exp as csrc/math/decay.hpp makes its own."""

from __future__ import annotations

import math

import numpy as np

from .machine import Machine

LONGEST = 65536  # entries of a table that ends where the exponential is as good as nothing


class Table:
    """exp(-rate k), k steps; a lookup beyond its end takes its last entry.

    It ends with 0 where e^-40 is reached, or, where that is too far, goes on as long as the simulation, at
    most to where exp itself is 0.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        span = 40.0 / self._rate
        self._grows = span > LONGEST
        self._zero = int(800.0 / self._rate) + 1  # exp(-745.2) is the last that is not 0
        self.entries = self._exp(0, LONGEST if self._grows else int(span) + 1)
        if not self._grows:
            self.entries[-1] = 0.0

    def _exp(self, begin: int, end: int) -> list[float]:
        return [math.exp(-self._rate * k) for k in range(begin, end)]

    def reach(self, step: int) -> bool:
        """Have an entry for every gap up to ``step``; True where there are more now."""
        size = len(self.entries)
        if not self._grows or step < size or size > self._zero:
            return False
        self.entries += self._exp(size, min(max(step + 1, 2 * size), self._zero + 1))
        return True


class Decays:
    """Tables on the device, one after the other, and where each ends."""

    def __init__(self, machine: Machine, rates: list[float]) -> None:
        self._machine = machine
        self._all = [Table(rate) for rate in rates]
        self._put()

    def _put(self) -> None:
        entries = [table.entries for table in self._all]
        self.tables = self._machine.put(np.array([entry for table in entries for entry in table]))
        self.ends = self._machine.put(np.cumsum([len(table) for table in entries], dtype=np.int64))

    def reach(self, step: int) -> bool:
        """Have an entry for every gap up to ``step``; True where the buffers are others now."""
        grown = [table.reach(step) for table in self._all]
        if any(grown):
            self._put()
        return any(grown)
