"""The order of populations that hear each other at the instant at which they fire."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import pairwise

from ..errors import ParameterError
from .projection import ProjectionSpec


class Order:
    """Who hears whom with a delay of 0, added projection by projection."""

    def __init__(self) -> None:
        self._hearers: dict[str, dict[str, str]] = {}  # of each population, and by which projection

    def add(self, p: ProjectionSpec) -> None:
        """ParameterError, and nothing added, where it closes a circle."""
        if not p.is_at_once():
            return
        circle = self._way(p.target, p.source)
        if circle is not None:
            raise _no_order([*circle, p.target], [*self._names(circle), p.name])
        self._hearers.setdefault(p.source, {}).setdefault(p.target, p.name)

    def _way(self, begin: str, end: str) -> list[str] | None:
        """Populations from one that is heard to one that hears, through others; or there is none."""
        came_from = {begin: begin}
        waiting = deque([begin])
        while waiting and end not in came_from:
            name = waiting.popleft()
            further = [hearer for hearer in self._hearers.get(name, ()) if hearer not in came_from]
            came_from |= dict.fromkeys(further, name)
            waiting += further
        if end not in came_from:
            return None
        way = [end]
        while way[-1] != begin:
            way.append(came_from[way[-1]])
        return way[::-1]

    def _names(self, way: list[str]) -> list[str]:
        return [self._hearers[heard][hearer] for heard, hearer in pairwise(way)]

    def levels(self, populations: Iterable[str]) -> dict[str, int]:
        """By population, one above the highest of those that it hears, or 0. Sources come before any."""
        found = dict.fromkeys(populations, 0)
        above = dict.fromkeys(found, 0)  # how many of those that it hears have no level yet
        heard = [name for name in found if name in self._hearers]
        for name in heard:
            for hearer in self._hearers[name]:
                above[hearer] += 1
        ready = [name for name in heard if above[name] == 0]
        while ready:
            name = ready.pop()
            for hearer in self._hearers.get(name, ()):
                found[hearer] = max(found[hearer], found[name] + 1)
                above[hearer] -= 1
                if above[hearer] == 0:
                    ready.append(hearer)
        return found


def levels(populations: Iterable[str], projections: Iterable[ProjectionSpec]) -> dict[str, int]:
    """By population, how many others go through an instant before it in turn; or a ParameterError."""
    order = Order()
    for p in projections:
        order.add(p)
    return order.levels(populations)


def _no_order(circle: list[str], names: list[str]) -> ParameterError:
    if len(names) == 1:
        return ParameterError(
            f"projection {names[0]!r}: delay: expected > 0 ms within a population (got 0): a spike is heard "
            "at the instant at which it is fired only by populations that come later; the shortest other "
            "delay on steps is dt"
        )
    return ParameterError(
        f"projection {names[-1]!r}: delay: expected > 0 ms (got 0): with {', '.join(map(repr, names[:-1]))} "
        f"it closes a circle, {' -> '.join(map(repr, circle))}, and a spike is heard at the instant at which "
        "it is fired only by populations that come later; the shortest other delay on steps is dt"
    )
