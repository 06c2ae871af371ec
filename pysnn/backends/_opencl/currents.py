"""Injected currents of all populations: which levels hold, and when other ones begin, as the core says."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from .._cpu import core

ALL_OFF = np.zeros(1)


class Currents:
    """The sums of currents by neuron, added up afresh in the order of their numbers where one changes."""

    def __init__(self, network: Any, real: np.dtype[Any]) -> None:
        self._network, self._real = network, real
        self._all: list[Any] = list(core().described_currents(network))  # None where one was stopped
        self._begin()

    def _begin(self) -> None:
        self._due = [None if current is None else current.next_change(-1) for current in self._all]
        self._levels = [ALL_OFF for _ in self._all]
        self._stopped: set[int] = set()  # populations, of which a current has stopped since the last look

    def next_change(self) -> int | None:
        """The step from which other levels hold, at the earliest."""
        if self._stopped:
            return 0
        return min((due for due in self._due if due is not None), default=None)

    def changed(self, now: int, sizes: list[int]) -> dict[int, NDArray[Any]]:
        """By population, the sums that hold from ``now`` on, of those where any changes."""
        changed, self._stopped = self._stopped, set()
        for number, current in enumerate(self._all):
            due = self._due[number]
            if current is not None and due is not None and due <= now:
                self._due[number] = current.next_change(now)
                self._levels[number] = current.levels(now)
                changed.add(current.population)
        return {population: self._sum(population, sizes[population]) for population in changed}

    def _sum(self, population: int, n: int) -> NDArray[Any]:
        total = np.zeros(n, self._real)
        for current, levels in zip(self._all, self._levels, strict=True):
            if current is not None and current.population == population:
                with np.errstate(over="ignore"):  # infinite then, as on clock
                    total[current.neurons] += levels.astype(self._real)
        return total

    # ---- changes while it runs ----------------------------------------------------------------------

    def inject(
        self, number: int, population: int, neurons: Any, model: str, params: dict[str, Any],
        noise_key: int, own: list[dict[str, Any]], now: int,
    ) -> None:  # fmt: skip
        """A current of this number from now on, the next one or one that was stopped."""
        made = core().Current(self._network, population, neurons, model, params, noise_key, own)
        if number > len(self._all) or (number < len(self._all) and self._all[number] is not None):
            raise ParameterError(f"inject: there is a current of number {number}, or there are fewer")
        if number == len(self._all):
            self._all.append(None)
            self._due.append(None)
            self._levels.append(ALL_OFF)
        self._all[number], self._due[number], self._levels[number] = made, now, ALL_OFF

    def replace(
        self, number: int, model: str, params: dict[str, Any], noise_key: int, own: list[dict[str, Any]],
        now: int,
    ) -> None:  # fmt: skip
        """Another one into the same neurons from now on."""
        self._all[number] = self._flowing(number).replaced(model, params, noise_key, own)
        self._due[number] = now

    def stop(self, number: int) -> None:
        """None of this number from now on."""
        self._stopped.add(self._flowing(number).population)
        self._all[number] = self._due[number] = None
        self._levels[number] = ALL_OFF

    def _flowing(self, number: int) -> Any:
        if number >= len(self._all) or self._all[number] is None:
            raise ParameterError(f"there is no current of number {number}")
        return self._all[number]

    def begin_again(self, noise: int) -> None:
        """From step 0, drawn by another noise."""
        for current in self._all:
            if current is not None:
                current.draw_by(noise)
        self._begin()

    def marks(self) -> tuple[list[int | None], list[NDArray[Any]]]:
        """Where they stand, for ``go_back``."""
        return list(self._due), list(self._levels)

    def go_back(self, marks: tuple[list[int | None], list[NDArray[Any]]]) -> None:
        """Where ``marks`` was taken; all sums are due again."""
        self._due, self._levels = list(marks[0]), list(marks[1])
        self._stopped |= {current.population for current in self._all if current is not None}

    # ---- checkpoints --------------------------------------------------------------------------------

    def save(self) -> NDArray[np.int64]:
        """When each changes next; -1 where it never does."""
        return np.array([-1 if due is None else due for due in self._due], np.int64)

    def restore(self, saved: NDArray[np.int64], now: int) -> None:
        """Go on from there, at step ``now``."""
        self._due = [None if due < 0 else int(due) for due in saved]
        for number, current in enumerate(self._all):
            due = self._due[number]
            if current is not None and (due is None or due > now):
                self._levels[number] = current.levels(now)
                self._stopped.add(current.population)
