"""Spike-timing-dependent plasticity whose potentiation grows as a power of the weight."""

from __future__ import annotations

from ..base.params import param
from .base import PlasticityRule


class PowerLawSTDP(PlasticityRule):
    """Pair STDP with power-law potentiation and multiplicative depression, all-to-all.

    With w the absolute weight, a presynaptic trace x and a postsynaptic trace y, which decay with
    tau_plus and tau_minus:

    postsynaptic spike:  w -> w + a_plus  w_0^(1 - mu) w^mu  x,    y -> y + 1
    presynaptic spike:   w -> w - a_minus w                  y,    x -> x + 1

    and w stays >= w_min. The spike that reads a trace reads it before its own jump. No weight is too
    large: as mu < 1, depression outgrows potentiation and keeps weights near a fixed point. A weight
    of 0 stays there.

    Morrison, Aertsen & Diesmann (2007), Neural Comput. 19:1437, with lambda = a_plus and
    alpha = a_minus / a_plus; NEST's stdp_pl_synapse_hom. The defaults are those of the network of
    Kunkel et al. (2014), Front. Neuroinform. 8:78: lambda = 0.1, alpha = 0.0513.

    Parameters
    ----------
    tau_plus, tau_minus : time constants of potentiation and depression, >= 1e-12 ms.
    a_plus, a_minus : learning rates, 0 to 1e100.
    mu : exponent of the weight dependence of potentiation, > 0 and <= 1.
    w_0 : reference weight, 1e-100 to 1e100 in the unit of the weights.
    w_min : the smallest absolute weight, 0 to 1e100, at which depression stops; 0 by default.
    """

    tau_plus: float = param(default=15.0, unit="ms", low=1e-12)
    tau_minus: float = param(default=30.0, unit="ms", low=1e-12)
    a_plus: float = param(default=0.1, low=0.0, high=1e100)
    a_minus: float = param(default=0.00513, low=0.0, high=1e100)
    mu: float = param(default=0.4, above=0.0, high=1.0)
    w_0: float = param(default=1.0, low=1e-100, high=1e100)
    w_min: float = param(default=0.0, low=0.0, high=1e100)

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min
