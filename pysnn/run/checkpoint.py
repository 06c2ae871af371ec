"""What a simulation is saved as, and how one is brought to the place of another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..backends import Choice
from ..base.params import shown
from ..errors import BackendUnsupported, CheckpointError, ParameterError, unknown
from ..io.checkpoint import Checkpoint
from ..spec import NetworkSpec, SourceSpec
from .changes import Feeding

FIXED = ("network", "backend", "dt", "dtype", "weight_dtype", "off_grid", "engines")
FREE = ("threads", "log", "profile")


@dataclass(frozen=True)
class LaterLog(os.PathLike[str]):
    """A log that is opened once the simulation stands where it was saved, so that no failure harms one."""

    path: str

    def __fspath__(self) -> str:
        return self.path


def check_can_save(backend: str, call: str) -> None:
    """BackendUnsupported by name."""
    if backend == "opencl":
        raise BackendUnsupported(f"{call}: backend 'opencl' cannot be saved (backend='clock' can)")


def check_free(given: Mapping[str, Any], call: str) -> None:
    """Refuse options that a simulation has for good."""
    for name, value in given.items():
        if name not in FIXED:
            raise unknown(call, "option", name, FREE)
        raise ParameterError(
            f"{call}: {name} is that of the simulation that was saved and cannot be another "
            f"(got {shown(value)}; free are: {', '.join(FREE)})"
        )


def choices_as_dicts(choices: Mapping[str, Choice]) -> dict[str, dict[str, Any]]:
    """For a file."""
    return {name: asdict(choice) for name, choice in choices.items()}


def choices_of(dicts: Mapping[str, Any]) -> dict[str, Choice]:
    """From a file."""
    return {name: Choice(**entry) for name, entry in dicts.items()}


def fed_sources(feeding: Feeding, spec: NetworkSpec) -> tuple[NetworkSpec, list[str]]:
    """The sources that Inputs have been fed, as a description, and the Input of each."""
    sizes = {source.name: source.n for source in spec.sources}
    all_fed = [(name, source) for name, fed in feeding.sources.items() for source in fed]
    parts = [SourceSpec(str(k), sizes[name], source) for k, (name, source) in enumerate(all_fed)]
    return NetworkSpec(spec.seed, sources=tuple(parts)), [name for name, _ in all_fed]


def setting(checkpoint: Checkpoint, name: str) -> Any:
    """CheckpointError where it is missing, as in what somebody else has written."""
    if name not in checkpoint.settings:
        raise CheckpointError(f"checkpoint: the setting {name!r} is missing")
    return checkpoint.settings[name]
