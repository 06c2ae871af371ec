"""Samples of a state variable, gathered on the device and fetched a batch at a time."""

from __future__ import annotations

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from .homeostasis import STATE
from .machine import ALWAYS, LOCAL, Machine
from .population import Neurons


class StateProbe:
    """Chosen neurons at 0, every, 2 every, ... steps; at most ``rows`` samples between two fetches."""

    def __init__(
        self, machine: Machine, neurons: Neurons, state: str, indices: NDArray[np.uint32], every: int,
        now: int, rows: int,
    ) -> None:  # fmt: skip
        self._machine = machine
        self._every = every
        self.due = -(-now // every) * every
        self._width = len(indices)
        self._taken: list[int] = []
        self._steps: list[NDArray[np.int64]] = []
        self._values: list[NDArray[np.float64]] = []
        self._rows = rows
        self._kernel = machine.kernel("sample", *ALWAYS)
        self._items = max(1, -(-self._width // LOCAL)) * LOCAL
        self._from: cl.Buffer | None = None  # the states of the neurons, where no other
        begin = 0
        if neurons.homeostasis and state == STATE:
            self._kernel = machine.kernel("sample_double", *ALWAYS)
            self._from, self._dtype = neurons.homeostasis.theta, np.dtype(np.float64)
        else:
            self._dtype = machine.real
            begin = neurons.position(state)
        # The kernel counts from the beginning of the buffer of all states.
        self._index = machine.put(indices.astype(np.uint64) + np.uint64(begin))
        self._neurons = neurons
        self._there = machine.full(self._rows * self._width, 0.0, self._dtype)

    def sample(self, now: int) -> None:
        """Take the sample that is due now."""
        self._kernel(
            self._machine.queue, (self._items,), (LOCAL,),
            self._neurons.state if self._from is None else self._from, self._index,
            np.uint32(self._width), np.uint32(len(self._taken)), self._there,
        )  # fmt: skip
        self._taken.append(now)
        self.due = now + self._every

    def begin_again(self) -> None:
        """From step 0; what was not taken is lost."""
        self._taken.clear()
        self._steps.clear()
        self._values.clear()
        self.due = 0

    def drop(self) -> None:
        """Forget the samples since the last fetch, to take their steps again."""
        if self._taken:
            self.due = self._taken[0]
        self._taken.clear()

    def fetch(self) -> None:
        """Bring the samples of a batch over."""
        if not self._taken:
            return
        values = self._machine.get(self._there, len(self._taken) * self._width, self._dtype)
        self._steps.append(np.array(self._taken))
        self._values.append(values.astype(np.float64).reshape(len(self._taken), self._width))
        self._taken.clear()

    def take(self, grid: TimeBase) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times and values since the last call."""
        steps = np.concatenate([np.empty(0, np.int64), *self._steps])
        values = np.concatenate([np.empty((0, self._width)), *self._values])
        self._steps.clear()
        self._values.clear()
        return grid.ms(steps), values
