"""Settings as options: every value of the configuration, and where one comes from."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pysnn as snn

from .. import dataset
from ..config import ABOUT, Config, flatten, override, parse, read_toml
from ..resume import FREE, settings_of
from ..settings import DataConfig

SHORT = {
    "dataset": ["--dataset"],
    "data.path": ["--data"],
    "data.text_tier": ["--text-tier"],
    "data.label_tier": ["--label-tier"],
    "data.labels": ["--labels"],
    "data.audio_track": ["--audio-track"],
    "data.pause": ["--pause"],
    "network.fusion": ["--fusion"],
    "run.seeds": ["--seeds"],
    "run.backend": ["--backend"],
}
OWN = "own"


def add_settings(parser: argparse.ArgumentParser, keys: Iterable[str]) -> None:
    """An option for each of ``keys``, with a help that says what it does, its unit, range and default."""
    group = parser.add_argument_group("settings, as in the TOML file")
    values = flatten(Config())
    for key in keys:
        flags = [*SHORT.get(key, []), f"--{key}"]
        group.add_argument(
            *dict.fromkeys(flags), dest=_dest(key), metavar="VALUE", help=ABOUT[key].help(values[key])
        )


def typed(args: argparse.Namespace) -> dict[str, object]:
    """The settings given on the command line."""
    known = flatten(Config())
    found: dict[str, object] = {}
    for key in known:
        text = getattr(args, _dest(key), None)
        if text is not None:
            found[key] = parse(text, known[key], f"--{key}")
    return found


def data_options(args: argparse.Namespace) -> DataConfig:
    """The settings of the data alone, for commands that have no configuration."""
    return override(Config(), typed(args), "command line").data


def resolve(args: argparse.Namespace) -> Config:
    """Defaults, then the preset of the data set, then the TOML file, then the command line."""
    given = typed(args)
    file = read_toml(args.config) if args.config is not None else {}
    values: dict[str, Any] = {**flatten(Config()), **file, **given}
    # A path to data of one's own says which data set is meant, unless that is said too.
    if values["data.path"] and "dataset" not in {**file, **given}:
        given["dataset"] = OWN
    if "data.path" in given:
        given["data.path"] = _absolute(given["data.path"])
    name = {**values, **given}["dataset"]
    config = override(Config(), dataset.find(str(name)).preset, f"preset of {name!r}")
    config = override(config, file, str(args.config))
    return override(config, given, "command line")


def resolve_resumed(args: argparse.Namespace) -> Config:
    """The settings of the run that ``--resume`` names, and of the command line those that may change."""
    given = typed(args)
    tied = [key for key in given if key.partition(".")[0] not in FREE]
    if tied or args.config is not None:
        raise snn.ParameterError(
            f"--resume: expected settings of {', '.join(FREE)} alone, all others are the run's "
            f"(got {'--config' if not tied else ', '.join(f'--{key}' for key in tied)})"
        )
    if not given.keys() & {"dataset", "data.path"}:
        raise snn.ParameterError("--resume: expected new utterances, by --data or --dataset (got none)")
    if "data.path" in given:
        given["data.path"] = _absolute(given["data.path"])
        given.setdefault("dataset", OWN)
    config = settings_of(args.resume)
    # Which utterances are for the test is said of new data by what is given alone.
    return override(dataclasses.replace(config, data=DataConfig()), given, "command line")


def _absolute(path: object) -> str:
    """A run is to find its data from anywhere; "" is a variable of a script that was not set."""
    if not path:
        raise snn.ParameterError("--data: expected the path of a table or folder (got an empty one)")
    return str(Path(str(path)).absolute())


def _dest(key: str) -> str:
    return key.replace(".", "_")
