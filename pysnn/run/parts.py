"""What a simulation is made of, for the parts of it that stand in files of their own."""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ..backends import Choice, Options
from ..backends.base import Engine
from ..base.sealed import Sealed
from ..base.timebase import TimeBase
from ..data import Data
from ..io import SpikeLog
from ..io.checkpoint import Checkpoint
from ..network import Network
from ..spec import NetworkSpec
from .changes import Changes, Feeding
from .injections import Injections
from .named import Named
from .places import Places
from .protocol import Protocol
from .recordings import Recordings


class SimulationParts(Sealed):
    """A simulation's attributes, and the methods by which its parts know each other."""

    spec: NetworkSpec
    backend: str
    dt: float
    threads: int
    dtype: str
    weight_dtype: str
    data: Data
    _network: Network | None
    _options: Options
    _engine: Engine
    _torn_by: type[BaseException]  # what leaves it at nobody knows which place
    _choices: Mapping[str, Choice]
    _time_base: TimeBase
    _profile: bool
    _seconds: dict[str, float]
    _named: Named
    _protocol: Protocol
    _recordings: Recordings
    _changes: Changes
    _places: Places
    _feeding: Feeding
    _injections: Injections
    _log: SpikeLog | None
    _flushed: float
    _trials_end: int
    _shown: list[weakref.ref[NDArray[Any]]]
    _set: set[int]

    if TYPE_CHECKING:

        def __init__(self, network: Network | NetworkSpec, **options: Any) -> None: ...
        @property
        def time(self) -> float:
            """ms."""

        @property
        def network(self) -> Network | NetworkSpec:
            """What the simulation was built from."""

        @property
        def _log_time(self) -> float: ...
        def flush(self) -> None:
            """Write out what was logged."""

        def _check_network(self) -> None: ...
        def _checkpoint(self) -> Checkpoint: ...
        def _save_to(self, path: str | os.PathLike[str]) -> None: ...
        def _open_log(
            self, path: str | os.PathLike[str], call: str, mark: Mapping[str, Any] | None = None
        ) -> None: ...
        def _collect(self) -> None: ...
        def _flush(self) -> None: ...
        def _complete(self, whole: bool) -> None: ...
        def _weights_are_watched(self) -> bool: ...
        def _breaking(self, kind: type[BaseException]) -> AbstractContextManager[None]: ...
