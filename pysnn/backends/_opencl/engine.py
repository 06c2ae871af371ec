"""The engine on an OpenCL device."""

from __future__ import annotations

import time as wall
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from ...errors import BackendUnsupported, ParameterError
from ...spec import GroupSpec, NetworkSpec, Neurons, ProjectionSpec
from .._cpu import core
from .._lowering import build
from .._memory import check_memory
from ..base import Float, Options, TrialEngine
from .block import Block
from .history import History
from .machine import Machine
from .plastic import PlasticSynapses
from .population import Currents
from .population import Neurons as NeuronGroup
from .probes import StateProbe
from .sources import SourceFeed, drives
from .supported import kernel_stems
from .synapses import CountHistory, Drive, Rows, StaticSynapses

BATCH = 64  # steps queued between two fetches of spikes
MOST_SPIKES = 1 << 22  # held before they must be taken
LONGEST_DELAY = 1 << 31  # steps, that kernels count in 32 bits

Spikes = tuple[NDArray[np.int64], NDArray[np.uint32]]
Changes = tuple[NDArray[np.int64], NDArray[np.uint32], Float]


class OpenCLEngine:
    """The clock engine's steps as kernels (kernels/*.cl), over the same compiled arrays.

    Its spikes, states and weights are those of the clock engine bit for bit (in float32 too where the
    device keeps subnormal numbers). ``threads`` has no meaning here. The device must compute in
    double precision, also for float32.
    """

    def __init__(self, spec: NetworkSpec, options: Options) -> None:
        stems = kernel_stems(spec)
        module = core()
        builder = module.NetworkBuilder(
            unit=options.dt, grid=True, round_off_grid=options.round_off_grid, dtype=options.dtype,
            weight_dtype=options.dtype, threads=1, packs_rows=False,
        )  # fmt: skip
        build(spec, builder, options.noise_seed)
        check_memory(builder.estimate_peak_bytes())
        self._network = builder.compile()
        self._spec, self._options = spec, options
        self._grid = TimeBase(options.dt, True, options.round_off_grid)
        self._machine = Machine(options.dtype)
        self._stored = [Block(self._network, number, p.name) for number, p in enumerate(spec.projections)]
        self._blocks = [stored.arrays for stored in self._stored]
        self._feed = SourceFeed(module, spec, self._grid, options)
        self._now = 0
        self._finished = False
        self._seconds = {"sources": 0.0, "launch": 0.0, "wait": 0.0}

        plastic = any(p.plasticity is not None for p in spec.projections)
        # Within the shortest delay nothing that fires reaches anything; learning looks at each step.
        self._slice = 1 if plastic else min(self._shortest_delay(), BATCH)
        self._kept = self._steps_kept()
        self._neurons = [
            NeuronGroup(
                self._machine, population, stems["population", population.name],
                self._network.initial_state(number), self._grid, self._kept[population.name],
                self._slice,
            )
            for number, population in enumerate(spec.populations)
        ]  # fmt: skip
        self._currents = Currents(spec.currents, self._grid, self._machine.real)
        self._histories: dict[str, History] = {}
        self._counts: dict[str, CountHistory] = {}
        self._synapses: dict[int, StaticSynapses | PlasticSynapses | Drive] = {}
        for number, projection in enumerate(spec.projections):
            if len(self._blocks[number]["target"]):
                self._synapses[number] = self._make_synapses(number, projection, stems)
        # In the clock engine's order; drives come last there.
        ordered = [self._synapses[p] for p in self._network.delivery_order if p in self._synapses]
        self._order = sorted(ordered, key=lambda s: isinstance(s, Drive))
        self._plastic = [s for s in self._order if isinstance(s, PlasticSynapses)]
        self._recorded: dict[int, list[Spikes]] = {}
        self._held = 0
        self._probes: list[StateProbe] = []
        self._changes: dict[int, list[Changes]] = {}

    # ---- building -----------------------------------------------------------------------------------

    def _shortest_delay(self) -> int:
        """In steps; as many as a batch has where there is none."""
        return min([int(b["run_delay"].min()) for b in self._blocks if len(b["target"])], default=BATCH)

    def _steps_kept(self) -> dict[str, int]:
        """Of each group, how many steps its spikes are kept: a batch, and its longest delay."""
        kept = dict.fromkeys((p.name for p in self._spec.populations), BATCH + 1)
        kept |= dict.fromkeys((s.name for s in self._spec.sources), BATCH + 1)
        for p, block in zip(self._spec.projections, self._blocks, strict=True):
            longest = int(block["run_delay"].max(initial=0))
            if longest > LONGEST_DELAY:
                raise BackendUnsupported(
                    f"backend 'opencl' runs delays of at most {LONGEST_DELAY:,} steps (projection {p.name!r} "
                    f"has one of {longest:,}; backend='clock' runs all)"
                )
            kept[p.source] = max(kept[p.source], longest + BATCH + 1)
        return kept

    def _make_synapses(
        self, number: int, p: ProjectionSpec, stems: dict[tuple[str, str], str]
    ) -> StaticSynapses | PlasticSynapses | Drive:
        names = [population.name for population in self._spec.populations]
        target, block = self._neurons[names.index(p.target)], self._blocks[number]
        source = next((s for s in self._spec.sources if s.name == p.source), None)
        if source is not None and drives(source, p, self._options.dt):
            if p.source not in self._counts:
                self._counts[p.source] = CountHistory(self._machine, self._kept[p.source], source.n)
            counts = self._counts[p.source]
            assert isinstance(p.source_range, tuple)  # drives() has asked
            assert isinstance(p.target_range, tuple)
            first = p.source_range[0]
            return Drive(self._machine, block, p.receptor, counts, first, target, p.target_range)
        if source is None:
            history = self._neurons[names.index(p.source)].history
        else:
            if p.source not in self._histories:
                self._histories[p.source] = History(self._machine, self._kept[p.source], 16)
            history = self._histories[p.source]
        rows = Rows(self._machine, block, p.receptor, history, target)
        if p.plasticity is None:
            return StaticSynapses(rows)
        rounds = self._options.round_off_grid
        return PlasticSynapses(rows, p, stems["projection", p.name], self._grid, rounds, BATCH)

    # ---- running ------------------------------------------------------------------------------------

    @property
    def ticks(self) -> int:
        """Model time reached, steps."""
        return self._now

    @property
    def time(self) -> float:
        """Model time reached, ms."""
        return self._grid.ms_of(self._now)

    def advance(self, until: int, wall_budget: float) -> None:
        """Run to step ``until``, in batches of steps, or for about ``wall_budget`` seconds."""
        begun = wall.perf_counter()
        while self._now < until:
            self._finished = False
            self._batch(min(BATCH, until - self._now))
            if wall.perf_counter() - begun > wall_budget or self._held > MOST_SPIKES:
                break

    def _batch(self, steps: int) -> None:
        start, until = self._now, self._now + steps
        begun = wall.perf_counter()
        self._emit(start, steps)
        emitted = wall.perf_counter()
        self._repeatably(lambda: self._steps(start, until))
        launched = wall.perf_counter()
        for number, neurons in enumerate(self._neurons):
            if number in self._recorded:
                self._keep(number, neurons.history.read(start, steps))
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
        for number, (step, index) in enumerate(self._feed.emit(start + steps)):
            name = self._spec.sources[number].name
            if name in self._histories:
                self._histories[name].write(start, steps, step, index)
            if name in self._counts:
                self._counts[name].write(start, steps, step, index)
            group = len(self._neurons) + number
            if group in self._recorded:
                self._keep(group, (step, index))

    def _steps(self, start: int, until: int) -> None:
        for plastic in self._plastic:
            plastic.prepare(start, until)
        self._set_currents(start)
        self._sample(start)
        now = start
        while now < until:
            steps = min([self._slice, until - now, *self._stops(now)])
            for synapses in self._order:
                synapses.deliver(now, steps)
            for neurons in self._neurons:
                neurons.advance(now, steps)
            for plastic in self._plastic:
                plastic.after(now, steps)
            now += steps
            self._sample(now)
            if now < until and self._currents.changes_at(now):
                self._set_currents(now)

    def _stops(self, now: int) -> list[int]:
        """Steps from now to where something must be done between two launches."""
        stops = [probe.due - now for probe in self._probes]
        change = self._currents.next_change(now)
        return stops if change is None else [*stops, change - now]

    def _sample(self, now: int) -> None:
        for probe in self._probes:
            if probe.due == now:
                probe.sample(now)

    def _set_currents(self, now: int) -> None:
        sizes = {population.name: population.n for population in self._spec.populations}
        levels = self._currents.levels(now, sizes)
        for population, neurons in zip(self._spec.populations, self._neurons, strict=True):
            if population.name in levels:
                neurons.set_current(levels[population.name])

    def _repeatably(self, action: Callable[[], None]) -> None:
        """Do what may record changes of weights; where their log is too small, enlarge it and repeat."""
        recording = [p for p in self._plastic if p.records]
        if not recording:
            action()
            return
        mutable = [neurons.state for neurons in self._neurons]
        for synapses in self._order:
            mutable += synapses.mutable()
        saved = [(buffer, self._machine.clone(buffer)) for buffer in mutable]
        marks = [plastic.marks() for plastic in self._plastic]
        action()
        while [plastic for plastic in recording if plastic.log_overflown()]:
            for buffer, copy in saved:
                self._machine.copy(buffer, copy)
            for plastic, mark in zip(self._plastic, marks, strict=True):
                plastic.restore(mark)
            for probe in self._probes:
                probe.drop()
            action()
        for number, kept in self._changes.items():
            synapses = self._synapses[number]
            assert isinstance(synapses, PlasticSynapses)
            kept.append(synapses.take_changes())

    def finish(self) -> None:
        """Bring plastic weights up to the present time, in the arrays of ``blocks``."""
        if not self._finished:
            self._repeatably(self._bring_to_present)
            self._finished = True

    def _bring_to_present(self) -> None:
        for number, synapses in self._synapses.items():
            if isinstance(synapses, PlasticSynapses):
                self._blocks[number]["weight"][:] = synapses.finish(self._now)

    # ---- recording ----------------------------------------------------------------------------------

    def _keep(self, group: int, spikes: Spikes) -> None:
        self._recorded[group].append(spikes)
        self._held += len(spikes[0])

    def record_spikes(self, group: int) -> None:
        """Keep the spikes of a group."""
        self._recorded.setdefault(group, [])

    def take_spikes(self, group: int) -> tuple[Float, NDArray[np.uint32]]:
        """Times and indices since the last call."""
        kept = self._recorded[group]
        step = np.concatenate([np.empty(0, np.int64), *(steps for steps, _ in kept)])
        index = np.concatenate([np.empty(0, np.uint32), *(indices for _, indices in kept)])
        kept.clear()
        self._held -= len(step)
        return self._grid.ms(step), index

    def add_state_probe(self, population: int, state: str, indices: NDArray[np.uint32], every: float) -> int:
        """Sample a state."""
        # Rounded, an interval is one step at least, as the core has it.
        steps = max(1, self._grid.tick(every, "probe: every")) if every else 1
        neurons = self._neurons[population]
        probe = StateProbe(self._machine, neurons, state, indices, steps, self._now, BATCH + 1)
        self._probes.append(probe)
        return len(self._probes) - 1

    def take_states(self, probe: int) -> tuple[Float, Float]:
        """Samples since the last call."""
        return self._probes[probe].take(self._grid)

    def add_change_probe(self, projection: int) -> int:
        """Record changes of weights."""
        self._changes.setdefault(projection, [])
        synapses = self._synapses.get(projection)
        if isinstance(synapses, PlasticSynapses):
            synapses.record_changes()
        else:
            del self._changes[projection]
            if self._spec.projections[projection].plasticity is None:
                raise ParameterError("only a plastic projection changes its weights")
        return projection

    def take_changes(self, probe: int) -> tuple[Float, NDArray[np.uint64], Float]:
        """Changes since the last call, by time and synapse."""
        kept = self._changes.get(probe, [])
        step = np.concatenate([np.empty(0, np.int64), *(part[0] for part in kept)])
        stored = np.concatenate([np.empty(0, np.uint32), *(part[1] for part in kept)])
        weight = np.concatenate([np.empty(0), *(part[2] for part in kept)])
        kept.clear()
        synapse = self._stored[probe].order()[stored] if len(stored) else np.empty(0, np.uint64)
        order = np.lexsort((synapse, step))  # stable: several changes of one synapse stay in order
        return self._grid.ms(step[order]), synapse[order], weight[order]

    # ---- synapses -----------------------------------------------------------------------------------

    def synapse_count(self, projection: int) -> int:
        """Number of synapses."""
        return int(self._network.synapse_count(projection))

    def synapses(self, projection: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32], Float]:
        """Sources, targets and delays."""
        i, j, delay = self._network.synapses(projection)
        return i, j, delay

    def weights(self, projection: int) -> NDArray[Any]:
        """Weights in (i, j, k) order, up to date."""
        self.finish()
        stored = self._blocks[projection]["weight"]
        n = self.synapse_count(projection)
        values = np.empty(n, self._machine.real)
        if n:
            values[self._stored[projection].order()] = stored
        return values

    def set_weights(self, projection: int, weights: NDArray[Any]) -> None:
        """Replace the weights; those of a drive (one constant from a Poisson source) cannot be."""
        self.finish()
        synapses = self._synapses.get(projection)
        if synapses is None:
            return
        if isinstance(synapses, Drive):
            name = self._spec.projections[projection].name
            raise BackendUnsupported(f"set_weights: {name!r} was declared with one constant weight")
        owner = f"set_weights: {self._spec.projections[projection].name!r}"
        stored = self._machine.rounded(weights, owner)[self._stored[projection].order()]
        if isinstance(synapses, PlasticSynapses):
            self._blocks[projection]["weight"][:] = stored
            synapses.set_weights(stored, self._now)
        else:
            self._blocks[projection] = {**self._blocks[projection], "weight": stored}
            synapses.set_weights(stored)

    def blocks(self, projection: int) -> list[dict[str, Any]]:
        """Synapses as stored, with the weights as of the last finish."""
        return [self._blocks[projection]]

    # ---- states and numbers -------------------------------------------------------------------------

    def state(self, population: int, name: str) -> Float:
        """A state variable of all neurons."""
        return self._neurons[population].get(name)

    def set_state(self, population: int, name: str, values: Float) -> None:
        """Replace a state variable."""
        # A potential above threshold may fire a neuron out of turn: histories are emptied for its sake.
        self._repeatably(self._settle)
        self._neurons[population].set(name, values)

    def parameter(self, group: int, name: str) -> Float:
        """A parameter of every neuron or source of a group: as it was described, for here none changes."""
        groups: list[GroupSpec] = [*self._spec.populations, *self._spec.sources]
        described = groups[group]
        value = np.asarray(getattr(described.model, name), dtype=np.float64)
        return np.array(np.broadcast_to(value, described.n))

    def set_parameters(self, group: int, values: Mapping[str, Float], indices: NDArray[np.uint32]) -> None:
        """Refused."""
        raise BackendUnsupported("backend 'opencl' keeps the parameters that it was built with")

    def _settle(self) -> None:
        for plastic in self._plastic:
            plastic.settle(self._now)

    def restart(self, kept: list[tuple[int, str]], from_zero: bool, noise: int) -> None:
        """Not there yet."""
        raise BackendUnsupported(
            "reset: backend 'opencl' cannot begin again in place: expected backend='clock', 'event' or 'auto'"
        )

    # ---- changes while it runs: none yet -------------------------------------------------------------

    @staticmethod
    def _refuse(call: str) -> NoReturn:
        raise BackendUnsupported(
            f"backend 'opencl' cannot {call} while it runs (backend='clock' and 'event' can)"
        )

    def inject(
        self,
        number: int,
        population: int,
        neurons: Neurons,
        model: str,
        params: dict[str, Any],
        noise_key: int,
        own: list[dict[str, Any]],
    ) -> None:
        """Refused."""
        self._refuse("inject a current")

    def replace_current(
        self, number: int, model: str, params: dict[str, Any], noise_key: int, own: list[dict[str, Any]]
    ) -> None:
        """Refused."""
        self._refuse("replace a current")

    def stop_current(self, number: int) -> None:
        """Refused."""
        self._refuse("stop a current")

    def part(self, population: int, name: str) -> float:
        """There are none."""
        raise ParameterError(f"population {population} has no {name!r}")

    def set_part(self, population: int, name: str, value: float) -> None:
        """Refused."""
        self._refuse("change a population")

    def least_delay(self, projection: int) -> float:
        """Refused."""
        self._refuse("set delays")

    def check_delays(self, projection: int, delays: Float) -> None:
        """Refused."""
        self._refuse("set delays")

    def set_delays(self, projection: int, delays: Float) -> None:
        """Refused."""
        self._refuse("set delays")

    def check_sources(self, projection: int, sources: NDArray[np.uint32]) -> None:
        """Refused."""
        self._refuse("rewire synapses")

    def rewire(self, projection: int, sources: NDArray[np.uint32]) -> list[int]:
        """Refused."""
        self._refuse("rewire synapses")

    def rewirings(self, projection: int) -> int:
        """None."""
        return 0

    def built_order(self, projection: int) -> list[int]:
        """As drawn."""
        return []

    def set_learning(self, projection: int, on: bool) -> None:
        """Refused."""
        self._refuse("switch learning on or off")

    def modulate(self, modulator: int, values: Float) -> None:
        """Refused."""
        self._refuse("modulate learning")

    def teach(self, error: int, wanted: Float, gain: float) -> Float:
        """Refused."""
        self._refuse("teach readout neurons")

    def learns(self, projection: int) -> bool:
        """Always."""
        return self._spec.projections[projection].plasticity is not None

    def feed(self, source: int, times: Float, indices: NDArray[np.uint32]) -> None:
        """Refused."""
        self._refuse("feed spikes to a source")

    def feed_source(self, source: int, model: str, params: dict[str, Any], noise_key: int) -> None:
        """Refused."""
        self._refuse("feed another source to a source")

    # ---- numbers about the run ----------------------------------------------------------------------

    def trials(self, threads: int, in_order: bool, states: list[tuple[int, str, Float, bool]]) -> TrialEngine:
        """Not there yet."""
        raise BackendUnsupported(
            "run_trials: backend 'opencl' cannot begin again in place: expected backend='clock', 'event' or "
            "'auto'"
        )

    def take_over(self, trials: TrialEngine, carried: list[tuple[int, str]]) -> None:
        """Not there yet: there are no trials."""

    def delivered(self) -> list[int]:
        """Synaptic events so far, by projection."""
        return [self._synapses[p].delivered() if p in self._synapses else 0 for p in range(len(self._blocks))]

    def save(self) -> dict[str, NDArray[Any]]:
        """Refused."""
        raise BackendUnsupported("backend 'opencl' cannot save a simulation (backend='clock' can)")

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Refused."""
        raise BackendUnsupported("backend 'opencl' cannot resume a simulation (backend='clock' can)")

    def profile(self) -> dict[str, float]:
        """Seconds by phase."""
        return dict(self._seconds)

    @property
    def nbytes(self) -> int:
        """Bytes of the compiled synapses (once more as many lie on the device)."""
        return int(self._network.nbytes)
