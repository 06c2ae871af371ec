"""Utterances of a sound that nobody annotated: what lies between two pauses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..voice import FRAME

Float = NDArray[np.float64]

BELOW = 25.0  # dB under the loud frames (95th percentile): quieter is silence
QUIETEST = -60.0  # dB re full scale: silence whatever else there is
SHORTEST = 0.3  # s: less is a click or a cough
MARGIN = 0.1  # s that an utterance has before and after its sound, as far as there is no other


def spans(pitch: Float, loudness: Float, pause: float) -> list[tuple[float, float]]:
    """Begin and end [s of the sound] of what lies between pauses of at least ``pause`` [s].

    pitch : Hz, 0 where unvoiced; loudness : dB, every 10 ms both. What has no voiced frame is no utterance.
    """
    if not len(loudness):
        return []
    loud = loudness > max(float(np.quantile(loudness, 0.95)) - BELOW, QUIETEST)
    edges = np.diff(loud.astype(np.int8), prepend=0, append=0)
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    found: list[list[int]] = []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if found and (begin - found[-1][1]) * FRAME < pause:
            found[-1][1] = end
        else:
            found.append([begin, end])
    kept = [(a, b) for a, b in found if (b - a) * FRAME >= SHORTEST and (pitch[a:b] > 0.0).any()]
    if not kept:
        return []
    margin = round(MARGIN / FRAME)
    # Two neighbours share what is between them.
    borders = [0, *((b + a) // 2 for (_, b), (a, _) in pairwise(kept)), len(loudness)]
    return [
        (FRAME * max(a - margin, low), FRAME * min(b + margin, high))
        for (a, b), (low, high) in zip(kept, pairwise(borders), strict=True)
    ]
