"""Plasticity at postsynaptic spikes towards the trace of the source."""

from __future__ import annotations

from ..base.params import param
from .base import PlasticityRule, check_bounds


class InstarSTDP(PlasticityRule):
    """Instar learning: at its spikes a neuron's weights move towards what has just fired.

    With w the absolute weight and a presynaptic trace x, which decays with tau:

    postsynaptic spike:  w -> w + eta (c x - w)
    presynaptic spike:   x -> x + 1 (nearest: x -> 1)

    and w stays in [w_min, w_max]. At a tie the presynaptic spike comes first, so that the one which fired the
    target counts. Weights of sources that have been silent, or have never fired, fall: a neuron's weights
    settle at the mean of c x over its own spikes, without any normalisation.

    Grossberg (1976), Biol. Cybern. 23:121, with the postsynaptic activity a spike train.

    Parameters
    ----------
    eta : share of the way that a postsynaptic spike takes a weight, 0 to 1.
    c : weight that a trace of 1 asks for, 0 to 1e100 in the unit of the weights.
    tau : time constant of the trace, >= 1e-12 ms.
    w_max : the largest absolute weight, >= 1e-100; unbounded (inf) by default.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    pairing : "all_to_all" (x sums over spikes) or "nearest" (x is of the latest alone).
    """

    eta: float = param(default=0.01, low=0.0, high=1.0)
    c: float = param(default=1.0, low=0.0, high=1e100)
    tau: float = param(default=20.0, unit="ms", low=1e-12)
    w_max: float = param(default=float("inf"), low=1e-100, infinite=True)
    w_min: float = param(default=0.0, low=0.0, high=1e100)
    pairing: str = param(default="all_to_all", choices=("all_to_all", "nearest"))

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("InstarSTDP", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min
