"""Recurrences along time without a loop over it: functions of one family are composed by doubling.

After d = 1, 2, 4, ... entry t holds the composite of steps t - 2 d + 1 to t: log2(rows) passes do.

Hillis & Steele (1986), Commun. ACM 29:1170-1183.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def clamped(least: Array, most: Array, start: Array) -> Array:
    """k[t] = min(max(k[t - 1], least[t]), most[t]) along the first axis, k[-1] = start; least <= most.

    A clamp of a clamp is a clamp, so composites stay a pair of numbers; of integers they are exact.
    """
    least, most = least.copy(), most.copy()
    distance = 1
    while distance < len(least):
        later = least[distance:], most[distance:]
        least[distance:], most[distance:] = (np.clip(part[:-distance], *later) for part in (least, most))
        distance *= 2
    return np.clip(start, least, most)


def decaying_sum(inputs: Array, decay: float) -> Array:
    """y[t] = decay y[t - 1] + inputs[t] along the first axis, y[-1] = 0."""
    sums = inputs.copy()
    distance = 1
    while distance < len(sums):
        sums[distance:] = sums[distance:] + decay**distance * sums[:-distance]
        distance *= 2
    return sums
