"""What is recorded, as a description has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..base.params import ParamInfo, check_number, shown
from ..errors import ParameterError, unknown
from .checks import ByValue, check_name, check_text
from .chosen import Neurons, count
from .groups import GroupSpec, PopulationSpec, check_neurons, find
from .projection import ProjectionSpec


@dataclass(frozen=True, eq=False)
class ProbeSpec(ByValue):
    """What is recorded: "spikes" or a state of a group, or "weight" of a projection.

    ``indices`` are those of the recorded neurons: a range, an array, or None for a projection.
    """

    name: str
    target: str
    what: str
    indices: Neurons | None = None
    every: float | None = None
    changes: bool = False
    to_log: bool = False

    def __post_init__(self) -> None:
        check_text("probe", self.name)
        if self.every is not None:
            every = check_number(self.every, ParamInfo(unit="ms", above=0.0), f"probe {self.name!r}: every")
            object.__setattr__(self, "every", every)
        for switch in ("changes", "to_log"):
            if not isinstance(getattr(self, switch), bool):
                raise ParameterError(
                    f"probe {self.name!r}: {switch}: expected True or False (got {getattr(self, switch)!r})"
                )

    def check(self, groups: Mapping[str, GroupSpec], projections: Mapping[str, ProjectionSpec]) -> None:
        """Check the target, what there is to record of it, and when."""
        owner = f"probe {self.name!r}"
        if self.target in projections and self.target not in groups:
            self._check_weight_probe(owner, projections[self.target])
            if self.to_log:
                check_name(f"{owner}, which is written to a log", self.name)
            return
        group = find(owner, groups, self.target, projections)
        states = group.states if isinstance(group, PopulationSpec) else {}
        what: Any = self.what
        if isinstance(what, (list, tuple, set)):  # as monitors of other simulators have it
            raise ParameterError(
                f"{owner}: what: expected one name of {', '.join(['spikes', *states])}, as each has a probe "
                f"of its own (got {shown(what)})"
            )
        if self.what != "spikes" and self.what not in states:
            raise unknown(owner, f"thing to record of {self.target!r}", self.what, ["spikes", *states])
        if self.what == "spikes" and self.every is not None:
            raise ParameterError(
                f"{owner}: spikes are recorded when they happen; every= is for states and weights"
            )
        if self.changes:
            raise ParameterError(f"{owner}: changes= is for the weights of a projection")
        if self.what == "spikes":
            self._check_logged(owner)
        elif self.to_log:
            check_name(f"{owner}, which is written to a log", self.name)
        if self.indices is None or count(self.indices) == 0:
            raise ParameterError(
                f"{owner}: expected at least one neuron (got an empty view of {group.name!r})"
            )
        check_neurons(owner, self.indices, group)

    def _check_logged(self, owner: str) -> None:
        if self.to_log:
            raise ParameterError(
                f"{owner}: to_log= is for states and weights (spikes are in the log of a simulation that "
                "has one)"
            )

    def _check_weight_probe(self, owner: str, projection: ProjectionSpec) -> None:
        if self.what != "weight":
            raise unknown(owner, "thing to record of a projection", self.what, ["weight"])
        if (self.every is None) != self.changes:
            raise ParameterError(
                f"{owner}: weights are recorded by time (every=... ms) or by change (changes=True): give "
                f"one of them (got every={self.every}, changes={self.changes})"
            )
        if self.changes and projection.plasticity is None:
            raise ParameterError(f"{owner}: the weights of {projection.name!r} are static and never change")
