"""Currents that are injected, replaced and stopped while a simulation runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from ..backends import Engine, key
from ..currents import Current
from ..errors import ParameterError
from ..spec import CurrentSpec, GroupSpec

Changing = Callable[[str], AbstractContextManager[None]]  # Protocol.changing


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
        self.flowing: dict[int, CurrentSpec] = {}
        self.made = 0

    def inject(self, population: int, spec: CurrentSpec) -> int:
        """Let it flow from now on; its number."""
        number = next(
            n for n in range(self._declared, self._declared + self.made + 1) if n not in self.flowing
        )
        model, params = spec.current.lower()
        self._engine.inject(number, population, spec.target_range, model, params, self._key())
        self.flowing[number] = spec
        self.made += 1
        return number

    def replace(self, number: int, spec: CurrentSpec) -> None:
        """Another one in its place from now on."""
        model, params = spec.current.lower()
        self._engine.replace_current(number, model, params, self._key())
        self.flowing[number] = spec
        self.made += 1

    def stop(self, number: int) -> None:
        """None from now on."""
        self._engine.stop_current(number)
        del self.flowing[number]

    def stop_all(self) -> None:
        """As if there had been none."""
        for number in list(self.flowing):
            self.stop(number)
        self.made = 0

    def _key(self) -> int:
        return key(self._seed, "current", f"injected {self.made}")


class Injection:
    """A current that ``sim.inject`` lets flow; it stops with ``stop``."""

    def __init__(
        self, injections: Injections, changing: Changing, number: int, spec: CurrentSpec, group: GroupSpec
    ) -> None:
        self._injections = injections
        self._changing = changing
        self._number = number
        self._spec = spec
        self._group = group

    @property
    def current(self) -> Current:
        """What flows, or did until it was stopped."""
        return self._spec.current

    @property
    def stopped(self) -> bool:
        """Was it stopped, or did time begin again?"""
        return self._injections.flowing.get(self._number) is not self._spec

    def replace(self, current: Current) -> None:
        """Let another current flow into the same neurons in its place from now on.

        Errors: ParameterError where ``current`` is none, or does not fit the neurons, or this one was
        stopped; RunningError, BrokenError, ClosedError.
        """
        spec = CurrentSpec(self._spec.population, self._spec.target_range, current)
        spec.check({self._group.name: self._group})
        with self._changing("replace"):
            self._check_flowing("replace")
            self._injections.replace(self._number, spec)
            self._spec = spec

    def stop(self) -> None:
        """Let nothing flow any more from now on.

        Errors: ParameterError where it was stopped before; RunningError, BrokenError, ClosedError.
        """
        with self._changing("stop"):
            self._check_flowing("stop")
            self._injections.stop(self._number)

    def _check_flowing(self, call: str) -> None:
        if self.stopped:
            raise ParameterError(f"{call}: this current was stopped: inject another one, sim.inject(...)")

    def __repr__(self) -> str:
        end = ", stopped" if self.stopped else ""
        return f"<Injection into {self._spec.population!r}: {self._spec.current!r}{end}>"
