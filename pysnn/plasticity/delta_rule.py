"""The delta rule of readouts."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from ..base.params import param
from .base import PlasticityRule, check_batch, check_signed_bounds


class DeltaRule(PlasticityRule):
    """The delta rule: a weight moves by the error of its target times the trace of its source.

    With a presynaptic trace x (jumps of 1, time constant tau_x) and a modulator e that is one number a target
    neuron, or one for all:

    moment of value e:    w -> w - eta e x, within [w_min, w_max];     dx/dt = -x / tau_x.

    A weight may cross zero, and no postsynaptic spike has a part in it. With tau_x = inf, x counts the
    spikes that have arrived since the simulation, the reset or the trial began: with the error p - y of a
    softmax at the end of a trial this is logistic regression on spike counts, one step a trial.

    Widrow & Hoff (1960), IRE WESCON Conv. Rec. 4:96.

    With ``batch`` weights stay at a moment, and e x is gathered instead over that many trials (each ended by
    a reset, with a moment in it, while the projection learns); its mean then moves them, by gradient descent
    or Adam (Kingma & Ba 2015, ICLR). The batch and Adam's averages go on from trial to trial.

    Parameters
    ----------
    eta : learning rate, 0 to 1e100 in the unit of the weights, for e and x of 1.
    tau_x : time constant of the presynaptic trace, >= 1e-12 ms; by default inf: it counts.
    w_max, w_min : bounds of the weights themselves; by default none.
    optimiser : "sgd" or "adam" (which needs a batch).
    batch : trials whose gradients are averaged, >= 0; 0 moves weights at once.
    beta_1, beta_2, epsilon : of Adam, 0 to below 1, the same, and > 0.
    """

    modulator: ClassVar[Literal["", "one", "any"]] = "any"
    signed: ClassVar[bool] = True

    eta: float = param(default=0.01, low=0.0, high=1e100)
    tau_x: float = param(default=math.inf, unit="ms", low=1e-12, infinite=True)
    w_max: float = param(default=math.inf, infinite=True)
    w_min: float = param(default=-math.inf, infinite=True)
    optimiser: str = param(default="sgd", choices=("sgd", "adam"))
    batch: int = param(default=0, low=0, high=2**31)
    beta_1: float = param(default=0.9, low=0.0, below=1.0)
    beta_2: float = param(default=0.999, low=0.0, below=1.0)
    epsilon: float = param(default=1e-8, above=0.0)

    def check(self) -> None:
        """Bounds must be in order, and Adam has a batch."""
        check_signed_bounds("DeltaRule", self.w_min, self.w_max)
        check_batch("DeltaRule", self.optimiser, self.batch)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def lowest(self) -> float:
        """``w_min``."""
        return self.w_min
