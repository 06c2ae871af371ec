"""Leaky integrate-and-fire neuron with exponential conductance synapses."""

from __future__ import annotations

from typing import ClassVar

from ..base.number import Number
from ..base.params import param
from ..errors import ParameterError
from .base import Costs, NeuronModel


class CobaLIF(NeuronModel):
    """Leaky integrate-and-fire neuron whose synapses open conductances that decay exponentially.

    c_m dv/dt = -g_l (v - e_l) - g_exc (v - e_rev_exc) - g_inh (v - e_rev_inh) + i_e + I(t),
    dg_exc/dt = -g_exc / tau_syn_exc,    g_exc -> g_exc + w at an arrival at receptor "exc",
    dg_inh/dt = -g_inh / tau_syn_inh,    g_inh -> g_inh + w at an arrival at receptor "inh".

    The receptor picks the reversal potential and the time constant, so weights are conductances, never
    negative, also of inhibition. A spike is emitted when v >= v_th; v is then held at v_reset for t_ref
    while the conductances go on. Dynamics of NEST's iaf_cond_exp; the defaults are those of the COBA
    benchmark of Brette et al. (2007), J. Comput. Neurosci. 23:349, after Vogels & Abbott (2005).

    The event engine takes steps of its own in each neuron, to ``tolerance`` (Dormand & Prince 1980); the
    clock engine relaxes v under each step's mean conductances, of second order in dt.

    Parameters
    ----------
    c_m : membrane capacitance, >= 1e-12 pF.
    g_l : leak conductance, >= 1e-12 nS (the membrane time constant at rest is c_m / g_l).
    e_l : resting potential, mV.
    v_th : threshold, mV.
    v_reset : potential after a spike, < v_th, mV.
    t_ref : refractory time, >= 0 ms.
    e_rev_exc, e_rev_inh : reversal potentials of the two receptors, mV.
    tau_syn_exc, tau_syn_inh : time constants of the two conductances, >= 1e-12 ms.
    i_e : constant current, pA.
    tolerance : greatest error of a step on the event engine, in the unit of each state, in [1e-13, 1].
        Spike times of the default are within about 1e-6 ms over a second.

    States: v [mV], at first e_l; g_exc, g_inh [nS], at first 0. Receptors: "exc" (default) and "inh",
    weights in nS, >= 0.
    """

    states: ClassVar[dict[str, str]] = {"v": "mV", "g_exc": "nS", "g_inh": "nS"}
    receptors: ClassVar[tuple[str, ...]] = ("exc", "inh")
    weight_unit: ClassVar[str] = "nS"
    lowest_weight: ClassVar[float] = 0.0
    costs: ClassVar[Costs] = Costs(step=1.6, arrival=550.0, rest=11.0, spike=2000.0)

    c_m: Number = param(default=200.0, unit="pF", low=1e-12)
    g_l: Number = param(default=10.0, unit="nS", low=1e-12)
    e_l: Number = param(default=-60.0, unit="mV")
    v_th: Number = param(default=-50.0, unit="mV", infinite=True)
    v_reset: Number = param(default=-60.0, unit="mV")
    t_ref: Number = param(default=5.0, unit="ms", low=0.0)
    e_rev_exc: Number = param(default=0.0, unit="mV")
    e_rev_inh: Number = param(default=-80.0, unit="mV")
    tau_syn_exc: Number = param(default=5.0, unit="ms", low=1e-12)
    tau_syn_inh: Number = param(default=10.0, unit="ms", low=1e-12)
    i_e: Number = param(default=0.0, unit="pA")
    tolerance: Number = param(default=1e-8, low=1e-13, high=1.0)

    def check(self) -> None:
        """A reset at or above the threshold would spike without end."""
        if not self.v_reset < self.v_th:
            raise ParameterError(f"CobaLIF.v_reset: must be < v_th = {self.v_th:g} mV (got {self.v_reset:g})")

    def fires_alone(self) -> bool:
        """It does where its membrane would come to rest at or beyond the threshold."""
        return self.e_l + self.i_e / self.g_l >= self.v_th
