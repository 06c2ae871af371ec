"""What turns the gradient of a batch of trials into a change of weights (csrc/plasticity/optimiser.hpp)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from .checkpoint import Arrays, array
from .machine import LOCAL, Machine

KEPT = ("mean", "square")


def move(machine: Machine, buffer: cl.Buffer, moved: NDArray[np.int64], numbers: int = 1) -> None:
    """So many numbers of each synapse, to where that is stored now."""
    held = machine.get(buffer, numbers * len(moved), machine.real).reshape(numbers, len(moved))
    there = np.empty_like(held)
    there[:, moved] = held
    machine.write(buffer, there.ravel())


class Optimiser:
    """Of ``n`` synapses, by what a rule has of an ``optimiser`` and its ``batch``."""

    def __init__(
        self, machine: Machine, numbers: dict[str, float], bounds: tuple[float, float], n: int
    ) -> None:
        self._machine, self._n = machine, n
        self._batch = int(numbers["batch"])
        self._adam = numbers["optimiser"] != 0.0
        self._eta = numbers["eta"]
        self._beta_1, self._beta_2, self._epsilon = (numbers[b] for b in ("beta_1", "beta_2", "epsilon"))
        self._bounds = bounds
        self._trials = self._batches = 0
        kept = n if self._adam else 0
        self._kept = {name: machine.full(kept, 0.0, machine.real) for name in KEPT}

    def trial_over(self) -> bool:
        """A trial is over; whether that makes a batch, for which ``step`` is due."""
        self._trials += 1
        return self._trials == self._batch

    def step(
        self, rate: float, weight: cl.Buffer, gradient: cl.Buffer, beyond: cl.Buffer, at: int = 0
    ) -> None:
        """Take it at a rate of learning, by the gradient from number ``at`` on, which begins anew."""
        self._trials = 0
        self._batches += 1
        eta, share = self._eta * rate, 1.0 / self._batch
        name, step = "descend", eta * share
        more: tuple[Any, ...] = ()
        if self._adam:
            step = eta / (1.0 - self._beta_1**self._batches)
            scale = 1.0 / (1.0 - self._beta_2**self._batches)
            numbers = (self._beta_1, self._beta_2, self._epsilon, scale, share)
            name, more = "descend_by_adam", (*map(np.float64, numbers), *self._kept.values())
        least, most = map(np.float64, self._bounds)
        items = -(-self._n // LOCAL) * LOCAL
        launch = self._machine.launch(
            self._machine.kernel(name, "descent"), items, LOCAL, weight, gradient, np.float64(step),
            least, most, beyond, *more,
        )  # fmt: skip
        launch(at, self._n)

    def take_over(self, other: Optimiser) -> None:
        """Go on with the batch and the averages of another one, of the same synapses."""
        self._trials, self._batches = other._trials, other._batches
        for name, buffer in self._kept.items():
            self._machine.copy(buffer, other._kept[name])

    def move(self, moved: NDArray[np.int64]) -> None:
        """The synapses are stored elsewhere."""
        for buffer in self._kept.values():
            move(self._machine, buffer, moved if self._adam else moved[:0])

    def save(self) -> Arrays:
        """Averages, and how many trials and batches there have been."""
        kept = {name: self._of(buffer) for name, buffer in self._kept.items()}
        return {"batches": np.array([self._trials, self._batches], np.int64), **kept}

    def _of(self, buffer: cl.Buffer) -> Any:
        return self._machine.get(buffer, self._n if self._adam else 0, self._machine.real)

    def restore(self, saved: Arrays) -> None:
        """Go on with them."""
        self._trials, self._batches = array(saved, "batches", (2,), np.int64).tolist()
        for name, buffer in self._kept.items():
            n = self._n if self._adam else 0
            self._machine.write(buffer, array(saved, name, (n,), self._machine.real))
