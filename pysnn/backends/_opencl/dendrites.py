"""The dendritic part of the delay of each run, in steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...base.distributions import Array
from ...base.timebase import TimeBase
from ...errors import BackendUnsupported, OffGridError
from ...spec import ProjectionSpec
from .block import Block
from .synapses import Rows


def dendrites(
    rows: Rows, stored: Block, spec: ProjectionSpec, grid: TimeBase, rounds: bool
) -> NDArray[np.int64]:
    """By run: the share ``dendritic_fraction`` of its delay, or what its synapses have."""
    fraction = spec.dendritic_fraction
    if not isinstance(fraction, Array):
        return _share(fraction, rows.run_delay, spec.name, grid, rounds)
    rule, listed = spec.rule.lower()
    if rule != "arrays" or not isinstance(spec.delay, Array) or stored.joined:
        raise BackendUnsupported(
            f"backend 'opencl' knows the dendrites of each synapse's own of listed pairs alone, onto at most "
            f"2^16 neurons (projection {spec.name!r}; backend='clock' runs all)"
        )
    total = grid.ticks(spec.delay.numbers)
    own = _share(fraction.numbers, total, spec.name, grid, rounds)
    # In (i, j, k) order, where k counts by delay, then by its dendritic part.
    own = own[np.lexsort((own, total, listed["j"], listed["i"]))]
    return own[stored.order()[rows.block["run_begin"][:-1]]] if rows.n else own


def _share(
    fraction: float | NDArray[np.float64], delay: NDArray[np.int64], name: str, grid: TimeBase, rounds: bool
) -> NDArray[np.int64]:
    share = fraction * delay.astype(np.float64)
    nearest = np.rint(share)
    off = np.flatnonzero(np.abs(share - nearest) > 1e-9)
    if len(off) and not rounds:
        at = off[0]
        raise OffGridError(
            f"projection {name!r}: dendritic_fraction {np.broadcast_to(fraction, share.shape)[at]:g} of a "
            f"delay of {grid.ms_of(int(delay[at])):g} ms is no multiple of dt"
        )
    return nearest.astype(np.int64)
