"""Leaky integrate-and-fire neuron with delta synapses and an adaptive threshold."""

from __future__ import annotations

from typing import ClassVar

from ..base.number import Number
from ..base.params import param
from ..errors import ParameterError
from .base import Costs, NeuronModel


class ALIF(NeuronModel):
    """Leaky integrate-and-fire neuron whose threshold rises at each of its spikes and decays.

    tau_m dv/dt = -(v - e_l) + tau_m (i_e + I(t)) / c_m,    v -> v + w at an arrival,
    tau_adapt db/dt = -b,                                   b -> b + beta at an own spike.

    A spike is emitted when v >= v_th + b: also where v rests and the threshold comes down to it. v is
    then held at v_reset for t_ref, and spikes that arrive up to and including the end of that time are
    lost; b decays all the time. All spikes that arrive at one instant are summed before the comparison.
    With beta = 0 this is LIF. The neuron of Bellec, Salaj, Subramoney, Legenstein & Maass (2018),
    NeurIPS 31, "Long short-term memory and learning-to-learn in networks of spiking neurons", and of
    Bellec et al. (2020), Nat. Commun. 11:3625, in continuous time and with mV: their beta times their
    adaptation a is b here.

    Parameters
    ----------
    tau_m : membrane time constant, >= 1e-12 ms.
    c_m : membrane capacitance, >= 1e-12 pF (it scales i_e and injected currents only).
    e_l : resting potential, mV.
    v_th : threshold without adaptation, mV; infinite for a neuron that never fires.
    v_reset : potential after a spike, < v_th, mV.
    t_ref : refractory time, >= 0 ms.
    tau_adapt : time constant of the threshold's adaptation, >= 1e-12 ms (it may equal tau_m).
    beta : rise of the threshold at a spike, mV (negative: spikes make the next one easier).
    i_e : constant current, pA.
    reset : what a spike does to v: "to_v_reset" (default) sets it to v_reset, "subtract" takes v_th - v_reset
        from it, so that what v had above v_th, b among it, is kept (as in the paper, with v_reset at rest).

    States: v [mV], at first e_l; b [mV], the threshold's adaptation, at first 0. Receptor: "delta",
    weights in mV.
    """

    states: ClassVar[dict[str, str]] = {"v": "mV", "b": "mV"}
    receptors: ClassVar[tuple[str, ...]] = ("delta",)
    weight_unit: ClassVar[str] = "mV"
    costs: ClassVar[Costs] = Costs(step=0.7, arrival=17.0)

    tau_m: Number = param(default=10.0, unit="ms", low=1e-12)
    c_m: Number = param(default=250.0, unit="pF", low=1e-12)
    e_l: Number = param(default=-70.0, unit="mV")
    v_th: Number = param(default=-55.0, unit="mV", infinite=True)
    v_reset: Number = param(default=-70.0, unit="mV")
    t_ref: Number = param(default=2.0, unit="ms", low=0.0)
    tau_adapt: Number = param(default=200.0, unit="ms", low=1e-12)
    beta: Number = param(default=2.0, unit="mV")
    i_e: Number = param(default=0.0, unit="pA")
    reset: str = param(default="to_v_reset", choices=("to_v_reset", "subtract"))

    def check(self) -> None:
        """A reset at or above the threshold would spike without end."""
        if not self.v_reset < self.v_th:
            raise ParameterError(f"ALIF.v_reset: must be < v_th = {self.v_th:g} mV (got {self.v_reset:g})")

    def fires_alone(self) -> bool:
        """It does where its membrane would come to rest at or beyond the threshold."""
        return self.e_l + self.tau_m / self.c_m * self.i_e >= self.v_th
