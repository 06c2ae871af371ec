"""Many short runs of one network, each from the beginning, with an input of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..backends import Engine, TrialEngine
from ..base.arrays import frozen
from ..base.params import ParamInfo, as_numpy, check_number, check_whole_array, shown
from ..base.timebase import TimeBase, later
from ..encoders import Encoder, SpikeTrains, TrialSpikes
from ..encoders.given import numbers
from ..errors import ParameterError, ThreadsError, unknown
from ..sources import Input
from ..spec import Group, GroupSpec, NetworkSpec, SourceSpec, View, check_own
from .lessons import lessons_of
from .restart import Kept

AT_ONCE = 1024  # trials that are handed to the engine together
SLICE = 0.3  # seconds of wall time between two looks at progress and at the log
_DURATION = ParamInfo(unit="ms", above=0.0)

Counts = NDArray[np.uint32]
States = list[tuple[int, str, NDArray[np.float64], bool]]


class TrialsInterrupted(KeyboardInterrupt):
    """Ctrl-C in ``run_trials``; ``results`` are those of the trials that were complete, the first ones."""

    def __init__(self, results: TrialResults) -> None:
        super().__init__(f"interrupted after {len(results)} trials")
        self.results = results


class TrialResults:
    """What ``run_trials`` gives back, by population or its name.

    Attributes
    ----------
    keys : uint64[trials], of the trials' noise.
    duration : ms, of each trial.
    """

    def __init__(
        self,
        keys: NDArray[np.uint64],
        duration: float,
        counts: dict[str, Counts],
        spikes: dict[str, TrialSpikes],
        states: dict[str, dict[str, NDArray[np.float64]]],
    ) -> None:
        self.keys = frozen(keys)
        self.duration = duration
        self._counts = counts
        self._spikes = spikes
        self._states = states

    def __len__(self) -> int:
        """Number of trials."""
        return len(self.keys)

    def counts(self, population: Group | str) -> Counts:
        """Spikes of each neuron in each trial, uint32[trials, n]."""
        return self._counts[self._name("counts", population, self._counts)]

    def rates(self, population: Group | str) -> NDArray[np.float64]:
        """The same in Hz, float64[trials, n]."""
        return self.counts(population) / (1e-3 * self.duration)

    def spikes(self, population: Group | str) -> TrialSpikes:
        """All spikes by trial, of those that ``spikes=`` named."""
        return self._spikes[self._name("spikes", population, self._spikes)]

    def states(self, population: Group | str, state: str) -> NDArray[np.float64]:
        """A state that ``states=`` named, as each trial has left it: float64[trials, n]."""
        of_group = self._states[self._name("states", population, self._states)]
        if state not in of_group:
            raise unknown("run_trials was not asked for: states=", "state", state, of_group)
        return of_group[state]

    def __repr__(self) -> str:
        return (
            f"<TrialResults of {len(self)} trials of {self.duration:g} ms: counts of "
            f"{', '.join(self._counts) or 'none'}; spikes of {', '.join(self._spikes) or 'none'}>"
        )

    @staticmethod
    def _name(what: str, population: Group | str, there: Mapping[str, Any]) -> str:
        name = population.name if isinstance(population, Group) else str(population)
        if name not in there:
            raise unknown(f"run_trials was not asked for: {what}=", "population", name, there)
        return name


Arrays = tuple[NDArray[np.uint64], NDArray[np.float64], NDArray[np.uint32]]


@dataclass(frozen=True)
class Given:
    """The input of one source: how many trials, and offsets, times and indices of those first to last."""

    number: int
    trials: int
    spikes: Callable[[int, int, NDArray[np.uint64]], Arrays]


class Asked:
    """What ``run_trials`` was asked for, checked."""

    def __init__(
        self,
        spec: NetworkSpec,
        inputs: Any,
        duration: float | None,
        keys: ArrayLike | None,
        counts: Any,
        spikes: Any,
        seed: int | None,
        states: Any = (),
        teach: Any = None,
    ) -> None:
        self._spec = spec
        self._groups_there: list[GroupSpec] = [*spec.populations, *spec.sources]
        self._numbers = {group.name: number for number, group in enumerate(self._groups_there)}
        if isinstance(inputs, (list, tuple)) and not inputs:
            raise ParameterError(f"run_trials: inputs: there are no trials (got {shown(inputs)})")
        fed = self._by_source(inputs)
        for source, what in fed:
            if isinstance(what, (list, tuple)) and not what:
                raise ParameterError(
                    f"run_trials: input of {source.name!r}: there are no trials (got {shown(what)})"
                )
        self.duration = self._duration(duration, fed)
        self.inputs = [self._given(source, what, seed) for source, what in fed]
        self.lessons = lessons_of(teach, _errors(spec), self.duration, "run_trials: teach")
        self.keys = self._keys(keys)
        self.states = Kept.states_of(states, spec, "run_trials: states")
        populations = [p.name for p in spec.populations]
        self.counts = populations if counts is None else self._groups(counts, "counts", populations)
        self.spikes = [] if spikes is None else self._groups(spikes, "spikes", populations)

    def number(self, name: str) -> int:
        """Of a group in the engine."""
        return self._numbers[name]

    def n(self, name: str) -> int:
        """How many a group has."""
        return self._groups_there[self._numbers[name]].n

    def n_of(self, number: int) -> int:
        """The same of a group by its number."""
        return self._groups_there[number].n

    def name(self, number: int) -> str:
        """Of a group."""
        return self._groups_there[number].name

    def _by_source(self, inputs: Any) -> list[tuple[SourceSpec, Any]]:
        open_to_us = {s.name: s for s in self._spec.sources if isinstance(s.model, Input)}
        if not isinstance(inputs, Mapping):
            if inputs is None:
                return []
            if len(open_to_us) != 1:
                raise ParameterError(
                    f"run_trials: inputs: expected a dict by source, as this network has {len(open_to_us)} "
                    f"sources declared as snn.Input() ({', '.join(open_to_us) or 'none'})"
                )
            return [(next(iter(open_to_us.values())), inputs)]
        named: dict[str, tuple[SourceSpec, Any]] = {}
        sources = {s.name: s for s in self._spec.sources}
        for source, what in inputs.items():
            name = source.name if isinstance(source, Group) else source
            if not isinstance(name, str):
                raise ParameterError(f"run_trials: inputs: expected sources or names (got {shown(source)})")
            if name not in sources:
                if name in self._numbers:
                    raise ParameterError(f"run_trials: inputs: {name!r} is a population, not a source")
                raise unknown("run_trials: inputs", "source", name, sources)
            if isinstance(source, Group):
                check_own(source, sources[name])
            if name not in open_to_us:
                raise ParameterError(
                    f"run_trials: inputs: {name!r} is a {type(sources[name].model).__name__}, which plays "
                    "its own spikes: only a source declared as snn.Input() takes others"
                )
            if name in named:
                raise ParameterError(f"run_trials: inputs: {name!r} is there twice")
            named[name] = (sources[name], what)
        return list(named.values())

    def _duration(self, duration: float | None, fed: list[tuple[SourceSpec, Any]]) -> float:
        if duration is not None:
            return check_number(duration, _DURATION, "run_trials: duration")
        own = {what.duration for _, what in fed if isinstance(what, (TrialSpikes, SpikeTrains))}
        own |= {
            trial.duration
            for _, what in fed
            if isinstance(what, (list, tuple))
            for trial in what
            if isinstance(trial, SpikeTrains)
        }
        if len(own) != 1:
            raise ParameterError(
                f"run_trials: duration: expected a number of ms, as the inputs name "
                f"{'none' if not own else 'several: ' + ', '.join(f'{d:g}' for d in sorted(own))}"
            )
        return own.pop()

    def _given(self, source: SourceSpec, what: Any, seed: int | None) -> Given:
        owner = f"run_trials: input of {source.name!r}"
        if isinstance(what, tuple) and len(what) == 2 and isinstance(what[0], Encoder):
            return self._encoded(source, what[0], what[1], seed, owner)
        if isinstance(what, Sequence) and len(what) and all(isinstance(t, SpikeTrains) for t in what):
            what = TrialSpikes.of(what)
        if not isinstance(what, TrialSpikes):
            raise ParameterError(
                f"{owner}: expected TrialSpikes, a list with one SpikeTrains a trial, or a pair (encoder, "
                f"samples) (got {shown(what)})"
            )
        if what.n != source.n:
            raise ParameterError(f"{owner}: {what.n} trains for {source.n} sources")
        if len(what) == 0:
            raise ParameterError(f"{owner}: there are no trials")
        if len(what.times) and what.times.max() > self.duration:
            trial = int(np.searchsorted(what.offsets, np.argmax(what.times), side="right")) - 1
            raise ParameterError(
                f"{owner}: trial {trial} has a spike at {what.times.max():.15g} ms, after its end at "
                f"{self.duration:.15g} ms"
            )
        offsets, times, indices = _arrays(what)
        return Given(
            self._numbers[source.name],
            len(what),
            lambda first, last, keys: (offsets[first : last + 1], times, indices),
        )

    def _encoded(
        self, source: SourceSpec, encoder: Encoder, samples: Any, seed: int | None, owner: str
    ) -> Given:
        values = numbers(samples, f"{owner}: samples")
        if values.ndim not in (2, 3) or values.shape[0] == 0 or values.shape[-1] * encoder.trains != source.n:
            raise ParameterError(
                f"{owner}: expected samples of shape (trials, n) or (trials, n_times, n), not empty, with "
                f"n = {source.n / encoder.trains:g}: {source.n} sources at {encoder.trains} trains a value "
                f"of {type(encoder).__name__} (got shape {values.shape})"
            )

        def spikes(first: int, last: int, keys: NDArray[np.uint64]) -> Arrays:
            return _arrays(
                encoder.encode_trials(
                    values[first:last],
                    self.duration,
                    seed if encoder.draws else None,
                    samples=keys[first:last],
                )
            )

        spikes(0, 1, np.zeros(1, np.uint64))  # its errors come before anything runs
        return Given(self._numbers[source.name], len(values), spikes)

    def _keys(self, keys: ArrayLike | None) -> NDArray[np.uint64]:
        sizes = {given.trials for given in self.inputs} | {told.trials for told in self.lessons}
        if len(sizes) > 1:
            raise ParameterError(
                f"run_trials: expected as many trials of each source and error (got {sorted(sizes)})"
            )
        if keys is None:
            if not sizes:
                raise ParameterError("run_trials: without inputs, keys must say how many trials there are")
            return np.arange(sizes.pop(), dtype=np.uint64)
        checked = _whole(keys)
        if len(checked) == 0 or (sizes and len(checked) not in sizes):
            wanted = f"{sizes.pop()} keys, one a trial" if sizes else "at least one key"
            raise ParameterError(f"run_trials: keys: expected {wanted} (got {len(checked)})")
        return checked

    def _groups(self, asked: Any, what: str, known: list[str]) -> list[str]:
        names: list[str] = []
        one = isinstance(asked, (str, Group, View)) or not isinstance(asked, Iterable)
        for group in [asked] if one else asked:
            if isinstance(group, View):
                raise ParameterError(
                    f"run_trials: {what}: expected whole populations, of which any columns can be taken (got "
                    f"{shown(group)})"
                )
            name = group.name if isinstance(group, Group) else group
            if not isinstance(name, str):
                raise ParameterError(
                    f"run_trials: {what}: expected populations or names (got {shown(group)})"
                )
            if name not in known:
                raise unknown(f"run_trials: {what}", "population", name, known)
            if isinstance(group, Group):
                check_own(group, self._spec.populations[self._numbers[name]])
            if name not in names:
                names.append(name)
        return names


def _errors(spec: NetworkSpec) -> dict[str, tuple[int, int, str]]:
    """By name: the number of an error, how many readout neurons it is about, its loss."""
    groups = spec.groups
    return {e.modulator: (number, groups[e.readout].n, e.loss) for number, e in enumerate(spec.errors)}


class TrialRun:
    """One call of ``run_trials``: hands trials to the engine, and keeps what comes back.

    ``log(population, times, indices)`` takes all spikes of the populations in ``logged``, on one axis of time
    from ``begin`` ticks on.
    """

    def __init__(
        self,
        asked: Asked,
        engine: TrialEngine,
        time: TimeBase,
        begin: int,
        logged: Sequence[str],
        log: Callable[[str, NDArray[np.float64], NDArray[np.uint32]], None],
    ) -> None:
        self._asked = asked
        self._engine = engine
        self._time = time
        self._ticks = time.tick(asked.duration, "run_trials: duration")
        self._begin = begin
        self._logged = logged
        self._log = log
        many = len(asked.keys)
        self._counts = {name: np.zeros((many, asked.n(name)), np.uint32) for name in asked.counts}
        self._read = [(*place, np.zeros((many, asked.n_of(place[0])))) for place in asked.states]
        self._told: dict[str, list[tuple[NDArray[Any], ...]]] = {name: [] for name in asked.spikes}
        self.done = 0

    @property
    def end(self) -> int:
        """Ticks on the common axis up to which there are trials."""
        return self._begin + self.done * self._ticks

    def go(self, wall_budget: float) -> None:
        """Some trials more."""
        asked, first = self._asked, self.done
        last = min(first + AT_ONCE, len(asked.keys))
        inputs = [(given.number, *given.spikes(first, last, asked.keys)) for given in asked.inputs]
        counted = [(asked.number(name), counts[first:last]) for name, counts in self._counts.items()]
        told = {name: asked.number(name) for name in [*self._told, *self._logged]}
        read = [(number, state, values[first:last]) for number, state, values in self._read]
        lessons = [
            (lesson.number, lesson.moments, lesson.wanted[first:last], lesson.gains[first:last])
            for lesson in asked.lessons
        ]
        try:
            self._engine.run(
                self._ticks,
                asked.keys[first:last],
                inputs,
                counted,
                list(told.values()),
                read,
                lessons,
                first,
                wall_budget,
            )
        finally:
            self._take(told)

    def results(self) -> TrialResults:
        """Of the trials so far."""
        asked, done = self._asked, self.done
        spikes = {}
        for name, parts in self._told.items():
            sizes, times, indices = (
                np.concatenate([np.empty(0, kind), *(part[k] for part in parts)])
                for k, kind in enumerate((np.int64, np.float64, np.uint32))
            )
            offsets = np.concatenate(([0], np.cumsum(sizes)))
            spikes[name] = TrialSpikes(times, indices, offsets, asked.n(name), asked.duration)
        counts = {name: counts[:done] for name, counts in self._counts.items()}
        states: dict[str, dict[str, NDArray[np.float64]]] = {}
        for number, state, values in self._read:
            states.setdefault(asked.name(number), {})[state] = values[:done]
        return TrialResults(asked.keys[:done], asked.duration, counts, spikes, states)

    def _take(self, told: Mapping[str, int]) -> None:
        """Of the trials that the engine has completed last."""
        first, done = self.done, self._engine.done
        self.done += done
        begins = np.array([self._time.ms_of(self._begin + k * self._ticks) for k in range(first, self.done)])
        for name, number in told.items():
            sizes, times, indices = self._engine.take(number)
            if name in self._told:
                self._told[name].append((sizes.astype(np.int64), times, indices))
            if name in self._logged and len(times):
                self._log(name, later(times, np.repeat(begins, sizes.astype(np.int64))), indices)


def _arrays(spikes: TrialSpikes) -> Arrays:
    """As the engine takes them."""
    return (
        spikes.offsets.astype(np.uint64),
        np.ascontiguousarray(spikes.times),
        spikes.indices.astype(np.uint32, copy=False),
    )


def _whole(keys: Any) -> NDArray[np.uint64]:
    """Keys of 64 bits: where a list of whole numbers has some above 2^63, NumPy would make floats of all."""
    keys = as_numpy(keys, "run_trials: keys")
    given = keys if isinstance(keys, np.ndarray) else np.asarray(keys, dtype=object)
    if given.ndim == 1 and (given.dtype.kind == "u" or _are_words(given)):
        return given.astype(np.uint64)
    large = [word for word in given.flat if isinstance(word, int) and word >= 2**64]
    if large:
        raise ParameterError(f"run_trials: keys: must be >= 0 and < 2^64 (got {large[0]})")
    return check_whole_array(keys, ParamInfo(low=0.0), "run_trials: keys").astype(np.uint64)


def _are_words(values: NDArray[Any]) -> bool:
    return values.dtype == object and all(
        isinstance(value, (int, np.integer)) and not isinstance(value, bool) and 0 <= value < 2**64
        for value in values
    )


def side_by_side(engine: Engine, most: int, states: States) -> TrialEngine:
    """Trials on all cores, at most so many; on one thread where the system refuses more."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    try:
        return engine.trials(min(cores, most), False, states)
    except ThreadsError:
        return engine.trials(1, False, states)


def begin_with(engine: Engine, keep: Sequence[tuple[int, str]], carry: Sequence[tuple[int, str]]) -> States:
    """The states that trials begin with, as they are now."""
    return [
        (number, name, engine.state(number, name), (number, name) in carry)
        for number, name in sorted({*keep, *carry})
    ]
