"""Currents that are injected, replaced and stopped while a simulation runs."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine, key, of_currents
from ..base.alive import Alive
from ..base.params import shown
from ..base.sealed import Sealed
from ..currents import ConstantCurrent, Current
from ..errors import ParameterError
from ..spec import CurrentSpec, GroupSpec, count

Changing = Callable[[str], AbstractContextManager[None]]  # Protocol.changing


@dataclass(frozen=True, eq=False)
class Flowing:
    """A current that flows: what it is, the number of its population, how many were injected before."""

    spec: CurrentSpec
    population: int
    serial: int


class Injections:
    """The currents injected into one simulation beside those that its network declares.

    The engine knows a current by a number, of which the lowest that is free is given; the draws of each have
    a key of its own by how many were injected before: those in the course of time with ``noise_seed``, those
    of parameters that differ from neuron to neuron with ``seed``.

    Attributes
    ----------
    flowing : those that have not been stopped, by number.
    made : how many there have been, replacements included.
    """

    def __init__(self, engine: Engine, declared: int, seed: int, noise_seed: int) -> None:
        self._engine = engine
        self._declared = declared
        self._seed = seed
        self._noise_seed = noise_seed
        self.flowing: dict[int, Flowing] = {}
        self.made = 0
        # Weakly: a handle holds this object, and a circle would keep the engine until Python looks for one.
        # (A WeakValueDictionary runs Python when one is dropped, which swallows a Ctrl-C that comes then.)
        self._handles: dict[int, weakref.ref[Injection]] = {}

    def inject(self, population: int, spec: CurrentSpec) -> int:
        """Let it flow from now on; its number."""
        number = next(n for n in itertools.count(self._declared) if n not in self.flowing)
        flowing = Flowing(spec, population, self.made)
        self._start(number, flowing)
        self.made += 1
        return number

    def handle(self, number: int, changing: Changing, group: GroupSpec) -> Injection:
        """The handle of a current that flows; of one there is no second."""
        there = self._handles.get(number)
        known = None if there is None else there()
        if known is None or known.stopped:
            known = Injection(self, changing, number, self.flowing[number], group)
            self._handles[number] = weakref.ref(known)
        return known

    def replace(self, number: int, current: CurrentSpec) -> Flowing:
        """Another one in its place from now on."""
        flowing = replace(self.flowing[number], spec=current, serial=self.made)
        model, params, own = self._lowered(flowing)
        self._engine.replace_current(number, model, params, self._key(flowing), own)
        self.flowing[number] = flowing
        self.made += 1
        return flowing

    def stop(self, number: int) -> None:
        """None from now on."""
        self._engine.stop_current(number)
        del self.flowing[number]

    def stop_all(self) -> None:
        """As if there had been none."""
        for number in list(self.flowing):
            self.stop(number)
        self.made = 0

    def restore(self, flowing: Mapping[int, Flowing], made: int) -> None:
        """In a simulation that has none: these, under the numbers that they had."""
        free = []
        for number in range(self._declared, max(flowing, default=-1) + 1):
            here = flowing.get(number)
            if here is None:  # the engine numbers without gaps: what fills this one stops again
                free.append(number)
                here = _nothing(next(iter(flowing.values())))
            self._start(number, here)
        for number in free:
            self.stop(number)
        self.made = made

    def _start(self, number: int, flowing: Flowing) -> None:
        model, params, own = self._lowered(flowing)
        self._engine.inject(
            number, flowing.population, flowing.spec.target_range, model, params, self._key(flowing), own
        )
        self.flowing[number] = flowing

    def _lowered(self, flowing: Flowing) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
        spec = flowing.spec
        return of_currents(spec.current, count(spec.target_range), self._seed, f"injected {flowing.serial}")

    def _key(self, flowing: Flowing) -> int:
        return key(self._noise_seed, "current", f"injected {flowing.serial}")


def _nothing(beside: Flowing) -> Flowing:
    spec = CurrentSpec(beside.spec.population, beside.spec.target_range, ConstantCurrent(0.0))
    return replace(beside, spec=spec)


class Injection(Sealed, Alive):
    """A current that ``sim.inject`` lets flow; it stops with ``stop``."""

    _instead = "a copy of the simulation has its own, sim.copy().injections"

    def __init__(
        self, injections: Injections, changing: Changing, number: int, flowing: Flowing, group: GroupSpec
    ) -> None:
        self._injections = injections
        self._changing = changing
        self._number = number
        self._flowing = flowing
        self._group = group

    @property
    def current(self) -> Current:
        """What flows, or did until it was stopped."""
        return self._flowing.spec.current

    @property
    def population(self) -> str:
        """The name of the population into which it flows."""
        return self._flowing.spec.population

    @property
    def indices(self) -> NDArray[np.uint32]:
        """The neurons of the population into which it flows."""
        neurons = self._flowing.spec.target_range
        if isinstance(neurons, tuple):
            return np.arange(*neurons, dtype=np.uint32)
        return neurons.astype(np.uint32)

    @property
    def stopped(self) -> bool:
        """Was it stopped, or did time begin again?"""
        return self._injections.flowing.get(self._number) is not self._flowing

    def replace(self, current: Current) -> None:
        """Let another current flow into the same neurons in its place from now on.

        Errors: ParameterError where ``current`` is none, or does not fit the neurons, or this one was
        stopped; RunningError, BrokenError, ClosedError.
        """
        here = self._flowing.spec
        spec = CurrentSpec(here.population, here.target_range, current)
        spec.check({self._group.name: self._group})
        with self._changing("replace"):
            self._check_flowing("replace")
            self._flowing = self._injections.replace(self._number, spec)

    def stop(self) -> None:
        """Let nothing flow any more from now on.

        Errors: ParameterError where it was stopped before; RunningError, BrokenError, ClosedError.
        """
        with self._changing("stop"):
            self._check_flowing("stop")
            self._injections.stop(self._number)

    def _ways(self, value: Any) -> Mapping[str, str]:
        current = self.current
        parameters = [field.name for field in fields(current)] if is_dataclass(current) else []
        another = {
            name: f".replace({type(current).__name__}({name}={shown(value)})) lets another one flow"
            for name in parameters
        }
        return {**another, "current": f".replace({shown(value)}) lets another one flow"}

    def _check_flowing(self, call: str) -> None:
        if self.stopped:
            raise ParameterError(f"{call}: this current was stopped: inject another one, sim.inject(...)")

    def __repr__(self) -> str:
        end = ", stopped" if self.stopped else ""
        return f"<Injection into {self._group.name!r}: {self.current!r}{end}>"
