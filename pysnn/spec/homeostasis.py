"""Thresholds that follow how often neurons fire: a part of a population, of any model with a threshold."""

from __future__ import annotations

import math
from typing import ClassVar

from ..base.params import Parameters, param
from ..base.registry import Registry
from ..errors import ParameterError

THETA = "theta"  # mV, beside the states of the model


class Homeostasis(Parameters):
    """Thresholds that rise by the neuron's own spikes, so that all of a population come to take part.

    A neuron fires at v_th + theta, and theta is a state of it, at first 0::

        theta -> theta + delta                        at a spike of its own,
        theta -> theta - share delta / n              at each spike of the population, of n neurons,
        tau dtheta/dt = -theta - tau target delta     in the course of time, and never below low.

    With ``share`` 1 the mean of theta stays where it is, and neurons come to fire alike often, however often
    that is; with a ``target`` each comes to fire at that rate; with ``tau`` alone theta is forgotten. What is
    a neuron's own counts at once, for its next spike. What lowers all of them does so at the moments every, 2
    every, ... since the start, when all spikes of the population up to then are counted: so no bit depends on
    threads, and a population need not lie on one of them.

    theta is kept as weights are, by ``sim.reset``, from trial to trial and in checkpoints. Set, read and
    probe it as any state; ``sim.set_homeostasis`` freezes it, or changes delta. Diehl & Cook (2015), Front.
    Comput. Neurosci. 9:99, have delta 0.05 mV, share 0 and tau 1e7 ms.

    Parameters
    ----------
    delta : what a neuron's own spike raises its threshold by, >= 0 mV.
    share : of it, what each spike of the population takes from all thresholds together, >= 0.
    target : rate at which a spike's rise and what time takes cancel, >= 0 Hz.
    tau : time constant with which theta decays to 0, > 0 ms; infinite for none.
    low : the least theta, <= 0 mV; infinite for none.
    every : between two moments at which thresholds fall, > 0 ms; on "clock" a multiple of dt.

    For models with a threshold v_th that does not act on v below it: LIF, CubaLIF, AlphaLIF, ALIF, CobaLIF,
    SRM0.
    """

    registry: ClassVar[Registry[Homeostasis]] = Registry("homeostasis")

    delta: float = param(default=0.05, unit="mV", low=0.0, high=1e6)
    share: float = param(default=1.0, low=0.0, high=1e6)
    target: float = param(default=0.0, unit="Hz", low=0.0, high=1e6)
    tau: float = param(default=math.inf, unit="ms", above=0.0, infinite=True)
    low: float = param(default=-math.inf, unit="mV", high=0.0, infinite=True)
    every: float = param(default=1.0, unit="ms", above=0.0)

    def check(self) -> None:
        """An infinite ``low`` is none at all."""
        if self.low == math.inf:
            raise ParameterError("Homeostasis.low: must be <= 0 mV (got inf)")

    def as_parts(self) -> dict[str, float]:
        """As numbers by name, for the core."""
        return {"homeostasis.on": 1.0} | {
            f"homeostasis.{name}": value for name, value in self.as_dict().items()
        }


Homeostasis.registry.add(Homeostasis)
