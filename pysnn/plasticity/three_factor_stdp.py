"""Three-factor STDP with a learning signal of each neuron."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from ..base.params import param
from .base import PlasticityRule, check_signed_bounds


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

    Parameters
    ----------
    eta : learning rate, 0 to 1e100 in the unit of the weights, for L and e of 1.
    tau_x : time constant of the presynaptic trace, >= 1e-12 ms; inf counts spikes.
    tau_e : time constant of the eligibility, >= 1e-12 ms; by default inf: it stays until it is used.
    after : "cleared" or "kept": what becomes of the eligibility at a moment.
    w_max, w_min : bounds of the weights themselves; by default none.
    """

    modulator: ClassVar[Literal["", "one", "any"]] = "any"
    signed: ClassVar[bool] = True

    eta: float = param(default=0.01, low=0.0, high=1e100)
    tau_x: float = param(default=20.0, unit="ms", low=1e-12, infinite=True)
    tau_e: float = param(default=math.inf, unit="ms", low=1e-12, infinite=True)
    after: str = param(default="cleared", choices=("cleared", "kept"))
    w_max: float = param(default=math.inf, infinite=True)
    w_min: float = param(default=-math.inf, infinite=True)

    def check(self) -> None:
        """The bounds must be in order."""
        check_signed_bounds("ThreeFactorSTDP", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def lowest(self) -> float:
        """``w_min``."""
        return self.w_min
