"""Leaky neuron that never fires, from which a network's answer is read."""

from __future__ import annotations

from typing import ClassVar

from ..base.number import Number
from ..base.params import param
from .base import Costs, NeuronModel


class Readout(NeuronModel):
    """Leaky membrane with delta synapses and without a threshold, which also keeps the mean of its potential.

    tau_m dv/dt = -(v - e_l) + tau_m (i_e + I(t)) / c_m,    v -> v + w at an arrival,
    mean = 1/span ∫ v dt  over the last span ms.

    It never fires. An infinite tau_m makes it sum what arrives: v is then e_l and the weighted number of
    spikes. Both engines integrate v and its mean exactly. The mean is over the time since the simulation, or
    the trial, began; setting the state span to 0 begins it anew. The output of Bellec et al. (2020), Nat.
    Commun. 11:3625.

    Parameters
    ----------
    tau_m : membrane time constant, >= 1e-12 ms; infinite for one that sums.
    c_m : membrane capacitance, >= 1e-12 pF (it scales i_e and injected currents only).
    e_l : resting potential, mV.
    i_e : constant current, pA.

    States: v [mV] and mean [mV], at first e_l; span [ms], at first 0. Receptor: "delta", weights in mV of
    either sign.
    """

    states: ClassVar[dict[str, str]] = {"v": "mV", "mean": "mV", "span": "ms"}
    receptors: ClassVar[tuple[str, ...]] = ("delta",)
    weight_unit: ClassVar[str] = "mV"
    costs: ClassVar[Costs] = Costs(step=1.5, arrival=25.0)
    fires: ClassVar[bool] = False

    tau_m: Number = param(default=20.0, unit="ms", low=1e-12, infinite=True)
    c_m: Number = param(default=250.0, unit="pF", low=1e-12)
    e_l: Number = param(default=0.0, unit="mV")
    i_e: Number = param(default=0.0, unit="pA")
