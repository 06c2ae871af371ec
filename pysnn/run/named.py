"""What a user's handles, views and names stand for in the network that a simulation runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..base.params import check_name_of, shown
from ..errors import ParameterError, unknown
from ..spec import (
    ErrorSpec,
    Group,
    GroupSpec,
    Modulator,
    ModulatorSpec,
    NetworkSpec,
    Neurons,
    Population,
    PopulationSpec,
    Projection,
    ProjectionSpec,
    SourceGroup,
    SourceSpec,
    View,
    check_own,
)

OWNER = "Simulation (what is declared after it was built is not in it)"


class Named:
    """The groups and projections of ``spec``, by what a user calls them.

    Attributes
    ----------
    groups : populations, then sources: a group's number is its place here.
    number : of each group, by name.
    projections : number of each, by name.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        self._spec = spec
        self.groups: list[GroupSpec] = [*spec.populations, *spec.sources]
        self.number = {group.name: number for number, group in enumerate(self.groups)}
        self.projections = {p.name: number for number, p in enumerate(spec.projections)}

    def projection(self, projection: Projection | str) -> tuple[int, ProjectionSpec]:
        """Its number, and what was declared."""
        name = projection.name if isinstance(projection, Projection) else projection
        if not isinstance(name, str):
            raise ParameterError(f"expected a projection or its name (got {shown(projection)})")
        if name not in self.projections:
            raise unknown(OWNER, "projection", name, self.projections)
        number = self.projections[name]
        spec = self._spec.projections[number]
        if isinstance(projection, Projection):
            check_own(projection, spec)
        return number, spec

    def modulator(self, modulator: Modulator | str) -> tuple[int, ModulatorSpec]:
        """Its number, and what was declared."""
        name = modulator.name if isinstance(modulator, Modulator) else modulator
        if not isinstance(name, str):
            raise ParameterError(f"expected a modulator or its name (got {shown(modulator)})")
        modulators = {m.name: (number, m) for number, m in enumerate(self._spec.modulators)}
        if name not in modulators:
            raise unknown(OWNER, "modulator", name, modulators)
        if isinstance(modulator, Modulator):
            check_own(modulator, modulators[name][1])
        return modulators[name]

    def error(self, error: Modulator | str) -> tuple[int, ErrorSpec]:
        """Its number among the errors, and what was declared."""
        _, modulator = self.modulator(error)
        errors = {e.modulator: (number, e) for number, e in enumerate(self._spec.errors)}
        if modulator.name not in errors:
            raise ParameterError(
                f"{modulator.name!r} is no error of readout neurons (there are: "
                f"{', '.join(errors) or 'none'}); its values are set with sim.modulate"
            )
        return errors[modulator.name]

    def source(self, source: SourceGroup | str) -> tuple[int, SourceSpec]:
        """Its number, and what was declared."""
        name = source.name if isinstance(source, Group) else source
        if not isinstance(name, str):
            raise ParameterError(f"expected a source or its name (got {shown(source)})")
        sources = {s.name: s for s in self._spec.sources}
        if name not in sources and name in self.number:
            raise ParameterError(f"expected a source ({name!r} is a population of neurons)")
        if name not in sources:
            raise unknown(OWNER, "source", name, sources)
        if isinstance(source, SourceGroup):
            check_own(source, sources[name])
        return self.number[name], sources[name]

    def members(self, target: Group | View | str) -> tuple[int, NDArray[np.uint32] | None]:
        """The number of a group, and which of it a view shows."""
        valid = {group.name: group for group in self.groups}
        group = target.group if isinstance(target, View) else target
        name = group.name if isinstance(group, Group) else group
        if not isinstance(name, str):
            raise ParameterError(f"expected a population or source, a view or a name (got {shown(target)})")
        if name not in valid:
            raise unknown(OWNER, "population or source", name, valid)
        if isinstance(group, Group):
            check_own(group, valid[name])
        if not isinstance(target, View):
            return self.number[name], None
        return self.number[name], target.indices

    def neurons(
        self, population: Population | View | str, state: str
    ) -> tuple[int, NDArray[np.uint32] | None]:
        """As ``members`` of a population that has such a state."""
        group = self.population(population)
        owner = f"population {group.name!r}"
        if check_name_of(state, "state", owner) not in group.states:
            raise unknown(owner, f"state of {type(group.model).__name__}", state, group.states)
        return self.members(population)

    def whole_population(self, population: Population | str, call: str) -> tuple[int, PopulationSpec]:
        """Its number, and what was declared; ParameterError of a view."""
        spec = self.population(population, call)
        if isinstance(population, View):
            raise ParameterError(f"{call}: expected a whole population (got {shown(population)})")
        return self.number[spec.name], spec

    def population(self, population: Population | View | str, call: str = "") -> PopulationSpec:
        """What was declared; ``call`` is for messages."""
        group = population.group if isinstance(population, View) else population
        name = group.name if isinstance(group, Group) else group
        call = f"{call}: " if call else ""
        if not isinstance(name, str):
            raise ParameterError(f"{call}expected a population, a view or a name (got {shown(population)})")
        populations = {p.name: p for p in self._spec.populations}
        if call and name not in populations and name in self.number:
            raise ParameterError(f"{call}expected a population of neurons ({name!r} is a source)")
        if name not in populations:
            raise unknown(OWNER, "population", name, populations)
        if isinstance(group, Group):
            check_own(group, populations[name])
        return populations[name]


def indices_of(target: Group | View | str, n: int) -> Neurons:
    """Which of a group of n are meant, as declarations have it."""
    return target._chosen if isinstance(target, View) else (0, n)
