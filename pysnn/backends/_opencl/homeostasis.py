"""Thresholds that follow how often neurons fire, on the device, as csrc/engine/homeostasis.hpp has them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from .checkpoint import Arrays, array
from .machine import LOCAL, Machine

STATE = "theta"
PREFIX = "homeostasis."

Floats = NDArray[np.float64]


class Homeostasis:
    """What thresholds of a population are raised by, each at its own spikes; at moments all are lowered."""

    def __init__(
        self, machine: Machine, n: int, parts: dict[str, float], initial: Floats, grid: TimeBase, owner: str
    ) -> None:
        self._machine, self._n, self._grid = machine, n, grid
        self.parts = {name: value for name, value in parts.items() if name.startswith(PREFIX)}
        self._every = grid.tick(self._of("every"), f"{owner}: Homeostasis.every")
        self._initial = initial
        self.theta = machine.put(initial)
        self._spikes = machine.full(1, 0, np.uint32)
        self._last, self._next = 0, self._every

    def _of(self, name: str) -> float:
        return self.parts[PREFIX + name]

    def bind(self, constants: Any, rows: tuple[int, int], v_th: Floats, v_reset: Floats, fired: Any) -> None:
        """Move thresholds in these constants of each neuron, in rows of v_th and of what a reset takes."""
        machine = self._machine
        self._items = -(-self._n // LOCAL) * LOCAL
        self._shared = (
            constants, np.uint32(rows[0]), np.uint32(rows[1]), machine.put(v_th), machine.put(v_reset),
            self.theta,
        )  # fmt: skip
        self._fired = fired
        self._bind_raise()
        self.move()

    def _bind_raise(self) -> None:
        delta = self._of("delta") if self._of("on") else 0.0
        self._raise = self._machine.launch(
            self._machine.kernel("raise_thresholds", "thresholds"), self._items, LOCAL, np.uint32(self._n),
            *self._shared, self._fired, np.float64(delta), self._spikes,
        )  # fmt: skip

    def move(self) -> None:
        """Thresholds are as theta has them."""
        kernel = self._machine.kernel("move_thresholds", "thresholds")
        self._machine.launch(kernel, self._items, LOCAL, *self._shared)(0, self._n)

    def raised(self, start: int) -> None:
        """After the step that begins at ``start``."""
        self._raise(start, 1)

    @property
    def due(self) -> int:
        """When thresholds fall next, steps."""
        return self._next

    def fall(self, now: int) -> None:
        """The moment has come, or the one before it is to be the last of these laws."""
        ms = float(now - self._last) * self._grid.unit
        stays = math.exp(-ms / self._of("tau"))
        if self._of("on"):
            numbers = (
                self._of("delta"), self._of("share") / self._n, 1e-3 * self._of("target") * ms, stays,
                self._of("low"),
            )  # fmt: skip
            kernel = self._machine.kernel("lower_thresholds", "thresholds")
            launch = self._machine.launch(
                kernel, self._items, LOCAL, *self._shared, self._spikes, *map(np.float64, numbers)
            )
            launch(0, self._n)
        self._last = now
        self._machine.write(self._spikes, np.zeros(1, np.uint32))
        while self._next <= now:
            self._next += self._every

    def set_part(self, name: str, value: float, now: int) -> None:
        """Go on with another number, once what was due is done."""
        self.fall(now)
        self.parts[name] = value
        self._bind_raise()

    def get(self) -> Floats:
        """theta of all neurons."""
        return self._machine.get(self.theta, self._n, np.float64)

    def set(self, theta: Floats) -> None:
        """Replace it."""
        self._machine.write(self.theta, np.asarray(theta, np.float64))
        self.move()

    def restart(self, kept: bool, from_zero: bool, now: int) -> None:
        """From the beginning, with theta as it is where that is ``kept``."""
        if not kept:
            self._machine.write(self.theta, self._initial)
            self._machine.write(self._spikes, np.zeros(1, np.uint32))
        elif from_zero:
            self.fall(now)
        if from_zero:
            self._last, self._next = 0, self._every
            self._machine.write(self._spikes, np.zeros(1, np.uint32))
        self.move()

    def take_over(self, other: Homeostasis) -> None:
        """Begin with the numbers of another one."""
        self.parts = dict(other.parts)
        self._bind_raise()

    def mutable(self) -> list[Any]:
        """What running changes."""
        return [self.theta, self._spikes, self._shared[0]]

    def marks(self) -> tuple[int, int]:
        """What the host keeps of where it stands."""
        return self._last, self._next

    def go_back(self, marks: tuple[int, int]) -> None:
        """Go back to there."""
        self._last, self._next = marks

    def save(self) -> Arrays:
        """All of it."""
        return {
            "theta": self.get(),
            "moments": np.array([self._last, self._next], np.int64),
            "spikes": self._machine.get(self._spikes, 1, np.uint32),
            "parts": np.array([self.parts[name] for name in sorted(self.parts)]),
        }

    def restore(self, saved: Arrays) -> None:
        """Go on with it."""
        values = array(saved, "parts", (len(self.parts),), np.float64)
        self.parts = dict(zip(sorted(self.parts), values.tolist(), strict=True))
        self._last, self._next = array(saved, "moments", (2,), np.int64).tolist()
        self._machine.write(self._spikes, array(saved, "spikes", (1,), np.uint32))
        self._bind_raise()
        self.set(array(saved, "theta", (self._n,), np.float64))
