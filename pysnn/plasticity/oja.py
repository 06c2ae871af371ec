"""Hebbian plasticity whose weights normalise themselves."""

from __future__ import annotations

from ..base.params import param
from .base import PlasticityRule, check_bounds


class Oja(PlasticityRule):
    """Oja's rule, with one of its two postsynaptic factors a spike train.

    Of dw/dt = eta y (c x - y w) the first y is the postsynaptic spike train; the second, and x, are traces
    that decay with tau_minus and tau_plus. With w the absolute weight:

    postsynaptic spike:  w -> w + eta (c x - y w),   y -> y + 1
    presynaptic spike:   x -> x + 1

    and w stays in [w_min, w_max]. The spike that reads a trace reads it before its own jump. Weights of
    sources that fire together with the target grow at the cost of the others, without a bound on any.

    Oja (1982), J. Math. Biol. 15:267, for rates; in its spike form here the rate that stands before the
    parenthesis is the spike train itself.

    Parameters
    ----------
    eta : learning rate, 0 to 1.
    c : weight at which a source that fires as the target does neither gains nor loses, 0 to 1e100.
    tau_plus, tau_minus : time constants of the traces of source and target, >= 1e-12 ms.
    w_max : the largest absolute weight, >= 1e-100; unbounded (inf) by default.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    """

    eta: float = param(default=0.001, low=0.0, high=1.0)
    c: float = param(default=1.0, low=0.0, high=1e100)
    tau_plus: float = param(default=20.0, unit="ms", low=1e-12)
    tau_minus: float = param(default=20.0, unit="ms", low=1e-12)
    w_max: float = param(default=float("inf"), low=1e-100, infinite=True)
    w_min: float = param(default=0.0, low=0.0, high=1e100)

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("Oja", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min
