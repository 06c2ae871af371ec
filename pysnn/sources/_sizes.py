"""Parameters that are one number for all sources, or one for each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParameterError
from .base import Source


def check_one_or_each(source: Source, names: Iterable[str], n: int, owner: str) -> None:
    """Raise ParameterError where an array of ``source`` has not one entry for each of ``n``."""
    for name in names:
        value = getattr(source, name)
        if np.ndim(value) and np.size(value) != n:
            kind = type(source).__name__
            raise ParameterError(f"{owner}: {kind}.{name} has {np.size(value)} entries for {n} sources")


def check_dead_time(kind: str, rate: ArrayLike, dead_time: ArrayLike) -> None:
    """Raise ParameterError where dead times [ms] leave no room for the rate [Hz]."""
    rates, dead = (
        np.atleast_1d(np.asarray(rate, np.float64)),
        np.atleast_1d(np.asarray(dead_time, np.float64)),
    )
    if rates.size != dead.size and 1 not in (rates.size, dead.size):
        raise ParameterError(
            f"{kind}.dead_time: expected one number or {rates.size}, as many as rates (got {dead.size})"
        )
    full = np.flatnonzero(rates * 1e-3 * dead >= 1.0)
    if full.size:
        each = np.broadcast_arrays(rates, dead)
        worst, got = float(each[0][full[0]]), float(each[1][full[0]])
        at = f"[{full[0]}]" if dead.size > 1 else ""
        raise ParameterError(
            f"{kind}.dead_time{at}: must be < 1 / rate = {1e3 / worst:g} ms at a rate of {worst:g} Hz "
            f"(got {got:g})"
        )
