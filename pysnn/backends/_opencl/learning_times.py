"""How fast synapses learn in the course of time, as csrc/plasticity/learning_times.hpp has it."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from .checkpoint import Arrays, array


class LearningTimes:
    """At the rule's own rate at first, then at a factor of it from each moment on at which that is changed.

    0 where learning is off. What reaches a synapse at the very moment still counts before it.
    """

    def __init__(self) -> None:
        self.on = True
        self.factor = 1.0
        self._first = 1.0
        self._at: list[int] = []
        self._rates: list[float] = []

    @property
    def rate(self) -> float:
        """The factor now."""
        return self._rates[-1] if self._rates else self._first

    def at(self, t: int) -> float:
        """The factor of what comes at t."""
        before = bisect_left(self._at, t)
        return self._rates[before - 1] if before else self._first

    def set(self, on: bool | None, factor: float | None, now: int) -> None:
        """What is not given stays."""
        self.on = self.on if on is None else on
        self.factor = self.factor if factor is None else factor
        to = self.factor if self.on else 0.0
        if to == self.rate:
            return
        if self._at and self._at[-1] == now:
            self._at.pop()
            self._rates.pop()
            if to == self.rate:
                return
        self._at.append(now)
        self._rates.append(to)

    def forget(self) -> None:
        """As it is now, so it has always been."""
        self._first = self.rate
        self._at.clear()
        self._rates.clear()

    def marks(self) -> NDArray[np.int64]:
        """As kernels read them: how many changes, when, and the rates before, between and after them."""
        rates = np.array([self._first, *self._rates], np.float64)
        return np.concatenate([np.array([len(self._at), *self._at], np.int64), rates.view(np.int64)])

    def take_over(self, other: LearningTimes) -> None:
        """Begin as another has come to be."""
        self.on, self.factor = other.on, other.factor
        self._first = other.rate
        self._at, self._rates = [], []

    def save(self) -> Arrays:
        """All of it."""
        return {
            "learning": np.array([float(self.on), self.factor, self._first]),
            "learning changed": np.array(self._at, np.int64),
            "learning rates": np.array(self._rates, np.float64),
        }

    def restore(self, saved: Arrays) -> None:
        """Go on with it."""
        on, self.factor, self._first = array(saved, "learning", (3,), np.float64).tolist()
        self.on = bool(on)
        self._at = array(saved, "learning changed", (-1,), np.int64).tolist()
        self._rates = array(saved, "learning rates", (len(self._at),), np.float64).tolist()
