"""Spikes of the sources, drawn by the C++ core: a network of the sources alone, on its clock engine."""

from __future__ import annotations

import math
from collections.abc import Mapping
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
    """Emits the spikes of every source, slice by slice, with the very draws of the clock engine.

    Whatever a simulation asks of a source goes to that engine, in which sources have the numbers 0, 1, ...
    """

    def __init__(self, core: Any, spec: NetworkSpec, grid: TimeBase, options: Options) -> None:
        self._grid = grid
        self.n = len(spec.sources)
        self.changed: dict[int, set[str]] = {}  # by source, the parameters that were
        if not self.n:
            return
        builder = core.NetworkBuilder(
            unit=grid.dt, grid=True, round_off_grid=options.round_off_grid, dtype="float64",
            weight_dtype="float64", threads=1, packs_rows=False,
        )  # fmt: skip
        build(NetworkSpec(seed=spec.seed, sources=spec.sources), builder, options.noise_seed)
        self.engine = core.ClockEngine(builder.compile())
        self._recorded: set[int] = set()

    def record(self, source: int) -> None:
        """Emit the spikes of a source from now on."""
        if source not in self._recorded:
            self._recorded.add(source)
            self.engine.record_spikes(source)

    def value(self, source: int, name: str) -> NDArray[np.float64]:
        """A parameter of each of the sources, drawn where it was declared as a distribution."""
        values: NDArray[np.float64] = self.engine.parameter(source, name)
        return values

    def drives(self, number: int, source: SourceSpec, projection: ProjectionSpec) -> bool:
        """Does the clock engine add this source's spikes to the targets by itself, after all other synapses?

        It does so with counts drawn a step (csrc/sources/poisson.cpp: no dead time, one rate for all, at
        least 0.02 and less than 500 spikes a step) over a one-to-one projection of contiguous neurons, of one
        constant weight and delay (csrc/engine/clock/shard.cpp: drivable). The order of sums, and with it the
        last bit, depends on it.
        """
        if not isinstance(source.model, Poisson):
            return False
        rates = self.value(number, "rate")
        return (
            bool((rates == rates[0]).all())
            and not self.value(number, "dead_time").any()
            and 0.02 <= float(rates[0]) * self._grid.dt * 1e-3 < 500.0
            and projection.rule.lower()[0] == "one_to_one"
            and isinstance(projection.source_range, tuple)
            and isinstance(projection.target_range, tuple)
            and projection.synapses_per_pair == 1
            and projection.plasticity is None
            and all(_is_one_value(values) for values in (projection.weight, projection.delay))
        )

    def emit(self, until: int) -> list[Spikes]:
        """(step, index) of all spikes up to step ``until`` that have not been emitted yet, by source.

        Of those that are recorded; of others there is none.
        """
        if not self.n:
            return []
        parts: list[list[tuple[NDArray[np.float64], NDArray[np.uint32]]]] = [[] for _ in range(self.n)]
        while True:
            self.engine.advance(until, math.inf)
            for number in self._recorded:
                parts[number].append(self.engine.take_spikes(number))
            if self.engine.ticks >= until:
                break
        return [
            (
                self._grid.ticks(np.concatenate([np.empty(0), *(times for times, _ in part)])),
                np.concatenate([np.empty(0, np.uint32), *(indices for _, indices in part)]),
            )
            for part in parts
        ]

    def set_parameters(
        self, source: int, values: Mapping[str, NDArray[np.float64]], indices: NDArray[np.uint32]
    ) -> None:
        """Go on with these."""
        self.engine.set_parameters(source, dict(values), indices)
        self.changed.setdefault(source, set()).update(values)

    def mark_changed(self, source: int, name: str) -> None:
        """A parameter that was, before what is restored was saved."""
        self.changed.setdefault(source, set()).add(name)

    def was_changed(self, source: int) -> bool:
        """Were any of its parameters?"""
        return source in self.changed

    def take_parameters_of(self, other: SourceFeed) -> list[int]:
        """Begin with the parameters as they are there; the sources that were changed."""
        for source, names in other.changed.items():
            values = {name: other.engine.parameter(source, name) for name in names}
            n = len(next(iter(values.values())))
            self.set_parameters(source, values, np.arange(n, dtype=np.uint32))
        return list(other.changed)

    def restart(self, noise: int) -> None:
        """From the beginning, by other noise."""
        if self.n:
            self.engine.restart([], True, noise)

    def save(self) -> dict[str, NDArray[Any]]:
        """What the sources have come to."""
        return self.engine.save() if self.n else {}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from there."""
        if self.n:
            self.engine.restore(arrays)


def _is_one_value(values: Any) -> bool:
    if isinstance(values, tuple):
        return len(values) == 1
    return bool(values.lower()["kind"] == "constant")
