"""Spike-timing-dependent plasticity of spike pairs."""

from __future__ import annotations

from ..base.params import param
from .base import PlasticityRule, check_bounds


class PairSTDP(PlasticityRule):
    """Pair-based STDP, from additive (mu = 0) to multiplicative (mu = 1).

    With u = |w| / w_max, a presynaptic trace x and a postsynaptic trace y, which decay with
    tau_plus and tau_minus:

    postsynaptic spike:  u -> u + a_plus  (1 - u)^mu_plus  x,    y -> y + 1 (nearest: y -> 1)
    presynaptic spike:   u -> u - a_minus  u^mu_minus      y,    x -> x + 1 (nearest: x -> 1)

    and |w| stays in [w_min, w_max]. The spike that reads a trace reads it before its own jump. Pairing
    "all_to_all" pairs every spike with every earlier one of the other side, "nearest" with the latest alone,
    "nearest_restricted" with the latest if its own side has not fired since then, so that no spike is in two
    pairs of a kind, "nearest_pre_centred" every presynaptic spike with the latest postsynaptic one and with
    the next: x -> 0 at a postsynaptic spike, which makes x a trace of each synapse; it neither jumps nor is
    taken while learning is switched off (figures 7A, C and B of Morrison, Diesmann & Gerstner 2008,
    Biol. Cybern. 98:459; NEST's stdp_nn_symm_synapse, stdp_nn_restr_synapse, stdp_nn_pre_centered_synapse).

    Where two spikes meet at the synapse at one instant, the presynaptic one is first and the pair counts as
    potentiation by the whole of x (tie "pre_first"), or neither spike sees the other (tie "none", as NEST
    has it; where changes depend on the weight, depression is still applied before potentiation).

    Guetig, Aharonov, Rotter & Sompolinsky (2003), J. Neurosci. 23:3697, has lambda = a_plus and
    alpha = a_minus / a_plus; Song, Miller & Abbott (2000), Nat. Neurosci. 3:919, is additive with
    a_plus = 0.005, a_minus = 1.05 a_plus, both time constants 20 ms.

    Parameters
    ----------
    tau_plus, tau_minus : time constants of potentiation and depression, >= 1e-12 ms.
    a_plus, a_minus : learning rates in units of w_max, 0 to 1e100.
    w_max : the largest absolute weight, 1e-100 to 1e100 in the unit of the weights.
    w_min : the smallest absolute weight, >= 0 and <= w_max, at which depression stops; 0 by default.
    mu_plus, mu_minus : exponents of the weight dependence, 0 (additive) to 1 (multiplicative).
    pairing : "all_to_all", "nearest", "nearest_restricted" or "nearest_pre_centred".
    tie : "pre_first" or "none".
    """

    tau_plus: float = param(default=20.0, unit="ms", low=1e-12)
    tau_minus: float = param(default=20.0, unit="ms", low=1e-12)
    a_plus: float = param(default=0.01, low=0.0, high=1e100)
    a_minus: float = param(default=0.0105, low=0.0, high=1e100)
    w_max: float = param(default=1.0, low=1e-100, high=1e100)
    mu_plus: float = param(default=0.0, low=0.0, high=1.0)
    mu_minus: float = param(default=0.0, low=0.0, high=1.0)
    pairing: str = param(
        default="all_to_all",
        choices=("all_to_all", "nearest", "nearest_restricted", "nearest_pre_centred"),
    )
    w_min: float = param(default=0.0, low=0.0, high=1e100)
    tie: str = param(default="pre_first", choices=("pre_first", "none"))

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("PairSTDP", self.w_min, self.w_max)

    @property
    def kernel(self) -> str:
        """Synapses of the pre-centred pairing keep a trace of their own."""
        return "pre_centred_stdp" if self.pairing == "nearest_pre_centred" else ""

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min
