"""Synapses of one projection on the device, static ones: rows of the compiled network as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from .counts import CountHistory
from .history import History
from .machine import ALWAYS, LOCAL, Machine
from .population import Neurons


class Rows:
    """The arrays of a compiled block, and the arguments that every delivery begins with."""

    def __init__(
        self, machine: Machine, block: dict[str, Any], receptor: str, source: History, target: Neurons
    ) -> None:
        self.machine = machine
        self.block = block
        self.source, self.target = source, target
        self.run_delay = block["run_delay"].astype(np.int64)
        self.rows = len(block["row_run"]) - 1
        self.runs = len(self.run_delay)
        self.n = len(block["target"])
        self.row_run = machine.put(block["row_run"])
        self.run_begin = machine.put(block["run_begin"])
        self.delay = machine.put(self.run_delay.astype(np.uint32))
        self.targets = machine.put(block["target"].astype(np.uint32))
        self._delays = np.unique(self.run_delay)[::-1].astype(np.uint32)  # the longest first
        self._delays_there = machine.put(self._delays)
        self._chunk = machine.chunk(target.n)
        self.owners = -(-target.n // self._chunk)
        self.delivered = machine.full(self.owners, 0, np.uint64)
        self._offset = target.offset(receptor)

    def source_arguments(self) -> tuple[Any, ...]:
        """Where the spikes are, and which rows they have."""
        source = self.source
        return (
            np.uint32(source.ring), np.uint32(source.width), source.indices, source.count,
            np.uint32(self.block["row_base"]), np.uint32(self.rows), self.row_run,
        )  # fmt: skip

    def delay_arguments(self) -> tuple[Any, ...]:
        """How many different delays there are, and which, the longest first."""
        return np.uint32(len(self._delays)), self._delays_there

    def delivery_arguments(self) -> tuple[Any, ...]:
        """All that `deliver` and `deliver_plastic` have in common."""
        return (
            *self.source_arguments(), self.run_begin, self.delay, self.targets,
            *self.delay_arguments(), np.uint32(self.target.n),
            np.uint32(self._chunk), self._offset, self.target.input, self.delivered,
        )  # fmt: skip

    def count_delivered(self) -> int:
        """Synaptic events so far."""
        return int(self.machine.get(self.delivered, self.owners, np.uint64).sum())


class StaticSynapses:
    """Weights that stay."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._constant = rows.block["constant"]
        self._weight = rows.machine.put(rows.block["weight"])
        self._counts = rows.machine.full(rows.target.n, 0, np.uint32)
        rows.source.on_widened.append(lambda old, new: self._bind())
        self._bind()

    def _bind(self) -> None:
        rows = self._rows
        self._deliver = rows.machine.launch(
            rows.machine.kernel("deliver", *ALWAYS), rows.owners,
            rows.machine.owners_local, *rows.delivery_arguments(), np.uint32(self._constant),
            self._weight, self._counts,
        )  # fmt: skip

    def deliver(self, start: int, steps: int) -> None:
        """Add what arrives in these steps to the targets' sums."""
        self._deliver(start, steps)

    def delivered(self) -> int:
        """Synaptic events so far."""
        return self._rows.count_delivered()

    def set_weights(self, stored: NDArray[Any]) -> None:
        """Replace the weights, given as stored."""
        self._constant = False
        self._weight = self._rows.machine.put(stored)
        self._bind()

    def mutable(self) -> list[cl.Buffer]:
        """What running changes."""
        return [self._rows.delivered]


class Drive:
    """A one-to-one projection from a source that draws counts: weight times count."""

    def __init__(
        self, machine: Machine, block: dict[str, Any], receptor: str, source: CountHistory, first: int,
        target: Neurons, target_range: tuple[int, int],
    ) -> None:  # fmt: skip
        self._machine, self._source, self._target = machine, source, target
        self._first, self._begin = first, target_range[0]
        self._delay, self._offset = block["run_delay"][0], target.offset(receptor)
        self._n = target_range[1] - target_range[0]
        self._delivered = machine.full(self._n, 0, np.uint64)
        self._bind(block["weight"][:1])

    def _bind(self, weights: NDArray[Any]) -> None:
        """One weight for all, or one for each."""
        strip = self._machine.strip or 1
        items = -(-self._n // strip) if strip > 1 else -(-self._n // LOCAL) * LOCAL
        source, target = self._source, self._target
        self._drive = self._machine.launch(
            self._machine.kernel("drive", *ALWAYS), items, 1 if strip > 1 else LOCAL,
            np.uint32(source.ring),
            np.uint32(source.n), source.counts, np.uint32(self._first), np.uint32(self._n),
            np.uint32(self._delay), self._machine.put(weights), np.uint32(len(weights) > 1),
            np.uint32(target.n), np.uint32(strip), np.uint64(self._offset + np.uint64(self._begin)),
            target.input, self._delivered,
        )  # fmt: skip

    def deliver(self, start: int, steps: int) -> None:
        """Add what arrives in these steps to the targets' sums."""
        self._drive(start, steps)

    def delivered(self) -> int:
        """Synaptic events so far."""
        return int(self._machine.get(self._delivered, self._n, np.uint64).sum())

    def set_weights(self, stored: NDArray[Any]) -> None:
        """Replace the weights, given as stored: the k-th is that of the k-th target."""
        self._bind(stored)

    def mutable(self) -> list[cl.Buffer]:
        """What running changes."""
        return [self._delivered]
