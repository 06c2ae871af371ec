"""Voltage-based spike-timing dependent plasticity."""

from __future__ import annotations

from typing import ClassVar

from ..base.params import param
from .base import PlasticityRule, check_bounds


class ClopathSTDP(PlasticityRule):
    """STDP by the membrane potential of the target: a presynaptic spike meets a filtered potential.

    With u the potential of the target, u_minus and u_plus filtered forms of it (time constants tau_minus and
    tau_plus), both as they were delay_u ago, a presynaptic trace x (jumps of 1 / tau_x, time constant tau_x)
    and [y]+ = max(y, 0), in units of w_max:

    presynaptic spike:  w -> w - a_ltd [u_minus - theta_minus]+
    always:             dw/dt = a_ltp x [u - theta_plus]+ [u_plus - theta_minus]+

    and |w| stays in [w_min, w_max]. With u_ref > 0, a_ltd is multiplied by (u_mean / u_ref)^2, u_mean being
    [u - e_l]+ filtered with tau_mean: homeostasis. Depression needs a depolarised membrane when a
    presynaptic spike comes, potentiation a spike of a membrane that was depolarised before. So pairs depress
    at low rates and potentiate at high ones, whatever their order, and depolarisation alone can do both.

    Potentials are those at the ends of the target's steps, and each stands for a step. Models that reset have
    no upswing to pass theta_plus: in the step of a spike and for t_spike from its begin on, u is v_spike.
    Filters begin at the first potential. A step's potential reaches the synapse after the dendritic part of
    the delay, and a presynaptic spike at that instant comes first. Between two presynaptic spikes |w| only
    rises: a synapse gains a sum over steps that its target keeps, at once, however many have u above
    theta_plus. (A target keeps 7 KB for its last 256 steps.)

    The target goes in steps and has a state ``v``: engine "event" refuses, "auto" steps it.

    Clopath, Buesing, Vasilaki & Gerstner (2010), Nat. Neurosci. 13:344; the defaults are its fit to visual
    cortex. Potentials that are delayed, and held during a spike, are those of its published code, and of
    NEST's clopath_synapse.

    Parameters
    ----------
    a_ltd : amplitude of depression, 0 to 1e100 per mV, in units of w_max.
    a_ltp : amplitude of potentiation, 0 to 1e100 per mV^2, in units of w_max.
    theta_minus, theta_plus : thresholds of the filtered potentials and of the potential, mV.
    tau_minus, tau_plus : time constants of u_minus and u_plus, >= 1e-12 ms.
    tau_x : time constant of the presynaptic trace, >= 1e-12 ms.
    delay_u : delay of u_minus and u_plus, 0 to 1000 ms, rounded to steps.
    v_spike : potential of a spike, mV.
    t_spike : how long it lasts, 0 to 1e6 ms, rounded to steps; 0 where the model shows its spikes itself.
    u_ref : mean depolarisation at which depression is a_ltd, >= 0 mV; 0 (default) for no homeostasis.
    e_l : potential from which that is measured, mV.
    tau_mean : time constant of the mean, >= 1e-12 ms.
    w_max : the largest absolute weight, 1e-100 to 1e100 in the unit of the weights.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    """

    watches: ClassVar[bool] = True

    a_ltd: float = param(default=14e-5, unit="1/mV", low=0.0, high=1e100)
    a_ltp: float = param(default=8e-5, unit="1/mV^2", low=0.0, high=1e100)
    theta_minus: float = param(default=-70.6, unit="mV")
    theta_plus: float = param(default=-45.3, unit="mV")
    tau_minus: float = param(default=10.0, unit="ms", low=1e-12)
    tau_plus: float = param(default=7.0, unit="ms", low=1e-12)
    tau_x: float = param(default=15.0, unit="ms", low=1e-12)
    delay_u: float = param(default=5.0, unit="ms", low=0.0, high=1000.0)
    v_spike: float = param(default=33.0, unit="mV")
    t_spike: float = param(default=2.0, unit="ms", low=0.0, high=1e6)
    u_ref: float = param(default=0.0, unit="mV", low=0.0)
    e_l: float = param(default=-70.6, unit="mV")
    tau_mean: float = param(default=1000.0, unit="ms", low=1e-12)
    w_max: float = param(default=1.0, low=1e-100, high=1e100)
    w_min: float = param(default=0.0, low=0.0, high=1e100)

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("ClopathSTDP", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min
