"""What a rule keeps of spikes of sources: the latest of each row, and with each under way the one before it.

Rows that were divided keep it by strand (strands.py, kernels/strands.cl), in the time of the delays that
hold, and what belongs to a spike in a log of nodes.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...errors import BackendUnsupported, CheckpointError
from .chains import Chains
from .checkpoint import Arrays, array
from .history import LONG_AGO, Moved
from .late import Found
from .machine import Launch
from .rearranged import Rearranged
from .rule_kernel import RuleKernel
from .strands import Strands
from .synapses import Rows


class PreSpikes:
    """Of a projection's rows, or of the strands that these are ``divided`` into."""

    _first_node: cl.Buffer  # by spike in the ring, where rows are divided
    _next_node: cl.Buffer

    def __init__(self, rows: Rows, rule: RuleKernel, name: str) -> None:
        self._machine, self._rule, self._name = rows.machine, rule, name
        self.begin(rows)

    def begin(self, rows: Rows) -> None:
        """No spike has been; all synapses of a row hear alike."""
        self._rows = rows
        self._strands: Strands | None = None
        self._nodes = _within_32_bits(rows.source.ring * rows.source.width, self._name)
        self._make(rows.rows)
        run_row = np.repeat(np.arange(rows.rows), np.diff(rows.block["row_run"]))
        self.of_runs = self._machine.put(run_row.astype(np.uint32))

    def _make(self, strands: int) -> None:
        self._newest = strands
        self._kept = {
            name: self._machine.full(n, LONG_AGO if name.endswith("_t") else 0, dtype)
            for name, (n, dtype) in self._sizes().items()
        }

    def _sizes(self) -> dict[str, tuple[int, Any]]:
        """Buffers by name: how many numbers of what type."""
        pre = self._rule.pre
        return {
            "newest_t": (self._newest, np.int64),
            "newest_trace": (self._newest * pre, np.float64),
            "newest_at": (self._newest, np.uint32),
            "before_t": (self._nodes, np.int64),
            "before_trace": (self._nodes * pre, np.float64),
            "before_at": (self._nodes, np.uint32),
        }

    @property
    def divided(self) -> bool:
        """Is there more than what all synapses of a row share?"""
        return self._strands is not None

    @property
    def arguments(self) -> tuple[cl.Buffer, ...]:
        """As kernels take it: SOURCE_ARGUMENTS."""
        return tuple(self._kept.values())

    @property
    def arrivals(self) -> tuple[cl.Buffer, cl.Buffer]:
        """What those need that meet spikes as they arrive."""
        return self._kept["before_t"], self._kept["before_trace"]

    @property
    def last_node(self) -> np.uint32:
        """The number that cuts those of nodes to their places."""
        return np.uint32(self._nodes - 1)

    @property
    def nodes(self) -> tuple[Any, ...]:
        """What these need of rows that are divided: NODE_ARGUMENTS."""
        return (self.last_node, self._first_node, self._run_before) if self.divided else ()

    def bind(self) -> list[Launch]:
        """What enters the spikes of a step."""
        machine, rows = self._machine, self._rows
        kernel = self._rule.kernel("pre_spike", self.divided)
        given = rows.source_arguments()
        if not self.divided:
            enter = (*given, *self.arguments, *self._rule.arguments)
            return [machine.launch(kernel, machine.strided, machine.strided_local, *enter)]
        given = (*given[:-1], self._row_strand)
        allot = (*given, self._next_node, self._first_node)
        enter = (*given, *self.arguments, self.last_node, self._first_node, *self._rule.arguments)
        return [
            machine.launch(self._rule.kernel("allot", True), 1, 1, *allot),
            machine.launch(kernel, machine.strided, machine.strided_local, *enter),
        ]

    def newest(self) -> NDArray[np.int64]:
        """When the latest spike of each was, or LONG_AGO."""
        return self._get("newest_t")

    def _get(self, name: str) -> NDArray[Any]:
        return self._machine.get(self._kept[name], *self._sizes()[name])

    def remembered(self) -> NDArray[np.bool_]:
        """By run: has its row heard a spike?"""
        of_runs = self._machine.get(self.of_runs, self._rows.runs, np.uint32)
        remembered: NDArray[np.bool_] = self.newest()[of_runs] != LONG_AGO
        return remembered

    def clear(self) -> bool:
        """No spike has been; True where buffers are others now."""
        if self.divided:
            self.begin(self._rows)
            return True
        self._machine.write(self._kept["newest_t"], np.full(self._newest, LONG_AGO, np.int64))
        return False

    def moved(self, moved: Moved) -> None:
        """Take what is kept with a spike to its place in another ring, and with it what points there."""
        machine, size = self._machine, moved.old_ring * moved.old_width
        spikes = _within_32_bits(moved.ring * moved.width, self._name)
        if self.divided:
            self._first_node = machine.put(moved.table(machine.get(self._first_node, size, np.uint32)))
            return
        before_t, before_trace, before_at = self._log()
        self._nodes = spikes
        moved_at = moved.place(self._get("newest_at"))
        self._kept |= {
            "newest_at": machine.put(moved_at),
            "before_t": machine.put(moved.table(before_t)),
            "before_trace": machine.put(moved.table(before_trace.ravel(), self._rule.pre)),
            "before_at": machine.put(moved.table(moved.place(before_at))),
        }

    def _log(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint32]]:
        t, trace, at = (self._get(name) for name in ("before_t", "before_trace", "before_at"))
        return t, trace.reshape(self._nodes, self._rule.pre), at

    # ---- rows that are divided ----------------------------------------------------------------------

    def node_of(self, found: Found) -> NDArray[np.uint32]:
        """Of spikes in the ring, each at a synapse of a run: the node that is kept of it."""
        if self._strands is None:
            return found["spike"].astype(np.uint32)
        spikes = self._rows.source.ring * self._rows.source.width
        first = self._machine.get(self._first_node, spikes, np.uint32)
        return first[found["spike"]] + self._strands.before[found["run"]].astype(np.uint32)

    def divide(self, rows: Rows, stored: Rearranged, found: list[Found], now: int) -> None:
        """Keep it by strand; ``found`` : what is under way, by synapse as before, with its node."""
        before, strands = self._strands or Strands(self._rows.block), Strands(stored.arrays)
        assert stored.division is not None
        came_from, later = strands.came_from(before, stored.division)
        # What was sent by then has come by the longest delay of its strand.
        until = np.full(len(before), now)
        np.minimum.at(until, before.of_run, now - self._rows.run_delay)
        t, trace, at = (self._get(name) for name in ("newest_t", "newest_trace", "newest_at"))
        newest = t, trace.reshape(len(t), self._rule.pre), at
        chains = Chains(came_from, newest, self._log(), until)
        for part in found:
            run = np.searchsorted(stored.arrays["run_begin"], stored.moved[part["synapse"]], "right") - 1
            part["node"] = chains.node_of(strands.of_run[run], part["node"] % self._nodes)
        self._lay_out(rows, strands, max(16, 4 * len(chains)))
        self._kept_since = deque([(LONG_AGO, 0)])  # after a step: the first node of what came then
        self._next = len(chains)
        chains.shift(later)
        for name, values in chains.tables().items():
            self._machine.write(self._kept[name], values)
        self._machine.write(self._next_node, np.array([self._next], np.uint32))

    def _lay_out(self, rows: Rows, strands: Strands, nodes: int) -> None:
        machine = self._machine
        self._rows, self._strands = rows, strands
        self._nodes = _within_32_bits(1 << (nodes - 1).bit_length(), self._name)
        self._make(len(strands))
        self.of_runs = machine.put(strands.of_run.astype(np.uint32))
        self._run_before = machine.put(strands.before.astype(np.uint32))
        self._row_strand = machine.put(strands.begin.astype(np.uint32))
        self._first_node = machine.full(rows.source.ring * rows.source.width, 0, np.uint32)
        self._next_node = machine.full(1, 0, np.uint32)

    def make_room(self, now: int, until: int) -> bool:
        """Have nodes for the spikes up to ``until``; True where buffers are others now."""
        if not self.divided:
            return False
        so_far = int(self._machine.get(self._next_node, 1, np.uint32)[0])
        self._next += (so_far - self._next) & 0xFFFFFFFF
        self._kept_since.append((now, self._next))
        # What was sent before is over, and so is, of before delays were set, what is later.
        while len(self._kept_since) > 1 and self._kept_since[1][0] <= now - self._rows.source.ring:
            self._kept_since.popleft()
        first = self._kept_since[0][1]
        needed = self._next - first + self._most(now, until)
        if needed <= self._nodes:
            return False
        self._enlarge(first, _within_32_bits(1 << (2 * needed - 1).bit_length(), self._name))
        return True

    def _most(self, now: int, until: int) -> int:
        """Nodes that spikes may take until then."""
        assert self._strands is not None
        source = self._rows.source
        if source.least_interval is not None:  # and once more where a state is written from outside
            return len(self._strands) * (-(-(until - now) // source.least_interval()) + 1)
        counts = self._machine.get(source.count, source.ring, np.uint32)
        spikes = int(counts[np.arange(now + 1, until + 1) % source.ring].sum())
        return spikes * int(np.diff(self._strands.begin).max(initial=0))

    def _enlarge(self, first: int, nodes: int) -> None:
        before_t, before_trace, before_at = self._log()
        number = np.arange(first, self._next)
        was, to = number % self._nodes, number % nodes
        last = self._nodes - 1

        def place(at: NDArray[np.uint32]) -> NDArray[np.uint32]:
            """Of a node that is kept; what points to others is not followed."""
            return ((first + ((at.astype(np.int64) - first) & last)) % nodes).astype(np.uint32)

        self._kept["newest_at"] = self._machine.put(place(self._get("newest_at")))
        self._nodes = nodes
        held: Arrays = {"before_t": before_t, "before_trace": before_trace, "before_at": place(before_at)}
        for name, values in held.items():
            table = np.zeros((nodes, *values.shape[1:]), values.dtype)
            table[to] = values[was]
            self._kept[name] = self._machine.put(table.ravel())

    # ---- what it has come to ------------------------------------------------------------------------

    def mutable(self) -> list[cl.Buffer]:
        """What running changes, but for what is written anew with the ring of spikes."""
        kept = list(self.arguments)
        return [*kept, self._next_node] if self.divided else kept[:3]

    def save(self) -> Arrays:
        """All of it, as it is stored."""
        saved = {name: self._get(name) for name in self._kept}
        if self.divided:
            spikes = self._rows.source.ring * self._rows.source.width
            saved["first_node"] = self._machine.get(self._first_node, spikes, np.uint32)
            saved["next_node"] = self._machine.get(self._next_node, 1, np.uint32)
            saved["first_kept"] = np.array([self._kept_since[0][1], self._next])
        return saved

    def restore(self, saved: Arrays, until: int) -> None:
        """Go on with it, at step ``until``; rows have been cut into strands."""
        if "first_node" in saved:
            nodes = len(array(saved, "before_t", (-1,), np.int64))
            self._lay_out(self._rows, Strands(self._rows.block), nodes)
            if self._nodes != nodes:
                raise CheckpointError(f"checkpoint: before_t: expected a power of two (got {nodes})")
            spikes = self._rows.source.ring * self._rows.source.width
            self._machine.write(self._first_node, array(saved, "first_node", (spikes,), np.uint32))
            self._machine.write(self._next_node, array(saved, "next_node", (1,), np.uint32))
            first, self._next = array(saved, "first_kept", (2,), np.int64).tolist()
            self._kept_since = deque([(LONG_AGO, first)])
        for name, (n, dtype) in self._sizes().items():
            values = array(saved, name, (n,), dtype)
            if name.endswith("_at") and self.divided and (values >= self._nodes).any():
                raise CheckpointError(f"checkpoint: {name}: a node that is not there")
            self._machine.write(self._kept[name], values)


def _within_32_bits(spikes: int, name: str) -> int:
    """Spikes of the sources within the longest delay: kernels count them in 32 bits."""
    if spikes >= 1 << 32:
        raise BackendUnsupported(
            f"backend 'opencl' keeps at most {1 << 32:,} spikes of a plastic projection's sources within the "
            f"longest delay (projection {name!r}: {spikes:,}; backend='clock' runs all)"
        )
    return spikes
