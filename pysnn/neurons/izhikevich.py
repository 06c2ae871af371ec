"""Izhikevich's two-variable neuron."""

from __future__ import annotations

from typing import ClassVar

from ..base.number import Number
from ..base.params import param
from ..errors import ParameterError
from .base import Costs, NeuronModel


class Izhikevich(NeuronModel):
    """Izhikevich's neuron: a quadratic membrane equation with a recovery variable.

    dv/dt = k2 v^2 + k1 v + k0 - u + i_e + I(t),    du/dt = a (b (v - v_r) - u),
    v -> v + w at an arrival;    v >= v_peak: spike, v = c, u -> u + d.

    Izhikevich (2003), IEEE Trans. Neural Netw. 14:1569; (2004), 15:1063 for the parameters of twenty
    firing patterns (``pysnn.networks.firing_patterns``). The capacitance is 1 pF, so that pA are the
    model's mV/ms.

    Parameters
    ----------
    a : rate of recovery, 1/ms.
    b : its sensitivity to v, 1/ms.
    c : potential after a spike, < v_peak, mV.
    d : what a spike adds to u, mV/ms.
    v_peak : potential at which a spike is emitted, mV.
    v_r : potential from which recovery counts, mV; 0 in the published form.
    k2, k1, k0 : coefficients of the membrane equation, 1/(mV ms), 1/ms, mV/ms; k2 > 0.
    i_e : constant current, pA.
    scheme : "converged" (default) solves the equations: the event engine to ``tolerance``, the clock
        engine by four steps of the classical Runge-Kutta scheme a dt. "published" does on the clock
        engine what the programs of 2003 and 2006 do with dt = 1 ms: two Euler steps of dt / 2 for v,
        into which an arrival goes as a current of one dt, then one Euler step of dt for u. Their
        numerical error is part of those results (below -163 mV, with dt = 1 ms, they overshoot into a
        spike).
    tolerance : greatest error of a step on the event engine, in the unit of each state, in [1e-13, 1].
        Spike times of the default are within about 1e-6 ms over a second.

    States: v [mV], at first -65; u [mV/ms], at first b (-65 - v_r). Receptor: "delta", weights in mV.
    """

    states: ClassVar[dict[str, str]] = {"v": "mV", "u": "mV/ms"}
    receptors: ClassVar[tuple[str, ...]] = ("delta",)
    weight_unit: ClassVar[str] = "mV"
    costs: ClassVar[Costs] = Costs(step=13.7, arrival=2000.0, rest=30.0, spike=16_000.0)

    a: Number = param(default=0.02, unit="1/ms")
    b: Number = param(default=0.2, unit="1/ms")
    c: Number = param(default=-65.0, unit="mV")
    d: Number = param(default=8.0, unit="mV/ms")
    v_peak: Number = param(default=30.0, unit="mV")
    v_r: Number = param(default=0.0, unit="mV")
    k2: Number = param(default=0.04, unit="1/(mV ms)", above=0.0)
    k1: Number = param(default=5.0, unit="1/ms")
    k0: Number = param(default=140.0, unit="mV/ms")
    i_e: Number = param(default=0.0, unit="pA")
    scheme: str = param(default="converged", choices=("converged", "published"))
    tolerance: Number = param(default=1e-8, low=1e-13, high=1.0)

    def only_steps(self) -> str:
        """The published scheme is one of fixed steps."""
        return 'scheme="published" is one of fixed steps' if self.scheme == "published" else ""

    def check(self) -> None:
        """A reset at or above the peak would spike without end."""
        if not self.c < self.v_peak:
            raise ParameterError(f"Izhikevich.c: must be < v_peak = {self.v_peak:g} mV (got {self.c:g})")
