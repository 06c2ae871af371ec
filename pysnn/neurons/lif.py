"""Leaky integrate-and-fire neuron with delta synapses."""

from __future__ import annotations

from typing import ClassVar

from ..base.number import Number
from ..base.params import param
from ..errors import ParameterError
from .base import Costs, NeuronModel


class LIF(NeuronModel):
    """Leaky integrate-and-fire neuron whose membrane jumps by the weight at each arriving spike.

    tau_m dv/dt = -(v - e_l) + tau_m (i_e + I(t)) / c_m,    v -> v + w at an arrival.

    A spike is emitted when v >= v_th; v is then held at v_reset for t_ref, and spikes that arrive
    up to and including the end of that time are lost. All spikes that arrive at one instant are
    summed before the comparison. Dynamics of NEST's iaf_psc_delta; the exact integration on a grid
    is that of Rotter & Diesmann (1999), Biol. Cybern. 81:381.

    Parameters
    ----------
    tau_m : membrane time constant, >= 1e-12 ms; infinite for one that integrates without a leak.
    c_m : membrane capacitance, >= 1e-12 pF (it scales i_e and injected currents only).
    e_l : resting potential, mV.
    v_th : threshold, mV; infinite for a neuron that never fires.
    v_reset : potential after a spike, < v_th, mV.
    t_ref : refractory time, >= 0 ms.
    i_e : constant current, pA.
    reset : what a spike does to v: "to_v_reset" (default) sets it to v_reset, "subtract" takes v_th - v_reset
        from it, so that what v had above the threshold is kept (the "subtract" of snnTorch, which with
        v_reset at rest takes the threshold away).

    State: v [mV], at first e_l. Receptor: "delta", weights in mV.
    """

    states: ClassVar[dict[str, str]] = {"v": "mV"}
    receptors: ClassVar[tuple[str, ...]] = ("delta",)
    weight_unit: ClassVar[str] = "mV"
    costs: ClassVar[Costs] = Costs(step=0.55, arrival=15.0)

    tau_m: Number = param(default=10.0, unit="ms", low=1e-12, infinite=True)
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
            raise ParameterError(f"LIF.v_reset: must be < v_th = {self.v_th:g} mV (got {self.v_reset:g})")

    def fires_alone(self) -> bool:
        """It does where its membrane would come to rest at or beyond the threshold."""
        return self.e_l + self.tau_m / self.c_m * self.i_e >= self.v_th
