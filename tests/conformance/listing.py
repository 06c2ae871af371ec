"""The synapses a simulation lists, as flat arrays of one projection."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True)
class Listing:
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    k: NDArray[np.int64]
    delay: NDArray[np.float64]
    weight: NDArray[np.float64]


def synapses(sim: Any, projection: Any) -> Listing:
    """Everything ``sim`` lists of ``projection``, indices counted from the first neuron of the range."""
    table = sim.synapses(projection)
    spec = projection.spec
    return Listing(
        np.asarray(table["i"], dtype=np.int64) - spec.source_range[0],
        np.asarray(table["j"], dtype=np.int64) - spec.target_range[0],
        np.asarray(table["k"], dtype=np.int64),
        np.asarray(table["delay"], dtype=np.float64),
        np.asarray(sim.weights(projection), dtype=np.float64),
    )
