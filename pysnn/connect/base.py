"""What every connection rule declares."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ..base.distributions import Distribution
from ..base.params import Parameters
from ..base.registry import Registry
from ._room import Overlap


class ConnectionRule(Parameters):
    """Base of all connection rules; a subclass registers itself under its class name.

    Indices of a rule count from the first source and target of the populations or views that a
    projection connects. Where a rule has the switches, ``autapses`` allows a neuron to connect to
    itself and ``multapses`` allows several synapses of one pair.
    """

    registry: ClassVar[Registry[ConnectionRule]] = Registry("connection rule")
    kind: ClassVar[str] = ""
    explicit: ClassVar[bool] = False  # does it list its synapses, so that arrays of values fit it?

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
        ConnectionRule.registry.add(cls)

    def check_size(self, n_pre: int, n_post: int, shared: Overlap, owner: str) -> None:
        """Raise ParameterError if the rule cannot connect so many, of which ``shared`` are on both sides."""

    def resolve(
        self, n_pre: int, n_post: int, owner: str
    ) -> tuple[ConnectionRule, Distribution | None, Distribution | None]:
        """The rule as it is stored in a spec, with the weights and delays it brings along."""
        return self, None, None

    def lower(self) -> tuple[str, dict[str, Any]]:
        """Name and parameters as the core takes them."""
        return self.kind, self.as_dict()
