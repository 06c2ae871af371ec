"""Synaptic scaling: all weights onto a neuron by one factor, towards a rate."""

from __future__ import annotations

from ..base.params import param
from .base import PlasticityRule, check_bounds


class SynapticScaling(PlasticityRule):
    """Multiplicative scaling of a neuron's weights towards a target rate, alone or with pair STDP.

    With m = |w|, an estimate r of the target's rate (jumps of 1 / tau_rate, time constant tau_rate) and pair
    traces x and y (jumps of 1, time constants tau_plus and tau_minus):

    always:              dm/dt = m / tau_scaling (1 - r / f_target)
    postsynaptic spike:  m -> m + a_plus x
    presynaptic spike:   m -> m - a_minus m y

    A neuron that fires too little makes all its weights grow, and one that fires too much makes them shrink,
    by a common factor: their ratios stay (apart from bounds), so that what was learnt is kept. Exact in
    continuous time: |w| is clipped to [w_min, w_max] at every event at the synapse. With amplitudes of 0, the
    default, there is no STDP. With them, STDP decides which weights are strong and scaling how strong all
    are together. Weights scale from the begin on, whether or not anything has fired. With float32 what a
    gap between events adds must be more than 6e-8 of a weight to be seen.

    Turrigiano, Leslie, Desai, Rutherford & Nelson (1998), Nature 391:892; van Rossum, Bi & Turrigiano (2000),
    J. Neurosci. 20:8812, without the integral term of its controller: additive potentiation, multiplicative
    depression, and the scaling.

    Parameters
    ----------
    f_target : the rate at which weights stay, > 0 Hz.
    tau_rate : time constant of the rate estimate, >= 1e-12 ms. Slower than scaling it makes rates swing.
    tau_scaling : time in which weights of a silent neuron grow e-fold, >= 1e-12 ms.
    a_plus : potentiation by a pair, 0 to 1e100 in the unit of the weights.
    a_minus : depression by a pair, 0 to 1, as a share of the weight.
    tau_plus, tau_minus : time constants of the pair traces, >= 1e-12 ms.
    w_max : the largest absolute weight, >= 1e-100; unbounded (inf) by default.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    """

    f_target: float = param(default=10.0, unit="Hz", low=1e-12)
    tau_rate: float = param(default=10000.0, unit="ms", low=1e-12)
    tau_scaling: float = param(default=100000.0, unit="ms", low=1e-12)
    a_plus: float = param(default=0.0, low=0.0, high=1e100)
    a_minus: float = param(default=0.0, low=0.0, high=1.0)
    tau_plus: float = param(default=20.0, unit="ms", low=1e-12)
    tau_minus: float = param(default=20.0, unit="ms", low=1e-12)
    w_max: float = param(default=float("inf"), low=1e-100, infinite=True)
    w_min: float = param(default=0.0, low=0.0, high=1e100)

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("SynapticScaling", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min
