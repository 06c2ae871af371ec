"""Hodgkin-Huxley neuron with Traub-Miles channels."""

from __future__ import annotations

from typing import ClassVar

from ..base.number import Number
from ..base.params import param
from .base import Costs, NeuronModel


class HodgkinHuxley(NeuronModel):
    """Hodgkin-Huxley neuron with the channels of Traub & Miles and exponential conductance synapses.

    c_m dv/dt = -g_l (v - e_l) - g_na m^3 h (v - e_na) - g_k n^4 (v - e_k)
                - g_exc (v - e_rev_exc) - g_inh (v - e_rev_inh) + i_e + I(t),
    dx/dt = alpha_x (1 - x) - beta_x x    for x = m, h, n, and with u = v - v_t in mV, rates in 1/ms,

    alpha_m = 0.32 (13 - u) / (exp((13 - u) / 4) - 1),    beta_m = 0.28 (u - 40) / (exp((u - 40) / 5) - 1),
    alpha_h = 0.128 exp((17 - u) / 18),                   beta_h = 4 / (1 + exp((40 - u) / 5)),
    alpha_n = 0.032 (15 - u) / (exp((15 - u) / 5) - 1),   beta_n = 0.5 exp((10 - u) / 40),
    dg/dt = -g / tau_syn,    g -> g + w at an arrival.

    A spike is emitted whenever v rises through v_th; nothing is reset. Channels of Traub & Miles (1991),
    Neuronal Networks of the Hippocampus, in the form and with the values of the benchmarks of Brette et
    al. (2007), J. Comput. Neurosci. 23:349; dynamics of NEST's hh_cond_exp_traub.

    The event engine takes steps of its own in each neuron, to ``tolerance`` (Dormand & Prince 1980); the
    clock engine takes two steps of the classical Runge-Kutta scheme a dt, which must be <= 0.1 ms.

    Parameters
    ----------
    c_m : membrane capacitance, >= 1e-12 pF.
    g_l, g_na, g_k : conductances of leak, > 0, of sodium and of potassium, >= 0 nS.
    e_l, e_na, e_k : their reversal potentials, mV.
    v_t : potential that shifts the channels' rates, mV.
    v_th : potential whose upward crossing is a spike, mV.
    e_rev_exc, e_rev_inh : reversal potentials of the two receptors, mV.
    tau_syn_exc, tau_syn_inh : time constants of the two conductances, >= 1e-12 ms.
    i_e : constant current, pA.
    tolerance : greatest error of a step on the event engine, in the unit of each state, in [1e-13, 1].
        Spike times of the default are within about 1e-6 ms over a second.

    States: v [mV], at first e_l; the gates m, h, n, at first where they settle at e_l; g_exc, g_inh [nS],
    at first 0. Receptors: "exc" (default) and "inh", weights in nS, >= 0.
    """

    states: ClassVar[dict[str, str]] = {
        "v": "mV",
        "m": "",
        "h": "",
        "n": "",
        "g_exc": "nS",
        "g_inh": "nS",
    }
    receptors: ClassVar[tuple[str, ...]] = ("exc", "inh")
    weight_unit: ClassVar[str] = "nS"
    lowest_weight: ClassVar[float] = 0.0
    costs: ClassVar[Costs] = Costs(step=84.0, arrival=520.0, rest=4000.0, spike=190_000.0)

    c_m: Number = param(default=200.0, unit="pF", low=1e-12)
    g_l: Number = param(default=10.0, unit="nS", low=1e-12)
    g_na: Number = param(default=20000.0, unit="nS", low=0.0)
    g_k: Number = param(default=6000.0, unit="nS", low=0.0)
    e_l: Number = param(default=-60.0, unit="mV")
    e_na: Number = param(default=50.0, unit="mV")
    e_k: Number = param(default=-90.0, unit="mV")
    v_t: Number = param(default=-63.0, unit="mV")
    v_th: Number = param(default=-20.0, unit="mV", infinite=True)
    e_rev_exc: Number = param(default=0.0, unit="mV")
    e_rev_inh: Number = param(default=-80.0, unit="mV")
    tau_syn_exc: Number = param(default=5.0, unit="ms", low=1e-12)
    tau_syn_inh: Number = param(default=10.0, unit="ms", low=1e-12)
    i_e: Number = param(default=0.0, unit="pA")
    tolerance: Number = param(default=1e-8, low=1e-13, high=1.0)
