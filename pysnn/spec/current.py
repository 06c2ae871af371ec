"""Currents into neurons, as a description has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..currents import Current
from ..errors import ParameterError
from .checks import ByValue, check_type
from .chosen import Neurons, as_neurons, count
from .groups import GroupSpec, PopulationSpec, check_neurons, find


@dataclass(frozen=True, eq=False)
class CurrentSpec(ByValue):
    """A current into neurons ``target_range`` of a population; currents into one neuron add up.

    ``target_range`` is a range (begin, end), or an array of indices.
    """

    population: str
    target_range: Neurons
    current: Current

    def __post_init__(self) -> None:
        neurons = as_neurons(self.target_range, f"current into {self.population!r}")
        object.__setattr__(self, "target_range", neurons)
        check_type("current", self.current, Current)

    def check(self, groups: Mapping[str, GroupSpec]) -> None:
        """Check that the target is a population and has these neurons."""
        group = find("current", groups, self.population)
        if not isinstance(group, PopulationSpec):
            raise ParameterError(f"current: {self.population!r} is a source; only neurons take currents")
        owner = f"current into {self.population!r}"
        check_neurons(owner, self.target_range, group)
        self.current.check_size(count(self.target_range), owner)
        self.current.check_sizes(count(self.target_range), owner)
