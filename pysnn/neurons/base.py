"""What every neuron model declares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from ..base.registry import Registry
from ..base.varied import Varied


@dataclass(frozen=True)
class Costs:
    """What a neuron costs on one thread, in ns: for ``backend="auto"`` to choose by.

    step : a step of it on fixed steps, in float64.
    arrival : an arrival in continuous time, with all that follows from it.
    rest : a ms in continuous time in which nothing arrives.
    spike : a spike in continuous time, beyond what its arrivals elsewhere cost.
    """

    step: float = 0.3
    arrival: float = 40.0
    rest: float = 0.0
    spike: float = 200.0


class NeuronModel(Varied):
    """Base of all neuron models; a subclass registers itself under its class name.

    Any number among the parameters may be given for each neuron of a population: as an array with one entry
    a neuron, in their order, or as a distribution, drawn by (seed, population, parameter, neuron)::

        CubaLIF(tau_m=Normal(20.0, 2.0, min=5.0), i_e=Array(bias))

    Each value is held against its range and those of the same neuron against each other, arrays when they are
    given, draws when a simulation is built. ``sim.parameter(population, "tau_m")`` has them then.

    Class attributes
    ----------------
    states : name -> unit of the variables that can be initialised, probed and set.
    receptors : names of the inputs a projection can target; the first is the default.
    weight_unit : unit of the weights that arrive at them.
    costs : about what it costs on either engine.
    fires : whether it ever does.
    lowest_weight : the least weight that means anything: 0 for conductances.
    """

    registry: ClassVar[Registry[NeuronModel]] = Registry("neuron model")
    states: ClassVar[dict[str, str]] = {}
    receptors: ClassVar[tuple[str, ...]] = ()
    weight_unit: ClassVar[str] = ""
    lowest_weight: ClassVar[float] = -math.inf
    costs: ClassVar[Costs] = Costs()
    fires: ClassVar[bool] = True

    def only_steps(self) -> str:
        """Why this one cannot run in continuous time, or nothing (override)."""
        return ""

    def fires_alone(self) -> bool:
        """Whether it fires where nothing arrives, as far as that is known (override)."""
        return False

    def __init_subclass__(cls, register: bool = True, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if register:
            NeuronModel.registry.add(cls)
