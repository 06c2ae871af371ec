"""BCM plasticity from spike triplets, with a sliding threshold."""

from __future__ import annotations

from ..base.params import param
from .base import PlasticityRule, check_bounds


class TripletBCM(PlasticityRule):
    """BCM rule of spikes: the minimal triplet model, its depression scaled by the target's slow rate.

    With u = |w| / w_max, a presynaptic trace r1, postsynaptic traces o1 and o2, which decay with tau_plus,
    tau_minus and tau_y, and an estimate rho of the postsynaptic rate, which decays with tau_theta:

    postsynaptic spike:  u -> u + a_plus r1 o2
    presynaptic spike:   u -> u - a_minus (rho / rho_0)^2 o1

    and |w| stays in [w_min, w_max]. At a spike of its own rho jumps by 1 / tau_theta and the others by 1; the
    spike that reads a trace reads it before its own jump. For
    independent Poisson trains of rates x and y this is du/dt = a_plus tau_plus tau_y x y (y - theta) with the
    sliding threshold theta = (a_minus tau_minus / (a_plus tau_plus tau_y)) (rho / rho_0)^2: a neuron becomes
    selective for one of the patterns that its sources show.

    Pfister & Gerstner (2006), J. Neurosci. 26:9673 (the mapping to BCM); Gjorgjieva, Clopath, Audet &
    Pfister (2011), PNAS 108:19383. The rule of rates: Bienenstock, Cooper & Munro (1982), J. Neurosci. 2:32.

    Parameters
    ----------
    tau_plus, tau_minus : time constants of the pair terms, r1 and o1, >= 1e-12 ms.
    tau_y : time constant of the triplet term, o2, >= 1e-12 ms.
    tau_theta : time constant of the rate estimate behind the threshold, >= 1e-12 ms (seconds).
    a_plus, a_minus : learning rates in units of w_max, 0 to 1e100.
    rho_0 : rate at which depression is a_minus, > 0 Hz.
    w_max : the largest absolute weight, 1e-100 to 1e100 in the unit of the weights.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    """

    tau_plus: float = param(default=16.8, unit="ms", low=1e-12)
    tau_minus: float = param(default=33.7, unit="ms", low=1e-12)
    tau_y: float = param(default=114.0, unit="ms", low=1e-12)
    tau_theta: float = param(default=5000.0, unit="ms", low=1e-12)
    a_plus: float = param(default=6.5e-3, low=0.0, high=1e100)
    a_minus: float = param(default=7.1e-3, low=0.0, high=1e100)
    rho_0: float = param(default=10.0, unit="Hz", low=1e-12)
    w_max: float = param(default=1.0, low=1e-100, high=1e100)
    w_min: float = param(default=0.0, low=0.0, high=1e100)

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("TripletBCM", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min
