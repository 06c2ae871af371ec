"""Parameters as the neurons and sources of a simulation have them now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..backends import Engine
from ..base.distributions import undrawn
from ..base.params import check_array, check_name_of, check_number, is_one, magnitude
from ..base.varied import Varied
from ..errors import ParameterError
from ..spec import GroupSpec

Floats = NDArray[np.float64]


def parameter(engine: Engine, number: int, group: GroupSpec, name: str) -> Floats:
    """A parameter of every neuron or source of a group, as the engine has it."""
    model: Varied = group.model
    owner = f"parameter of {group.name!r}"
    model.number_info(check_name_of(name, "parameter", owner), owner)
    return engine.parameter(number, name)


def new_values(
    group: GroupSpec,
    indices: NDArray[np.uint32],
    values: Mapping[str, ArrayLike],
) -> dict[str, Floats]:
    """``values`` for the neurons or sources ``indices`` of a group, as the engine takes them.

    Each is one number for all of them or one for each, within its range."""
    model: Varied = group.model
    owner = f"set_parameters: {group.name!r}"
    given: dict[str, Floats] = {}
    if not values:
        raise ParameterError(f"{owner}: expected name=values of one parameter at least (got none)")
    for name, value in values.items():
        info = model.number_info(name, owner)
        what = f"{owner}.{name}"
        plain = magnitude(undrawn(value, what), info.unit, what)
        if is_one(plain):
            given[name] = np.full(len(indices), check_number(plain, info, what))
        else:
            given[name] = check_array(plain, info, what)
        if len(given[name]) != len(indices):
            raise ParameterError(f"{what}: expected {len(indices)} values (got {len(given[name])})")
    return given


def check_with_the_others(
    engine: Engine,
    groups: Sequence[GroupSpec],
    group: int,
    values: Mapping[str, Floats],
    indices: NDArray[np.uint32],
) -> None:
    """Hold new values against those that the same neurons have now; a ParameterError names the neuron."""
    if not len(indices):
        return
    model: Varied = groups[group].model
    kept: dict[str, Any] = {
        name: engine.parameter(group, name)[indices] for name in model.number_names() if name not in values
    }
    model.check_columns({**kept, **values}, f"set_parameters: {groups[group].name!r}", "entry")
