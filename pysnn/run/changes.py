"""What is changed in a simulation while it runs: now, or in the order of the calls when its time has come."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine, key, of_sources
from ..base.params import ParamInfo, check_array, check_number, check_whole_array, shown
from ..base.ranks import ALONE, Ranks
from ..base.timebase import TimeBase
from ..encoders import SpikeTrains
from ..errors import OutOfRangeError, ParameterError
from ..sources import Input, Source, SpikeArray
from ..spec import SourceSpec
from .places import Places
from .rewiring import rewire
from .weights import normalised

_TIMES = ParamInfo(unit="ms")
_AT = ParamInfo(unit="ms", low=0.0)
_INDICES = ParamInfo(low=0.0)

Spikes = tuple[NDArray[np.float64], NDArray[np.uint32]]


@dataclass(frozen=True, eq=False)
class Change:
    """A change that is to come.

    Attributes
    ----------
    time : ms, at which it is made: what is later is changed.
    tick : the same as the engine counts.
    call : the method of the simulation that asked for it.
    target : the name of what is changed.
    arguments : numbers and arrays, as the engine takes them.
    """

    time: float
    tick: int
    call: str
    target: str
    arguments: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<Change at {self.time:.15g} ms: {self.call} of {self.target!r}>"


class Changes:
    """The changes of one simulation that are to come, by time and then in the order of their calls.

    An engine may stop and go on anywhere without a change of a bit. So a run is divided at the time of each
    change, and it is made there: no result depends on how else runs are divided, or on threads.

    ``checks``: by call, what holds a change against what it meets when it is made. ``places``: of the
    synapses that the engine has where ranks share it.
    """

    def __init__(
        self, engine: Engine, time: TimeBase, checks: Mapping[str, Callable[..., None]], places: Places
    ) -> None:
        self._engine = engine
        self._time = time
        self._checks = checks
        self._places = places
        self.pending: list[Change] = []

    @property
    def next(self) -> int | None:
        """The tick of the first that is to come."""
        return self.pending[0].tick if self.pending else None

    @property
    def move_synapses(self) -> bool:
        """Does any whose time has come give synapses other places?"""
        due = (change for change in self.pending if change.tick <= self._engine.ticks)
        return any(change.call in BY_STEPS for change in due)

    def tick(self, at: float | None, call: str) -> int:
        """When a change is made for which ``at`` was given; ParameterError where that is past."""
        now = self._engine.ticks
        if at is None:
            return now
        tick = self._time.tick(check_number(at, _AT, f"{call}: at"), f"{call}: at")
        if tick < now:
            raise ParameterError(
                f"{call}: at: must be >= {self._engine.time:.15g} ms, which is now (got {at:.15g} ms)"
            )
        return tick

    def make(self, call: str, target: str, at: float | None, **arguments: Any) -> None:
        """Make a change now, or put it in the queue."""
        tick = self.tick(at, call)
        change = Change(self._time.ms_of(tick), tick, call, target, arguments)
        if tick == self._engine.ticks:
            self._make(change)
            return
        if not any((c.call, c.target) == (call, target) for c in self.pending):
            self._check(change)  # else nobody knows yet what it will meet
        bisect.insort_right(self.pending, change, key=lambda c: c.tick)

    def make_due(self) -> None:
        """Make all whose time has come; one that fails is out of the queue."""
        while self.pending and self.pending[0].tick <= self._engine.ticks:
            change = self.pending.pop(0)
            try:
                self._make(change)
            except Exception as error:
                error.add_note(f"in {change!r}, which was not made")
                raise

    def _make(self, change: Change) -> None:
        self._check(change)
        if change.call == "rewire":
            self._places.keep_as_built(change.arguments["projection"])
        shared = {"ranks": self._places.ranks} if change.call in BY_STEPS else {}
        MAKE[change.call](self._engine, **change.arguments, **shared)

    def _check(self, change: Change) -> None:
        if change.call in self._checks:
            self._checks[change.call](**change.arguments)


def _set_weights(engine: Engine, projection: int, weights: NDArray[np.float64]) -> None:
    engine.set_weights(projection, weights)


def _set_delays(engine: Engine, projection: int, delays: NDArray[np.float64], ranks: Ranks = ALONE) -> None:
    with ranks.checked("set_delays"):
        engine.check_delays(projection, delays)
    engine.set_delays(projection, delays)


def _normalise(engine: Engine, projection: int, total: NDArray[np.float64], low: float, high: float) -> None:
    weights = engine.weights(projection)
    targets = engine.synapses(projection)[1]
    values = normalised(weights, targets, total, low, high)
    engine.check_weights(projection, values, "normalise")
    engine.set_weights(projection, values)


def _set_state(
    engine: Engine,
    population: int,
    name: str,
    values: NDArray[np.float64],
    indices: NDArray[np.uint32] | None,
) -> None:
    if indices is not None:
        whole = engine.state(population, name)
        whole[indices] = values
        values = whole
    engine.set_state(population, name, values)


def _set_learning(engine: Engine, projection: int, on: bool | None, rate: float | None = None) -> None:
    engine.set_learning(projection, on, rate)


def _set_part(engine: Engine, population: int, values: Mapping[str, float]) -> None:
    for name, value in values.items():
        engine.set_part(population, name, value)


def _modulate(engine: Engine, modulator: int, values: NDArray[np.float64]) -> None:
    engine.modulate(modulator, values)


def _teach(engine: Engine, error: int, wanted: NDArray[np.float64], gain: float) -> None:
    engine.teach(error, wanted, gain)


def _set_parameters(
    engine: Engine, group: int, values: dict[str, NDArray[np.float64]], indices: NDArray[np.uint32]
) -> None:
    engine.set_parameters(group, values, indices)


# What each call does to the engine when its time has come.
MAKE: dict[str, Callable[..., None]] = {
    "set_weights": _set_weights,
    "set_delays": _set_delays,
    "normalise": _normalise,
    "rewire": rewire,
    "set_state": _set_state,
    "set_learning": _set_learning,
    "modulate": _modulate,
    "teach": _teach,
    "set_parameters": _set_parameters,
    "set_homeostasis": _set_part,
    "set_winner_takes_all": _set_part,
}
# Of these, what ranks do step by step, each of which has to be well on all of them.
BY_STEPS = ("set_delays", "rewire")


class Feeding:
    """What the ``Input`` sources of one simulation are fed.

    Attributes
    ----------
    sources : by name of the Input, the sources that it has been fed, in order. The draws of each have a key
        by its place here.
    """

    def __init__(self, engine: Engine, seed: int) -> None:
        self._engine = engine
        self._seed = seed
        self.sources: dict[str, list[Source]] = {}

    def feed(self, number: int, fed: SourceSpec, spikes: Any) -> None:
        """Check what ``sim.feed`` was given for source ``number``, and hand it over."""
        owner = f"feed: {fed.name!r}"
        if not isinstance(fed.model, Input):
            raise ParameterError(
                f"{owner} is a {type(fed.model).__name__}, which plays its own spikes: only a source "
                "declared as snn.Input() can be fed"
            )
        if isinstance(spikes, Source) and not isinstance(spikes, SpikeArray):
            self._feed_source(number, fed, spikes, owner)
        else:
            times, indices = _as_spikes(spikes, fed.n, owner)
            now = self._engine.time
            if isinstance(spikes, SpikeTrains) and times.size and times[0] <= now:
                raise ParameterError(
                    f"{owner}: times must be > {now:.15g} ms, which is past (got {times[0]:.15g} ms); to "
                    "begin now: trains.shifted(sim.time)"
                )
            self._engine.feed(number, times, indices)

    def _feed_source(self, number: int, fed: SourceSpec, source: Source, owner: str) -> None:
        if isinstance(source, Input):
            raise ParameterError(f"{owner}: an Input emits nothing by itself that another could play")
        source.check_size(fed.n, owner)
        so_far = self.sources.setdefault(fed.name, [])
        own = key(self._seed, "source", f"{fed.name} fed {len(so_far)}")
        source.check_sizes(fed.n, owner)
        params, differing = of_sources(source, fed.n, self._seed, f"{fed.name} fed {len(so_far)}")
        if differing:
            raise ParameterError(
                f"{owner}: {', '.join(differing)}: expected one number for all sources that are fed"
            )
        self._engine.feed_source(number, type(source).__name__, params, own)
        so_far.append(source)


def _as_spikes(spikes: Any, n: int, owner: str) -> Spikes:
    """Times and indices of spikes for ``n`` sources, in any of the forms that they are given in."""
    if isinstance(spikes, SpikeTrains):
        if spikes.n != n:
            raise ParameterError(f"{owner}: SpikeTrains of {spikes.n} trains for {n} sources")
        return spikes.times, np.asarray(spikes.indices, dtype=np.uint32)
    if isinstance(spikes, SpikeArray):
        spikes.check_size(n, owner)
        times, indices = np.asarray(spikes.times), np.asarray(spikes.indices)
        on = (times > spikes.start) & (times <= spikes.stop)
        return times[on], indices[on].astype(np.uint32)
    if not isinstance(spikes, (tuple, list)) or len(spikes) != 2:
        raise ParameterError(
            f"{owner}: expected SpikeTrains, a pair (times, indices) of arrays, or a Source "
            f"(got {shown(spikes)})"
        )
    times = check_array(spikes[0], _TIMES, f"{owner}: times")
    indices = check_whole_array(spikes[1], _INDICES, f"{owner}: indices")
    if times.size != indices.size:
        raise ParameterError(
            f"{owner}: expected an index for each time (got {times.size} times and {indices.size} indices)"
        )
    if indices.size and indices.max() >= n:
        raise OutOfRangeError(f"{owner}: index {indices.max()} is out of range: there are {n} sources")
    return times, indices.astype(np.uint32)
