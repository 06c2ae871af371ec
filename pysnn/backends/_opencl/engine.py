"""The engine on an OpenCL device."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...spec import NetworkSpec, Neurons
from ..base import Float, Options, TrialEngine
from .checkpoint import Arrays, array, named, within
from .dynamics import DynamicSynapses
from .learner import Learner
from .rearranging import Rearranging
from .trials import Trials


class OpenCLEngine(Rearranging):
    """The clock engine's steps as kernels (kernels/*.cl), over the same compiled arrays.

    Its spikes, states and weights are those of the clock engine bit for bit (in float32 too where the
    device keeps subnormal numbers). ``threads`` has no meaning here. The device must compute in
    double precision, also for float32.
    """

    def __init__(self, spec: NetworkSpec, options: Options, like: OpenCLEngine | None = None) -> None:
        """``like`` : an engine of the same network, as which this one begins."""
        super().__init__(spec, options, None if like is None else like._parts)
        if like is not None:
            self._begin_as(like)

    # ---- building -----------------------------------------------------------------------------------

    def _begin_as(self, other: OpenCLEngine) -> None:
        """With the parameters, weights and what learns of another engine of the same network."""
        for neurons, like in zip(self._neurons, other._neurons, strict=True):
            neurons.take_parameters_of(like)
        for source in self._feed.take_parameters_of(other._feed):
            self._draw_no_more(source)
        self._rearrange_as(other)
        for number in range(len(self._blocks)):
            synapses, theirs = self._synapses.get(number), other._synapses.get(number)
            if synapses is not None and not np.array_equal(
                self._blocks[number]["weight"], other._blocks[number]["weight"]
            ):
                self.set_weights(number, other.weights(number))
            if isinstance(synapses, Learner) and isinstance(theirs, Learner):
                synapses.forget()
                synapses.take_over(theirs)
        self._signals.take_over(other._signals)
        self._finished = False  # what was gathered came after it

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
        for plastic in self._plastic:
            if plastic.target is self._neurons[group]:
                plastic.refuse_parameters(f"population {self._neurons[group].name!r}")
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
        self._nothing_under_way()
        for plastic in self._plastic:
            plastic.forget(0 if from_zero else self._now)
        for plastic in self._plastic:
            plastic.begin_again(noise, from_zero)
        for dynamic in self._dynamic:
            dynamic.begin_again(noise, from_zero)
        self._finished = False
        if not from_zero:
            self._put_together()
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
        self._put_together()
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
                if isinstance(synapses, Learner):
                    self.set_weights(number, trials.engine.weights(number))
                    theirs = trials.engine._synapses[number]
                    assert isinstance(theirs, Learner)
                    synapses.take_gathered(theirs)
                    self._finished = False

    def delivered(self) -> list[int]:
        """Synaptic events so far, by projection."""
        return [
            int(before) + (self._synapses[p].delivered() if p in self._synapses else 0)
            for p, before in enumerate(self._delivered_before)
        ]

    def save(self, before: Mapping[str, NDArray[Any]] | None = None) -> dict[str, NDArray[Any]]:
        """All that it has come to, as plain arrays by name."""
        saved: Arrays = {"now": np.array(self._now), "currents": self._currents.save()}
        for number, neurons in enumerate(self._neurons):
            saved |= named(f"population {number}/", neurons.save())
        for name, history in self._histories.items():
            saved |= named(f"spikes of {name}/", history.save())
        for name, counts in self._counts.items():
            saved |= named(f"counts of {name}/", counts.save())
        for number, synapses in self._synapses.items():
            if isinstance(synapses, Learner):
                saved |= named(f"projection {number}/", synapses.save())
                continue
            if isinstance(synapses, DynamicSynapses):
                saved |= named(f"projection {number}/dynamics/", synapses.save())
            if number in self._replaced:
                saved[f"projection {number}/weight"] = self._blocks[number]["weight"]
        for source, names in self._feed.changed.items():
            saved |= {f"changed source {source}/{name}": np.empty(0) for name in sorted(names)}
        saved |= self._save_changed()
        saved |= self._signals.save()
        saved["noise"] = np.array(self._noise, np.uint64)
        saved["delivered"] = np.array(self.delivered(), np.int64)
        saved["probes"] = np.array([probe.due for probe in self._probes], np.int64)
        return saved | named("sources/", self._feed.save())

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from there."""
        now = int(array(arrays, "now", (), np.int64))
        self._restore_changed(arrays)
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
            if isinstance(synapses, Learner):
                synapses.restore(saved, now)
                continue
            if isinstance(synapses, DynamicSynapses):
                synapses.restore(within(saved, "dynamics/"), now)
            if "weight" in saved:
                stored = array(saved, "weight", (self.synapse_count(number),), self._machine.real)
                self._replaced.add(number)
                self._blocks[number] = {**self._blocks[number], "weight": stored, "constant": False}
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
