"""A modulator as described: the signal that a third factor of learning comes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..base.params import ParamInfo, check_number, shown
from ..errors import ParameterError, unknown
from .checks import check_name
from .groups import GroupSpec, PopulationSpec
from .projection import ProjectionSpec


@dataclass(frozen=True)
class ModulatorSpec:
    """A signal of one number for all, or of one number a neuron of the population ``of``.

    Of one number: ``by`` is a population or source of which each spike is a moment of value ``weight``,
    ``delay`` ms later.
    """

    name: str
    of: str | None = None
    by: str | None = None
    weight: float = 1.0
    delay: float = 1.0

    def __post_init__(self) -> None:
        check_name("modulator", self.name)
        if self.of is not None and not isinstance(self.of, str):
            raise ParameterError(f"modulator {self.name!r}: of: expected a name (got {shown(self.of)})")
        owner = f"modulator {self.name!r}"
        if self.by is not None and self.of is not None:
            raise ParameterError(
                f"{owner}: by: a spike is one number for all, and this is one a neuron of {self.of!r}: leave "
                "out by= or of="
            )
        weight = check_number(self.weight, ParamInfo(low=-1e100, high=1e100), f"{owner}: weight")
        delay = check_number(self.delay, ParamInfo(unit="ms", above=0.0), f"{owner}: delay")
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "delay", delay)

    def check(self, groups: Mapping[str, GroupSpec]) -> None:
        """Check that there are such populations."""
        if self.by is not None and self.by not in groups:
            raise unknown(f"modulator {self.name!r}: by", "population or source", self.by, groups)
        if self.of is None:
            return
        if self.of not in groups:
            raise unknown(f"modulator {self.name!r}: of", "population", self.of, groups)
        if not isinstance(groups[self.of], PopulationSpec):
            raise ParameterError(
                f"modulator {self.name!r}: of: expected a population of neurons ({self.of!r} is a source)"
            )

    def width(self, groups: Mapping[str, GroupSpec]) -> int:
        """How many numbers it is."""
        return 1 if self.of is None else groups[self.of].n


def check_modulator(projection: ProjectionSpec, modulators: Mapping[str, ModulatorSpec]) -> None:
    """Hold the modulator that a projection listens to against its rule and its target."""
    owner = f"projection {projection.name!r}: modulator"
    rule = projection.plasticity
    if projection.modulator is None:
        if rule is not None and rule.modulator:
            how = 'net.modulator("reward")' if rule.modulator == "one" else "net.modulator(name, of=post)"
            raise ParameterError(
                f"{owner}: {type(rule).__name__} learns by one and has none: expected modulator= of {how}"
            )
        return
    if projection.modulator not in modulators:
        raise unknown(owner, "modulator", projection.modulator, modulators)
    of, by = modulators[projection.modulator].of, modulators[projection.modulator].by
    if rule is None:
        raise ParameterError(f"{owner}: static weights listen to none (got {projection.modulator!r})")
    if not rule.modulator:
        raise ParameterError(f"{owner}: {type(rule).__name__} listens to none (got {projection.modulator!r})")
    if by is not None and rule.watches:
        raise ParameterError(
            f"{owner}: {type(rule).__name__} goes by steps and takes no spikes for moments "
            f"({projection.modulator!r} is fed by those of {by!r})"
        )
    if of is not None and rule.modulator == "one":
        raise ParameterError(
            f"{owner}: {type(rule).__name__} listens to one number for all (got {projection.modulator!r}, "
            f"one number a neuron of {of!r})"
        )
    if of is not None and of != projection.target:
        raise ParameterError(
            f"{owner}: {projection.modulator!r} is one number a neuron of {of!r}: expected one of the target "
            f"{projection.target!r}, or one number for all"
        )
