"""E-prop: gradient descent by eligibilities of synapses and a learning signal of neurons."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from ..base.params import param
from ..errors import ParameterError
from .base import PlasticityRule, check_batch


class EProp(PlasticityRule):
    """E-prop onto LIF and ALIF neurons: eligibilities of synapses, and a learning signal of their targets.

    In each step a synapse has an eligibility e, what a small change of its weight does to its target's
    spike in that step by ways inside the target, and its filtered form ebar:

    psi  = gamma / d max(0, 1 - |v - A| / (width d)),   0 while refractory,   d = v_th - e_l,
    e    = psi (z - beta eps),   eps <- rho eps + e,   ebar <- kappa ebar + (1 - kappa) e,

    with A the target's threshold as adapted, v its potential before a reset, z the presynaptic trace (1 more
    at each arrival, exp(-dt / tau_m) left after a step), eps the eligibility of the adaptation,
    rho = exp(-dt / tau_adapt), kappa = exp(-dt / tau_out). e sums to the gradient of the network whose spikes
    have the derivative psi, where no gradient goes through resets or from neuron to neuron; a neuron that is
    refractory is taken as one whose psi is 0. Weights move against L ebar, where the learning signal L of the
    target is the projection's modulator, which has values at moments. ``read`` says what a value does:

    "last" : dw = -eta L ebar(t), of the step that ends at the moment t. With a moment at the end of every
        step this is e-prop online, dw = -eta sum_t L(t) ebar(t).
    "sum" : dw = -eta L sum ebar, over all steps since the last moment, or since the begin of the trial.
        A moment with L = 0 clears the sum.
    "mean" : as "sum", divided by the number of those steps.
    "held" : nothing at the moment; from it until the next L is held, dw = -eta sum_t L ebar(t) over the
        steps after it.

    A moment within a step counts at its end. With a rate f of the target (spikes filtered with tau_rate, at
    first f_target, going on from trial to trial), c_reg (f - f_target) is added to L: at the moments of "sum"
    and "mean", and in every step for "last" and "held".

    Weights may cross zero and stay in [w_min, w_max]. They move at once; with ``batch`` the gradient is
    gathered over that many trials (each ended by a reset while the projection learns), and its mean moves
    them then, by gradient descent or Adam. At a reset eligibilities and signals are forgotten; the batch,
    Adam's averages and rates go on. For a readout without the factor (1 - kappa), such as ``Readout``,
    multiply the signal by 1 / (1 - kappa) for the exact gradient.

    An arrival costs three affine maps, or up to fifteen steps, whatever the time since the one before, not
    one operation a step. The target goes in steps: engine "event" refuses, "auto" steps it. Its parameters
    cannot change meanwhile, and it needs one tau_m. dendritic_fraction makes no difference: what counts is
    when a spike arrives at the membrane. Recorded changes are those seen as spikes arrive. What differs from
    the published event-driven form is the way of computing alone.

    Bellec, Scherr, Subramoney, Hajek, Salaj, Legenstein & Maass (2020), Nat. Commun. 11:3625; Adam: Kingma
    & Ba (2015), ICLR.

    Parameters
    ----------
    eta : learning rate, 0 to 1e100, in units of the weight over those of the gradient.
    tau_out : time constant of the readout's filter, >= 0 ms; 0 for none, ebar = e.
    gamma : height of the pseudo-derivative, 0 to 1e100.
    width : its half width, > 0, in units of v_th - e_l.
    read : "last", "sum", "mean" or "held".
    c_reg : strength of the rate regularisation, in units of L per Hz, 0 to 1e100.
    f_target : target rate, >= 0 Hz.
    tau_rate : time constant of the rate estimate, >= 1e-12 ms.
    w_min, w_max : bounds of the weight; none by default.
    optimiser : "sgd" or "adam" (which needs a batch).
    batch : trials whose gradients are averaged, >= 0; 0 moves weights at once.
    beta_1, beta_2, epsilon : of Adam, 0 to below 1, the same, and > 0.
    """

    modulator: ClassVar[Literal["", "one", "any"]] = "any"
    signed: ClassVar[bool] = True
    watches: ClassVar[bool] = True

    eta: float = param(default=1e-3, low=0.0, high=1e100)
    tau_out: float = param(default=0.0, unit="ms", low=0.0)
    gamma: float = param(default=0.3, low=0.0, high=1e100)
    width: float = param(default=1.0, above=0.0)
    read: str = param(default="last", choices=("last", "sum", "mean", "held"))
    c_reg: float = param(default=0.0, low=0.0, high=1e100)
    f_target: float = param(default=10.0, unit="Hz", low=0.0)
    tau_rate: float = param(default=1000.0, unit="ms", low=1e-12)
    w_min: float = param(default=-math.inf, infinite=True)
    w_max: float = param(default=math.inf, infinite=True)
    optimiser: str = param(default="sgd", choices=("sgd", "adam"))
    batch: int = param(default=0, low=0, high=2**31)
    beta_1: float = param(default=0.9, low=0.0, below=1.0)
    beta_2: float = param(default=0.999, low=0.0, below=1.0)
    epsilon: float = param(default=1e-8, above=0.0)

    def check(self) -> None:
        """Bounds must be in order, and Adam has a batch."""
        if not self.w_min < self.w_max:
            raise ParameterError(f"EProp.w_min: must be < w_max = {self.w_max:g} (got {self.w_min:g})")
        check_batch("EProp", self.optimiser, self.batch)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def lowest(self) -> float:
        """``w_min``."""
        return self.w_min
