"""Figures by which spiking networks are compared: mean rate and irregularity of the intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rate_and_cv(
    times: NDArray[np.float64], indices: NDArray[np.int64], n: int, start: float, stop: float
) -> tuple[float, float]:
    """Mean rate [Hz] of ``n`` neurons and mean CV of the inter-spike intervals in (start, stop] ms.

    The CV is averaged over the neurons with at least five intervals.
    """
    inside = (times > start) & (times <= stop)
    t, i = times[inside], indices[inside]
    rate = t.size / n / (stop - start) * 1000.0
    order = np.lexsort((t, i))
    t, i = t[order], i[order]
    values = []
    for train in np.split(t, np.flatnonzero(np.diff(i)) + 1):
        intervals = np.diff(train)
        if intervals.size >= 5:
            values.append(float(intervals.std() / intervals.mean()))
    return rate, float(np.mean(values)) if values else 0.0
