"""Parameters that are one number for all sources, or one for each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..errors import ParameterError
from .base import Source


def check_one_or_each(source: Source, names: Iterable[str], n: int, owner: str) -> None:
    """Raise ParameterError where an array of ``source`` has not one entry for each of ``n``."""
    for name in names:
        value = getattr(source, name)
        if np.ndim(value) and np.size(value) != n:
            kind = type(source).__name__
            raise ParameterError(f"{owner}: {kind}.{name} has {np.size(value)} entries for {n} sources")
