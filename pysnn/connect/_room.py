"""Whether drawn numbers of partners fit the partners there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError

Which: TypeAlias = "slice | NDArray[np.intp]"


@dataclass(frozen=True)
class Overlap:
    """The neurons that are on both sides of a projection: as sources, and as targets, in one order.

    Between two populations there are none; two views of one population may overlap in part.
    """

    sources: Which = field(default_factory=lambda: slice(0, 0))
    targets: Which = field(default_factory=lambda: slice(0, 0))

    def __len__(self) -> int:
        return count(self.targets)


def overlap(sources: Any, targets: Any) -> Overlap:
    """What two parts of one population share, each a range (begin, end) or an array of indices."""
    if isinstance(sources, tuple) and isinstance(targets, tuple):
        begin, end = max(sources[0], targets[0]), min(sources[1], targets[1])
        if begin >= end:
            return Overlap()
        return Overlap(
            slice(begin - sources[0], end - sources[0]), slice(begin - targets[0], end - targets[0])
        )
    pre, post = (np.arange(*side) if isinstance(side, tuple) else side for side in (sources, targets))
    _, at_pre, at_post = np.intersect1d(pre, post, assume_unique=True, return_indices=True)
    return Overlap(at_pre, at_post)


def count(which: Which) -> int:
    """How many neurons these are."""
    return which.stop - which.start if isinstance(which, slice) else which.size


def check_degree(
    n: Any,
    drawers: int,
    drawer: str,
    partners: int,
    partner: str,
    barred: Which | None,
    multapses: bool,
    owner: str,
) -> None:
    """Raise ParameterError unless each of ``drawers`` can draw its n of ``partners``.

    The drawers ``barred`` have one partner less: themselves.
    """
    barred = slice(0, 0) if barred is None else barred
    numbers = np.atleast_1d(n)
    if np.ndim(n) == 1 and numbers.size != drawers:
        raise ParameterError(f"{owner}: expected {drawers} entries, one a {drawer} (got {numbers.size})")
    any_barred = count(barred) > 0
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
