"""The engine on an OpenCL device."""

from __future__ import annotations

import time as wall
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ...errors import BackendUnsupported, ParameterError
from ...spec import NetworkSpec, Neurons
from ..base import Float, Options, TrialEngine
from .checkpoint import Arrays, array, named, within
from .dynamics import DynamicSynapses, Shares
from .parts import Parts
from .plastic import PlasticSynapses
from .probes import StateProbe
from .signals import Signals
from .trials import Trials

MOST_SPIKES = 1 << 22  # held before they must be taken

Spikes = tuple[NDArray[np.int64], NDArray[np.uint32]]
Changes = tuple[NDArray[np.int64], NDArray[np.uint32], Float]


class OpenCLEngine:
    """The clock engine's steps as kernels (kernels/*.cl), over the same compiled arrays.

    Its spikes, states and weights are those of the clock engine bit for bit (in float32 too where the
    device keeps subnormal numbers). ``threads`` has no meaning here. The device must compute in
    double precision, also for float32.
    """

    def __init__(self, spec: NetworkSpec, options: Options, like: OpenCLEngine | None = None) -> None:
        """``like`` : an engine of the same network, as which this one begins."""
        parts = Parts(spec, options, None if like is None else like._parts)
        parts.machine.building = None  # what is built later is not shown
        self._parts: Parts = parts
        self._spec, self._options = spec, replace(options, building=None)
        self._network, self._machine, self._grid = parts.network, parts.machine, parts.grid
        self._stored, self._blocks = parts.stored, parts.blocks
        self._feed, self._currents = parts.feed, parts.currents
        self._neurons, self._synapses = parts.neurons, parts.synapses
        self._histories, self._counts = parts.histories, parts.counts
        self._order = parts.order
        self._plastic = [s for s in self._order if isinstance(s, PlasticSynapses)]
        self._homeostases = [n.homeostasis for n in self._neurons if n.homeostasis is not None]
        self._dynamic = [s for s in self._order if isinstance(s, DynamicSynapses)]
        self._hearing: list[PlasticSynapses | Shares] = [*self._plastic]
        self._hearing += [synapses.shares for synapses in self._dynamic]
        self._signals = Signals(spec, parts.noise_seed)
        self._noise = 0  # that errors draw by
        self._now = 0
        self._finished = False
        self._replaced: set[int] = set()  # projections of weights that stay, whose weights were set
        self._delivered_before = np.zeros(len(spec.projections), np.int64)  # by another engine
        self._seconds = {"sources": 0.0, "launch": 0.0, "wait": 0.0}
        self._recorded: dict[int, list[Spikes]] = {}
        self._held = 0
        self._probes: list[StateProbe] = []
        self._changes: dict[int, list[Changes]] = {}
        if like is not None:
            self._begin_as(like)

    # ---- building -----------------------------------------------------------------------------------

    def _begin_as(self, other: OpenCLEngine) -> None:
        """With the parameters, weights and what learns of another engine of the same network."""
        for neurons, like in zip(self._neurons, other._neurons, strict=True):
            neurons.take_parameters_of(like)
        for source in self._feed.take_parameters_of(other._feed):
            self._draw_no_more(source)
        for number in range(len(self._blocks)):
            synapses, theirs = self._synapses.get(number), other._synapses.get(number)
            if synapses is not None and not np.array_equal(
                self._blocks[number]["weight"], other._blocks[number]["weight"]
            ):
                self.set_weights(number, other.weights(number))
            if isinstance(synapses, PlasticSynapses) and isinstance(theirs, PlasticSynapses):
                synapses.forget()
                synapses.take_over(theirs)
        self._signals.take_over(other._signals)

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
            self._batch(min(self._parts.batch_steps, until - self._now))
            if wall.perf_counter() - begun > wall_budget or self._held > MOST_SPIKES:
                break
        for neurons in self._neurons:
            neurons.check_finite()
        for plastic in self._plastic:
            plastic.check()

    def _batch(self, steps: int) -> None:
        start, until = self._now, self._now + steps
        begun = wall.perf_counter()
        for plastic in self._plastic:
            plastic.tidy()
        self._emit(start, steps)
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
                assert isinstance(synapses, PlasticSynapses)
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
        while now < until:
            steps = min([self._parts.slice_steps, until - now, *self._stops(now)])
            for synapses in self._order:
                synapses.deliver(now, steps)
            for neurons in self._neurons:
                neurons.advance(now, steps)
            for hearing in self._hearing:
                hearing.after(now, steps)
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
        if group >= len(self._neurons):
            self._feed.record(group - len(self._neurons))

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
        probe = StateProbe(
            self._machine, neurons, state, indices, steps, self._now, self._parts.batch_steps + 1
        )
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
        """Replace the weights, given in (i, j, k) order."""
        self.finish()
        synapses = self._synapses.get(projection)
        if synapses is None:
            return
        owner = f"set_weights: {self._spec.projections[projection].name!r}"
        stored = self._machine.rounded(weights, owner)[self._stored[projection].order()]
        if isinstance(synapses, PlasticSynapses):
            self._blocks[projection]["weight"][:] = stored
            synapses.set_weights(stored, self._now)
        else:
            self._replaced.add(projection)
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
        """A parameter of every neuron or source of a group, as it is now."""
        if group < len(self._neurons):
            return self._neurons[group].parameter(name)
        values: Float = self._feed.engine.parameter(group - len(self._neurons), name)
        return values

    def set_parameters(self, group: int, values: Mapping[str, Float], indices: NDArray[np.uint32]) -> None:
        """Go on with these values for the neurons or sources ``indices``."""
        if group >= len(self._neurons):
            source = group - len(self._neurons)
            self._feed.set_parameters(source, values, indices)
            self._draw_no_more(source)
            return
        self._neurons[group].set_parameters(values, indices)
        for plastic in self._plastic:
            if plastic.target is self._neurons[group]:
                self._repeatably(partial(plastic.reserve, self._now))

    def _draw_no_more(self, source: int) -> None:
        """A source has changed: what it emits comes from the core."""
        counts = self._counts.get(self._spec.sources[source].name)
        if counts is not None and counts.drawn:
            counts.stop_drawing()
            self._feed.record(source)

    def _settle(self) -> None:
        for plastic in self._plastic:
            plastic.settle(self._now)

    def restart(self, kept: list[tuple[int, str]], from_zero: bool, noise: int) -> None:
        """Back to the beginning: states, currents, traces, what is under way; but not the states ``kept``."""
        self.finish()
        for number, neurons in enumerate(self._neurons):
            states = {state for population, state in kept if population == number}
            neurons.restart(states, noise if from_zero else None, self._now)
        for history in self._histories.values():
            history.clear()
        for plastic in self._plastic:
            plastic.forget()
        for plastic in self._plastic:
            plastic.begin_again(noise, from_zero)
        for dynamic in self._dynamic:
            dynamic.begin_again(noise, from_zero)
        self._finished = False
        if not from_zero:
            return
        self._feed.restart(noise)
        for source in self._spec.sources:
            if source.name in self._counts:
                self._counts[source.name].clear()
                if self._counts[source.name].drawn:
                    self._parts.draw_counts(source, noise)
        self._currents.begin_again(noise)
        self._noise = noise
        for neurons in self._neurons:
            neurons.set_current(np.zeros(neurons.n, self._machine.real))
        self._now = 0
        for recorded in self._recorded.values():
            recorded.clear()
        self._held = 0
        for probe in self._probes:
            probe.begin_again()

    # ---- changes while it runs ----------------------------------------------------------------------

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
        """Let a current flow into neurons of a population from now on."""
        self._currents.inject(number, population, neurons, model, params, noise_key, own, self._now)

    def replace_current(
        self, number: int, model: str, params: dict[str, Any], noise_key: int, own: list[dict[str, Any]]
    ) -> None:
        """Another current into the same neurons from now on."""
        self._currents.replace(number, model, params, noise_key, own, self._now)

    def stop_current(self, number: int) -> None:
        """None from now on."""
        self._currents.stop(number)

    def feed(self, source: int, times: Float, indices: NDArray[np.uint32]) -> None:
        """Play from an Input these spikes."""
        self._feed.engine.feed(source - len(self._neurons), times, indices)

    def feed_source(self, source: int, model: str, params: dict[str, Any], noise_key: int) -> None:
        """Play from an Input what this source emits, from now on."""
        self._feed.engine.feed_source(source - len(self._neurons), model, params, noise_key)

    @staticmethod
    def _refuse(call: str) -> NoReturn:
        raise BackendUnsupported(
            f"backend 'opencl' cannot {call} while it runs (backend='clock' and 'event' can)"
        )

    def part(self, population: int, name: str) -> float:
        """A number of what a population has beside its model, as it is now."""
        parts = self._neurons[population].parts()
        if name not in parts:
            raise ParameterError(f"population {population} has no {name!r}")
        return parts[name]

    def set_part(self, population: int, name: str, value: float) -> None:
        """Go on with another number of what a population has beside its model."""
        self.part(population, name)
        self._neurons[population].set_part(name, value, self._now)

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

    def set_learning(self, projection: int, on: bool | None, rate: float | None) -> None:
        """Whether the weights of a plastic projection change from now on, and how fast; None: as before."""
        synapses = self._plastic_of(projection)
        if synapses is not None:
            synapses.learn(on, rate, self._now)

    def _plastic_of(self, projection: int) -> PlasticSynapses | None:
        """None where it has no synapses."""
        if self._spec.projections[projection].plasticity is None:
            raise ParameterError(f"{self._spec.projections[projection].name!r} has no plasticity")
        synapses = self._synapses.get(projection)
        return synapses if isinstance(synapses, PlasticSynapses) else None

    def modulate(self, modulator: int, values: Float) -> None:
        """A moment of a modulator, now: its number, or one for each neuron of its population."""
        for number, signal in self._signals.follow(modulator, values, self._weights_now):
            for projection in self._parts.listeners[number]:
                synapses = self._synapses.get(projection)
                if isinstance(synapses, PlasticSynapses):
                    synapses.modulate(signal, self._now)
        self._finished = False

    def teach(self, error: int, wanted: Float, gain: float) -> Float:
        """The moment of an error, now: of what is wanted of its readout, and what feedback makes of it."""
        population, state = self._signals.readout(error)
        y = self.state(population, state)
        missed = self._signals.missed(error, y, wanted, self._noise, self._now) * gain
        self.modulate(self._signals.modulator(error), missed)
        return missed

    def _weights_now(self, projection: int) -> Float:
        """Of a plastic projection, summed by pair: [sources, targets]."""
        self.finish()
        p, groups = self._spec.projections[projection], self._spec.groups
        sums = np.zeros((groups[p.source].n, groups[p.target].n))
        i, j, _ = self._network.synapses(projection)
        np.add.at(sums, (i, j), self.weights(projection))
        return sums

    def learns(self, projection: int) -> bool:
        """Whether they do now."""
        synapses = self._plastic_of(projection)
        return synapses is not None and synapses.learns

    # ---- numbers about the run ----------------------------------------------------------------------

    def trials(self, threads: int, in_order: bool, states: list[tuple[int, str, Float, bool]]) -> TrialEngine:
        """Runs trials of the network as it stands now, one after the other, beside this engine."""
        self.finish()
        beside = OpenCLEngine(self._spec, self._options, self)
        return Trials(beside, self._grid, in_order, states)

    def take_over(self, trials: TrialEngine, carried: list[tuple[int, str]]) -> None:
        """Count what trials in order have learnt as one's own, and the states that they carried."""
        assert isinstance(trials, Trials)
        trials.end()
        assert isinstance(trials.engine, OpenCLEngine)
        self._signals.take_over(trials.engine._signals)
        for population, state in carried:
            self.set_state(population, state, trials.engine.state(population, state))
        if trials.in_order:
            for number, synapses in self._synapses.items():
                if isinstance(synapses, PlasticSynapses):
                    self.set_weights(number, trials.engine.weights(number))
                    theirs = trials.engine._synapses[number]
                    assert isinstance(theirs, PlasticSynapses)
                    synapses.take_gathered(theirs)

    def delivered(self) -> list[int]:
        """Synaptic events so far, by projection."""
        return [
            int(before) + (self._synapses[p].delivered() if p in self._synapses else 0)
            for p, before in enumerate(self._delivered_before)
        ]

    def save(self) -> dict[str, NDArray[Any]]:
        """All that it has come to, as plain arrays by name."""
        saved: Arrays = {"now": np.array(self._now), "currents": self._currents.save()}
        for number, neurons in enumerate(self._neurons):
            saved |= named(f"population {number}/", neurons.save())
        for name, history in self._histories.items():
            saved |= named(f"spikes of {name}/", history.save())
        for name, counts in self._counts.items():
            saved |= named(f"counts of {name}/", counts.save())
        for number, synapses in self._synapses.items():
            if isinstance(synapses, PlasticSynapses):
                saved |= named(f"projection {number}/", synapses.save())
                continue
            if isinstance(synapses, DynamicSynapses):
                saved |= named(f"projection {number}/dynamics/", synapses.shares.save())
            if number in self._replaced:
                saved[f"projection {number}/weight"] = self._blocks[number]["weight"]
        for source, names in self._feed.changed.items():
            saved |= {f"changed source {source}/{name}": np.empty(0) for name in sorted(names)}
        saved |= self._signals.save()
        saved["noise"] = np.array(self._noise, np.uint64)
        saved["delivered"] = np.array(self.delivered(), np.int64)
        saved["probes"] = np.array([probe.due for probe in self._probes], np.int64)
        return saved | named("sources/", self._feed.save())

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from there."""
        now = int(array(arrays, "now", (), np.int64))
        for number, neurons in enumerate(self._neurons):
            neurons.restore(within(arrays, f"population {number}/"))
        for name, history in self._histories.items():
            history.restore(within(arrays, f"spikes of {name}/"))
        for source in within(arrays, "changed source "):
            self._feed.mark_changed(int(source.partition("/")[0]), source.partition("/")[2])
            self._draw_no_more(int(source.partition("/")[0]))
        for name, counts in self._counts.items():
            counts.restore(within(arrays, f"counts of {name}/"))
        for number, synapses in self._synapses.items():
            saved = within(arrays, f"projection {number}/")
            if isinstance(synapses, PlasticSynapses):
                synapses.restore(saved, now)
                continue
            if isinstance(synapses, DynamicSynapses):
                synapses.restore(within(saved, "dynamics/"), now)
            if "weight" in saved:
                stored = array(saved, "weight", (self.synapse_count(number),), self._machine.real)
                self._replaced.add(number)
                self._blocks[number] = {**self._blocks[number], "weight": stored}
                synapses.set_weights(stored)
        self._delivered_before = array(arrays, "delivered", (len(self._blocks),), np.int64)
        self._feed.restore(within(arrays, "sources/"))
        self._currents.restore(array(arrays, "currents", (-1,), np.int64), now)
        for probe, due in zip(self._probes, array(arrays, "probes", (-1,), np.int64), strict=False):
            probe.due = int(due)
        self._signals.restore(arrays)
        self._noise = int(array(arrays, "noise", (), np.uint64))
        self._now = now
        self._finished = False

    def profile(self) -> dict[str, float]:
        """Seconds by phase."""
        return dict(self._seconds)

    @property
    def nbytes(self) -> int:
        """Bytes of the compiled synapses (once more as many lie on the device)."""
        return int(self._network.nbytes)
