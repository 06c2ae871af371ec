"""What a simulation is saved as, and how one is brought to the place of another."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import Choice
from ..base.params import shown
from ..errors import CheckpointError, ParameterError, unknown
from ..io.checkpoint import Checkpoint
from ..spec import NetworkSpec, SourceSpec
from .changes import Change, Feeding
from .injections import Flowing, Injections

FIXED = ("network", "backend", "dt", "dtype", "weight_dtype", "off_grid", "engines", "noise_seed")
FREE = ("threads", "log", "profile", "comm", "device")


@dataclass(frozen=True)
class LaterLog(os.PathLike[str]):
    """A log that is opened once the simulation stands where it was saved, so that no failure harms one."""

    path: str

    def __fspath__(self) -> str:
        return self.path


def check_free(given: Mapping[str, Any], call: str) -> None:
    """Refuse options that a simulation has for good."""
    did = "copied" if call == "copy" else "saved"
    for name, value in given.items():
        if name not in FIXED:
            raise unknown(call, "option", name, FREE)
        raise ParameterError(
            f"{call}: {name} is that of the simulation that was {did} and cannot be another "
            f"(got {shown(value)}; free are: {', '.join(FREE)})"
        )


def choices_as_dicts(choices: Mapping[str, Choice]) -> dict[str, dict[str, Any]]:
    """For a file."""
    return {name: asdict(choice) for name, choice in choices.items()}


def choices_of(dicts: Mapping[str, Any]) -> dict[str, Choice]:
    """From a file."""
    return {name: Choice(**entry) for name, entry in dicts.items()}


@dataclass(frozen=True)
class Inputs:
    """What has come into a simulation from outside: sources that Inputs play, and injected currents."""

    feeding: Feeding
    injections: Injections

    def described(self, spec: NetworkSpec) -> NetworkSpec:
        """Sources and currents as the parts of a description, in the order of ``numbers``."""
        sizes = {source.name: source.n for source in spec.sources}
        fed = [
            SourceSpec(f"{name} fed {k}", sizes[name], source)
            for name, sources in self.feeding.sources.items()
            for k, source in enumerate(sources)
        ]
        currents = [flowing.spec for flowing in self.injections.flowing.values()]
        populations = spec.populations if currents else ()
        return NetworkSpec(spec.seed, populations, tuple(fed), currents=tuple(currents))

    def numbers(self) -> dict[str, Any]:
        """Where each of them belongs, as plain numbers and names."""
        return {
            "fed": [name for name, sources in self.feeding.sources.items() for _ in sources],
            "flowing": [[number, f.population, f.serial] for number, f in self.injections.flowing.items()],
            "injected": self.injections.made,
        }

    def restore(self, described: NetworkSpec, numbers: Mapping[str, Any], spec: NetworkSpec) -> None:
        """The same in a simulation that has not run; its engine then is brought to where they were."""
        by_name = {source.name: (k, source) for k, source in enumerate(spec.sources, len(spec.populations))}
        for name, source in zip(numbers["fed"], described.sources, strict=True):
            self.feeding.feed(*by_name[name], source.model)
        self.injections.restore(
            {
                number: Flowing(current, population, serial)
                for (number, population, serial), current in zip(
                    numbers["flowing"], described.currents, strict=True
                )
            },
            numbers["injected"],
        )


def changes_as_plain(pending: Sequence[Change]) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
    """Changes that are to come, as what JSON holds and as arrays, by number and name."""
    plain: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {}

    def put(value: Any, name: str) -> Any:
        if isinstance(value, np.ndarray):
            arrays[name] = value
            return {"array": name}
        if isinstance(value, float) and not math.isfinite(value):
            return {"number": repr(value)}  # which JSON has no word for
        if isinstance(value, Mapping):
            return {"mapping": {key: put(entry, f"{name}/{key}") for key, entry in value.items()}}
        return {"value": value}

    for number, change in enumerate(pending):
        entry = {"time": change.time, "tick": str(change.tick), "call": change.call, "target": change.target}
        plain.append({**entry, "arguments": put(change.arguments, str(number))})
    return plain, arrays


def changes_of(plain: Sequence[Mapping[str, Any]], arrays: Mapping[str, NDArray[Any]]) -> list[Change]:
    """The same changes again."""

    def get(entry: Mapping[str, Any]) -> Any:
        if "array" in entry:
            return arrays[entry["array"]]
        if "number" in entry:
            return float(entry["number"])
        if "mapping" in entry:
            return {key: get(value) for key, value in entry["mapping"].items()}
        return entry["value"]

    return [
        Change(entry["time"], int(entry["tick"]), entry["call"], entry["target"], get(entry["arguments"]))
        for entry in plain
    ]


def setting(checkpoint: Checkpoint, name: str) -> Any:
    """CheckpointError where it is missing, as in what somebody else has written."""
    if name not in checkpoint.settings:
        raise CheckpointError(f"checkpoint: the setting {name!r} is missing")
    return checkpoint.settings[name]
