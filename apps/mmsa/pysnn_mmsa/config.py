"""The configuration: one TOML file, every value of which can be overridden on the command line.

Values are taken in this order, the later ones winning: defaults, the preset of the data set, the TOML file,
the command line. A run stores what came out.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pysnn as snn

from .setting import About, about, setting
from .settings import (
    SEED_MAX,
    ContextConfig,
    DataConfig,
    EncodeConfig,
    FeatureConfig,
    NetworkConfig,
    ReadoutConfig,
    ResumeConfig,
    RunConfig,
    StdpConfig,
    TimeConfig,
)

SEEDS_MOST = 1000


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that decides a run."""

    dataset: str = setting("imvd-synthetic", "name of the data set, see `mmsa datasets`")
    data: DataConfig = dataclasses.field(default=DataConfig())
    features: FeatureConfig = dataclasses.field(default=FeatureConfig())
    encode: EncodeConfig = dataclasses.field(default=EncodeConfig())
    network: NetworkConfig = dataclasses.field(default=NetworkConfig())
    stdp: StdpConfig = dataclasses.field(default=StdpConfig())
    time: TimeConfig = dataclasses.field(default=TimeConfig())
    readout: ReadoutConfig = dataclasses.field(default=ReadoutConfig())
    resume: ResumeConfig = dataclasses.field(default=ResumeConfig())
    context: ContextConfig = dataclasses.field(default=ContextConfig())
    run: RunConfig = dataclasses.field(default=RunConfig())

    def __post_init__(self) -> None:
        """Hold every value against its range, and what must fit together."""
        flat = flatten(self)
        for key, known in ABOUT.items():
            known.check(key, flat[key])
        if self.features.ngram_low > self.features.ngram_high:
            raise snn.ParameterError(
                f"features.ngram_high: must be >= ngram_low = {self.features.ngram_low} "
                f"(got {self.features.ngram_high})"
            )
        if self.network.fusion == "time" and self.time.layer == "none":
            raise snn.ParameterError("time.layer: must be a layer where network.fusion is time (got none)")
        most = 1000.0 / self.run.dt
        if self.encode.rate > most:
            raise snn.ParameterError(
                f"encode.rate: must be <= {most:g} Hz, one spike a step of run.dt = {self.run.dt:g} ms "
                f"(got {self.encode.rate:g})"
            )
        if self.data.test_share + self.data.valid_share >= 1.0:
            raise snn.ParameterError(
                f"data.valid_share: must be < 1 - test_share = {1.0 - self.data.test_share:g}, so that "
                f"speakers are left to learn from (got {self.data.valid_share:g})"
            )
        seeds = self.run.seeds
        if not seeds or len(set(seeds)) != len(seeds) or min(seeds) < 0 or max(seeds) > SEED_MAX:
            raise snn.ParameterError(
                f"run.seeds: expected different numbers >= 0 and <= {SEED_MAX} (got {list(seeds)[:10]})"
            )


def flatten(config: Config) -> dict[str, Any]:
    """Values by ``"section.key"`` (``"dataset"`` has no section), in declared order."""
    flat: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            inner = dataclasses.fields(value)
            flat |= {f"{field.name}.{entry.name}": getattr(value, entry.name) for entry in inner}
        else:
            flat[field.name] = value
    return flat


def _about() -> dict[str, About]:
    """What is known of each setting, by ``"section.key"``."""
    known: dict[str, About] = {}
    for field in dataclasses.fields(Config):
        if dataclasses.is_dataclass(field.default):
            known |= {
                f"{field.name}.{inner.name}": about(inner) for inner in dataclasses.fields(field.default)
            }
        else:
            known[field.name] = about(field)
    return known


ABOUT = _about()


