"""What a description says of its activity before anything is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..spec import NetworkSpec

LIKELY = 3.0  # Hz, of neurons, and of sources of unknown rate, where nothing was measured yet


@dataclass(frozen=True)
class Arrivals:
    """At a neuron of one population, a second: at least, and as many as seems likely."""

    least: float
    likely: float


def foresee(spec: NetworkSpec, synapses: Sequence[float], number: int) -> Arrivals:
    """What arrives at population ``number``: at least what sources of known rate send.

    ``synapses`` : expected number of each projection.
    """
    population = spec.populations[number]
    rates = {source.name: source.model.mean_rate() for source in spec.sources}
    least = likely = 0.0
    for projection, expected in zip(spec.projections, synapses, strict=True):
        if projection.target != population.name:
            continue
        indegree = expected / max(population.n, 1)
        rate = rates.get(projection.source, math.nan)
        if math.isfinite(rate):
            least += indegree * rate
        likely += indegree * (rate if math.isfinite(rate) else LIKELY)
    return Arrivals(least, likely)
