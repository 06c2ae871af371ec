"""Adaptive exponential integrate-and-fire neuron."""

from __future__ import annotations

from typing import ClassVar

from ..base.number import Number
from ..base.params import param
from ..errors import ParameterError
from .base import Costs, NeuronModel


class AdEx(NeuronModel):
    """Adaptive exponential integrate-and-fire neuron with exponential conductance synapses.

    c_m dv/dt = -g_l (v - e_l) + g_l delta_t exp((v - v_th) / delta_t) - w
                - g_exc (v - e_rev_exc) - g_inh (v - e_rev_inh) + i_e + I(t),
    tau_w dw/dt = a (v - e_l) - w,    dg/dt = -g / tau_syn,    g -> g + weight at an arrival.

    A spike is emitted when v >= v_peak; then v = v_reset, w -> w + b, and v is held for t_ref while the
    rest goes on. Brette & Gerstner (2005), J. Neurophysiol. 94:3637, whose values are the defaults
    (except for the synapses'); dynamics of NEST's aeif_cond_exp.

    The event engine takes steps of its own in each neuron, to ``tolerance`` (Dormand & Prince 1980); the
    clock engine takes one step of the classical Runge-Kutta scheme a dt, or where conductances are too
    strong for that, 32 pieces in which each state relaxes exactly (docs/exactness.md).

    Parameters
    ----------
    c_m : membrane capacitance, >= 1e-12 pF.
    g_l : leak conductance, >= 1e-12 nS.
    e_l : resting potential, mV.
    v_th : potential at which the upswing starts (V_T there), mV.
    delta_t : slope factor of the upswing, > 0 mV.
    v_peak : potential at which a spike is emitted, > v_th, mV.
    v_reset : potential after a spike, < v_peak, mV.
    t_ref : refractory time, >= 0 ms.
    a : subthreshold adaptation, nS.
    b : adaptation added at each spike, pA.
    tau_w : time constant of adaptation, >= 1e-12 ms.
    e_rev_exc, e_rev_inh : reversal potentials of the two receptors, mV.
    tau_syn_exc, tau_syn_inh : time constants of the two conductances, >= 1e-12 ms.
    i_e : constant current, pA.
    tolerance : greatest error of a step on the event engine, in the unit of each state, in [1e-13, 1].
        Spike times of the default are within about 1e-6 ms over a second.

    States: v [mV], at first e_l; w [pA] and g_exc, g_inh [nS], at first 0. Receptors: "exc" (default) and
    "inh", weights in nS, >= 0.
    """

    states: ClassVar[dict[str, str]] = {"v": "mV", "w": "pA", "g_exc": "nS", "g_inh": "nS"}
    receptors: ClassVar[tuple[str, ...]] = ("exc", "inh")
    weight_unit: ClassVar[str] = "nS"
    lowest_weight: ClassVar[float] = 0.0
    costs: ClassVar[Costs] = Costs(step=12.6, arrival=3700.0, rest=24.0, spike=90_000.0)

    c_m: Number = param(default=281.0, unit="pF", low=1e-12)
    g_l: Number = param(default=30.0, unit="nS", low=1e-12)
    e_l: Number = param(default=-70.6, unit="mV")
    v_th: Number = param(default=-50.4, unit="mV")
    delta_t: Number = param(default=2.0, unit="mV", above=0.0)
    v_peak: Number = param(default=0.0, unit="mV")
    v_reset: Number = param(default=-70.6, unit="mV")
    t_ref: Number = param(default=0.0, unit="ms", low=0.0)
    a: Number = param(default=4.0, unit="nS")
    b: Number = param(default=80.5, unit="pA")
    tau_w: Number = param(default=144.0, unit="ms", low=1e-12)
    e_rev_exc: Number = param(default=0.0, unit="mV")
    e_rev_inh: Number = param(default=-85.0, unit="mV")
    tau_syn_exc: Number = param(default=5.0, unit="ms", low=1e-12)
    tau_syn_inh: Number = param(default=10.0, unit="ms", low=1e-12)
    i_e: Number = param(default=0.0, unit="pA")
    tolerance: Number = param(default=1e-8, low=1e-13, high=1.0)

    def check(self) -> None:
        """The upswing must lie below the peak, as must the reset."""
        for name in ("v_th", "v_reset"):
            if not getattr(self, name) < self.v_peak:
                raise ParameterError(
                    f"AdEx.{name}: must be < v_peak = {self.v_peak:g} mV (got {getattr(self, name):g})"
                )
