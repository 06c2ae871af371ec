"""Figures by which spiking networks are compared: mean rate, irregularity of intervals, synchrony."""

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


def synchrony(times: NDArray[np.float64], start: float, stop: float, width: float = 3.0) -> float:
    """Variance over mean of the population's spike counts in bins of ``width`` ms, in (start, stop] ms.

    1 for independent Poisson trains (Potjans & Diesmann 2014, Cereb. Cortex 24:785, their bins).
    """
    edges = np.arange(start, stop + 1e-9, width)
    counts, _ = np.histogram(times, edges)
    return float(counts.var() / counts.mean()) if counts.sum() else 0.0


def figures(
    times: NDArray[np.float64], indices: NDArray[np.int64], n: int, start: float, stop: float
) -> dict[str, float]:
    """All of them, by name."""
    rate, cv = rate_and_cv(times, indices, n, start, stop)
    return {"rate": rate, "cv": cv, "synchrony": synchrony(times, start, stop)}
