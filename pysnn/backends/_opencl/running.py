"""An engine on an OpenCL device: what it is made of, and how it runs."""

from __future__ import annotations

import time as wall
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...spec import NetworkSpec
from ..base import Float, Options
from .dynamics import DynamicSynapses
from .learner import Learner
from .parts import Parts
from .probes import StateProbe
from .rearranged import Change
from .signals import Signals
from .synapses import Drive, StaticSynapses

MOST_SPIKES = 1 << 22  # held before they must be taken
PACE = 0.1  # seconds that a batch of steps takes at most, as nobody hears Ctrl-C while the device works

Spikes = tuple[NDArray[np.int64], NDArray[np.uint32]]
Changes = tuple[NDArray[np.int64], NDArray[np.uint32], Float]


class Running:
    """The steps of a network, in batches between which spikes are fetched."""

    def __init__(self, spec: NetworkSpec, options: Options, like: Parts | None = None) -> None:
        """``like`` : those of another engine of the same network, which is then not drawn again."""
        parts = Parts(spec, options, like)
        self._parts: Parts = parts
        self._spec, self._options = spec, replace(options, building=None)
        self._network, self._machine, self._grid = parts.network, parts.machine, parts.grid
        self._stored, self._blocks = parts.stored, parts.blocks
        self._feed, self._currents = parts.feed, parts.currents
        self._neurons, self._synapses = parts.neurons, parts.synapses
        self._histories, self._counts = parts.histories, parts.counts
        self._order = parts.order
        self._plastic: list[Learner] = [s for s in self._order if isinstance(s, Learner)]
        self._homeostases = [n.homeostasis for n in self._neurons if n.homeostasis is not None]
        self._dynamic = [s for s in self._order if isinstance(s, DynamicSynapses)]
        self._signals = Signals(spec, parts.noise_seed)
        self._noise = 0  # that errors draw by
        self._now = 0
        self._pace = 1  # steps that a batch may take, which shows as it runs
        self._finished = False
        self._static = [s for s in self._order if isinstance(s, StaticSynapses | Drive)]
        self._changed: dict[int, Change] = {}  # by projection whose delays or sources were set
        self._replaced: set[int] = set()  # projections of weights that stay, whose weights were set
        self._delivered_before = np.zeros(len(spec.projections), np.int64)  # by another engine
        self._seconds = {"sources": 0.0, "launch": 0.0, "wait": 0.0}
        self._recorded: dict[int, list[Spikes]] = {}
        self._held = 0
        self._probes: list[StateProbe] = []
        self._changes: dict[int, list[Changes]] = {}

    # ---- running ------------------------------------------------------------------------------------

    @property
    def ticks(self) -> int:
        """Model time reached, steps."""
        return self._now

    @property
    def time(self) -> float:
        """Model time reached, ms."""
        return self._grid.ms_of(self._now)

    def owned(self, group: int) -> tuple[int, int]:
        """All of a group."""
        populations = len(self._spec.populations)
        if group < populations:
            return 0, self._spec.populations[group].n
        return 0, self._spec.sources[group - populations].n

    @property
    def exchanges(self) -> tuple[int, int]:
        """None: it runs in one process."""
        return 0, 0

    def advance(self, until: int, wall_budget: float) -> None:
        """Run to step ``until``, in batches of steps, or for about ``wall_budget`` seconds."""
        begun = wall.perf_counter()
        while self._now < until:
            self._finished = False
            self._paced_batch(min(self._parts.batch_steps, until - self._now))
            if wall.perf_counter() - begun > wall_budget or self._held > MOST_SPIKES:
                break
        for neurons in self._neurons:
            neurons.check_finite()
        for plastic in self._plastic:
            plastic.check()

    def _paced_batch(self, most: int) -> None:
        steps = min(self._pace, most)
        begun = wall.perf_counter()
        self._batch(steps)
        spent = wall.perf_counter() - begun
        if spent > PACE:
            self._pace = max(1, int(steps * PACE / spent))
        elif steps == self._pace and spent < 0.5 * PACE:
            self._pace *= 2

    def _batch(self, steps: int) -> None:
        start, until = self._now, self._now + steps
        begun = wall.perf_counter()
        for plastic in self._plastic:
            plastic.tidy()
        for synapses in (*self._static, *self._dynamic):
            synapses.tidy(start)
        self._emit(start, steps)
        for plastic in self._plastic:
            plastic.make_room(start, until)
        emitted = wall.perf_counter()
        self._repeatably(lambda: self._steps(start, until))
        launched = wall.perf_counter()
        for number, neurons in enumerate(self._neurons):
            if number in self._recorded or number in self._parts.feeds:
                spikes = neurons.history.read(start, steps)
                self._modulate_by(number, spikes)
                if number in self._recorded:
                    self._keep(number, spikes)
        for probe in self._probes:
            probe.fetch()
        self._now = until
        if self._options.profile:
            for phase, spent in (
                ("sources", emitted - begun), ("launch", launched - emitted),
                ("wait", wall.perf_counter() - launched),
            ):  # fmt: skip
                self._seconds[phase] += spent

    def _emit(self, start: int, steps: int) -> None:
        for counts in self._counts.values():
            if counts.drawn:
                counts.draw(start, steps)
        for number, (step, index) in enumerate(self._feed.emit(start + steps)):
            name = self._spec.sources[number].name
            if name in self._histories:
                self._histories[name].write(start, steps, step, index)
            if name in self._counts and not self._counts[name].drawn:
                self._counts[name].write(start, steps, step, index)
            group = len(self._neurons) + number
            self._modulate_by(group, (step, index))
            if group in self._recorded:
                self._keep(group, (step, index))

    def _modulate_by(self, group: int, spikes: Spikes) -> None:
        """Spikes that are moments of a modulator; none of them acts before a batch of steps is over."""
        for modulator, weight, delay, projections in self._parts.feeds.get(group, []):
            for projection in projections:
                synapses = self._synapses[projection]
                assert isinstance(synapses, Learner)
                for step in spikes[0].tolist():
                    synapses.modulate_at(weight, step + delay, modulator)

    def _steps(self, start: int, until: int) -> None:
        for plastic in self._plastic:
            plastic.prepare(start, until)
        for dynamic in self._dynamic:
            dynamic.shares.prepare(until)
        self._set_currents(start)
        self._sample(start)
        now = start
        most = 1 if any(s.by_step for s in self._static) else self._parts.slice_steps
        while now < until:
            steps = min([most, until - now, *self._stops(now)])
            for stage in self._parts.stages:
                for hearing in stage.hearing:
                    hearing.hear(now, steps)
                for synapses in stage.synapses:
                    synapses.deliver(now, steps)
                for neurons in stage.neurons:
                    neurons.advance(now, steps)
            for hearing in self._parts.hear_last:
                hearing.hear(now, steps)
            for plastic in self._plastic:
                plastic.after(now, steps)
            now += steps
            for moving in self._homeostases:
                if moving.due <= now:
                    moving.fall(now)
            self._sample(now)
            if now < until:
                self._set_currents(now)

    def _stops(self, now: int) -> list[int]:
        """Steps from now to where something must be done between two launches."""
        stops = [probe.due - now for probe in self._probes]
        stops += [moving.due - now for moving in self._homeostases]
        change = self._currents.next_change()
        return stops if change is None else [*stops, change - now]

    def _sample(self, now: int) -> None:
        for probe in self._probes:
            if probe.due == now:
                probe.sample(now)

    def _set_currents(self, now: int) -> None:
        change = self._currents.next_change()
        if change is not None and change <= now:
            sizes = [population.n for population in self._spec.populations]
            for number, sums in self._currents.changed(now, sizes).items():
                self._neurons[number].set_current(sums)

    def _repeatably(self, action: Callable[[], None]) -> None:
        """Do what may record changes of weights; where their log is too small, enlarge it and repeat."""
        recording = [p for p in self._plastic if p.records]
        if not recording:
            action()
            return
        mutable = [neurons.state for neurons in self._neurons]
        for moving in self._homeostases:
            mutable += moving.mutable()
        for synapses in self._order:
            mutable += synapses.mutable()
        saved = [(buffer, self._machine.clone(buffer)) for buffer in mutable]
        marks = [plastic.marks() for plastic in self._plastic]
        currents = self._currents.marks()
        falls = [moving.marks() for moving in self._homeostases]
        action()
        while [plastic for plastic in recording if plastic.log_overflown()]:
            for buffer, copy in saved:
                self._machine.copy(buffer, copy)
            for plastic, mark in zip(self._plastic, marks, strict=True):
                plastic.go_back(mark)
            self._currents.go_back(currents)
            for moving, fall in zip(self._homeostases, falls, strict=True):
                moving.go_back(fall)
            for probe in self._probes:
                probe.drop()
            action()
        for number, kept in self._changes.items():
            synapses = self._synapses[number]
            assert isinstance(synapses, Learner)
            kept.append(synapses.take_changes())

    def finish(self) -> None:
        """Bring plastic weights up to the present time, in the arrays of ``blocks``."""
        if not self._finished:
            self._repeatably(self._bring_to_present)
            self._finished = True

    def _bring_to_present(self, *projections: int) -> None:
        """These alone, or all."""
        for number, synapses in self._synapses.items():
            if isinstance(synapses, Learner) and (not projections or number in projections):
                self._blocks[number]["weight"][:] = synapses.finish(self._now)

    def _keep(self, group: int, spikes: Spikes) -> None:
        self._recorded[group].append(spikes)
        self._held += len(spikes[0])
