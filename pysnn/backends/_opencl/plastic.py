"""Plastic synapses of one projection on the device: kernels/lazy_rows.cl with the kernel of a rule."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from ...errors import BackendUnsupported
from ...spec import ProjectionSpec
from .._cpu import core
from .block import Block
from .checkpoint import Arrays, array
from .decay import Decays
from .dendrites import dendrites
from .machine import kernel_text
from .synapses import Rows

LONG_AGO = -(1 << 61)  # as in kernels/common.cl
SETTLED, WRITTEN, LOGGED = range(3)  # as in kernels/lazy_rows.cl
LOG = 1 << 16  # changes that fit at first between two fetches
HISTORY = 16  # spikes of a target that fit beside those that must


class PlasticSynapses:
    """Weights that learn at each arrival; reading them changes no bit of what follows."""

    def __init__(
        self,
        rows: Rows,
        stored: Block,
        spec: ProjectionSpec,
        stem: str,
        grid: TimeBase,
        rounds: bool,
        batch: int,
    ) -> None:
        machine = self._machine = rows.machine
        self._rows = rows
        self.target = rows.target
        self._name = spec.name
        assert spec.plasticity is not None
        rule = type(spec.plasticity).__name__
        constants = core().rule_constants(rule, spec.plasticity.as_numbers(), grid.dt)
        self._parts = ("rule", stem, "lazy_rows")
        self._given = f"enum {{ {', '.join(constants).upper()} }};\n"
        text = kernel_text(stem)
        self._n_pre, self._n_post = (
            int(re.findall(rf"#define {of} (\d+)", text)[0]) for of in ("N_PRE", "N_POST")
        )
        self._acts_without_pre = "#define ACTS_WITHOUT_PRE" in text
        self._drifts = "#define DRIFTS" in text
        self._constants = machine.put(np.array(list(constants.values())))
        self._decays = Decays(machine, [r for name, r in constants.items() if name.startswith("rate")])

        dendritic = dendrites(rows, stored, spec, grid, rounds)
        self._longest = int(dendritic.max(initial=0))
        self._dendritic = machine.put(dendritic.astype(np.uint32))
        run_row = np.repeat(np.arange(rows.rows, dtype=np.uint32), np.diff(rows.block["row_run"]))
        self._run_row = machine.put(run_row)
        self._weight = machine.put(rows.block["weight"])
        # What lies ahead of the settled past is seen but not kept.
        self._ahead = self._drifts or self._longest > 0
        self._shown = machine.put(rows.block["weight"]) if self._ahead else self._weight

        self._newest_t = machine.full(rows.rows, LONG_AGO, np.int64)
        self._newest_trace = machine.full(rows.rows * self._n_pre, 0.0, np.float64)
        self._newest_at = machine.full(rows.rows, 0, np.uint32)
        spikes = _within_32_bits(rows.source.ring * rows.source.width, spec.name)
        self._before_t = machine.full(spikes, LONG_AGO, np.int64)
        self._before_trace = machine.full(spikes * self._n_pre, 0.0, np.float64)
        self._before_at = machine.full(spikes, 0, np.uint32)

        self._batch = batch
        self._capacity, self._period = self._room()
        self._due = self._period
        n = rows.target.n
        self._post_count = machine.full(n, 0, np.uint32)
        self._post_t = machine.full(n * self._capacity, LONG_AGO, np.int64)
        self._post_trace = machine.full(n * self._capacity * self._n_post, 0.0, np.float64)

        self._marks = np.array([LONG_AGO, LONG_AGO, LONG_AGO], np.int64)
        self._switches: list[int] = []  # when learning was switched off and on
        self._marks_there = machine.put(self._all_marks())
        self._make_log(0)
        rows.source.on_widened.append(self._widened)
        self._bind()

    def _room(self) -> tuple[int, int]:
        """Spikes that are kept of a target, and how many steps may lie between two calls of settle()."""
        # What comes between them, what is still on its way through dendrites, one before all that, and what
        # a state written from outside may add.
        interval = self._rows.target.least_interval
        needed = (2 * self._longest + self._batch) // interval + 6
        capacity = 1 << (needed + HISTORY - 1).bit_length()
        return capacity, (capacity - 5) * interval - 2 * self._longest

    def reserve(self, now: int) -> None:
        """Have room for the spikes of targets as often as they may come from now on."""
        self.settle(now)
        n, old = self._rows.target.n, self._capacity
        capacity, self._period = self._room()
        if capacity > old:
            count = self._machine.get(self._post_count, n, np.uint32).astype(np.int64)
            number = count[:, None] - 1 - np.arange(old)  # of spikes, the latest first
            j, back = np.nonzero(number >= 0)
            number = number[j, back]
            for name, numbers, dtype in (("_post_t", 1, np.int64), ("_post_trace", self._n_post, np.float64)):
                held = self._machine.get(getattr(self, name), n * old * numbers, dtype)
                table = np.zeros((n, capacity, numbers), dtype)
                table[j, number % capacity] = held.reshape(n, old, numbers)[j, number % old]
                setattr(self, name, self._machine.put(table.ravel()))
            self._capacity = capacity
            self._bind()
        self._due = now + self._period

    # ---- running ------------------------------------------------------------------------------------

    def deliver(self, start: int, steps: int) -> None:
        """Bring up to date what is reached in these steps, and add it to the targets' sums."""
        self._deliver(start, steps)

    def after(self, start: int, steps: int) -> None:
        """Enter the spikes of these steps, of sources and of targets, into the traces."""
        self._pre_spike(start, steps)
        self._post_spike(start, steps)

    def prepare(self, now: int, until: int) -> None:
        """Make sure that tables and histories last up to ``until``."""
        if self._decays.reach(until):
            self._bind()
        if until > self._due:
            self.settle(now)

    def settle(self, now: int) -> None:
        """Apply what lies in the targets' histories, so that they may forget it."""
        horizon = now + 1 - self._longest
        if horizon > self._marks[SETTLED]:
            self._launch_settle(horizon)(now, 0)
            self._mark(SETTLED, horizon)
        self._due = now + self._period

    def finish(self, now: int) -> NDArray[Any]:
        """The weights as of now, as stored."""
        self.settle(now)
        if self._ahead:
            self._present(now, 0)
        self._mark(LOGGED, now)
        return self._machine.get(self._shown, self._rows.n, self._machine.real)

    def set_weights(self, stored: NDArray[Any], now: int) -> None:
        """Replace the weights, given as stored, after finish(): they count from now on."""
        self._machine.write(self._weight, stored)
        self._mark(WRITTEN, now)
        self._mark(SETTLED, max(int(self._marks[SETTLED]), now + 1))

    def learn(self, on: bool, now: int) -> None:
        """Whether what reaches a synapse after ``now`` changes its weight."""
        if on == self.learns:
            return
        if self._switches and self._switches[-1] == now:
            self._switches.pop()
        else:
            self._switches.append(now)
        if self._is_silent():  # nothing has come that could have changed a weight
            self._switches = [LONG_AGO] * (len(self._switches) % 2)
        self._marks_there = self._machine.put(self._all_marks())
        self._bind()

    @property
    def learns(self) -> bool:
        """Does it now?"""
        return len(self._switches) % 2 == 0

    def _is_silent(self) -> bool:
        machine, rows = self._machine, self._rows
        if (machine.get(self._newest_t, rows.rows, np.int64) != LONG_AGO).any():
            return False
        return not (self._acts_without_pre and machine.get(self._post_count, rows.target.n, np.uint32).any())

    def forget(self) -> None:
        """After finish(): keep the weights as they are, as those of a network that has not run."""
        machine, rows = self._machine, self._rows
        if self._ahead:
            machine.copy(self._weight, self._shown)
        machine.write(self._newest_t, np.full(rows.rows, LONG_AGO, np.int64))
        machine.write(self._post_count, np.zeros(rows.target.n, np.uint32))
        self._marks[:] = LONG_AGO
        self._switches = [LONG_AGO] * (len(self._switches) % 2)
        self._due = self._period
        self._marks_there = machine.put(self._all_marks())
        self._bind()

    def delivered(self) -> int:
        """Synaptic events so far."""
        return self._rows.count_delivered()

    def mutable(self) -> list[cl.Buffer]:
        """What running changes, but for the ring of spikes, whose rows are written anew."""
        return [
            self._rows.delivered, self._weight, self._newest_t, self._newest_trace, self._newest_at,
            self._post_count, self._post_t, self._post_trace,
        ]  # fmt: skip

    def marks(self) -> tuple[NDArray[np.int64], int]:
        """What the host keeps of where it stands, for ``go_back``."""
        return self._marks.copy(), self._due

    def go_back(self, marks: tuple[NDArray[np.int64], int]) -> None:
        """Go back to where ``marks`` was taken, without the changes recorded since."""
        self._marks, self._due = marks[0].copy(), marks[1]
        self._machine.write(self._marks_there, self._all_marks())
        self._machine.write(self._log_count, np.zeros(1, np.uint32))

    # ---- checkpoints --------------------------------------------------------------------------------

    def save(self) -> Arrays:
        """Weights, traces and marks, as they are stored."""
        numbers = {"trace": self._n_pre, "post_trace": self._n_post}
        saved = {
            name: self._machine.get(getattr(self, f"_{name}"), n, dtype)
            for name, (n, dtype) in self._kept(numbers).items()
        }
        return {**saved, "marks": self._all_marks(), "due": np.array(self._due)}

    def _kept(self, numbers: dict[str, int]) -> dict[str, tuple[int, Any]]:
        """Buffers by name: how many numbers of what type."""
        rows, targets = self._rows.rows, self._rows.target.n
        spikes, history = self._rows.source.ring * self._rows.source.width, targets * self._capacity
        return {
            "weight": (self._rows.n, self._machine.real),
            "newest_t": (rows, np.int64),
            "newest_trace": (rows * numbers["trace"], np.float64),
            "newest_at": (rows, np.uint32),
            "before_t": (spikes, np.int64),
            "before_trace": (spikes * numbers["trace"], np.float64),
            "before_at": (spikes, np.uint32),
            "post_count": (targets, np.uint32),
            "post_t": (history, np.int64),
            "post_trace": (history * numbers["post_trace"], np.float64),
        }

    def restore(self, saved: Arrays, until: int) -> None:
        """Go on from there, at step ``until``; the sources' spikes have been restored."""
        numbers = {"trace": self._n_pre, "post_trace": self._n_post}
        for name, (n, dtype) in self._kept(numbers).items():
            self._machine.write(getattr(self, f"_{name}"), array(saved, name, (n,), dtype))
        marks = array(saved, "marks", (-1,), np.int64)
        self._marks, self._switches = marks[:3].copy(), [int(t) for t in marks[4:]]
        self._due = int(array(saved, "due", (), np.int64))
        self._decays.reach(until)
        self._marks_there = self._machine.put(self._all_marks())
        self._bind()

    # ---- changes ------------------------------------------------------------------------------------

    @property
    def records(self) -> bool:
        """Are changes of weights recorded?"""
        return self._log_capacity > 0

    def record_changes(self) -> None:
        """Record them from now on."""
        if not self.records:
            self._make_log(LOG)
            self._bind()

    def log_overflown(self) -> bool:
        """Did changes find no room? Then there is room now, and the steps must be taken again."""
        count = int(self._machine.get(self._log_count, 1, np.uint32)[0])
        if count <= self._log_capacity:
            return False
        self._make_log(1 << (2 * count).bit_length())
        self._bind()
        return True

    def take_changes(self) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.float64]]:
        """(step, synapse as stored, new weight) since the last call; for each synapse in order."""
        count = int(self._machine.get(self._log_count, 1, np.uint32)[0])
        taken = (
            self._machine.get(self._log_t, count, np.int64),
            self._machine.get(self._log_synapse, count, np.uint32),
            self._machine.get(self._log_weight, count, np.float64),
        )
        self._machine.write(self._log_count, np.zeros(1, np.uint32))
        return taken

    # ---- inside -------------------------------------------------------------------------------------

    def _mark(self, which: int, step: int) -> None:
        self._marks[which] = step
        self._machine.write(self._marks_there, self._all_marks())

    def _all_marks(self) -> NDArray[np.int64]:
        return np.array([*self._marks, len(self._switches), *self._switches], np.int64)

    def _make_log(self, capacity: int) -> None:
        self._log_capacity = capacity
        self._log_count = self._machine.full(1, 0, np.uint32)
        self._log_t = self._machine.full(capacity, 0, np.int64)
        self._log_synapse = self._machine.full(capacity, 0, np.uint32)
        self._log_weight = self._machine.full(capacity, 0.0, np.float64)

    def _learning_arguments(self) -> tuple[Any, ...]:
        return (
            *self._rule_arguments(), self._marks_there, np.uint32(self._capacity), self._post_count,
            self._post_t, self._post_trace,
            np.uint32(self._log_capacity), self._log_count, self._log_t, self._log_synapse, self._log_weight,
        )  # fmt: skip

    def _rule_arguments(self) -> tuple[Any, ...]:
        return self._constants, self._decays.tables, self._decays.ends

    def _source_arguments(self) -> tuple[Any, ...]:
        return (
            self._newest_t, self._newest_trace, self._newest_at,
            self._before_t, self._before_trace, self._before_at,
        )  # fmt: skip

    def _kernel(self, name: str) -> cl.Kernel:
        return self._machine.kernel(name, *self._parts, given=self._given)

    def _bind(self) -> None:
        machine, rows = self._machine, self._rows
        strided, local = machine.strided, machine.strided_local
        self._deliver = machine.launch(
            self._kernel("deliver_plastic"), rows.owners, None, *rows.delivery_arguments(),
            self._weight, self._dendritic, self._before_t, self._before_trace, *self._learning_arguments(),
        )  # fmt: skip
        self._pre_spike = machine.launch(
            self._kernel("pre_spike"), strided, local, *rows.source_arguments(), *self._source_arguments(),
            *self._rule_arguments(),
        )  # fmt: skip
        target = rows.target.history
        self._post_spike = machine.launch(
            self._kernel("post_spike"), strided, local, np.uint32(target.ring), np.uint32(target.width),
            target.indices, target.count, np.uint32(self._capacity), self._post_count, self._post_t,
            self._post_trace, *self._rule_arguments(),
        )  # fmt: skip
        self._present = machine.launch(
            self._kernel("present"), strided, local, np.uint32(rows.runs), self._run_row, rows.run_begin,
            rows.delay, rows.targets, self._weight, self._shown, self._dendritic, *self._source_arguments(),
            *self._learning_arguments(),
        )  # fmt: skip

    def _launch_settle(self, horizon: int) -> Any:
        machine, rows = self._machine, self._rows
        return machine.launch(
            self._kernel("settle"), machine.strided, machine.strided_local, np.int64(horizon),
            np.uint32(rows.runs), self._run_row, rows.run_begin, rows.delay, rows.targets, self._weight,
            self._dendritic, *self._source_arguments(), *self._learning_arguments(),
        )  # fmt: skip

    def _widened(self, old: int, new: int) -> None:
        """Move what is kept a spike to its place in a wider ring, and with it what points there."""
        ring = self._rows.source.ring
        _within_32_bits(ring * new, self._name)
        for name in ("_before_t", "_before_trace", "_before_at"):
            dtype = {"_before_t": np.int64, "_before_trace": np.float64, "_before_at": np.uint32}[name]
            numbers = self._n_pre if name == "_before_trace" else 1
            table = np.zeros((ring, new, numbers), dtype)
            held = self._machine.get(getattr(self, name), ring * old * numbers, dtype)
            table[:, :old] = held.reshape(ring, old, numbers)
            if name == "_before_at":
                table = table // np.uint32(old) * np.uint32(new) + table % np.uint32(old)
            setattr(self, name, self._machine.put(table.ravel()))
        at = self._machine.get(self._newest_at, self._rows.rows, np.uint32)
        moved = at // np.uint32(old) * np.uint32(new) + at % np.uint32(old)
        self._machine.write(self._newest_at, moved.astype(np.uint32))
        self._bind()


def _within_32_bits(spikes: int, name: str) -> int:
    """Spikes of the sources within the longest delay: kernels count them in 32 bits."""
    if spikes >= 1 << 32:
        raise BackendUnsupported(
            f"backend 'opencl' keeps at most {1 << 32:,} spikes of a plastic projection's sources within the "
            f"longest delay (projection {name!r}: {spikes:,}; backend='clock' runs all)"
        )
    return spikes
