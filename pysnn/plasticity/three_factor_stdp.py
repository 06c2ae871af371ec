"""Three-factor STDP with a learning signal of each neuron."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from ..base.params import param
from .base import PlasticityRule, check_batch, check_signed_bounds


class ThreeFactorSTDP(PlasticityRule):
    """Eligibility from pairs of spikes, turned into weight by a learning signal at its moments.

    With a presynaptic trace x (jumps of 1, time constant tau_x), an eligibility e of each synapse and a
    modulator that is one number a target neuron, or one for all:

    postsynaptic spike:   e -> e + x
    moment of value L:    w -> w - eta L e, within [w_min, w_max];  then e -> 0 if it is "cleared"

    dx/dt = -x / tau_x,    de/dt = -e / tau_e.

    A weight may cross zero. Nothing happens between two events that has no closed form, so the rule is exact
    in continuous time. It is e-prop (Bellec et al. 2020, Nat. Commun. 11:3625) with the postsynaptic spike in
    place of the surrogate derivative: L_j = sum_k O_kj (p_k - y_k), one moment at the end of a presentation,
    descends the error of a readout O. The sum over spikes stands for the mean over time: eta is the learning
    rate of a mean divided by its number of steps. Fremaux & Gerstner (2016), Front. Neural Circuits 9:85,
    review such rules.

    With ``batch`` weights stay at a moment, and L e is gathered instead over that many trials (each ended by
    a reset, with a moment in it, while the projection learns); its mean then moves them, by gradient descent
    or Adam (Kingma & Ba 2015, ICLR). The batch and Adam's averages go on from trial to trial.

    Parameters
    ----------
    eta : learning rate, 0 to 1e100 in the unit of the weights, for L and e of 1.
    tau_x : time constant of the presynaptic trace, >= 1e-12 ms; inf counts spikes.
    tau_e : time constant of the eligibility, >= 1e-12 ms; by default inf: it stays until it is used.
    after : "cleared" or "kept": what becomes of the eligibility at a moment.
    w_max, w_min : bounds of the weights themselves; by default none.
    optimiser : "sgd" or "adam" (which needs a batch).
    batch : trials whose gradients are averaged, >= 0; 0 moves weights at once.
    beta_1, beta_2, epsilon : of Adam, 0 to below 1, the same, and > 0.
    """

    modulator: ClassVar[Literal["", "one", "any"]] = "any"
    signed: ClassVar[bool] = True

    eta: float = param(default=0.01, low=0.0, high=1e100)
    tau_x: float = param(default=20.0, unit="ms", low=1e-12, infinite=True)
    tau_e: float = param(default=math.inf, unit="ms", low=1e-12, infinite=True)
    after: str = param(default="cleared", choices=("cleared", "kept"))
    w_max: float = param(default=math.inf, infinite=True)
    w_min: float = param(default=-math.inf, infinite=True)
    optimiser: str = param(default="sgd", choices=("sgd", "adam"))
    batch: int = param(default=0, low=0, high=2**31)
    beta_1: float = param(default=0.9, low=0.0, below=1.0)
    beta_2: float = param(default=0.999, low=0.0, below=1.0)
    epsilon: float = param(default=1e-8, above=0.0)

    def check(self) -> None:
        """Bounds must be in order, and Adam has a batch."""
        check_signed_bounds("ThreeFactorSTDP", self.w_min, self.w_max)
        check_batch("ThreeFactorSTDP", self.optimiser, self.batch)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def lowest(self) -> float:
        """``w_min``."""
        return self.w_min
