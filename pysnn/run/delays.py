"""Delays that are set while a network runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.distributions import undrawn
from ..base.params import ParamInfo, check_array, check_number, is_one, magnitude
from ..errors import ParameterError
from ..spec import ProjectionSpec


def new_delays(spec: ProjectionSpec, n: int, delays: ArrayLike) -> NDArray[np.float64]:
    """The n delays that ``delays`` stand for, ms; errors where they may not be."""
    owner = f"set_delays: {spec.name!r}"
    info = ParamInfo(unit="ms", low=0.0)
    delays = magnitude(undrawn(delays, owner), "ms", owner)
    if is_one(delays):
        return np.full(n, check_number(delays, info, owner))
    values = check_array(delays, info, owner)
    if values.size != n:
        raise ParameterError(f"{owner}: expected {n} delays, one a synapse (got {values.size})")
    return values
