"""The order of populations that hear each other in the step in which they fire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from ..errors import ParameterError
from .projection import ProjectionSpec


def levels(populations: Iterable[str], projections: Iterable[ProjectionSpec]) -> dict[str, int]:
    """By population, its level: one above the highest of those that it hears with a delay of 0, else 0.

    Populations of a level go through a step after all lower ones, and sources come before any.
    ParameterError where there is no such order.
    """
    heard: dict[str, dict[str, str]] = {name: {} for name in populations}
    for p in projections:
        if p.target in heard and p.source in heard and p.is_at_once():
            heard[p.target].setdefault(p.source, p.name)
    try:
        order = list(TopologicalSorter(heard).static_order())
    except CycleError as error:
        raise _no_order(error.args[1], heard) from None
    found: dict[str, int] = {}
    for name in order:
        found[name] = max((found[source] + 1 for source in heard[name]), default=0)
    return found


def _no_order(circle: Sequence[str], heard: dict[str, dict[str, str]]) -> ParameterError:
    names = [heard[target][source] for source, target in pairwise(circle)]
    if len(names) == 1:
        return ParameterError(
            f"projection {names[0]!r}: delay: expected > 0 ms within a population (got 0): a spike is heard "
            "in the step in which it is fired only by populations that go through that step later; the "
            "shortest other delay is dt"
        )
    return ParameterError(
        f"projections {', '.join(map(repr, names))}: delay: expected > 0 ms in one of them (got 0 in all): "
        f"{' -> '.join(map(repr, circle))} is a circle, and a spike is heard in the step in which it is "
        "fired only by populations that go through that step later; the shortest other delay is dt"
    )
