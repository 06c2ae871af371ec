"""A modulator as described: the signal that a third factor of learning comes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..base.params import shown
from ..errors import ParameterError, unknown
from .parts import GroupSpec, PopulationSpec, ProjectionSpec, _check_name


@dataclass(frozen=True)
class ModulatorSpec:
    """A signal of one number for all, or of one number a neuron of the population ``of``."""

    name: str
    of: str | None = None

    def __post_init__(self) -> None:
        _check_name("modulator", self.name)
        if self.of is not None and not isinstance(self.of, str):
            raise ParameterError(f"modulator {self.name!r}: of: expected a name (got {shown(self.of)})")

    def check(self, groups: Mapping[str, GroupSpec]) -> None:
        """Check that there is such a population."""
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
    of = modulators[projection.modulator].of
    if rule is None:
        raise ParameterError(f"{owner}: static weights listen to none (got {projection.modulator!r})")
    if not rule.modulator:
        raise ParameterError(f"{owner}: {type(rule).__name__} listens to none (got {projection.modulator!r})")
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
