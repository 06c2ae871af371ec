"""What every law of short-term plasticity declares."""

from __future__ import annotations

from typing import Any, ClassVar

from ..base.params import Parameters
from ..base.registry import Registry


class Dynamics(Parameters):
    """Base of the laws of short-term plasticity; a subclass registers itself under its class name.

    Such a law decides which share of its weight a synapse sends with each spike of its source, from the times
    of that source's spikes alone. It goes with any long-term rule, which decides the weight itself, and with
    none.
    """

    registry: ClassVar[Registry[Dynamics]] = Registry("dynamics")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Dynamics.registry.add(cls)
