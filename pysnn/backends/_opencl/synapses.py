"""Synapses of one projection on the device, static ones: rows of the compiled network as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...errors import CheckpointError
from .checkpoint import Arrays, array, named, within
from .counts import CountHistory
from .history import History
from .machine import ALWAYS, LOCAL, Launch, Machine
from .population import Neurons
from .rearranged import Rearranged, without

OWN, ADDED, COUNTED = range(3)  # as in kernels/delivery.cl
FOR_EVER = (1 << 63) - 1


class Rows:
    """The arrays of a compiled block, and the arguments that every delivery begins with."""

    def __init__(
        self, machine: Machine, block: dict[str, Any], receptor: str, source: History, target: Neurons,
        delivered: cl.Buffer | None = None,
    ) -> None:  # fmt: skip
        """``delivered`` : where events are counted already."""
        self.machine = machine
        self.block = block
        self._receptor = receptor
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
        self.delivered = delivered or machine.full(self.owners, 0, np.uint64)
        self._offset = target.offset(receptor)

    def of(self, block: dict[str, Any]) -> Rows:
        """The rows of another block between the same groups, whose events are counted with these."""
        return Rows(self.machine, block, self._receptor, self.source, self.target, self.delivered)

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
            *self.delay_arguments(), *self.owner_arguments(),
        )  # fmt: skip

    def owner_arguments(self) -> tuple[Any, ...]:
        """Which targets a work-item owns, where their sums are, and where events are counted."""
        return (
            np.uint32(self.target.n), np.uint32(self._chunk), self._offset, self.target.input, self.delivered
        )  # fmt: skip

    def count_delivered(self) -> int:
        """Synaptic events so far."""
        return int(self.machine.get(self.delivered, self.owners, np.uint64).sum())


@dataclass
class Past:
    """Rows that hold for what was sent after ``since`` and up to ``until``.

    ``to`` : where each of their synapses is stored now; ``weight`` : what it weighs, on the device.
    """

    rows: Rows
    since: int
    until: int
    to: NDArray[np.int64]
    weight: cl.Buffer

    @property
    def ends(self) -> int:
        """When the last of it has come."""
        return self.until + int(self.rows.run_delay.max(initial=0))


class StaticSynapses:
    """Weights that stay; delays and sources may change for what is sent later."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._constant = rows.block["constant"]
        self._held = rows.block["weight"]
        self._weight = rows.machine.put(self._held)
        self._counts = rows.machine.full(rows.target.n, 0, np.uint32)
        self._since = 0
        self._past: list[Past] = []
        rows.source.on_moved.append(lambda moved: self._bind())
        self._bind()

    def _bind(self) -> None:
        """Those of the past first, so that sums are in the order in which spikes were sent."""
        self._deliveries = [
            *(self._launch(past.rows, COUNTED, past.weight, past.since, past.until) for past in self._past),
            self._launch(self._rows, ADDED, self._weight, self._since, FOR_EVER),
        ]

    def _launch(self, rows: Rows, how: int, weight: cl.Buffer, since: int, until: int) -> Launch:
        return rows.machine.launch(
            rows.machine.kernel("deliver", *ALWAYS), rows.owners,
            rows.machine.owners_local, *rows.delivery_arguments(),
            np.uint32(how if self._constant else OWN), weight, self._counts, np.int64(since),
            np.int64(until),
        )  # fmt: skip

    def _put(self, to: NDArray[np.int64]) -> cl.Buffer:
        """The weights of these synapses, or the one of all."""
        return self._rows.machine.put(self._held if self._constant else self._held[to])

    @property
    def by_step(self) -> bool:
        """Must each step be a launch? (Events of several rows are counted together.)"""
        return bool(self._past) and self._constant

    def deliver(self, start: int, steps: int) -> None:
        """Add what arrives in these steps to the targets' sums."""
        for delivery in self._deliveries:
            delivery(start, steps)

    def tidy(self, now: int) -> None:
        """Forget rows of which nothing is under way any more."""
        if any(past.ends <= now for past in self._past):
            self._past = [past for past in self._past if past.ends > now]
            self._bind()

    def delivered(self) -> int:
        """Synaptic events so far."""
        return self._rows.count_delivered()

    def set_weights(self, stored: NDArray[Any]) -> None:
        """Replace the weights, given as stored."""
        self._constant, self._held = False, stored
        self._weight = self._rows.machine.put(stored)
        for past in self._past:
            past.weight = self._put(past.to)
        self._bind()

    def stored_anew(self, stored: Rearranged, now: int) -> None:
        """Other delays or sources, for what is sent from now on."""
        self.tidy(now)
        past = [*self._past, Past(self._rows, self._since, now, np.arange(self._rows.n), self._weight)]
        self._held = stored.arrays["weight"]
        self._past = [self._kept(one, stored) for one in past if one.until > one.since and one.ends > now]
        self._rows, self._since = self._rows.of(stored.arrays), now
        self._weight = self._rows.machine.put(self._held)
        self._bind()

    def _kept(self, past: Past, stored: Rearranged) -> Past:
        """What is under way at a synapse that has left its source is lost."""
        gone = stored.parted[past.to]
        rows = past.rows.of(without(past.rows.block, gone)) if gone.any() else past.rows
        to = stored.moved[past.to[~gone]]
        return Past(rows, past.since, past.until, to, self._put(to))

    def begin_again(self) -> None:
        """Nothing is under way."""
        if self._past or self._since:
            self._past, self._since = [], 0
            self._bind()

    def save_past(self) -> Arrays:
        """What is under way by rows of the past."""
        saved: Arrays = {"since": np.array(self._since)}
        for k, past in enumerate(self._past):
            names = "row_run", "run_begin", "run_delay", "target"
            arrays: Arrays = {name: past.rows.block[name] for name in names}
            arrays |= {"to": past.to, "of": np.array([past.since, past.until])}
            saved |= named(f"past {k}/", arrays)
        return saved

    def restore_past(self, saved: Arrays) -> None:
        """Go on with it; rows are as they were then."""
        self._since = int(array(saved, "since", (), np.int64))
        self._past = []
        while any(name.startswith(f"past {len(self._past)}/") for name in saved):
            arrays = within(saved, f"past {len(self._past)}/")
            types = {"row_run": np.uint32, "run_begin": np.uint32, "run_delay": np.int64, "target": np.uint32}
            block = {name: array(arrays, name, (-1,), dtype) for name, dtype in types.items()}
            to = array(arrays, "to", (len(block["target"]),), np.int64)
            if ((to < 0) | (to >= self._rows.n)).any():
                raise CheckpointError("checkpoint: past: a synapse that is not there")
            since, until = array(arrays, "of", (2,), np.int64).tolist()
            rows = self._rows.of({**self._rows.block, **block})
            self._past.append(Past(rows, since, until, to, self._put(to)))
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
        self._delay, self._offset = int(block["run_delay"][0]), target.offset(receptor)
        self._n = target_range[1] - target_range[0]
        self._delivered = machine.full(self._n, 0, np.uint64)
        self._weights = block["weight"][:1]
        self._since = 0
        self._past: list[tuple[int, int, int]] = []  # delays, and after and up to when they hold
        source.on_longer.append(self._bind)
        self._bind()

    def _bind(self) -> None:
        self._drives = [self._launch(*held) for held in [*self._past, (self._delay, self._since, FOR_EVER)]]

    def _launch(self, delay: int, since: int, until: int) -> Launch:
        """By one weight for all, or one for each."""
        weights = self._weights
        strip = self._machine.strip or 1
        items = -(-self._n // strip) if strip > 1 else -(-self._n // LOCAL) * LOCAL
        source, target = self._source, self._target
        return self._machine.launch(
            self._machine.kernel("drive", *ALWAYS), items, 1 if strip > 1 else LOCAL,
            np.uint32(source.ring),
            np.uint32(source.n), source.counts, np.uint32(self._first), np.uint32(self._n),
            np.uint32(delay), self._machine.put(weights), np.uint32(len(weights) > 1),
            np.uint32(target.n), np.uint32(strip), np.uint64(self._offset + np.uint64(self._begin)),
            target.input, self._delivered, np.int64(since), np.int64(until),
        )  # fmt: skip

    def deliver(self, start: int, steps: int) -> None:
        """Add what arrives in these steps to the targets' sums."""
        for drive in self._drives:
            drive(start, steps)

    @property
    def by_step(self) -> bool:
        """No: events are added one delay after the other."""
        return False

    def tidy(self, now: int) -> None:
        """Forget delays of which nothing is under way any more."""
        if any(until + delay <= now for delay, _, until in self._past):
            self._past = [held for held in self._past if held[0] + held[2] > now]
            self._bind()

    def delivered(self) -> int:
        """Synaptic events so far."""
        return int(self._machine.get(self._delivered, self._n, np.uint64).sum())

    def set_weights(self, stored: NDArray[Any]) -> None:
        """Replace the weights, given as stored: the k-th is that of the k-th target."""
        self._weights = stored
        self._bind()

    def stored_anew(self, stored: Rearranged, now: int) -> None:
        """Another delay for what is sent from now on."""
        self._past.append((self._delay, self._since, now))
        self._delay, self._since = int(stored.arrays["run_delay"][0]), now
        self.tidy(now)
        self._bind()

    def begin_again(self) -> None:
        """One delay holds for all."""
        if self._past or self._since:
            self._past, self._since = [], 0
            self._bind()

    def save_past(self) -> Arrays:
        """Delays that held before."""
        past = np.array(self._past, np.int64).reshape(-1, 3)
        return {"since": np.array(self._since), "past": past}

    def restore_past(self, saved: Arrays) -> None:
        """Go on with them."""
        self._since = int(array(saved, "since", (), np.int64))
        self._past = [tuple(held) for held in array(saved, "past", (-1, 3), np.int64).tolist()]
        self._bind()

    def mutable(self) -> list[cl.Buffer]:
        """What running changes."""
        return [self._delivered]
