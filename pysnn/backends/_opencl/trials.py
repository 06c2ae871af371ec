"""Many short runs of one network, each from the beginning, as csrc/engine/trials.hpp runs them."""

from __future__ import annotations

import time as wall
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from ...errors import OffGridError, ParameterError
from ..base import Engine
from .keys import subkey

Float = NDArray[np.float64]
Spikes = tuple[Float, NDArray[np.uint32]]

TRIAL = 0x747269616C  # as in trials.cpp


def _noise_of(key: int) -> int:
    """What a trial of that key draws by."""
    return subkey(key, TRIAL) | 1 if key else 0


class Trials:
    """On one engine; ``done`` is how many trials the last run has completed, ``running`` is base's."""

    def __init__(
        self, engine: Engine, grid: TimeBase, in_order: bool,
        states: list[tuple[int, str, Float, bool]],
    ) -> None:  # fmt: skip
        self.engine, self._grid, self.in_order = engine, grid, in_order
        self._states = states
        self._kept = [(population, state) for population, state, _, carried in states if carried]
        self._told: dict[int, list[Spikes]] = {}
        self.done = 0
        self.running = False
        for population, state, values, carried in states:
            if carried:
                engine.set_state(population, state, values)

    def run(
        self, duration: int, keys: NDArray[np.uint64],
        inputs: list[tuple[int, NDArray[np.uint64], Float, NDArray[np.uint32]]],
        counted: list[tuple[int, NDArray[np.uint32]]], told: list[int], read: list[tuple[int, str, Float]],
        lessons: list[tuple[int, list[float], Float, Float]], first: int, wall_budget: float,
    ) -> int:  # fmt: skip
        """Trials in order, for about ``wall_budget`` seconds; how many are completed."""
        begun = wall.perf_counter()
        self._told = {population: [] for population in told}
        self.done = 0
        told_at = [
            [self._grid.tick(moment, "run_trials: teach") for moment in lesson[1]] for lesson in lessons
        ]
        for trial in range(len(keys)):
            try:
                self.running = not self.in_order
                self._begin(trial, keys, inputs, [*told, *(population for population, _ in counted)])
                self._go_through(duration, trial, lessons, told_at)
            except (OffGridError, ParameterError) as error:
                self._fail(error, first + trial)
            finally:
                self.running = False
            self._take(trial, counted, read)
            self.done = trial + 1
            if wall.perf_counter() - begun > wall_budget:
                break
        return self.done

    def _begin(
        self, trial: int, keys: NDArray[np.uint64],
        inputs: list[tuple[int, NDArray[np.uint64], Float, NDArray[np.uint32]]], recorded: list[int],
    ) -> None:  # fmt: skip
        engine = self.engine
        engine.restart(self._kept, True, _noise_of(int(keys[trial])))
        for population, state, values, carried in self._states:
            if not carried:
                engine.set_state(population, state, values)
        for population in recorded:
            engine.record_spikes(population)
        for source, offsets, times, indices in inputs:
            here = slice(int(offsets[trial]), int(offsets[trial + 1]))
            engine.feed(source, times[here], indices[here])

    def _go_through(
        self, duration: int, trial: int, lessons: list[tuple[int, list[float], Float, Float]],
        told_at: list[list[int]],
    ) -> None:  # fmt: skip
        """To the end of a trial, by way of the moments at which something is told, in order."""
        for moment in sorted({moment for moments in told_at for moment in moments}):
            self.engine.advance(moment, float("inf"))
            for (error, _, wanted, gains), moments in zip(lessons, told_at, strict=True):
                if moment not in moments:  # of several lessons at one moment, in their order
                    continue
                row = wanted[trial][0 if wanted.shape[1] == 1 else moments.index(moment)]
                if not np.isnan(row).any():  # else nothing is wanted then
                    self.engine.teach(error, row, float(gains[trial]))
        self.engine.advance(duration, float("inf"))

    def _fail(self, error: OffGridError | ParameterError, trial: int) -> NoReturn:
        self._told = {}
        raise type(error)(f"trial {trial}: {error}") from error

    def _take(
        self, trial: int, counted: list[tuple[int, NDArray[np.uint32]]], read: list[tuple[int, str, Float]]
    ) -> None:
        for population, state, values in read:
            values[trial] = self.engine.state(population, state)
        spikes: dict[int, Spikes] = {}
        for population in {*self._told, *(population for population, _ in counted)}:
            spikes[population] = self.engine.take_spikes(population)
        for population, counts in counted:
            counts[trial] = np.bincount(spikes[population][1], minlength=counts.shape[1])
        for population, kept in self._told.items():
            kept.append(spikes[population])

    def take(self, population: int) -> tuple[NDArray[np.uint64], Float, NDArray[np.uint32]]:
        """Spikes of the trials that were completed last: how many in each, times in the trial, indices."""
        kept = self._told.pop(population, [])
        sizes = np.array([len(times) for times, _ in kept], np.uint64)
        times = np.concatenate([np.empty(0), *(times for times, _ in kept)])
        return sizes, times, np.concatenate([np.empty(0, np.uint32), *(i for _, i in kept)])

    def end(self) -> None:
        """The last one is over, for what it has learnt too."""
        if self.in_order:
            self.engine.restart(self._kept, True, 0)
