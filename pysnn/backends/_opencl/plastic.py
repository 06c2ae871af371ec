"""Plastic synapses of one projection on the device: kernels/plastic_rows.cl with the kernel of a rule."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from ...errors import BackendUnsupported, ParameterError
from ...spec import ProjectionSpec
from .block import Block
from .checkpoint import Arrays, array, named, within
from .dendrites import dendrites
from .dynamics import Shares
from .history import Moved
from .learner import Learner
from .membranes import Membranes
from .moments import FROM_OUTSIDE, Moments
from .optimiser import Optimiser
from .rearranged import Rearranged
from .rule_kernel import RuleKernel
from .synapses import Rows

LONG_AGO = -(1 << 61)  # as in kernels/common.cl
SETTLED, WRITTEN, LOGGED, ORIGIN = range(4)  # as in kernels/learning.cl
HISTORY = 16  # spikes of a target that fit beside those that must
MARKS = 64  # numbers that fit at first


class PlasticSynapses(Learner):
    """Weights that learn at each arrival; reading them changes no bit of what follows."""

    def __init__(
        self, rows: Rows, stored: Block, spec: ProjectionSpec, grid: TimeBase, rounds: bool, batch: int,
        modulated: int, shares: Shares | None = None,
    ) -> None:  # fmt: skip
        """``modulated`` : values of a moment of the modulator, one or as many as there are targets;
        ``shares`` : of its weights, where spikes send those alone.
        """
        super().__init__(rows.machine, rows.target, spec.name)
        machine = rows.machine
        self._shares = shares
        assert spec.plasticity is not None
        rule = self._rule = RuleKernel(
            machine, spec.plasticity, grid.dt, None if shares is None else shares.kind
        )
        if not spec.plasticity.signed:
            machine.check_weight(rule.constants.get("w_max", 0.0), f"projection {spec.name!r}: w_max")
        self._optimiser = None
        if rule.gathers:
            bounds = rule.constants["w_min"], rule.constants["w_max"]
            self._optimiser = Optimiser(machine, spec.plasticity.as_numbers(), bounds, rows.n)

        self._batch = batch
        self._dendrites_of = partial(dendrites, spec=spec, grid=grid, rounds=rounds)
        self._lay_out(rows, stored)
        self._due = self._period
        self._membranes = Membranes(rule, rows.target, self._longest) if rule.watches else None
        self._moments = Moments(machine, modulated, rule.mod)
        self._marks = np.array([LONG_AGO, LONG_AGO, LONG_AGO, 0], np.int64)
        self._room_for_marks = 0
        rows.source.on_moved.append(self._spikes_moved)
        rows.target.history.on_moved.append(lambda moved: self._bind())
        self._write_marks()
        self._bind()

    def _lay_out(self, rows: Rows, stored: Block) -> None:
        """Synapses as they are stored, to which nothing has come."""
        machine, rule = self._machine, self._rule
        self._rows = rows
        dendritic = self._dendrites_of(rows, stored)
        self._longest = int(dendritic.max(initial=0))
        self._dendritic = machine.put(dendritic.astype(np.uint32))
        run_row = np.repeat(np.arange(rows.rows, dtype=np.uint32), np.diff(rows.block["row_run"]))
        self._run_row = machine.put(run_row)
        self._weight = machine.put(rows.block["weight"])
        self._state = machine.full(rule.states * rows.n, 0.0, machine.real)
        # What lies ahead of the settled past is seen but not kept.
        self._ahead = rule.drifts or self._longest > 0
        self._shown, self._shown_state = self._weight, self._state
        if self._ahead:
            self._shown = machine.put(rows.block["weight"])
            self._shown_state = machine.full(rule.states * rows.n, 0.0, machine.real)

        self._newest_t = machine.full(rows.rows, LONG_AGO, np.int64)
        self._newest_trace = machine.full(rows.rows * rule.pre, 0.0, np.float64)
        self._newest_at = machine.full(rows.rows, 0, np.uint32)
        spikes = _within_32_bits(rows.source.ring * rows.source.width, self._name)
        self._before_t = machine.full(spikes, LONG_AGO, np.int64)
        self._before_trace = machine.full(spikes * rule.pre, 0.0, np.float64)
        self._before_at = machine.full(spikes, 0, np.uint32)

        self._capacity, self._period = self._room()
        n = rows.target.n
        self._post_count = machine.full(n, 0, np.uint32)
        self._post_t = machine.full(n * self._capacity, LONG_AGO, np.int64)
        self._post_trace = machine.full(n * self._capacity * rule.post, 0.0, np.float64)

    def _room(self) -> tuple[int, int]:
        """Spikes that are kept of a target, and how many steps may lie between two calls of settle()."""
        # What comes between them, what is still on its way through dendrites, one before all that, and what
        # a state written from outside may add.
        interval = 1 if self._rule.watches else self._rows.target.least_interval
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
            for name, numbers, dtype in (
                ("_post_t", 1, np.int64),
                ("_post_trace", self._rule.post, np.float64),
            ):
                held = self._machine.get(getattr(self, name), n * old * numbers, dtype)
                table = np.zeros((n, capacity, numbers), dtype)
                table[j, number % capacity] = held.reshape(n, old, numbers)[j, number % old]
                setattr(self, name, self._machine.put(table.ravel()))
            self._capacity = capacity
        self._bind()  # the targets' states may lie elsewhere too
        self._due = now + self._period

    # ---- running ------------------------------------------------------------------------------------

    def deliver(self, start: int, steps: int) -> None:
        """Bring up to date what is reached in these steps, and add it to the targets' sums."""
        self._deliver(start, steps)

    def after(self, start: int, steps: int) -> None:
        """Enter the spikes of these steps, of sources and of targets, into the traces."""
        self._pre_spike(start, steps)
        self._post_spike(start, steps)
        if self._shares:
            self._shares.after(start, steps)

    def tidy(self) -> None:
        """Forget the moments that all synapses have seen, between two batches of steps."""
        if self._moments.crowded:
            self._hear()  # traces of those that stay are known by then
            self._moments.forget_settled()
            self._write_marks()

    def prepare(self, now: int, until: int) -> None:
        """Make sure that tables and histories last up to ``until``."""
        if self._rule.reach(max(until, self._moments.newest)):
            self._bind()
        if self._shares:
            self._shares.prepare(until)
        self._hear()
        if until > self._due or self._moments.crowded:
            self.settle(now)

    def settle(self, now: int) -> None:
        """Apply what lies in the targets' histories, so that they may forget it."""
        self._hear()
        horizon = now + 1 - self._longest
        taught = max(self._moments.taught, self._moments.first_from(horizon))
        if horizon > self._marks[SETTLED] or taught > self._moments.taught:
            self._launch_settle(horizon)(now, 0)
            self._marks[SETTLED] = max(int(self._marks[SETTLED]), horizon)
            self._moments.taught = taught
            self._write_marks()
        self._due = now + self._period

    def finish(self, now: int) -> NDArray[Any]:
        """The weights as of now, as stored."""
        self.settle(now)
        if self._ahead:
            self._present(now, 0)
        self._marks[LOGGED] = now
        self._moments.told = self._moments.first_from(now + 1)
        self._write_marks()
        return self._machine.get(self._shown, self._rows.n, self._machine.real)

    def check(self) -> None:
        """ParameterError where a weight has left the range of those that may be declared."""
        if self._log.beyond:
            blamed = "equations and parameters" if self._rule.of_equations else "parameters"
            raise ParameterError(
                f"projection {self._name!r}: a weight has grown until sums of such weights are no finite "
                f"numbers (check the rule's {blamed})"
            )

    def set_weights(self, stored: NDArray[Any], now: int) -> None:
        """Replace the weights, given as stored, after finish(): they count from now on."""
        self._machine.write(self._weight, stored)
        if self._ahead:
            self._machine.write(self._shown, stored)
            self._machine.copy(self._state, self._shown_state)
        self._marks[WRITTEN] = now
        self._marks[SETTLED] = max(int(self._marks[SETTLED]), now + 1)
        self._moments.taught = self._moments.first_from(now + 1)
        self._write_marks()

    def learn(self, on: bool | None, rate: float | None, now: int) -> None:
        """Whether what reaches a synapse after ``now`` changes its weight, and how fast; None: as before."""
        self._learning.set(on, rate, now)
        if self._is_silent():  # nothing has come that could have changed a weight
            self._learning.forget()
        self._write_marks()

    def modulate(self, values: NDArray[np.float64], now: int) -> None:
        """A moment of its modulator, after all else of ``now``."""
        self._moments.add(now, FROM_OUTSIDE, values)

    def modulate_at(self, value: float, t: int, feed: int) -> None:
        """A moment that is to come, by a spike; those of one time come in the order of ``feed``."""
        self._moments.add(t, feed, np.array([value]))

    def _have_fired(self) -> tuple[bool, bool]:
        """Any of the sources, any of the targets."""
        newest = self._machine.get(self._newest_t, self._rows.rows, np.int64)
        posts = self._machine.get(self._post_count, self._rows.target.n, np.uint32)
        return bool((newest != LONG_AGO).any()), bool(posts.any())

    def _is_silent(self) -> bool:
        sources, targets = self._have_fired()
        # By equations perhaps without any spike.
        acts = self._rule.acts_without_pre and (targets or self._rule.of_equations)
        return not (sources or acts)

    def forget(self) -> None:
        """After finish(): keep the weights as they are, as those of a network that has not run."""
        machine, rows = self._machine, self._rows
        if self._ahead:
            machine.copy(self._weight, self._shown)
            machine.copy(self._state, self._shown_state)
        if self._optimiser and self._moments.ever and self._learning.on and self._optimiser.trial_over():
            self._optimiser.step(self._learning.rate, self._weight, self._gradient(), self._log.count)
            self.check()
        own = self._rule.states - self._rule.gathers
        machine.write(self._state, np.zeros(own * rows.n, machine.real))
        machine.write(self._newest_t, np.full(rows.rows, LONG_AGO, np.int64))
        machine.write(self._post_count, np.zeros(rows.target.n, np.uint32))
        self._moments.clear()
        if self._membranes:
            self._membranes.clear()
        self._marks[:] = LONG_AGO
        self._marks[ORIGIN] = 0
        self._learning.forget()
        self._due = self._period
        self._write_marks()

    def begin_again(self, noise: int, from_zero: bool) -> None:
        """After forget(): how it draws from now on, by this noise where time begins again."""
        if self._shares:
            self._shares.begin_again(noise, from_zero)
            self._bind()

    @property
    def silent(self) -> bool:
        """Have neither sources nor targets fired? Of membranes something is always remembered."""
        silent = not (self._rule.watches or any(self._have_fired()))
        silent &= self._shares is None or self._shares.silent
        return silent and not (self._rule.of_equations and self._moments.ever)

    @property
    def in_dendrites(self) -> bool:
        """Does it hear its targets by dendritic delays?"""
        return self._longest > 0

    def stored_anew(self, stored: Rearranged, now: int) -> None:
        """Other delays or sources, while it is silent; what a batch has gathered goes with its synapses."""
        gathered = self._machine.get(self._state, self._rule.states * self._rows.n, self._machine.real)
        self._lay_out(self._rows.of(stored.arrays), stored)
        self._due = now + self._period
        if self._optimiser:
            of_synapses = gathered.reshape(-1, self._rows.n)
            of_synapses[-1, stored.moved] = of_synapses[-1].copy()
            of_synapses[:-1] = 0.0
            self._machine.write(self._state, of_synapses.ravel())
            self._optimiser.move(stored.moved)
        if self._shares:
            self._shares.stored_anew(self._rows)
        self._bind()

    def take_over(self, other: Learner) -> None:
        """Begin with how fast another one of the same synapses learns, and what its trials have gathered."""
        super().take_over(other)
        self._write_marks()

    def take_gathered(self, other: Learner) -> None:
        """Go on with what outlasts trials."""
        assert isinstance(other, PlasticSynapses)
        if self._optimiser is None or other._optimiser is None:
            return
        self._optimiser.take_over(other._optimiser)
        self._machine.copy(self._gradient(), other._gradient())

    def _gradient(self) -> cl.Buffer:
        """The last of the numbers that synapses keep."""
        nbytes = self._rows.n * self._machine.real.itemsize
        at = (self._rule.states - 1) * nbytes
        return self._state if at == 0 else self._state[at : at + nbytes]

    def delivered(self) -> int:
        """Synaptic events so far."""
        return self._rows.count_delivered()

    def mutable(self) -> list[cl.Buffer]:
        """What running changes, but for the ring of spikes, whose rows are written anew."""
        return [
            self._rows.delivered, self._weight, self._state, self._newest_t, self._newest_trace,
            self._newest_at, self._post_count, self._post_t, self._post_trace,
            *(self._shares.mutable() if self._shares else []),
            *(self._membranes.mutable() if self._membranes else []),
        ]  # fmt: skip

    def marks(self) -> tuple[NDArray[np.int64], int, int, int]:
        """What the host keeps of where it stands, for ``go_back``."""
        return self._marks.copy(), self._due, self._moments.taught, self._moments.told

    def go_back(self, marks: tuple[NDArray[np.int64], int, int, int]) -> None:
        """Go back to where ``marks`` was taken, without the changes recorded since."""
        self._marks, self._due = marks[0].copy(), marks[1]
        self._moments.taught, self._moments.told = marks[2:]
        self._write_marks()
        self._log.drop()

    # ---- checkpoints --------------------------------------------------------------------------------

    def save(self) -> Arrays:
        """Weights, states, traces and marks, as they are stored."""
        self._hear()
        saved = {
            name: self._machine.get(getattr(self, f"_{name}"), n, dtype)
            for name, (n, dtype) in self._kept().items()
        }
        if self._shares:
            saved |= named("dynamics/", self._shares.save())
        if self._membranes:
            saved |= named("membranes/", self._membranes.save())
        if self._optimiser:
            saved |= named("optimiser/", self._optimiser.save())
        return {
            **saved, **self._learning.save(), **self._moments.save(),
            "marks": self._marks.copy(), "due": np.array(self._due),
        }  # fmt: skip

    def _kept(self) -> dict[str, tuple[int, Any]]:
        """Buffers by name: how many numbers of what type."""
        rows, targets, rule = self._rows.rows, self._rows.target.n, self._rule
        spikes, history = self._rows.source.ring * self._rows.source.width, targets * self._capacity
        return {
            "weight": (self._rows.n, self._machine.real),
            "state": (rule.states * self._rows.n, self._machine.real),
            "newest_t": (rows, np.int64),
            "newest_trace": (rows * rule.pre, np.float64),
            "newest_at": (rows, np.uint32),
            "before_t": (spikes, np.int64),
            "before_trace": (spikes * rule.pre, np.float64),
            "before_at": (spikes, np.uint32),
            "post_count": (targets, np.uint32),
            "post_t": (history, np.int64),
            "post_trace": (history * rule.post, np.float64),
        }

    def restore(self, saved: Arrays, until: int) -> None:
        """Go on from there, at step ``until``; the sources' spikes have been restored."""
        for name, (n, dtype) in self._kept().items():
            self._machine.write(getattr(self, f"_{name}"), array(saved, name, (n,), dtype))
        self._marks = array(saved, "marks", (len(self._marks),), np.int64)
        self._learning.restore(saved)
        self._moments.restore(saved)
        if self._shares:
            self._shares.restore(within(saved, "dynamics/"), until)
        if self._membranes:
            self._membranes.restore(within(saved, "membranes/"))
        if self._optimiser:
            self._optimiser.restore(within(saved, "optimiser/"))
        self._due = int(array(saved, "due", (), np.int64))
        self._rule.reach(max(until, self._moments.newest))
        self._write_marks()
        self._bind()

    # ---- inside -------------------------------------------------------------------------------------

    def _hear(self) -> None:
        """Let the device know of moments that it has not heard of."""
        first = self._moments.unheard
        if first is None:
            return
        if self._moments.tell():
            self._bind()
        time, value, trace = self._moments.buffers
        if self._rule.mod:
            machine = self._machine
            hear = machine.launch(
                self._rule.kernel("hear"), 1, 1, time, value, np.uint32(self._moments.width), trace,
                *self._rule.arguments,
            )  # fmt: skip
            hear(first, len(self._moments))
        self._write_marks()

    def _write_marks(self) -> None:
        moments = [self._moments.taught, self._moments.told, len(self._moments)]
        marks = np.concatenate([self._marks, np.array(moments, np.int64), self._learning.marks()])
        if len(marks) > self._room_for_marks:
            fits = self._room_for_marks > 0
            self._room_for_marks = max(MARKS, 2 * len(marks))
            self._marks_there = self._machine.full(self._room_for_marks, 0, np.int64)
            if fits:
                self._bind()
        self._machine.write(self._marks_there, marks)

    def _learning_arguments(self) -> tuple[Any, ...]:
        return (
            *self._rule.arguments, self._marks_there, np.uint32(self._capacity), self._post_count,
            self._post_t, self._post_trace, np.uint32(self._rows.n), self._state, *self._moments.arguments,
            *self._log.arguments, *(self._membranes.arguments if self._membranes else ()),
        )  # fmt: skip

    def _source_arguments(self) -> tuple[Any, ...]:
        return (
            self._newest_t, self._newest_trace, self._newest_at,
            self._before_t, self._before_trace, self._before_at,
        )  # fmt: skip

    def _bind(self) -> None:
        machine, rows = self._machine, self._rows
        strided, local = machine.strided, machine.strided_local
        self._deliver = machine.launch(
            self._rule.kernel("deliver_plastic"), rows.owners, machine.owners_local,
            *rows.delivery_arguments(), self._weight, self._dendritic, self._before_t, self._before_trace,
            *self._learning_arguments(),
            *(self._shares.arguments if self._shares else ()),
        )  # fmt: skip
        self._pre_spike = machine.launch(
            self._rule.kernel("pre_spike"), strided, local, *rows.source_arguments(),
            *self._source_arguments(), *self._rule.arguments,
        )  # fmt: skip
        self._post_spike = self._launch_post()
        self._present = machine.launch(
            self._rule.kernel("present"), strided, local, np.uint32(rows.runs), self._run_row, rows.run_begin,
            rows.delay, rows.targets, self._weight, self._shown, self._shown_state,
            self._dendritic, *self._source_arguments(),
            *self._learning_arguments(),
        )  # fmt: skip

    def _launch_post(self) -> Any:
        """What enters what targets do in a step."""
        machine, target, rule = self._machine, self._rows.target.history, self._rule
        kept = self._post_count, self._post_t, self._post_trace
        if self._membranes:
            return self._membranes.launch(self._capacity, *kept)
        return machine.launch(
            rule.kernel("post_spike"), machine.strided, machine.strided_local, np.uint32(target.ring),
            np.uint32(target.width), target.indices, target.count, np.uint32(self._capacity), *kept,
            *rule.arguments,
        )  # fmt: skip

    def _launch_settle(self, horizon: int) -> Any:
        machine, rows = self._machine, self._rows
        return machine.launch(
            self._rule.kernel("settle"), machine.strided, machine.strided_local, np.int64(horizon),
            np.uint32(rows.runs), self._run_row, rows.run_begin, rows.delay, rows.targets, self._weight,
            self._dendritic, *self._source_arguments(), *self._learning_arguments(),
        )  # fmt: skip

    def _spikes_moved(self, moved: Moved) -> None:
        """Move what is kept a spike to its place in another ring, and with it what points there."""
        _within_32_bits(moved.ring * moved.width, self._name)
        size, machine = moved.old_ring * moved.old_width, self._machine
        self._before_t = machine.put(moved.table(machine.get(self._before_t, size, np.int64)))
        traces = machine.get(self._before_trace, size * self._rule.pre, np.float64)
        self._before_trace = machine.put(moved.table(traces, self._rule.pre))
        at = moved.place(machine.get(self._before_at, size, np.uint32))
        self._before_at = machine.put(moved.table(at))
        newest = machine.get(self._newest_at, self._rows.rows, np.uint32)
        machine.write(self._newest_at, moved.place(newest))
        self._bind()


def _within_32_bits(spikes: int, name: str) -> int:
    """Spikes of the sources within the longest delay: kernels count them in 32 bits."""
    if spikes >= 1 << 32:
        raise BackendUnsupported(
            f"backend 'opencl' keeps at most {1 << 32:,} spikes of a plastic projection's sources within the "
            f"longest delay (projection {name!r}: {spikes:,}; backend='clock' runs all)"
        )
    return spikes
