"""A network as a frozen, validated description, without a reference to how it was declared or runs."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..base.params import ParamInfo, check_whole
from ..errors import ParameterError
from .current import CurrentSpec
from .groups import GroupSpec, PopulationSpec, SourceSpec
from .modulator import ModulatorSpec, check_modulator
from .order import levels
from .probe import ProbeSpec
from .projection import ProjectionSpec
from .teaching import ErrorSpec, FeedbackSpec, check_teaching


@dataclass(frozen=True)
class NetworkSpec:
    """A whole network: groups, projections, currents, probes and modulators, in the order declared."""

    seed: int
    populations: tuple[PopulationSpec, ...] = ()
    sources: tuple[SourceSpec, ...] = ()
    projections: tuple[ProjectionSpec, ...] = ()
    currents: tuple[CurrentSpec, ...] = ()
    probes: tuple[ProbeSpec, ...] = ()
    modulators: tuple[ModulatorSpec, ...] = ()
    errors: tuple[ErrorSpec, ...] = ()
    feedbacks: tuple[FeedbackSpec, ...] = ()

    def __post_init__(self) -> None:
        seed = check_whole(self.seed, ParamInfo(low=0, high=2**53), "Network.seed")
        object.__setattr__(self, "seed", seed)
        _check_unique(
            "population or source", [g.name for g in self.populations] + [g.name for g in self.sources]
        )
        _check_unique("projection", [p.name for p in self.projections])
        _check_unique("probe", [p.name for p in self.probes])
        _check_unique("modulator", [m.name for m in self.modulators])
        groups = self.groups
        projections = {p.name: p for p in self.projections}
        modulators = {m.name: m for m in self.modulators}
        for modulator in self.modulators:
            modulator.check(groups)
        for projection in self.projections:
            projection.check(groups)
            check_modulator(projection, modulators)
        levels((p.name for p in self.populations), self.projections)  # is there an order?
        check_teaching(self.errors, self.feedbacks, groups, modulators, projections)
        for current in self.currents:
            current.check(groups)
        for probe in self.probes:
            probe.check(groups, projections)

    @property
    def groups(self) -> dict[str, GroupSpec]:
        """Populations and sources by name."""
        groups: dict[str, GroupSpec] = {population.name: population for population in self.populations}
        return groups | {source.name: source for source in self.sources}

    def to_json(self) -> str:
        """The description as JSON text, with every number exact."""
        from .specfile import to_json

        return to_json(self)

    @staticmethod
    def from_json(text: str) -> NetworkSpec:
        """The description that ``to_json`` wrote; SpecError if the text is none."""
        from .specfile import from_json

        return from_json(text)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write to a .json or .h5 file, which appears whole or not at all."""
        from .specfile import save

        save(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> NetworkSpec:
        """Read what ``save`` wrote; SpecError if the file is foreign, truncated or of a newer version."""
        from .specfile import load

        return load(path)


def _check_unique(kind: str, names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ParameterError(f"there is a {kind} named {name!r} already")
        seen.add(name)
