"""Plasticity of inhibitory synapses that holds the targets' rate."""

from __future__ import annotations

from ..base.params import param
from .base import PlasticityRule, check_bounds


class VogelsSTDP(PlasticityRule):
    """Symmetric STDP of inhibitory synapses, which balances a neuron's input at a target rate.

    With u = |w| / w_max, a presynaptic trace x and a postsynaptic trace y, which decay with tau:

    postsynaptic spike:  u -> u + eta x,             y -> y + 1
    presynaptic spike:   u -> u + eta (y - alpha),   x -> x + 1,      alpha = 2 rho_0 tau

    and |w| stays in [w_min, w_max]. The spike that reads a trace reads it before its own jump. Spikes near
    each other in either order strengthen the synapse, a presynaptic spike alone weakens it: on average
    nothing changes where the target fires at rho_0 independently of the source.

    Vogels, Sprekeler, Zenke, Clopath & Gerstner (2011), Science 334:1569; NEST's vogels_sprekeler_synapse
    with alpha given and eta in units of its weights.

    Parameters
    ----------
    eta : learning rate in units of w_max, 0 to 1e100.
    tau : time constant of both traces, >= 1e-12 ms.
    rho_0 : target rate, >= 0 Hz.
    w_max : the largest absolute weight, 1e-100 to 1e100 in the unit of the weights.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    """

    eta: float = param(default=0.01, low=0.0, high=1e100)
    tau: float = param(default=20.0, unit="ms", low=1e-12, high=1e100)
    rho_0: float = param(default=5.0, unit="Hz", low=0.0, high=1e100)
    w_max: float = param(default=1.0, low=1e-100, high=1e100)
    w_min: float = param(default=0.0, low=0.0, high=1e100)

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("VogelsSTDP", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min
