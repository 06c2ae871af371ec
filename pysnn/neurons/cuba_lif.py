"""Leaky integrate-and-fire neuron with exponential current synapses."""

from __future__ import annotations

from typing import ClassVar

from ..base.number import Number
from ..base.params import param
from ..errors import ParameterError
from .base import Costs, NeuronModel


class CubaLIF(NeuronModel):
    """Leaky integrate-and-fire neuron with exponentially decaying synaptic currents.

    c_m dv/dt = -(c_m / tau_m) (v - e_l) + i_exc + i_inh + i_e + I(t),
    di_exc/dt = -i_exc / tau_syn_exc,    i_exc -> i_exc + w at an arrival at receptor "exc",
    di_inh/dt = -i_inh / tau_syn_inh,    i_inh -> i_inh + w at an arrival at receptor "inh".

    The receptor picks the time constant; the weight bears the sign, so inhibition is negative.
    A spike is emitted when v >= v_th; v is then held at v_reset for t_ref while the currents go on.
    Dynamics of NEST's iaf_psc_exp; the exact integration on a grid is that of Rotter & Diesmann
    (1999), Biol. Cybern. 81:381. The network of Vogels & Abbott (2005) is made of such neurons.

    Parameters
    ----------
    tau_m : membrane time constant, >= 1e-12 ms; infinite for one that integrates without a leak.
    tau_syn_exc, tau_syn_inh : time constants of the two currents, >= 1e-12 ms (any may be equal).
    c_m : membrane capacitance, >= 1e-12 pF.
    e_l : resting potential, mV.
    v_th : threshold, mV; infinite for a neuron that never fires.
    v_reset : potential after a spike, < v_th, mV.
    t_ref : refractory time, >= 0 ms.
    i_e : constant current, pA.
    reset : what a spike does to v: "to_v_reset" (default) sets it to v_reset, "subtract" takes v_th - v_reset
        from it, so that what v had above the threshold is kept (the "subtract" of snnTorch, which with
        v_reset at rest takes the threshold away).

    States: v [mV], at first e_l; i_exc, i_inh [pA], at first 0. Receptors: "exc" (default) and
    "inh", weights in pA.
    """

    states: ClassVar[dict[str, str]] = {"v": "mV", "i_exc": "pA", "i_inh": "pA"}
    receptors: ClassVar[tuple[str, ...]] = ("exc", "inh")
    weight_unit: ClassVar[str] = "pA"
    costs: ClassVar[Costs] = Costs(step=1.0, arrival=30.0)

    tau_m: Number = param(default=10.0, unit="ms", low=1e-12, infinite=True)
    tau_syn_exc: Number = param(default=2.0, unit="ms", low=1e-12)
    tau_syn_inh: Number = param(default=2.0, unit="ms", low=1e-12)
    c_m: Number = param(default=250.0, unit="pF", low=1e-12)
    e_l: Number = param(default=-70.0, unit="mV")
    v_th: Number = param(default=-55.0, unit="mV", infinite=True)
    v_reset: Number = param(default=-70.0, unit="mV")
    t_ref: Number = param(default=2.0, unit="ms", low=0.0)
    i_e: Number = param(default=0.0, unit="pA")
    reset: str = param(default="to_v_reset", choices=("to_v_reset", "subtract"))

    def check(self) -> None:
        """A reset at or above the threshold would spike without end."""
        if not self.v_reset < self.v_th:
            raise ParameterError(f"CubaLIF.v_reset: must be < v_th = {self.v_th:g} mV (got {self.v_reset:g})")

    def fires_alone(self) -> bool:
        """It does where its membrane would come to rest at or beyond the threshold."""
        return self.e_l + self.tau_m / self.c_m * self.i_e >= self.v_th
