"""Tables of what decays by steps, made by the C library's functions as csrc/plasticity makes its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from .machine import Machine

LONGEST = 65536  # entries of a table that ends where an exponential is as good as nothing


class Table:
    """A function of steps; a lookup beyond its end takes its last entry.

    It ends after ``span`` steps with ``at_last`` or, where that is too far or it is ``whole``, goes on as
    long as the simulation, at most to where the function stays as it is, after ``constant`` steps.
    """

    def __init__(
        self, value: Callable[[int], float], span: float, at_last: float, constant: float, whole: bool
    ) -> None:
        self._value = value
        self._grows = whole or span > LONGEST
        self._constant = constant
        size = min(LONGEST, constant + 1) if self._grows else span + 1
        self.entries = [value(k) for k in range(int(size))]
        if not self._grows:
            self.entries[-1] = at_last

    def reach(self, step: int) -> bool:
        """Have an entry for every gap up to ``step``; True where there are more now."""
        size = len(self.entries)
        if not self._grows or step < size or size > self._constant:
            return False
        end = int(min(max(step + 1, 2 * size), self._constant + 1))
        self.entries += [self._value(k) for k in range(size, end)]
        return True


def _fading(rate: float, whole: bool) -> Table:
    """exp(-rate k); 0 from e^-40 on, or from where exp itself is 0 (exp(-745.2) is the last that is not)."""
    if rate == 0.0:
        return Table(lambda k: 1.0, 0.0, 1.0, 0.0, False)
    if math.isinf(rate):
        return Table(lambda k: 0.0, 0.0, 0.0, 0.0, False)
    zero = math.ceil(min(800.0 / rate, 2.0**62))
    return Table(lambda k: math.exp(-rate * k), max(40.0 / rate, 1.0), 0.0, zero, whole)  # at 0 it is 1


def _fading_in_ms(rate: float, dt: float) -> Table:
    """exp(-rate t), t = k dt."""
    if rate == 0.0:
        return Table(lambda k: 1.0, 0.0, 1.0, 0.0, False)
    zero = math.ceil(min(800.0 / (rate * dt), 2.0**62))
    return Table(lambda k: math.exp(-rate * (k * dt)), 0.0, 0.0, zero, True)


def _lost_in_ms(rate: float, dt: float) -> Table:
    """1 - exp(-rate t), t = k dt, which is 1 from e^-40 on."""
    if rate == 0.0:
        return Table(lambda k: 0.0, 0.0, 0.0, 0.0, False)
    one = math.ceil(min(40.0 / (rate * dt), 2.0**62))
    return Table(lambda k: -math.expm1(-rate * (k * dt)), 0.0, 0.0, one, True)


def table_of(name: str, rate: float, dt: float) -> Table | None:
    """What goes with a constant by its name (kernels/rule.cl), if a table does."""
    if name.startswith("rate"):
        return _fading(rate, False)
    if name.startswith("whole"):
        return _fading(rate, True)
    if name.startswith("fade"):
        return _fading_in_ms(rate, dt)
    if name.startswith("lost"):
        return _lost_in_ms(rate, dt)
    return None


class Decays:
    """Tables of the constants that have one on the device, one after the other, and where each ends."""

    def __init__(self, machine: Machine, constants: Mapping[str, float], dt: float) -> None:
        self._machine = machine
        made = [table_of(name, rate, dt) for name, rate in constants.items()]
        self._all = [table for table in made if table is not None]
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
