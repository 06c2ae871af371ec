"""Spikes of the sources, drawn by the C++ core: a network of the sources alone, on its clock engine."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from ...sources import Poisson
from ...spec import NetworkSpec, ProjectionSpec, SourceSpec
from .._lowering import build
from ..base import Options

Spikes = tuple[NDArray[np.int64], NDArray[np.uint32]]


class SourceFeed:
    """Emits the spikes of every source, slice by slice, with the very draws of the clock engine."""

    def __init__(self, core: Any, spec: NetworkSpec, grid: TimeBase, options: Options) -> None:
        self._grid = grid
        self._n = len(spec.sources)
        if not self._n:
            return
        builder = core.NetworkBuilder(
            unit=grid.dt, grid=True, round_off_grid=options.round_off_grid, dtype="float64",
            weight_dtype="float64", threads=1, packs_rows=False,
        )  # fmt: skip
        build(NetworkSpec(seed=spec.seed, sources=spec.sources), builder, options.noise_seed)
        self._engine = core.ClockEngine(builder.compile())
        for number in range(self._n):
            self._engine.record_spikes(number)

    def emit(self, until: int) -> list[Spikes]:
        """(step, index) of all spikes up to step ``until`` that have not been emitted yet, by source."""
        if not self._n:
            return []
        parts: list[list[tuple[NDArray[np.float64], NDArray[np.uint32]]]] = [[] for _ in range(self._n)]
        while True:
            self._engine.advance(until, math.inf)
            for number in range(self._n):
                parts[number].append(self._engine.take_spikes(number))
            if self._engine.ticks >= until:
                break
        return [
            (
                self._grid.ticks(np.concatenate([times for times, _ in part])),
                np.concatenate([indices for _, indices in part]),
            )
            for part in parts
        ]


def drives(source: SourceSpec, projection: ProjectionSpec, dt: float) -> bool:
    """Does the clock engine add this source's spikes to the targets by itself, after all other synapses?

    It does so with counts drawn a step (csrc/sources/poisson.cpp: no dead time, one rate for all, at least
    0.02 and less than 500 spikes a step) over a one-to-one projection of contiguous neurons, of one constant
    weight and delay (csrc/engine/clock/shard.cpp: drivable). The order of sums, and with it the last bit,
    depends on it.
    """
    if not isinstance(source.model, Poisson):
        return False
    rates = np.atleast_1d(np.asarray(source.model.rate, dtype=np.float64))
    one_value = all(_is_one_value(values) for values in (projection.weight, projection.delay))
    return (
        bool((rates == rates[0]).all())
        and not np.any(source.model.dead_time)
        and 0.02 <= float(rates[0]) * dt * 1e-3 < 500.0
        and projection.rule.lower()[0] == "one_to_one"
        and isinstance(projection.source_range, tuple)
        and isinstance(projection.target_range, tuple)
        and projection.synapses_per_pair == 1
        and projection.plasticity is None
        and one_value
    )


def _is_one_value(values: Any) -> bool:
    if isinstance(values, tuple):
        return len(values) == 1
    return bool(values.lower()["kind"] == "constant")
