"""Checked index arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.params import ParamInfo, as_numpy, check_whole_array

_INDEX = ParamInfo(low=0, high=2**32 - 1)


def as_indices(value: Any, owner: str) -> NDArray[np.uint32]:
    """``value`` as a read-only 1-D uint32 array of whole numbers; the rest is a ParameterError."""
    value = as_numpy(value, owner)
    if isinstance(value, np.ndarray) and value.dtype == np.uint32 and value.ndim == 1:
        indices = value.copy()  # of this type nothing can be out of range: no detour over floats
    else:
        indices = check_whole_array(value, _INDEX, owner).astype(np.uint32)
    indices.setflags(write=False)
    return indices
