"""Reward-modulated spike-timing-dependent plasticity."""

from __future__ import annotations

from typing import ClassVar, Literal

from ..base.params import param
from .base import PlasticityRule, check_bounds


class RewardSTDP(PlasticityRule):
    """Pair STDP that fills an eligibility, from which a modulator moves the weight.

    With u = |w| / w_max, a presynaptic trace x and a postsynaptic trace y (all-to-all, jumps of 1, time
    constants tau_plus and tau_minus), an eligibility c of each synapse and a modulator n of all:

    postsynaptic spike:  c -> c + a_plus  x,    y -> y + 1
    presynaptic spike:   c -> c - a_minus y,    x -> x + 1
    moment of value r:   n -> n + r

    dc/dt = -c / tau_c,    dn/dt = -n / tau_n,    du/dt = c (n - b),

    integrated in closed form from event to event, in continuous time as on steps; |w| is clipped to
    [w_min, w_max] at the end of each such interval. The spike that reads a trace reads it before its own
    jump. A moment is ``sim.modulate(modulator, r)``. Where learning is switched off, c gains nothing and u
    stays, while c and n decay.

    Izhikevich (2007), Cereb. Cortex 17:2443, whose time constants are the defaults; Florian (2007), Neural
    Comput. 19:1468. NEST's stdp_dopamine_synapse is this with n in units of its own (n jumps by 1 / tau_n).

    Parameters
    ----------
    tau_plus, tau_minus : time constants of the traces, >= 1e-12 ms.
    a_plus, a_minus : what a pair of spikes adds to and takes from the eligibility, in units of w_max per ms
        and unit of the modulator, 0 to 1e100.
    tau_c : time constant of the eligibility, >= 1e-12 ms.
    tau_n : time constant of the modulator, >= 1e-12 ms.
    b : the modulator at which weights stay, -1e100 to 1e100.
    w_max : the largest absolute weight, 1e-100 to 1e100 in the unit of the weights.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    """

    modulator: ClassVar[Literal["", "one", "any"]] = "one"

    tau_plus: float = param(default=20.0, unit="ms", low=1e-12)
    tau_minus: float = param(default=20.0, unit="ms", low=1e-12)
    a_plus: float = param(default=1e-4, unit="1/ms", low=0.0, high=1e100)
    a_minus: float = param(default=1.5e-4, unit="1/ms", low=0.0, high=1e100)
    tau_c: float = param(default=1000.0, unit="ms", low=1e-12)
    tau_n: float = param(default=200.0, unit="ms", low=1e-12)
    b: float = param(default=0.0, low=-1e100, high=1e100)
    w_max: float = param(default=1.0, low=1e-100, high=1e100)
    w_min: float = param(default=0.0, low=0.0, high=1e100)

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("RewardSTDP", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min
