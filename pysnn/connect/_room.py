"""Whether drawn numbers of partners fit the partners there are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError


def overlap(n_pre: int, n_post: int, diagonal: int | None) -> slice:
    """The targets that are sources too: target j is source j - ``diagonal``."""
    if diagonal is None:
        return slice(0, 0)
    begin, end = (min(max(at, 0), n_post) for at in (diagonal, diagonal + n_pre))
    return slice(begin, end)


def check_degree(
    n: Any,
    drawers: int,
    drawer: str,
    partners: int,
    partner: str,
    barred: slice,
    multapses: bool,
    owner: str,
) -> None:
    """Raise ParameterError unless each of ``drawers`` can draw its n of ``partners``.

    The drawers ``barred`` have one partner less: themselves.
    """
    numbers = np.atleast_1d(n)
    if np.ndim(n) == 1 and numbers.size != drawers:
        raise ParameterError(f"{owner}: expected {drawers} entries, one a {drawer} (got {numbers.size})")
    any_barred = barred.stop > barred.start
    those = numbers if np.ndim(n) == 0 and any_barred else numbers[barred]
    for largest, room, excluded in (
        (int(numbers.max(initial=0)), partners, ""),
        (int(those.max(initial=0)), partners - any_barred, ", autapses excluded"),
    ):
        if largest > 0 and room <= 0:
            raise ParameterError(f"{owner}: there is no {partner} to draw (got n = {largest}{excluded})")
        if not multapses and largest > room:
            raise ParameterError(
                f"{owner}: without multapses must be <= {room}, the number of {partner}s{excluded} "
                f"(got {largest})"
            )


def degree(n: NDArray[Any]) -> int | NDArray[np.uint32]:
    """A number as an int, an array as uint32."""
    return n.astype(np.uint32) if n.ndim else int(n)
