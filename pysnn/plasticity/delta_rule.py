"""The delta rule of readouts."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from ..base.params import param
from .base import PlasticityRule, check_signed_bounds


class DeltaRule(PlasticityRule):
    """The delta rule: a weight moves by the error of its target times the trace of its source.

    With a presynaptic trace x (jumps of 1, time constant tau_x) and a modulator e that is one number a target
    neuron, or one for all:

    moment of value e:    w -> w - eta e x, within [w_min, w_max];     dx/dt = -x / tau_x.

    A weight may cross zero, and no postsynaptic spike has a part in it. With tau_x = inf, x counts the
    spikes that have arrived since the simulation, the reset or the trial began: with the error p - y of a
    softmax at the end of a trial this is logistic regression on spike counts, one step a trial.

    Widrow & Hoff (1960), IRE WESCON Conv. Rec. 4:96.

    Parameters
    ----------
    eta : learning rate, 0 to 1e100 in the unit of the weights, for e and x of 1.
    tau_x : time constant of the presynaptic trace, >= 1e-12 ms; by default inf: it counts.
    w_max, w_min : bounds of the weights themselves; by default none.
    """

    modulator: ClassVar[Literal["", "one", "any"]] = "any"
    signed: ClassVar[bool] = True

    eta: float = param(default=0.01, low=0.0, high=1e100)
    tau_x: float = param(default=math.inf, unit="ms", low=1e-12, infinite=True)
    w_max: float = param(default=math.inf, infinite=True)
    w_min: float = param(default=-math.inf, infinite=True)

    def check(self) -> None:
        """The bounds must be in order."""
        check_signed_bounds("DeltaRule", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def lowest(self) -> float:
        """``w_min``."""
        return self.w_min
