"""Continuous time, an event queue in C++."""

from __future__ import annotations

from typing import ClassVar

from ..errors import BackendUnsupported
from ..spec import NetworkSpec
from ._cpu import CoreBackend
from .base import Options


class EventBackend(CoreBackend):
    """Exact spike times from closed forms; dt only spaces the samples of states that name no interval."""

    name: ClassVar[str] = "event"
    on_grid = False
    engine_class = "EventEngine"

    def __init__(self, spec: NetworkSpec, options: Options) -> None:
        for population in spec.populations:
            if why := population.model.only_steps():
                raise BackendUnsupported(
                    f"population {population.name!r}: the event engine cannot run "
                    f'{type(population.model).__name__}: {why} (backend="clock" can)'
                )
        super().__init__(spec, options)
