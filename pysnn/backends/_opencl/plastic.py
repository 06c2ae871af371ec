"""Plastic synapses of one projection on the device: kernels/plastic_rows.cl with the kernel of a rule."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from ...errors import ParameterError
from ...spec import ProjectionSpec
from .block import Block
from .checkpoint import Arrays, array, named, within
from .dendrites import dendrites
from .dynamics import Shares
from .history import LONG_AGO, Moved
from .late import Late, under_way
from .learner import Learner
from .machine import Launch
from .membranes import BLOCK, Membranes, settled_before
from .moments import FROM_OUTSIDE, Moments
from .optimiser import Optimiser, move
from .pre_spikes import PreSpikes
from .rearranged import Rearranged
from .rule_kernel import RuleKernel
from .synapses import Rows

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
        machine, self._shares = rows.machine, shares
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
        self._has_dendrites = spec.dendritic_fraction != 0.0
        self._weight = machine.put(rows.block["weight"])
        self._state = machine.full(rule.states * rows.n, 0.0, machine.real)
        self._pre = PreSpikes(rows, rule, spec.name)
        self._late = Late(rows, "node", *(("share", "number") if shares else ()))
        self._set_rows(rows, stored)
        self._begin_histories()
        self._due = self._period
        self._moments = Moments(machine, modulated, rule.mod)
        self._marks = np.array([LONG_AGO, LONG_AGO, LONG_AGO, 0], np.int64)
        self._room_for_marks = 0
        rows.source.on_moved.append(self._spikes_moved)
        rows.target.history.on_moved.append(lambda moved: self._bind())
        self._write_marks()
        self._bind()

    def _set_rows(self, rows: Rows, stored: Block) -> None:
        """Synapses as they are stored."""
        machine, rule = self._machine, self._rule
        self._rows = rows
        dendritic = self._dendrites_of(rows, stored).astype(np.uint32)
        self._longest = int(dendritic.max(initial=0))
        self._dendritic = machine.put(dendritic)
        # What lies ahead of the settled past is seen but not kept.
        self._ahead = rule.drifts or rule.watches or self._longest > 0
        self._shown, self._shown_state = self._weight, self._state
        if self._ahead:
            self._shown = machine.clone(self._weight)
            self._shown_state = machine.full(rule.states * rows.n, 0.0, machine.real)

    def _begin_histories(self) -> None:
        """Of targets that have done nothing."""
        machine, rule, n = self._machine, self._rule, self._rows.target.n
        self._capacity, self._period = self._room()
        self._post_count = machine.full(n, 0, np.uint32)
        self._post_t = machine.full(n * self._capacity, LONG_AGO, np.int64)
        self._post_trace = machine.full(n * self._capacity * rule.post, 0.0, np.float64)
        membranes = partial(Membranes, rule, self._rows.target, self._longest, self._period)
        self._membranes = membranes() if rule.watches else None

    def _room(self) -> tuple[int, int]:
        """Spikes that are kept of a target, and how many steps may lie between two calls of settle()."""
        if self._rule.watches:
            return 1, max(BLOCK, self._batch)  # spikes of targets are nothing to it
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
        if self._late.any:
            self._deliver_late(start, steps)
        self._deliver(start, steps)

    def hear(self, start: int, steps: int) -> None:
        """Enter what the sources have sent in these steps into their traces."""
        for enter in self._pre_spike:
            enter(start, steps)
        if self._shares:
            self._shares.hear(start, steps)

    def after(self, start: int, steps: int) -> None:
        """Enter the spikes of the targets into theirs."""
        self._post_spike(start, steps)

    def tidy(self) -> None:
        """Forget the moments that all synapses have seen, between two batches of steps."""
        if self._moments.crowded:
            self._hear()  # traces of those that stay are known by then
            self._moments.forget_settled()
            self._write_marks()

    def make_room(self, now: int, until: int) -> None:
        """For what sources send up to ``until``."""
        if self._late.tidy(now) | self._pre.make_room(now, until):
            self._bind()

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
        horizon = settled_before(now, self._longest) if self._rule.watches else now + 1 - self._longest
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
        if not self._rule.watches:  # which takes no step before WRITTEN
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
        posts = self._machine.get(self._post_count, self._rows.target.n, np.uint32)
        return bool((self._pre.newest() != LONG_AGO).any()), bool(posts.any())

    def _is_silent(self) -> bool:
        sources, targets = self._have_fired()
        # By equations perhaps without any spike.
        acts = self._rule.acts_without_pre and (targets or self._rule.of_equations)
        return not (sources or acts)

    def forget(self, since: int = 0) -> None:
        """After finish(): keep the weights as they are ``since``, as those of a network that has not run."""
        machine, rows = self._machine, self._rows
        if self._ahead:
            machine.copy(self._weight, self._shown)
            machine.copy(self._state, self._shown_state)
        if self._optimiser and self._moments.ever and self._learning.on and self._optimiser.trial_over():
            self._optimiser.step(
                self._learning.rate, self._weight, self._state, self._log.count, self._gradient
            )
            self.check()
        own = self._rule.states - self._rule.gathers
        machine.write(self._state, np.zeros(own * rows.n, machine.real))
        self._late.begin_again()
        if self._pre.clear():
            self._bind()
        machine.write(self._post_count, np.zeros(rows.target.n, np.uint32))
        self._moments.clear()
        if self._membranes:
            self._membranes.clear()
        self._marks[:] = LONG_AGO
        self._marks[ORIGIN] = since
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
        """Have neither sources nor targets fired, nor targets taken steps that are remembered?"""
        silent = self._membranes.silent if self._membranes else True
        silent &= not any(self._have_fired())
        silent &= self._shares is None or self._shares.silent
        return silent and not (self._rule.of_equations and self._moments.ever)

    @property
    def in_dendrites(self) -> bool:
        """Does it hear its targets by dendritic delays?"""
        return self._has_dendrites

    def remembers(self, now: int) -> NDArray[np.bool_]:
        """By run: has it heard a spike?"""
        return self._pre.remembered()

    def stored_anew(self, stored: Rearranged, now: int) -> None:
        """Other delays or sources; what is kept of synapses goes with them."""
        silent = self.silent
        rows, found = self._rows.of(stored.arrays), []
        if stored.division is not None:
            sent = under_way(self._rows, self._late.since, now)
            sent["node"] = self._pre.node_of(sent)
            if self._shares:
                sent |= self._shares.of(sent["spike"])
            found = [self._late.coming(now), sent]
            self._pre.divide(rows, stored, found, now)
            self._late.set(*found, stored=stored, now=now)
        else:
            self._pre.begin(rows)
            self._late.begin_again()
        move(self._machine, self._weight, stored.moved)
        move(self._machine, self._state, stored.moved, self._rule.states)
        self._set_rows(rows, stored)
        if silent:
            self._begin_histories()
            self._due = now + self._period
        if self._optimiser:
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
        self._machine.copy(self._state, other._state, self._gradient * self._machine.real.itemsize)

    @property
    def _gradient(self) -> int:
        """Where it begins among the numbers that synapses keep: it is the last of them."""
        return (self._rule.states - 1) * self._rows.n

    def delivered(self) -> int:
        """Synaptic events so far."""
        return self._rows.count_delivered()

    def mutable(self) -> list[cl.Buffer]:
        """What running changes, but for the ring of spikes, whose rows are written anew."""
        return [
            self._rows.delivered, self._weight, self._state, self._post_count, self._post_t,
            self._post_trace, *self._pre.mutable(),
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
        saved |= self._pre.save() | self._late.save()
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
        targets, rule = self._rows.target.n, self._rule
        history = targets * self._capacity
        return {
            "weight": (self._rows.n, self._machine.real),
            "state": (rule.states * self._rows.n, self._machine.real),
            "post_count": (targets, np.uint32),
            "post_t": (history, np.int64),
            "post_trace": (history * rule.post, np.float64),
        }

    def restore(self, saved: Arrays, until: int) -> None:
        """Go on from there, at step ``until``; the sources' spikes have been restored."""
        for name, (n, dtype) in self._kept().items():
            self._machine.write(getattr(self, f"_{name}"), array(saved, name, (n,), dtype))
        self._pre.restore(saved, until)
        self._late.restore(saved, self._rows)
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

    def _kernel(self, name: str) -> cl.Kernel:
        return self._rule.kernel(name, self._pre.divided)

    def _bind(self) -> None:
        machine, rows = self._machine, self._rows
        strided, local = machine.strided, machine.strided_local
        met = self._weight, self._dendritic, *self._pre.arrivals, *self._learning_arguments()
        self._deliver = machine.launch(
            self._kernel("deliver_plastic"), rows.owners, machine.owners_local, *rows.delivery_arguments(),
            np.int64(self._late.since), *met, *self._pre.nodes,
            *(self._shares.arguments if self._shares else ()),
        )  # fmt: skip
        if self._late.any:
            late = self._late
            shares = (late.more("share"), late.more("number"), self._shares.key) if self._shares else ()
            self._deliver_late = machine.launch(
                self._kernel("deliver_late"), rows.owners, machine.owners_local, *late.arguments(rows),
                late.more("node"), self._pre.last_node, *met, *shares,
            )  # fmt: skip
        self._pre_spike = self._pre.bind()
        self._post_spike = self._launch_post()
        self._present = machine.launch(
            self._kernel("present"), strided, local, np.uint32(rows.runs), self._pre.of_runs, rows.run_begin,
            rows.delay, rows.targets, self._weight, self._shown, self._shown_state, self._dendritic,
            *self._pre.arguments, *self._learning_arguments(),
        )  # fmt: skip

    def _launch_post(self) -> Any:
        """What enters what targets do in a step."""
        machine, target, rule = self._machine, self._rows.target.history, self._rule
        if self._membranes:
            return self._membranes.launch()
        kept = self._post_count, self._post_t, self._post_trace
        return machine.launch(
            rule.kernel("post_spike"), machine.strided, machine.strided_local, np.uint32(target.ring),
            np.uint32(target.width), target.indices, target.count, np.uint32(self._capacity), *kept,
            *rule.arguments,
        )  # fmt: skip

    def _launch_settle(self, horizon: int) -> Launch:
        machine, rows = self._machine, self._rows
        return machine.launch(
            self._kernel("settle"), machine.strided, machine.strided_local, np.int64(horizon),
            np.uint32(rows.runs), self._pre.of_runs, rows.run_begin, rows.delay, rows.targets, self._weight,
            self._dendritic, *self._pre.arguments, *self._learning_arguments(),
        )  # fmt: skip

    def _spikes_moved(self, moved: Moved) -> None:
        self._pre.moved(moved)
        self._bind()
