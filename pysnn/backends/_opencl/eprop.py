"""Synapses of one projection that learn by e-prop (kernels/eprop.cl)."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from ...errors import BackendUnsupported, CheckpointError, ParameterError
from ...plasticity import EProp
from ...spec import ProjectionSpec
from .block import rows_of_runs
from .checkpoint import Arrays, array, named, within
from .eprop_history import LENGTH, EpropHistory
from .eprop_numbers import HELD, MEAN, eprop_numbers
from .late import Late, under_way
from .learner import Learner
from .machine import ALWAYS, LOCAL, Launch
from .optimiser import Optimiser, move
from .rearranged import Rearranged
from .synapses import FOR_EVER, Rows

MOST_MOMENTS = 64  # that are kept before all synapses are brought up to date for their sake
STAYS, FORGETS, BEGINS = range(3)  # as in kernels/eprop.cl
PLACE, TOUCHED = 3, 2  # numbers of a run's place there, and which says whether anything has come


class EpropSynapses(Learner):
    """Weights that move against L ebar.

    As csrc/plasticity/eprop_rows.hpp, which has the order of things: a run is brought up to date when spikes
    arrive at it, all runs when their targets' history is full.
    """

    def __init__(self, rows: Rows, spec: ProjectionSpec, rule: EProp, grid: TimeBase) -> None:
        super().__init__(rows.machine, rows.target, spec.name)
        machine, target = rows.machine, rows.target
        if spec.dynamics is not None:
            raise BackendUnsupported(
                f"projection {spec.name!r}: EProp takes every spike to send the whole weight: it cannot be "
                f"combined with {type(spec.dynamics).__name__}"
            )
        self._rows, self._grid = rows, grid
        numbers = self._numbers = eprop_numbers(rule, target, grid.dt, f"projection {spec.name!r}")
        target.watch()
        has_batch = rule.batch > 0
        self._optimiser = Optimiser(machine, rule.as_numbers(), numbers.bounds, rows.n) if has_batch else None
        flags = {
            "ADAPTS": numbers.adapts, "FILTERS": numbers.filters, "SUMS": numbers.sums,
            "GATHERS": has_batch, "REGULATES": numbers.c_reg > 0.0,
        }  # fmt: skip
        self._given = "".join(f"#define {name}\n" for name, given in flags.items() if given)
        self._history = EpropHistory(machine, target.n, numbers, self._given)

        real = machine.real
        self._set_sizes()
        self._of_synapses = {name: machine.full(n, 0.0, dtype) for name, (n, dtype) in self._sizes.items()}
        machine.write(self._of_synapses["weight"], rows.block["weight"])
        self._shown: dict[str, cl.Buffer] = {}  # the same, as brought to the present to be read
        n = target.n
        self._value, self._held, self._pending = (machine.full(n, 0.0, real) for _ in range(3))
        self._rate = machine.full(n, numbers.f_target, np.float64)
        self._per_width = machine.put(numbers.per_width.astype(real))
        self._height = machine.put(numbers.height.astype(real))
        self._n_moments = machine.full(1, 0, np.uint32)
        self._moment_at = machine.full(MOST_MOMENTS, 0, np.uint32)
        self._moment_value = machine.full(MOST_MOMENTS * n * numbers.sums, 0.0, real)
        self._counts = machine.full(n, 0, np.uint32)

        self._late = Late(rows)
        self._moments = 0  # that are kept
        self._steps = self._since = 0  # that targets have taken, in all and by the last moment
        self._now = 0
        self._written = False  # were weights written from outside since the last step?
        rows.source.on_moved.append(lambda moved: self._bind())
        self._bind()

    def _set_sizes(self) -> None:
        """How many numbers of what type are kept of runs and of synapses."""
        rows, numbers, real = self._rows, self._numbers, self._machine.real
        kept = {
            "eps": numbers.adapts, "bar": numbers.filters, "sum": numbers.sums,
            "gradient": self._optimiser is not None,
        }  # fmt: skip
        self._sizes: dict[str, tuple[int, Any]] = {
            "z": (rows.runs, np.float64),
            "place": (PLACE * rows.runs, np.uint32),
            "weight": (rows.n, real),
            **{name: (rows.n * has, real) for name, has in kept.items()},
        }

    # ---- running ------------------------------------------------------------------------------------

    def deliver(self, start: int, steps: int) -> None:
        """Bring the runs that are reached up to date, and add their weights to the targets' sums."""
        self._history.close()
        for launch in self._arrive:
            launch(start, self._history.steps)
        for launch in self._deliver:
            launch(start, steps)

    def after(self, start: int, steps: int) -> None:
        """Enter the step that the targets have taken."""
        if self._history.full:
            self._bring_all(BEGINS)
        self._end_step(self._rate_at(start + 1))(start, self._history.steps)
        self._history.add()
        self._steps += 1
        self._now = start + 1
        self._written = False

    def make_room(self, now: int, until: int) -> None:
        """All lasts; what was under way is forgotten where it has come."""
        if self._late.tidy(now):
            self._bind()

    def prepare(self, now: int, until: int) -> None:
        """All lasts."""

    def _bring_all(self, what: int) -> None:
        """All runs, up to the present."""
        self._history.close()
        for launch in self._bring:
            launch(what, self._history.steps)
        if what == BEGINS:
            self._history.clear()
        if what != STAYS:
            self._tell_moments(0)

    def finish(self, now: int) -> NDArray[Any]:
        """The weights as of now, as stored; what goes on stays as it is."""
        if not self._shown:
            self._shown = {name: self._machine.clone(held) for name, held in self._of_synapses.items()}
        else:
            for name, held in self._of_synapses.items():
                self._machine.copy(self._shown[name], held)
        self._history.close()
        self._launch_bring(self._shown)[0](STAYS, self._history.steps)
        return self._machine.get(self._shown["weight"], self._rows.n, self._machine.real)

    def check(self) -> None:
        """ParameterError where a weight has left the range of those that may be declared."""
        if self._log.beyond:
            raise ParameterError(
                f"projection {self._name!r}: a weight was no finite number any more, or too large, by t = "
                f"{self._grid.ms_of(self._now):g} ms: learning diverged (check eta, w_min, w_max and the "
                "signal)"
            )

    def set_weights(self, stored: NDArray[Any], now: int) -> None:
        """Replace the weights, given as stored: they count from now on."""
        self._bring_all(STAYS)  # what had been gathered was for the weights that were there
        self._machine.write(self._of_synapses["weight"], stored)
        self._written = True

    def refuse_parameters(self, owner: str) -> None:
        """The rule holds what it derived of the neurons' parameters."""
        raise BackendUnsupported(
            f"{owner}: its parameters cannot be changed while projection {self._name!r} learns by EProp, "
            "whose eligibilities follow from them"
        )

    # ---- learning -----------------------------------------------------------------------------------

    def learn(self, on: bool | None, rate: float | None, now: int) -> None:
        """Whether what reaches a synapse after ``now`` changes its weight, and how fast; None: as before."""
        self._learning.set(on, rate, now)
        if self._steps == 0:
            self._learning.forget()

    def _rate_at(self, t: int) -> float:
        """What a signal is multiplied by: a gathered gradient counts at the rate at which it is taken."""
        rate = self._learning.at(t)
        return 1.0 if self._optimiser and rate != 0.0 else float(self._machine.real.type(rate))

    def modulate(self, values: NDArray[np.float64], now: int) -> None:
        """A moment of its modulator, after all else of ``now``."""
        machine, n = self._machine, self.target.n
        with np.errstate(over="ignore"):
            value = np.broadcast_to(values, n).astype(machine.real)
        if self._numbers.read == HELD:
            machine.write(self._held, value)
            return
        if self._steps == 0:
            return  # nothing has been that could be learnt from
        machine.write(self._value, value)
        if self._numbers.sums:
            self._keep_moment(now)
        elif self._written:  # within a step it counts at its end
            self._add_values(self._pending, 1.0)(0, n)
        else:
            self._add_values(self._history.signal, self._rate_at(now))((self._history.steps - 1) * n, n)
            self._history.closed = False

    def modulate_at(self, value: float, t: int, feed: int) -> NoReturn:
        """None comes by spikes: the description refuses them."""
        raise NotImplementedError("EProp goes by steps and takes no spikes for moments")

    def _keep_moment(self, now: int) -> None:
        """With the value at hand."""
        if self._moments == MOST_MOMENTS:
            self._bring_all(FORGETS)
        machine, numbers, n = self._machine, self._numbers, self.target.n
        share = 1.0 / max(self._steps - self._since, 1) if numbers.read == MEAN else 1.0
        keep = machine.launch(
            self._kernel("keep_values"), self._items, LOCAL, self._value, self._moment_value, self._rate,
            np.float64(numbers.c_reg), np.float64(numbers.f_target), np.float64(share),
            np.float64(self._rate_at(now)),
        )  # fmt: skip
        keep(self._moments * n, n)
        machine.write(self._moment_at, np.array([self._history.steps], np.uint32), self._moments)
        self._tell_moments(self._moments + 1)
        self._since = self._steps

    def _tell_moments(self, kept: int) -> None:
        self._moments = kept
        self._machine.write(self._n_moments, np.array([kept], np.uint32))

    # ---- beginning anew -----------------------------------------------------------------------------

    def forget(self, since: int = 0) -> None:
        """Keep the weights as of now, as those of a network that has not run."""
        self._bring_all(STAYS)
        over = self._optimiser and self._steps > 0 and self._learning.on and self._optimiser.trial_over()
        if self._optimiser and over:
            held = self._of_synapses
            self._optimiser.step(self._learning.rate, held["weight"], held["gradient"], self._log.count)
            self.check()
        for name in ("z", "place", "eps", "bar", "sum"):
            n, dtype = self._sizes[name]
            self._machine.write(self._of_synapses[name], np.zeros(n, dtype))
        for of_targets in (self._held, self._pending):
            self._machine.write(of_targets, np.zeros(self.target.n, self._machine.real))
        self._tell_moments(0)
        self._history.clear()
        self._learning.forget()
        if self._late.begin_again():
            self._bind()
        self._steps = self._since = 0
        self._written = False

    def begin_again(self, noise: int, from_zero: bool) -> None:
        """It draws nothing."""

    def take_gathered(self, other: Learner) -> None:
        """Go on with what outlasts trials: the gradient of a batch, averages, and the targets' rates."""
        assert isinstance(other, EpropSynapses)
        self._machine.copy(self._rate, other._rate)
        if self._optimiser and other._optimiser:
            self._optimiser.take_over(other._optimiser)
            self._machine.copy(self._of_synapses["gradient"], other._of_synapses["gradient"])

    @property
    def silent(self) -> bool:
        """Have its targets not taken a step?"""
        return self._steps == 0

    def remembers(self, now: int) -> NDArray[np.bool_]:
        """By run: has its row fired? Then a spike has come to one of its runs, or is under way."""
        rows, place = self._rows, self._machine.get(self._of_synapses["place"], *self._sizes["place"])
        run_row = rows_of_runs(rows.block)
        heard = np.zeros(rows.rows, bool)
        heard[run_row[place.reshape(-1, PLACE)[:, TOUCHED] != 0]] = True
        for found in (under_way(rows, self._late.since, now), self._late.coming(now)):
            heard[found["row"]] = True
        return heard[run_row]

    def stored_anew(self, stored: Rearranged, now: int) -> None:
        """Other delays, or other sources while nothing has come; what is kept goes with them."""
        machine, held, sizes = self._machine, self._of_synapses, self._sizes
        sent = under_way(self._rows, self._late.since, now)
        self._late.set(self._late.coming(now), sent, stored=stored, now=now)
        self._rows = self._rows.of(stored.arrays)
        self._set_sizes()
        for name, numbers in (("z", 1), ("place", PLACE)):
            of_runs = machine.get(held[name], *sizes[name]).reshape(-1, numbers)
            held[name] = machine.put(of_runs[stored.from_run].ravel())
        for name in ("weight", "eps", "bar", "sum", "gradient"):
            if sizes[name][0]:
                move(machine, held[name], stored.moved)
        if self._optimiser:
            self._optimiser.move(stored.moved)
        self._shown = {}
        self._bind()

    # ---- what it has come to ------------------------------------------------------------------------

    def delivered(self) -> int:
        """Synaptic events so far."""
        return self._rows.count_delivered()

    def mutable(self) -> list[cl.Buffer]:
        """What running changes, but for the ring of spikes, whose rows are written anew."""
        return [
            self._rows.delivered, self._rate, self._pending, *self._of_synapses.values(),
            *self._history.mutable(),
        ]  # fmt: skip

    def marks(self) -> tuple[int | bool, ...]:
        """What the host keeps of where it stands, for ``go_back``."""
        of_history = self._history.steps, self._history.closed
        return self._steps, self._since, self._now, self._moments, *of_history, self._written

    def go_back(self, marks: tuple[int | bool, ...]) -> None:
        """Go back to where ``marks`` was taken, without the changes recorded since."""
        self._steps, self._since, self._now, moments, self._history.steps = marks[:5]
        self._history.closed, self._written = map(bool, marks[5:])
        self._tell_moments(moments)
        self._log.drop()

    def _kept(self) -> dict[str, tuple[cl.Buffer, int, Any]]:
        """Buffers by name: how many numbers of what type."""
        n, real = self.target.n, self._machine.real
        of_synapses = {name: (self._of_synapses[name], *size) for name, size in self._sizes.items()}
        return {
            **of_synapses,
            "held": (self._held, n, real),
            "pending": (self._pending, n, real),
            "rate": (self._rate, n, np.float64),
            "moment_at": (self._moment_at, MOST_MOMENTS, np.uint32),
            "moment_value": (self._moment_value, MOST_MOMENTS * n * self._numbers.sums, real),
        }

    def save(self) -> Arrays:
        """States of synapses and targets, as they are stored."""
        saved = {name: self._machine.get(*kept) for name, kept in self._kept().items()}
        if self._optimiser:
            saved |= named("optimiser/", self._optimiser.save())
        self._history.close()
        marks = np.array(self.marks(), np.int64)
        saved |= self._learning.save() | self._late.save()
        return {**saved, **named("history/", self._history.save()), "marks": marks}

    def restore(self, saved: Arrays, until: int) -> None:
        """Go on from there, at step ``until``; the sources' spikes have been restored."""
        for name, (buffer, n, dtype) in self._kept().items():
            self._machine.write(buffer, array(saved, name, (n,), dtype))
        self._learning.restore(saved)
        self._late.restore(saved, self._rows)
        if self._optimiser:
            self._optimiser.restore(within(saved, "optimiser/"))
        marks = array(saved, "marks", (7,), np.int64).tolist()
        if not 0 <= marks[3] <= MOST_MOMENTS or not 0 <= marks[4] <= LENGTH:
            raise CheckpointError("checkpoint: marks: more steps or moments than are kept")
        self.go_back(tuple(marks))
        self._history.restore(within(saved, "history/"), marks[4])
        self._bind()

    # ---- launches -----------------------------------------------------------------------------------

    @property
    def _items(self) -> int:
        """One for each target."""
        return -(-self.target.n // LOCAL) * LOCAL

    def _kernel(self, name: str) -> cl.Kernel:
        return self._machine.kernel(name, "eprop", given=self._given)

    def _arguments(self, synapses: dict[str, cl.Buffer]) -> tuple[Any, ...]:
        numbers = self._numbers
        of = (synapses[name] for name in ("weight", "eps", "bar", "sum", "gradient"))
        return (
            *self._history.arguments, self._n_moments, self._moment_at, self._moment_value,
            np.float64(numbers.eta), *map(np.float64, numbers.bounds), synapses["z"], synapses["place"],
            self._rows.targets, *of, *self._log.arguments,
        )  # fmt: skip

    def _launch_in_two(self, synapses: str, runs: str, *arguments: Any) -> tuple[Launch, Launch]:
        """What synapses go through, a work-group for those of a run; then the runs themselves."""
        machine = self._machine
        groups = machine.strided // machine.strided_local
        return (
            machine.launch(self._kernel(synapses), groups * machine.lanes, machine.lanes, *arguments),
            machine.launch(self._kernel(runs), machine.strided, machine.strided_local, *arguments),
        )

    def _launch_bring(self, synapses: dict[str, cl.Buffer]) -> tuple[Launch, Launch]:
        rows = self._rows
        return self._launch_in_two(
            "bring_all", "all_brought", np.uint32(rows.runs), rows.run_begin, *self._arguments(synapses)
        )

    def _bind(self) -> None:
        machine, rows, late, synapses = self._machine, self._rows, self._late, self._of_synapses
        kept, since = self._arguments(synapses), np.int64(late.since)
        weights = machine.kernel("deliver", *ALWAYS), rows.owners, machine.owners_local
        self._arrive: tuple[Launch, ...] = self._launch_in_two(
            "arrive", "arrived", *rows.source_arguments(), rows.run_begin, rows.delay,
            *rows.delay_arguments(), since, *kept,
        )  # fmt: skip
        self._deliver: tuple[Launch, ...] = (
            machine.launch(
                *weights, *rows.delivery_arguments(), np.uint32(False), synapses["weight"], self._counts,
                since, np.int64(FOR_EVER),
            ),
        )  # fmt: skip
        if late.any:
            runs = late.by_run(rows)
            arrive = self._launch_in_two("arrive_late", "arrived_late", *runs, rows.run_begin, *kept)
            deliver = machine.launch(
                self._kernel("deliver_late"), rows.owners, machine.owners_local, *late.arguments(rows),
                synapses["weight"],
            )  # fmt: skip
            self._arrive, self._deliver = (*arrive, *self._arrive), (deliver, *self._deliver)
        self._bring = self._launch_bring(synapses)
        self._by_rate: dict[tuple[str, float], Launch] = {}

    def _end_step(self, rate: float) -> Launch:
        """What enters a step of the targets, at a rate of learning."""
        if ("end_step", rate) not in self._by_rate:
            numbers, target = self._numbers, self.target
            assert target.seen is not None
            decay = numbers.rate_decay, numbers.rate_jump, numbers.c_reg, numbers.f_target
            self._by_rate["end_step", rate] = self._machine.launch(
                self._kernel("end_step"), self._items, LOCAL, np.uint32(target.n), *target.seen, target.fired,
                self._per_width, self._height, self._history.psi, self._history.signal, self._held,
                self._pending, self._rate, *map(np.float64, decay), np.float64(rate),
            )  # fmt: skip
        return self._by_rate["end_step", rate]

    def _add_values(self, to: cl.Buffer, factor: float) -> Launch:
        """What adds the value at hand to other values of targets."""
        name = "pending" if to is self._pending else "signal"
        if (name, factor) not in self._by_rate:
            self._by_rate[name, factor] = self._machine.launch(
                self._kernel("add_values"), self._items, LOCAL, self._value, to, np.float64(factor)
            )
        return self._by_rate[name, factor]
