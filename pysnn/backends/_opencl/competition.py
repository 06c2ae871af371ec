"""Winner takes all within a step, on the device, as csrc/engine/competition.hpp has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from .machine import Machine

PART = "winner_takes_all"


class Competition:
    """Steps of a population in each of which at most one neuron fires."""

    def __init__(self, machine: Machine, n: int, takes: float) -> None:
        """``takes`` : what a spike takes from all others, mV, or infinite for as much as leaves v_reset."""
        self._machine, self._n = machine, n
        self.takes = takes
        self._none = machine.full(n, 0.0, np.float64)
        self._would = machine.full(n, 0, np.uint8)
        self._winner = machine.full(1, 0, np.uint32)
        self.again = machine.full(1, 1, np.uint32)  # whether a step is to be taken

    def bind(
        self, constants: cl.Buffer, rows: tuple[int, int], v_th: NDArray[Any], v_reset: NDArray[Any],
        offset: cl.Buffer | None, state: cl.Buffer, inputs: cl.Buffer, fired: cl.Buffer,
    ) -> None:  # fmt: skip
        """Thresholds are those in these constants of each neuron, moved by ``offset``."""
        machine = self._machine
        self._pairs = [(buffer, machine.clone(buffer)) for buffer in (state, inputs)]
        saved = [
            (buffer, copy, np.uint64(buffer.size // machine.real.itemsize)) for buffer, copy in self._pairs
        ]
        self._compete = machine.launch(
            machine.kernel("compete", "competition"), 1, 1, np.uint32(self._n), constants, np.uint32(rows[0]),
            np.uint32(rows[1]), machine.put(v_th), machine.put(v_reset),
            self._none if offset is None else offset, *saved[0], *saved[1], fired, self._would, self.again,
            self._winner, np.float64(self.takes),
        )  # fmt: skip

    def step(self, start: int, advance: Callable[[int, int], None]) -> None:
        """Take the step that begins at ``start``."""
        machine = self._machine
        machine.write(self.again, np.ones(1, np.uint32))
        for buffer, copy in self._pairs:
            machine.copy(copy, buffer)
        for phase in range(3):
            advance(start, 1)
            self._compete(start, phase)
