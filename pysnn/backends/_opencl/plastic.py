"""Plastic synapses of one projection on the device: kernels/lazy_rows.cl with the kernel of a rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...base.distributions import Array
from ...base.timebase import TimeBase
from ...errors import BackendUnsupported, OffGridError
from ...spec import ProjectionSpec
from .._cpu import core
from .decay import Decay
from .synapses import Rows

LONG_AGO = -(1 << 61)  # as in kernels/common.cl
SETTLED, WRITTEN, LOGGED = range(3)  # as in kernels/lazy_rows.cl
LOG = 1 << 16  # changes that fit at first between two fetches
HISTORY = 16  # spikes of a target that fit beside those that must


class PlasticSynapses:
    """Weights that learn at each arrival; reading them changes no bit of what follows."""

    def __init__(
        self, rows: Rows, spec: ProjectionSpec, stem: str, grid: TimeBase, rounds: bool, batch: int
    ) -> None:
        machine = self._machine = rows.machine
        self._rows = rows
        self._name = spec.name
        assert spec.plasticity is not None
        rule = type(spec.plasticity).__name__
        constants = core().rule_constants(rule, spec.plasticity.as_numbers(), grid.dt)
        self._parts = ("power", "rule", stem, "lazy_rows")
        self._constants = machine.put(np.array(list(constants.values())))
        self._plus = Decay(machine, constants["rate_pre"])
        self._minus = Decay(machine, constants["rate_post"])

        dendritic = _dendritic(rows.run_delay, spec, grid, rounds)
        self._longest = int(dendritic.max(initial=0))
        self._dendritic = machine.put(dendritic.astype(np.uint32))
        run_row = np.repeat(np.arange(rows.rows, dtype=np.uint32), np.diff(rows.block["row_run"]))
        self._run_row = machine.put(run_row)
        self._weight = machine.put(rows.block["weight"])
        self._shown = machine.put(rows.block["weight"]) if self._longest else self._weight

        self._newest_t = machine.full(rows.rows, LONG_AGO, np.int64)
        self._newest_trace = machine.full(rows.rows, 0.0, np.float64)
        self._newest_at = machine.full(rows.rows, 0, np.uint32)
        spikes = _within_32_bits(rows.source.ring * rows.source.width, spec.name)
        self._before_t = machine.full(spikes, LONG_AGO, np.int64)
        self._before_trace = machine.full(spikes, 0.0, np.float64)
        self._before_at = machine.full(spikes, 0, np.uint32)

        # A target's history must hold what comes between two calls of settle(), what is still on its way
        # through dendrites, one before all that, and what a state written from outside may add.
        interval = rows.target.least_interval
        needed = (2 * self._longest + batch) // interval + 6
        self._capacity = 1 << (needed + HISTORY - 1).bit_length()
        self._period = (self._capacity - 5) * interval - 2 * self._longest
        self._due = self._period
        n = rows.target.n
        self._post_count = machine.full(n, 0, np.uint32)
        self._post_t = machine.full(n * self._capacity, LONG_AGO, np.int64)
        self._post_trace = machine.full(n * self._capacity, 0.0, np.float64)

        self._marks = np.array([LONG_AGO, LONG_AGO, LONG_AGO], np.int64)
        self._marks_there = machine.put(self._marks)
        self._make_log(0)
        rows.source.on_widened.append(self._widened)
        self._bind()

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
        tables = [self._plus.reach(until), self._minus.reach(until)]
        if any(tables):
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
        if self._longest:
            self._present(now, 0)
        self._mark(LOGGED, now)
        return self._machine.get(self._shown, self._rows.n, self._machine.real)

    def set_weights(self, stored: NDArray[Any], now: int) -> None:
        """Replace the weights, given as stored, after finish(): they count from now on."""
        self._machine.write(self._weight, stored)
        self._mark(WRITTEN, now)
        self._mark(SETTLED, max(int(self._marks[SETTLED]), now + 1))

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
        """What the host keeps of where it stands, for ``restore``."""
        return self._marks.copy(), self._due

    def restore(self, marks: tuple[NDArray[np.int64], int]) -> None:
        """Go back to where ``marks`` was taken, without the changes recorded since."""
        self._marks, self._due = marks[0].copy(), marks[1]
        self._machine.write(self._marks_there, self._marks)
        self._machine.write(self._log_count, np.zeros(1, np.uint32))

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
        self._machine.write(self._marks_there, self._marks)

    def _make_log(self, capacity: int) -> None:
        self._log_capacity = capacity
        self._log_count = self._machine.full(1, 0, np.uint32)
        self._log_t = self._machine.full(capacity, 0, np.int64)
        self._log_synapse = self._machine.full(capacity, 0, np.uint32)
        self._log_weight = self._machine.full(capacity, 0.0, np.float64)

    def _learning_arguments(self) -> tuple[Any, ...]:
        return (
            self._constants, self._plus.buffer, self._plus.last, self._minus.buffer, self._minus.last,
            self._marks_there, np.uint32(self._capacity), self._post_count, self._post_t, self._post_trace,
            np.uint32(self._log_capacity), self._log_count, self._log_t, self._log_synapse, self._log_weight,
        )  # fmt: skip

    def _source_arguments(self) -> tuple[Any, ...]:
        return (
            self._newest_t, self._newest_trace, self._newest_at,
            self._before_t, self._before_trace, self._before_at,
        )  # fmt: skip

    def _kernel(self, name: str) -> cl.Kernel:
        return self._machine.kernel(name, *self._parts)

    def _bind(self) -> None:
        machine, rows = self._machine, self._rows
        strided, local = machine.strided, machine.strided_local
        self._deliver = machine.launch(
            self._kernel("deliver_plastic"), rows.owners, None, *rows.delivery_arguments(),
            self._weight, self._dendritic, self._before_t, self._before_trace, *self._learning_arguments(),
        )  # fmt: skip
        self._pre_spike = machine.launch(
            self._kernel("pre_spike"), strided, local, *rows.source_arguments(), *self._source_arguments(),
            self._constants, self._plus.buffer, self._plus.last,
        )  # fmt: skip
        target = rows.target.history
        self._post_spike = machine.launch(
            self._kernel("post_spike"), strided, local, np.uint32(target.ring), np.uint32(target.width),
            target.indices, target.count, np.uint32(self._capacity), self._post_count, self._post_t,
            self._post_trace, self._constants, self._minus.buffer, self._minus.last,
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
            table = np.zeros((ring, new), dtype)
            table[:, :old] = self._machine.get(getattr(self, name), ring * old, dtype).reshape(ring, old)
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


def _dendritic(
    run_delay: NDArray[np.int64], spec: ProjectionSpec, grid: TimeBase, rounds: bool
) -> NDArray[np.int64]:
    if isinstance(spec.dendritic_fraction, Array):
        raise BackendUnsupported(
            f"backend 'opencl' has one dendritic_fraction a projection ({spec.name!r} has one a synapse; "
            "backend='clock' runs all)"
        )
    share = spec.dendritic_fraction * run_delay.astype(np.float64)
    nearest = np.rint(share)
    off = np.abs(share - nearest) > 1e-9
    if off.any() and not rounds:
        delay = grid.ms_of(int(run_delay[off][0]))
        raise OffGridError(
            f"projection {spec.name!r}: dendritic_fraction {spec.dendritic_fraction:g} of a delay of "
            f"{delay:g} ms is no multiple of dt"
        )
    return nearest.astype(np.int64)
