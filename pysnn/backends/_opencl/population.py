"""Neurons of one population: state on the device, the model's kernel, the list of those that fired."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from ...errors import BackendUnsupported, ParameterError
from ...spec import CurrentSpec, PopulationSpec
from .._cpu import core
from .history import History
from .machine import LOCAL, Machine


class Neurons:
    """One population; ``slice_steps`` steps are taken in one launch at most."""

    def __init__(
        self, machine: Machine, spec: PopulationSpec, stem: str, initial: dict[str, NDArray[np.float64]],
        grid: TimeBase, ring: int, slice_steps: int,
    ) -> None:  # fmt: skip
        self._machine = machine
        self.n = spec.n
        model = type(spec.model).__name__
        owner = f"population {spec.name!r}"
        constants = core().step_constants(
            model, spec.model.as_numbers(), grid.dt, machine.real.name, grid.rounds, owner
        )
        beyond = [name for name, value in constants.items() if not np.isfinite(value)]
        if beyond:
            raise ParameterError(
                f"{owner}: {beyond[0]}, which its parameters give, is beyond what {machine.real} holds"
            )
        values = machine.put(np.array(list(constants.values()), machine.real))
        # Steps between two spikes of a neuron at least.
        self.least_interval = int(constants.get("refractory", 0.0)) + 1
        self._states = list(spec.model.states)
        hidden = core().neuron_models()[model]["hidden_states"]
        rows = [initial[name] for name in self._states] + [np.zeros(spec.n)] * hidden
        self.state = machine.put(machine.rounded(np.stack(rows), f"{owner}: init").ravel())
        receptors = list(spec.model.receptors)
        self._receptor_offset = {name: number * slice_steps * spec.n for number, name in enumerate(receptors)}
        self.input = machine.full(len(receptors) * slice_steps * spec.n, 0.0, machine.real)
        self._current = machine.full(spec.n, 0.0, machine.real)
        self.history = History(machine, ring, spec.n)

        fired = machine.full(slice_steps * spec.n, 0, np.uint8)
        items = -(-spec.n // LOCAL) * LOCAL
        self._advance = machine.launch(
            machine.kernel("advance", stem), items, LOCAL, np.uint32(spec.n), np.uint32(slice_steps),
            values, self.state, self.input, self._current, fired,
        )  # fmt: skip
        lanes = machine.lanes
        self._compact = machine.launch(
            machine.kernel("compact", "spikes"), lambda steps: steps * lanes, lanes, np.uint32(spec.n),
            np.uint32(ring), fired, self.history.indices, self.history.count, cl.LocalMemory(4 * lanes),
        )  # fmt: skip

    def advance(self, start: int, steps: int) -> None:
        """Take the steps, and enter those that fire into the history."""
        self._advance(start, steps)
        self._compact(start, steps)

    def offset(self, receptor: str) -> np.uint64:
        """Where the sums of a receptor begin in ``input``."""
        return np.uint64(self._receptor_offset[receptor])

    def set_current(self, values: NDArray[Any]) -> None:
        """Injected current of each neuron from now on, pA."""
        self._machine.write(self._current, values)

    def position(self, state: str) -> int:
        """Where the values of a state variable begin in ``state``."""
        return self._states.index(state) * self.n

    def get(self, state: str) -> NDArray[np.float64]:
        """Values of a state variable."""
        values = self._machine.get(self.state, self.n, self._machine.real, self.position(state))
        return values.astype(np.float64)

    def set(self, state: str, values: NDArray[np.float64]) -> None:
        """Replace a state variable."""
        self._machine.write(
            self.state, self._machine.rounded(values, f"set_state: {state}"), self.position(state)
        )


class Currents:
    """Injected currents of all populations: which levels hold, and when the next one begins."""

    def __init__(self, currents: tuple[CurrentSpec, ...], grid: TimeBase, real: np.dtype[Any]) -> None:
        self._real = real
        self._steps: list[tuple[CurrentSpec, NDArray[np.int64], NDArray[np.float64]]] = []
        for current in currents:
            name, params = current.current.lower()
            if name != "StepCurrent":
                raise BackendUnsupported(
                    f"backend 'opencl' cannot run {name} (into {current.population!r}): it has currents of "
                    "given levels alone (backend='clock' runs all)"
                )
            times = np.asarray(params["times"])
            levels = np.reshape(
                params["amplitudes"], (len(times), -1)
            )  # a row a time: of one, or one a neuron
            self._steps.append((current, grid.ticks(times), levels))
        changes = [steps for _, steps, _ in self._steps]
        self._changes = np.unique(np.concatenate(changes)) if changes else np.empty(0, np.int64)

    def next_change(self, now: int) -> int | None:
        """The first step after ``now`` from which other levels hold."""
        at = int(np.searchsorted(self._changes, now, side="right"))
        return int(self._changes[at]) if at < len(self._changes) else None

    def changes_at(self, now: int) -> bool:
        """Do other levels hold from ``now`` on?"""
        at = int(np.searchsorted(self._changes, now))
        return at < len(self._changes) and int(self._changes[at]) == now

    def levels(self, now: int, sizes: dict[str, int]) -> dict[str, NDArray[Any]]:
        """Sums by neuron from ``now`` on, of the populations that have currents, in the order declared."""
        sums: dict[str, NDArray[Any]] = {}
        for current, steps, rows in self._steps:
            total = sums.setdefault(current.population, np.zeros(sizes[current.population], self._real))
            k = int(np.searchsorted(steps, now, side="right"))
            if k:
                neurons = current.target_range
                here = slice(*neurons) if isinstance(neurons, tuple) else neurons
                total[here] += rows[k - 1].astype(self._real)
        return sums
