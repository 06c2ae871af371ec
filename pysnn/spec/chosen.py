"""Which neurons of a group a part of a description is about."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.params import shown
from ..connect._indices import as_indices
from ..errors import ParameterError

Range: TypeAlias = tuple[int, int]
# Some neurons of a group: a range, or the indices of scattered ones in an order of their own.
Neurons: TypeAlias = "Range | NDArray[np.uint32]"

LARGEST_INDEX = 2**32 - 1


def count(neurons: Neurons) -> int:
    """How many neurons a range or an array of indices is."""
    return neurons[1] - neurons[0] if isinstance(neurons, tuple) else int(neurons.size)


def as_neurons(neurons: Any, owner: str) -> Neurons:
    """A range wherever that says the same: contiguous neurons cost nothing, however they were chosen."""
    if isinstance(neurons, tuple):
        begin, end = neurons
        return int(begin), int(end)
    indices = as_indices(neurons, owner)
    if indices.size == 0:
        raise ParameterError(f"{owner}: expected at least one neuron (got an empty view)")
    if np.unique(indices).size != indices.size:
        raise ParameterError(f"{owner}: an index is there more than once (got {shown(indices)})")
    first = int(indices[0])
    if np.array_equal(indices, np.arange(first, first + indices.size)):
        return first, first + indices.size
    return indices
