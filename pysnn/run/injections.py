"""Currents that are injected, replaced and stopped while a simulation runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from ..backends import Engine, key
from ..base.params import shown
from ..base.sealed import Sealed
from ..currents import ConstantCurrent, Current
from ..errors import ParameterError
from ..spec import CurrentSpec, GroupSpec

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
    a key of its own by how many were injected before.

    Attributes
    ----------
    flowing : those that have not been stopped, by number.
    made : how many there have been, replacements included.
    """

    def __init__(self, engine: Engine, declared: int, seed: int) -> None:
        self._engine = engine
        self._declared = declared
        self._seed = seed
        self.flowing: dict[int, Flowing] = {}
        self.made = 0

    def inject(self, population: int, spec: CurrentSpec) -> tuple[int, Flowing]:
        """Let it flow from now on; its number."""
        number = next(n for n in itertools.count(self._declared) if n not in self.flowing)
        flowing = Flowing(spec, population, self.made)
        self._start(number, flowing)
        self.made += 1
        return number, flowing

    def replace(self, number: int, current: CurrentSpec) -> Flowing:
        """Another one in its place from now on."""
        flowing = replace(self.flowing[number], spec=current, serial=self.made)
        model, params = _lowered(current.current)
        self._engine.replace_current(number, model, params, self._key(flowing))
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
        model, params = _lowered(flowing.spec.current)
        self._engine.inject(
            number, flowing.population, flowing.spec.target_range, model, params, self._key(flowing)
        )
        self.flowing[number] = flowing

    def _key(self, flowing: Flowing) -> int:
        return key(self._seed, "current", f"injected {flowing.serial}")


def _nothing(beside: Flowing) -> Flowing:
    spec = CurrentSpec(beside.spec.population, beside.spec.target_range, ConstantCurrent(0.0))
    return replace(beside, spec=spec)


class Injection(Sealed):
    """A current that ``sim.inject`` lets flow; it stops with ``stop``."""

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


def _lowered(current: Current) -> tuple[str, dict[str, Any]]:
    """As the core takes it; what differs from neuron to neuron is for currents that are declared."""
    if current.varied():
        raise ParameterError(
            f"inject: {', '.join(current.varied())}: expected one number for all neurons (a StepCurrent with "
            "a table has levels of a neuron's own, as has a current that is declared before building)"
        )
    return current.lower()
