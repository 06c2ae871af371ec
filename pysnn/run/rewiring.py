"""Synapses that leave a source and find another one while a network runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine
from ..base.ranks import ALONE, Ranks

Indices = NDArray[np.uint32]


def rewire(
    engine: Engine,
    projection: int,
    below: float,
    weight: float,
    sources: Indices,
    within: bool,
    noise_key: int,
    ranks: Ranks = ALONE,
) -> None:
    """Give every synapse of a weight of at most ``below`` another source out of ``sources``.

    ``within``: whether sources and targets are one population, where no neuron finds itself. Where ``ranks``
    share the engine each finds sources for the synapses onto its own targets.
    """
    with ranks.checked("rewire"):
        weights = engine.weights(projection)
        i, j = engine.synapses(projection)[:2]
        found = new_sources(
            i, j, weights, below, sources, within, noise_key << 64 | engine.rewirings(projection) << 32
        )
        engine.check_sources(projection, found)
        weights = weights.astype(np.float64)
        weights[found != i] = weight
        engine.check_weights(projection, weights, "rewire")  # before a synapse has moved
    came_from = np.asarray(engine.rewire(projection, found), np.intp)
    engine.set_weights(projection, weights[came_from])


def new_sources(
    i: Indices,
    j: Indices,
    weights: NDArray[np.floating],
    below: float,
    sources: Indices,
    within: bool,
    noise_key: int,
) -> Indices:
    """The sources of all synapses (i, j) once those of |weight| <= ``below`` have found others.

    Each draws among those that its target does not hear, by a key of (``noise_key``, target) alone. Where a
    target hears all but a few the weakest of its synapses go first.
    """
    found = i.copy()
    leaves = np.flatnonzero(np.abs(weights) <= below)
    if leaves.size == 0:
        return found
    leaves = leaves[np.lexsort((leaves, np.abs(weights[leaves]), j[leaves]))]
    by_target = np.argsort(j, kind="stable")
    begin_of = np.append(0, np.cumsum(np.bincount(j)))
    targets, begins = np.unique(j[leaves], return_index=True)
    for target, own in zip(targets.tolist(), np.split(leaves, begins[1:]), strict=True):
        heard = i[by_target[begin_of[target] : begin_of[target + 1]]]
        free = np.setdiff1d(sources, np.append(heard, np.uint32(target)) if within else heard)
        own = own[: free.size]
        draw = np.random.Generator(np.random.Philox(key=noise_key | target))
        found[own] = draw.choice(free, own.size, replace=False)
    return found
