"""What a network holds of its parts, and how handles that it is given are held against them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ..base.params import shown
from ..base.sealed import Sealed
from ..errors import ParameterError, UnknownNameError, nearest
from ..spec import (
    CurrentSpec,
    ErrorSpec,
    FeedbackSpec,
    Modulator,
    Neurons,
    Population,
    Probe,
    Projection,
    SourceGroup,
    View,
)


class NetworkParts(Sealed):
    """A network's attributes, and what the parts of its interface ask of them."""

    _seed: int
    _populations: dict[str, Population]
    _sources: dict[str, SourceGroup]
    _projections: dict[str, Projection]
    _probes: dict[str, Probe[Any]]
    _modulators: dict[str, Modulator]
    _errors: list[ErrorSpec]
    _feedbacks: list[FeedbackSpec]
    _currents: list[CurrentSpec]

    def _groups(self) -> dict[str, Population | SourceGroup]:
        return {**self._populations, **self._sources}

    @staticmethod
    def _free_name(base: str, taken: Mapping[str, Any]) -> str:
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}#{number}"
        return name

    def _check_mine(self, handle: Any, argument: str, kinds: tuple[type[Any], ...]) -> None:
        if isinstance(handle, str):
            self._refuse_name(handle, argument)
        if not isinstance(handle, kinds):
            expected = " or ".join(kind.__name__ for kind in kinds)
            raise ParameterError(f"{argument}: expected a {expected} (got {shown(handle)})")
        if handle.network is not self:
            raise ParameterError(f"{argument}: {handle.name!r} belongs to another network")

    def _refuse_name(self, name: str, argument: str) -> NoReturn:
        known = [*self._groups(), *self._projections, *self._modulators]
        if name in known:
            raise ParameterError(
                f"{argument}: expected the object that declaring {name!r} gave (got its name)"
            )
        raise UnknownNameError(
            f"{argument}: expected an object, not a name (got {name!r}{nearest(name, known)})"
        )

    def _neurons(
        self, side: Any, argument: str, kinds: tuple[type[Any], ...]
    ) -> tuple[Population | SourceGroup, Neurons]:
        self._check_mine(side, argument, (*kinds, View))
        group = side.group if isinstance(side, View) else side
        if not isinstance(group, kinds):
            raise ParameterError(f"{argument}: expected a population of neurons ({group.name!r} is a source)")
        if not isinstance(side, View):
            return group, (0, len(group))
        if len(side) == 0:
            raise ParameterError(
                f"{argument}: expected at least one neuron (got an empty view of {group.name!r})"
            )
        return group, side._chosen