def override(config: Config, values: Mapping[str, object], owner: str) -> Config:
    """``config`` with some values by ``"section.key"`` replaced, validated again.

    Raises UnknownNameError for a key that does not exist, ParameterError for a value of the wrong type or out
    of its range; ``owner`` says where the values came from.
    """
    known = flatten(config)
    sections: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        if key not in known:
            raise snn.errors.unknown(owner, "setting", key, known)
        section, _, name = key.rpartition(".")
        sections.setdefault(section, {})[name] = _typed(value, known[key], f"{owner}: {key}")
    changes = sections.pop("", {})
    changes |= {name: dataclasses.replace(getattr(config, name), **new) for name, new in sections.items()}
    try:
        return dataclasses.replace(config, **changes)
    except snn.ParameterError as err:
        raise snn.ParameterError(f"{owner}: {err}") from None


def read_toml(path: Path) -> dict[str, object]:
    """Values of a TOML file by ``"section.key"``; ParameterError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as err:
        raise snn.ParameterError(f"{path}: cannot read the configuration: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise snn.ParameterError(f"{path}: no TOML file: {err}") from err
    return parse_toml(text, str(path))


def parse_toml(text: str, owner: str) -> dict[str, object]:
    """Values of TOML by ``"section.key"``; ParameterError, with ``owner``, where it is none."""
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as err:  # no TOML, or thousands of digits or brackets
        raise snn.ParameterError(f"{owner}: no TOML file: {err}") from err
    flat: dict[str, object] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{name}": entry for name, entry in value.items()}
        else:
            flat[key] = value
    return flat


def to_toml(config: Config) -> str:
    """The configuration as TOML that ``read_toml`` reads back to the same values."""
    lines: list[str] = []
    section = ""
    for key, value in flatten(config).items():
        head, _, name = key.rpartition(".")
        if head != section:
            lines += ["", f"[{head}]"]
            section = head
        # JSON's strings, numbers, lists and booleans are TOML's.
        lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def parse(text: str, like: object, owner: str) -> object:
    """A value typed on the command line, of the type of ``like``."""
    if isinstance(like, tuple):
        return _seeds(text, owner)
    if isinstance(like, str):
        return text
    try:
        return json.loads(text.lower() if isinstance(like, bool) else text)
    except (ValueError, RecursionError):  # no JSON, or thousands of digits or brackets
        shown = text if len(text) <= 60 else f"{text[:60]} ..."
        raise snn.ParameterError(f"{owner}: expected a {_kind(like)} (got {shown!r})") from None


def _seeds(text: str, owner: str) -> tuple[int, ...]:
    """``"5"`` is the five seeds 0 to 4, ``"7,"`` the one seed 7, ``"3,1,4"`` these three."""
    parts = [part for part in text.replace(",", " ").split() if part]
    if not parts or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        raise snn.ParameterError(
            f"{owner}: expected a number of seeds, or seeds such as 3,1,4 (got {text!r})"
        )
    numbers = tuple(int(part) for part in parts)
    alone = len(numbers) == 1 and "," not in text
    return _first_seeds(numbers[0], owner) if alone else numbers


def _first_seeds(count: int, owner: str) -> tuple[int, ...]:
    if count > SEEDS_MOST:
        raise snn.ParameterError(f"{owner}: expected at most {SEEDS_MOST} seeds (got {count})")
    return tuple(range(count))


def _kind(like: object) -> str:
    names = {bool: "true or false", int: "whole number", float: "number", str: "string", tuple: "list"}
    return names[type(like)]


def _typed(value: object, like: object, owner: str) -> object:
    """``value`` as the type of ``like``: a whole number is a number, nothing else is converted."""
    if isinstance(like, tuple):
        if isinstance(value, int) and not isinstance(value, bool):
            return _first_seeds(value, owner)
        if isinstance(value, (list, tuple)) and all(type(entry) is int for entry in value):
            return tuple(value)
        raise snn.ParameterError(f"{owner}: expected a number of seeds or a list of seeds (got {value!r})")
    if isinstance(like, float) and type(value) is int:
        return float(value)
    if type(value) is not type(like) or value != value:
        raise snn.ParameterError(f"{owner}: expected a {_kind(like)} (got {value!r})")
    return value
