"""What an engine is made of: the groups, synapses and sources of a network on the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.timebase import TimeBase
from ...errors import BackendUnsupported
from ...plasticity import EProp
from ...spec import NetworkSpec, ProjectionSpec, SourceSpec, levels
from .._cpu import core
from .._keys import key
from .._lowering import build
from .._memory import check_memory
from ..base import Options
from .block import Block
from .counts import CountHistory
from .currents import Currents
from .dynamics import DynamicSynapses, Shares
from .eprop import EpropSynapses
from .history import History
from .keys import with_noise
from .learner import Learner
from .machine import Machine
from .plastic import PlasticSynapses
from .population import Neurons
from .sources import SourceFeed
from .supported import check, neuron_kernel
from .synapses import Drive, Rows, StaticSynapses

BATCH = 64  # steps queued between two fetches of spikes, at most,
AHEAD = 1 << 24  # and of neurons times steps that arrays hold
LONGEST_DELAY = 1 << 31  # steps, that kernels count in 32 bits

Synapses = StaticSynapses | DynamicSynapses | PlasticSynapses | EpropSynapses | Drive


@dataclass
class Stage:
    """Populations that go through steps together, and the synapses onto them as they are delivered.

    ``hearing`` : those that are told what sources have sent in these steps before they deliver it.
    """

    neurons: list[Neurons]
    synapses: list[Synapses]
    hearing: list[Learner | Shares]


def _compiled(spec: NetworkSpec, options: Options) -> Any:
    builder = core().NetworkBuilder(
        unit=options.dt, grid=True, round_off_grid=options.round_off_grid, dtype=options.dtype,
        weight_dtype=options.dtype, threads=1, packs_rows=False,
    )  # fmt: skip
    build(spec, builder, options.noise_seed, dtype=options.dtype)
    check_memory(builder.estimate_peak_bytes())
    return builder.compile()


class Parts:
    """Groups by number or name, synapses by projection and, in ``order``, as they are delivered.

    ``batch_steps`` : at most so many between two fetches; ``slice_steps`` : in one launch.
    """

    def __init__(self, spec: NetworkSpec, options: Options, like: Parts | None) -> None:
        """``like`` : those of another engine of the same network, which is then not drawn again."""
        check(spec)
        self._spec, self._options = spec, options
        self.network: Any = _compiled(spec, options) if like is None else like.network
        self.grid = TimeBase(options.dt, True, options.round_off_grid)
        self.machine: Machine = (
            Machine(options.dtype, options.device, options.building) if like is None else like.machine
        )
        self.stored = [Block(self.network, number, p.name) for number, p in enumerate(spec.projections)]
        self.blocks = [stored.arrays for stored in self.stored]
        self._shortest = [int(block["run_delay"].min(initial=LONGEST_DELAY)) for block in self.blocks]
        self.feed = SourceFeed(core(), spec, self.grid, options)
        self.currents = Currents(self.network, self.machine.real)

        self.noise_seed = spec.seed if options.noise_seed is None else options.noise_seed
        by_step = any(p.plasticity is not None for p in spec.projections)
        by_step |= any(p.parts() for p in spec.populations)
        largest = max([population.n for population in spec.populations], default=1)
        self.batch_steps = min(BATCH, max(1, AHEAD // max(1, largest)))
        self._level = levels((population.name for population in spec.populations), spec.projections)
        # Within the shortest delay nothing that fires reaches anything; learning, thresholds that a neuron's
        # own spikes raise, and competition look at each step.
        self.slice_steps = 1 if by_step else min(self._shortest_delay(), self.batch_steps)
        # By modulator, who listens; by group whose spikes are moments,
        # (modulator, value, delay, who listens).
        self.listeners = [self._listeners(m.name) for m in spec.modulators]
        self.feeds = self._feeds()
        delays = [delay for feeds in self.feeds.values() for _, _, delay, _ in feeds]
        self.batch_steps = max(1, min([self.batch_steps, *delays]))
        self._kept = self._steps_kept()
        hear = {
            p.target for p, block in zip(spec.projections, self.blocks, strict=True) if len(block["target"])
        }
        self.neurons = [
            Neurons(
                self.machine, population, neuron_kernel(population, options.dtype),
                self.network.initial_state(number), self.grid, self._kept[population.name], self.slice_steps,
                spec.seed, self.noise_seed, population.name not in hear,
            )
            for number, population in enumerate(spec.populations)
        ]  # fmt: skip
        self.histories: dict[str, History] = {}
        self.counts: dict[str, CountHistory] = {}
        self.synapses: dict[int, Synapses] = {}
        for number, projection in enumerate(spec.projections):
            if len(self.blocks[number]["target"]):
                self.synapses[number] = self._make_synapses(number, projection)
        # In the clock engine's order; drives come last there.
        order = [p for p in self.network.delivery_order if p in self.synapses]
        order.sort(key=lambda p: isinstance(self.synapses[p], Drive))
        self.order = [self.synapses[p] for p in order]
        self.hear_last: list[Learner | Shares] = []  # when all stages have gone through the steps
        self.stages = [self._stage(level, order) for level in range(1 + max(self._level.values(), default=0))]

    def _stage(self, level: int, order: list[int]) -> Stage:
        stage = Stage([], [], [])
        for neurons, population in zip(self.neurons, self._spec.populations, strict=True):
            if self._level[population.name] == level:
                stage.neurons.append(neurons)
        for number in order:
            p, synapses = self._spec.projections[number], self.synapses[number]
            if self._level[p.target] != level:
                continue
            stage.synapses.append(synapses)
            hears = synapses.shares if isinstance(synapses, DynamicSynapses) else synapses
            if isinstance(hears, Learner | Shares):
                (stage.hearing if self._is_ahead(p) else self.hear_last).append(hears)
        return stage

    def _is_ahead(self, p: ProjectionSpec) -> bool:
        """Do sources go through steps before the targets, so that delays may be 0?"""
        return p.source not in self._level or self._level[p.source] < self._level[p.target]

    def _listeners(self, modulator: str) -> list[int]:
        """Numbers of the projections that listen to a modulator, of those that have synapses."""
        projections = zip(self._spec.projections, self.blocks, strict=True)
        return [
            number
            for number, (p, block) in enumerate(projections)
            if p.modulator == modulator and len(block["target"])
        ]

    def _feeds(self) -> dict[int, list[tuple[int, float, int, list[int]]]]:
        groups = [p.name for p in self._spec.populations] + [s.name for s in self._spec.sources]
        feeds: dict[int, list[tuple[int, float, int, list[int]]]] = {}
        for number, m in enumerate(self._spec.modulators):
            if m.by is None or not self.listeners[number]:
                continue
            group = groups.index(m.by)
            delay = self.grid.tick(m.delay, f"modulator {m.name!r}: delay")
            feeds.setdefault(group, []).append((number, m.weight, delay, self.listeners[number]))
            if group >= len(self._spec.populations):
                self.feed.record(group - len(self._spec.populations))
        return feeds

    def _shortest_delay(self) -> int:
        """Of those who go through steps together, in steps; as many as a batch has where there is none."""
        synapses = zip(self._spec.projections, self._shortest, strict=True)
        return min([BATCH, *(shortest for p, shortest in synapses if not self._is_ahead(p))])

    def least_delay(self, number: int) -> int:
        """The shortest delay that a projection may be given, steps, as the clock engine has it.

        0 where targets go through steps after the neurons that they hear, and from sources that draw counts;
        else the shortest of those between populations, or of those from sources where spikes are sent.
        """
        projection = self._spec.projections[number]
        sources = {s.name for s in self._spec.sources}
        from_source = projection.source in sources
        if isinstance(self.synapses.get(number), Drive) or (not from_source and self._is_ahead(projection)):
            return 0
        delays = [
            shortest
            for p, shortest in zip(self._spec.projections, self._shortest, strict=True)
            if (p.source in self.histories if from_source else not self._is_ahead(p))
        ]
        delays += [
            self.grid.tick(m.delay, f"modulator {m.name!r}: delay")
            for m in self._spec.modulators
            if m.by is not None and (m.by in sources) == from_source
        ]
        return min(delays, default=1) if from_source else min([BATCH, *delays])

    def keep(self, group: str, delay: int, now: int) -> None:
        """Keep the spikes of a group for so long, if that is longer than before."""
        ring = delay + self.batch_steps + 1
        if group in self.counts:
            self.counts[group].lengthen(ring, now)
        names = [population.name for population in self._spec.populations]
        history = self.neurons[names.index(group)].history if group in names else self.histories.get(group)
        if history is not None:
            history.lengthen(ring, now)

    def _steps_kept(self) -> dict[str, int]:
        """Of each group, how many steps its spikes are kept: a batch, and its longest delay."""
        batch = self.batch_steps
        kept = dict.fromkeys((p.name for p in self._spec.populations), batch + 1)
        kept |= dict.fromkeys((s.name for s in self._spec.sources), batch + 1)
        for p, block in zip(self._spec.projections, self.blocks, strict=True):
            longest = int(block["run_delay"].max(initial=0))
            if longest > LONGEST_DELAY:
                raise BackendUnsupported(
                    f"backend 'opencl' runs delays of at most {LONGEST_DELAY:,} steps (projection {p.name!r} "
                    f"has one of {longest:,}; backend='clock' runs all)"
                )
            kept[p.source] = max(kept[p.source], longest + batch + 1)
        return kept

    def _make_synapses(self, number: int, p: ProjectionSpec) -> Synapses:
        names = [population.name for population in self._spec.populations]
        target, block = self.neurons[names.index(p.target)], self.blocks[number]
        source = next((s for s in self._spec.sources if s.name == p.source), None)
        if source is not None and self.feed.drives(self._spec.sources.index(source), source, p):
            if p.source not in self.counts:
                self.counts[p.source] = CountHistory(self.machine, self._kept[p.source], source.n)
                self.draw_counts(source, 0)
            counts = self.counts[p.source]
            assert isinstance(p.source_range, tuple)  # drives() has asked
            assert isinstance(p.target_range, tuple)
            first = p.source_range[0]
            return Drive(self.machine, block, p.receptor, counts, first, target, p.target_range)
        if source is None:
            history = self.neurons[names.index(p.source)].history
        else:
            if p.source not in self.histories:
                self.histories[p.source] = History(self.machine, self._kept[p.source], 16)
                self.feed.record(self._spec.sources.index(source))
            history = self.histories[p.source]
        rows = Rows(self.machine, block, p.receptor, history, target)
        shares = None
        if p.dynamics is not None:
            shares = Shares(rows, p.dynamics, self.grid.dt, key(self.noise_seed, "projection", p.name))
        if p.plasticity is None:
            return DynamicSynapses(rows, shares) if shares else StaticSynapses(rows)
        if isinstance(p.plasticity, EProp):
            return EpropSynapses(rows, p, p.plasticity, self.grid)
        rounds = self._options.round_off_grid
        modulator = next((m for m in self._spec.modulators if m.name == p.modulator), None)
        modulated = 1 if modulator is None or modulator.of is None else target.n
        return PlasticSynapses(
            rows, self.stored[number], p, self.grid, rounds, self.batch_steps, modulated, shares
        )

    def draw_counts(self, source: SourceSpec, noise: int) -> None:
        """Let the device draw how often a Poisson source fires in each step, where that is all it does."""
        number = self._spec.sources.index(source)
        whole = not self.feed.value(number, "start").any() and np.isinf(self.feed.value(number, "stop")).all()
        if not whole or self.feed.was_changed(number):
            self.feed.record(number)
            return
        rate = float(self.feed.value(number, "rate")[0])
        draws = with_noise(key(self.noise_seed, "source", source.name), noise)
        self.counts[source.name].draw_by(draws, rate * self.grid.dt * 1e-3)
