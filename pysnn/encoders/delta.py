"""Delta code: a spike wherever the signal has moved on by a threshold."""

from __future__ import annotations

import numpy as np

from ._levels import LevelCoder, LevelEncoder
from .coder import Coder, Float, Lanes


class Delta(LevelEncoder):
    """A spike at the moment at which the signal leaves the last level by ``threshold``, which it then is.

    level   B(0) = low + start w,   w = high - low;  where x(t) = B + threshold w a spike of train 0 and
            B <- B + threshold w;  where x(t) = B - threshold w a spike of train 1 and B <- B - threshold w

    The signal goes linearly from row to row and is the sample of row r at the row's end, (r + 1) step; it
    begins at B(0). So spikes lie where the lines cross the levels, as many as the signal needs, and none
    while it stands still.

    Decoded by adding up: B at the row's end. The signal never is further from B than the threshold:

        max_error = threshold (high - low)

    which ``resolution`` leaves as it is, as times are rounded up within their row.

    Send-on-delta: Miskowicz (2006), Sensors 6:49-63; the pixel of an event camera: Lichtsteiner, Posch &
    Delbruck (2008), IEEE J. Solid-State Circuits 43:566-576.

    Parameters
    ----------
    threshold: > 0 and <= 1: how far a spike moves the level, as a share of the range.
    start: >= 0 and <= 1: the level before the first row, as a share of the range.
    low, high, resolution: see Encoder.
    """

    def _coder(self, lanes: Lanes, step: float) -> Coder:
        return LevelCoder(self, lanes)

    def _band(self, steps: Float) -> tuple[Float, Float]:
        return np.floor(steps), np.ceil(steps)

    def _passed(self, level: Float, nth: Float, count: Float, before: Float, after: Float) -> Float:
        moved = after - before
        return np.clip((level - before) / np.where(moved == 0.0, 1.0, moved), 0.0, 1.0)
