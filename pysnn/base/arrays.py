"""Arrays that nobody is to write into, and arrays as doubles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view (the array that was given stays as it is)."""
    view = array.view()
    view.setflags(write=False)
    return view


def decimals(values: NDArray[Any]) -> NDArray[np.float64]:
    """As doubles; what single precision holds as the decimals that it prints as.

    Somebody wrote 0.7 ms there: as a double that would be 0.699999988, which is on no grid of 0.1 ms.
    """
    if values.dtype.kind == "f" and values.dtype.itemsize < 8:
        values = values.astype(str)
    return values.astype(np.float64)
