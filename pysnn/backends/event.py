"""Continuous time, an event queue in C++."""

from __future__ import annotations

from typing import ClassVar

from ._cpu import CoreBackend


class EventBackend(CoreBackend):
    """Exact spike times from closed forms; dt only spaces the samples of states that name no interval."""

    name: ClassVar[str] = "event"
    on_grid = False
    engine_class = "EventEngine"
