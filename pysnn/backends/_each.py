"""The values of parameters that differ from neuron to neuron: drawn, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..base.distributions import Array, Distribution
from ..base.varied import Varied
from ..currents import Current
from ..sources import Source
from ._core_module import core
from ._keys import key

Floats = NDArray[np.float64]
_V = TypeVar("_V", bound=Varied)


def columns(
    model: Varied, n: int, seed: int, kind: str, name: str, which: str = "neuron"
) -> dict[str, Floats]:
    """By parameter, one value for each of ``n``, of what differs; every value is checked.

    ``kind`` and ``name`` are those of the object the parameters are of: they key the draws.
    """
    owner = f"{kind} {name!r}"
    drawn = {
        parameter: _values(values, n, key(seed, f"parameter of {kind}", f"{name}\0{parameter}"), owner)
        for parameter, values in model.varied().items()
    }
    if drawn:
        model.check_columns(drawn, owner, which)
    return drawn


def _values(values: Distribution, n: int, draw_key: int, owner: str) -> Floats:
    if isinstance(values, Array):
        return values.numbers
    drawn: Floats = core().draw(values.lower(), draw_key, n, owner)
    return drawn


def numbers(model: _V, columns: Mapping[str, Floats], at: int) -> _V:
    """``model`` as neuron ``at`` has it: all of it plain numbers."""
    return model.with_values({name: float(values[at]) for name, values in columns.items()})


def of_sources(
    model: Source, n: int, seed: int, name: str
) -> tuple[dict[str, float | Floats], dict[str, Floats]]:
    """The parameters of ``n`` sources as the core takes them, and columns of those that differ beside.

    Of some parameters the core's sources take one value for each; by the others they are told apart.
    """
    differing = columns(model, n, seed, "source", name, "source")
    taken = {parameter for parameter in differing if model.number_info(parameter, name).each}
    like = numbers(model, differing, 0).with_values({parameter: differing[parameter] for parameter in taken})
    return like.lower(n), {p: values for p, values in differing.items() if p not in taken}


def of_currents(
    current: Current, n: int, seed: int, name: str
) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """A current into ``n`` neurons as the core takes it: its name there, its parameters, and those of each
    neuron where they differ."""
    model, params = current.typical().lower()
    differing = columns(current, n, seed, "current", name)
    if not differing:
        return model, params, []
    own = [numbers(current, differing, j).lower()[1] for j in range(n)]
    if model == "StepCurrent" and all(np.array_equal(p["times"], own[0]["times"]) for p in own):
        table = np.stack([p["amplitudes"] for p in own], axis=1)  # a row a time
        return model, {"times": own[0]["times"], "amplitudes": table.ravel()}, []
    return model, params, own
