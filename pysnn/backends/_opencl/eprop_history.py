"""What targets of e-prop have gone through, step by step, and its composites (kernels/eprop_maps.cl)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .checkpoint import Arrays, array
from .eprop_numbers import EpropNumbers
from .machine import LOCAL, Machine, count_of, kernel_text

CHUNK, CHUNKS = (count_of(name, kernel_text("eprop_maps")) for name in ("CHUNK", "CHUNKS"))
LENGTH = CHUNK * CHUNKS  # steps, after which it begins anew


def _left(x: float) -> float:
    """What is too little to matter is nothing, as csrc/math/eprop_maps.cpp has it."""
    return 0.0 if x < 1e-30 else x


class EpropHistory:
    """psi and signal of ``n`` targets in each of so many ``steps``, and composites over stretches of them."""

    def __init__(self, machine: Machine, n: int, numbers: EpropNumbers, given: str) -> None:
        """``given`` : what the kernels of the rule are told."""
        self._machine, self._n = machine, n
        self.steps = 0
        self.closed = True  # has the last step entered into what its chunk has come to?
        per_map = 1 + 3 * numbers.adapts + 2 * numbers.filters + (numbers.adapts and numbers.filters)
        self.psi = machine.full(LENGTH * n, 0.0, machine.real)
        self.signal = machine.full(LENGTH * n, 0.0, machine.real)
        self._composites = machine.full((LENGTH + CHUNKS + CHUNK) * per_map * n, 0.0, machine.real)
        decay = [_left(math.pow(numbers.alpha, k)) for k in range(LENGTH + 1)]
        stays = [_left(math.pow(numbers.kappa, k)) for k in range(LENGTH + 1)]
        self.arguments: tuple[Any, ...] = (
            np.uint32(n), self.psi, self.signal, self._composites,
            machine.put(numbers.rho.astype(machine.real)), machine.put(numbers.beta.astype(machine.real)),
            machine.put(np.array(decay)), machine.put(np.array(stays)), np.float64(numbers.kappa),
        )  # fmt: skip
        self._take_in, self._end_chunk = (
            machine.launch(
                machine.kernel(name, "eprop", given=given), -(-n // LOCAL) * LOCAL, LOCAL, *self.arguments,
                self._composites,
            )
            for name in ("take_in", "end_chunk")
        )  # fmt: skip

    @property
    def full(self) -> bool:
        """Is there no room for another step?"""
        return self.steps == LENGTH

    def add(self) -> None:
        """Another step has been written."""
        self.close()
        if self.steps > 0 and self.steps % CHUNK == 0:
            self._end_chunk(0, self.steps)
        self.steps += 1
        self.closed = False

    def close(self) -> None:
        """Bring the composites that end with the last step up to date."""
        if not self.closed:
            self._take_in(0, self.steps)
        self.closed = True

    def clear(self) -> None:
        """There has been no step."""
        self.steps, self.closed = 0, True

    def mutable(self) -> list[Any]:
        """What running changes."""
        return [self.psi, self.signal, self._composites]

    def save(self) -> Arrays:
        """The steps that are kept."""
        size = self.steps * self._n
        kept = {"psi": self.psi, "signal": self.signal}
        return {name: self._machine.get(buffer, size, self._machine.real) for name, buffer in kept.items()}

    def restore(self, saved: Arrays, steps: int) -> None:
        """Go on with so many."""
        size = steps * self._n
        for name, buffer in (("psi", self.psi), ("signal", self.signal)):
            self._machine.write(buffer, array(saved, name, (size,), self._machine.real))
        self.clear()
        for _ in range(steps):
            self.add()
        self.close()
