"""What a description says of its activity before anything is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..spec import NetworkSpec

# Hz, where nothing was measured yet: of neurons, and of sources of unknown rate; of neurons that fire alone.
LIKELY, LIKELY_ALONE = 3.0, 10.0


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
    alone = {p.name for p in spec.populations if p.model.typical().fires_alone()}
    least = likely = 0.0
    for projection, expected in zip(spec.projections, synapses, strict=True):
        if projection.target != population.name:
            continue
        indegree = expected / max(population.n, 1)
        rate = rates.get(projection.source, math.nan)
        if math.isfinite(rate):
            least += indegree * rate
            likely += indegree * rate
        else:
            likely += indegree * (LIKELY_ALONE if projection.source in alone else LIKELY)
    return Arrivals(least, likely)
