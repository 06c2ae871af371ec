"""Fixed steps, vectorised and threaded C++."""

from __future__ import annotations

from typing import ClassVar

from ._cpu import CoreBackend


class ClockBackend(CoreBackend):
    """Steps of dt with exact propagators; spikes lie on the grid."""

    name: ClassVar[str] = "clock"
    engine_class = "ClockEngine"
    packs_rows = True
