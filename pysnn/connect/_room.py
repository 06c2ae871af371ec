"""Whether drawn numbers of partners fit the partners there are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError


def check_degree(
    n: Any, drawers: int, drawer: str, room: int, partner: str, multapses: bool, owner: str
) -> None:
    """Raise ParameterError unless each of ``drawers`` can draw its n of ``room`` partners."""
    numbers = np.atleast_1d(n)
    if np.ndim(n) == 1 and numbers.size != drawers:
        raise ParameterError(f"{owner}: expected {drawers} entries, one a {drawer} (got {numbers.size})")
    largest = int(numbers.max(initial=0))
    if largest > 0 and room <= 0:
        raise ParameterError(f"{owner}: there is no {partner} to draw (got n = {largest}, autapses excluded)")
    if not multapses and largest > room:
        raise ParameterError(
            f"{owner}: without multapses must be <= {room}, the number of {partner}s (got {largest})"
        )


def degree(n: NDArray[Any]) -> int | NDArray[np.uint32]:
    """A number as an int, an array as uint32."""
    return n.astype(np.uint32) if n.ndim else int(n)
