"""Step-forward code: samples held against a baseline that spikes move."""

from __future__ import annotations

import numpy as np

from ._levels import LevelCoder, LevelEncoder
from .coder import Coder, Float, Lanes


class StepForward(LevelEncoder):
    """Each sample that is more than ``threshold`` from the baseline moves it by one or more thresholds.

    baseline   B(-1) = low + start w,   w = high - low
    row r      while x_r > B + threshold w: a spike of train 0, B <- B + threshold w
               while x_r < B - threshold w: a spike of train 1, B <- B - threshold w

    The spikes of a row lie evenly in it, a single one at its end. As long as no two samples are further
    apart than the threshold (and the first from the start) a row has one spike at most, and this is the
    algorithm as published, with ``if`` for ``while``; where the signal is faster, that one falls behind
    without a bound and this one does not.

    Decoded by adding up: B after row r, of which x_r is no further than

        max_error = threshold (high - low).

    Kasabov, Scott, Tu et al. (2016), Neural Networks 78:1-14; Petro, Kasabov & Kiss (2020), IEEE Trans.
    Neural Netw. Learn. Syst. 31:358-370.

    Parameters
    ----------
    threshold: > 0 and <= 1: how far a spike moves the baseline, as a share of the range.
    start: >= 0 and <= 1: the baseline before the first row, as a share of the range.
    low, high, resolution: see Encoder.
    """

    def _coder(self, lanes: Lanes, step: float) -> Coder:
        return LevelCoder(self, lanes)

    def _band(self, steps: Float) -> tuple[Float, Float]:
        return np.ceil(steps - 1.0), np.floor(steps + 1.0)

    def _passed(self, level: Float, nth: Float, count: Float, before: Float, after: Float) -> Float:
        return np.asarray(nth / count)
