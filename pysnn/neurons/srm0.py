"""Spike response neuron with stochastic escape."""

from __future__ import annotations

from typing import ClassVar

from ..base.number import Number
from ..base.params import param
from .base import Costs, NeuronModel


class SRM0(NeuronModel):
    """Spike response neuron that fires at random, at a rate exponential in its potential.

    v(t) = h(t) + eta(t),
    tau_m dh/dt = -(h - e_l) + tau_m (i_e + I(t)) / c_m,    h -> h + w at an arrival,
    eta(t) = -eta_0 exp(-(t - t_spike) / tau_eta)           since the latest own spike, 0 before any,
    rate(t) = rho_0 exp((v(t) - v_th) / delta_u)            but 0 for t_ref after a spike.

    The kernel eta of a spike replaces that of the one before. No spike resets h, and arrivals count also
    during t_ref. Under constant input the intervals between spikes are a renewal process. On `event`
    the spikes are exact in law: drawn by thinning (Lewis & Shedler 1979, Nav. Res. Logist. Q. 26:403;
    Ogata 1981, IEEE Trans. Inf. Theory 27:23). On `clock` a neuron fires in a step with probability
    1 - exp(-rate dt), with the rate at the step's end. Draws are keyed by population, neuron and, on
    `event`, how many events it has had, on `clock`, the step: so for one seed the two engines agree in
    law, not spike for spike. The model SRM0 with escape noise of Gerstner (2000), Neural Comput. 12:43,
    and of Gerstner & Kistler (2002), Spiking Neuron Models, chapters 4.2 and 5.3.

    Parameters
    ----------
    tau_m : membrane time constant, and of the decay of postsynaptic potentials, >= 1e-12 ms.
    c_m : membrane capacitance, >= 1e-12 pF (it scales i_e and injected currents only).
    e_l : resting potential, mV.
    v_th : potential at which the rate is rho_0, mV.
    delta_u : rise of v that makes the rate e times as high, > 0 mV.
    rho_0 : rate at v_th, > 0 Hz.
    eta_0 : depth of the kernel just after a spike, mV (negative: a spike makes the next one likelier).
    tau_eta : time constant of the kernel, >= 1e-12 ms.
    t_ref : absolute refractory time, >= 0 ms.
    i_e : constant current, pA.

    States: v [mV], at first e_l; eta [mV], at first 0. Setting one leaves the other as it is (h moves).
    Receptor: "delta", weights in mV.
    """

    states: ClassVar[dict[str, str]] = {"v": "mV", "eta": "mV"}
    receptors: ClassVar[tuple[str, ...]] = ("delta",)
    weight_unit: ClassVar[str] = "mV"
    costs: ClassVar[Costs] = Costs(step=7.5, arrival=50.0)

    tau_m: Number = param(default=10.0, unit="ms", low=1e-12)
    c_m: Number = param(default=250.0, unit="pF", low=1e-12)
    e_l: Number = param(default=-70.0, unit="mV")
    v_th: Number = param(default=-55.0, unit="mV", infinite=True)
    delta_u: Number = param(default=2.0, unit="mV", above=0.0)
    rho_0: Number = param(default=100.0, unit="Hz", above=0.0)
    eta_0: Number = param(default=15.0, unit="mV")
    tau_eta: Number = param(default=10.0, unit="ms", low=1e-12)
    t_ref: Number = param(default=2.0, unit="ms", low=0.0)
    i_e: Number = param(default=0.0, unit="pA")
