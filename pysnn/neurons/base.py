"""What every neuron model declares."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..params import Parameters
from ..registry import Registry


class NeuronModel(Parameters):
    """Base of all neuron models; a subclass registers itself under its class name.

    Class attributes
    ----------------
    states : name -> unit of the variables that can be initialised, probed and set.
    receptors : names of the inputs a projection can target; the first is the default.
    weight_unit : unit of the weights that arrive at them.
    lowest_weight : the least weight that means anything: 0 for conductances.
    """

    registry: ClassVar[Registry[NeuronModel]] = Registry("neuron model")
    states: ClassVar[dict[str, str]] = {}
    receptors: ClassVar[tuple[str, ...]] = ()
    weight_unit: ClassVar[str] = ""
    lowest_weight: ClassVar[float] = -math.inf

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        NeuronModel.registry.add(cls)
