"""A trained model as a file: model.h5 with the weights of every seed's network and readouts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import pysnn as snn

from .network import Wiring
from .readout import Readout
from .train import SeedResult

FORMAT = "mmsa model"
VERSION = 1


def write(path: Path, seeds: Sequence[SeedResult]) -> None:
    """Write the networks of all seeds; an existing file is replaced once the new one is whole."""
    draft = path.with_name(path.name + ".tmp")
    with h5py.File(draft, "w") as file:
        file.attrs["format"] = FORMAT
        file.attrs["version"] = VERSION
        for seed in seeds:
            for pathway, wiring in zip(seed.layer.pathways, seed.layer.wiring, strict=True):
                group = file.create_group(f"seed_{seed.seed}/{pathway.name}")
                for part, name in ((wiring, "wiring"), (seed.readouts[pathway.name], "readout")):
                    for field in dataclasses.fields(part):
                        group[f"{name}/{field.name}"] = getattr(part, field.name)
    draft.replace(path)


def read(path: Path, seed: int, pathways: Sequence[str]) -> tuple[list[Wiring], dict[str, Readout]]:
    """Wirings and readouts of ``seed``, in the order of ``pathways``.

    ParameterError where the file is missing, foreign or torn, or has no such seed or pathway.
    """
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT or file.attrs.get("version") != VERSION:
                raise snn.ParameterError(f"{path}: expected an {FORMAT} of version {VERSION}")
            if f"seed_{seed}" not in file:
                there = ", ".join(name.removeprefix("seed_") for name in file)
                raise snn.ParameterError(f"{path}: holds no seed {seed} (there are: {there})")
            groups = [file[f"seed_{seed}/{name}"] for name in pathways]
            wirings = [Wiring(**_fields(group["wiring"])) for group in groups]
            readouts = [Readout(**_fields(group["readout"])) for group in groups]
    except (OSError, KeyError, TypeError) as err:
        raise snn.ParameterError(f"{path}: no model that `mmsa train` wrote ({err})") from err
    return wirings, dict(zip(pathways, readouts, strict=True))


def _fields(group: h5py.Group) -> dict[str, Any]:
    values = {name: np.asarray(data[()]) for name, data in group.items()}
    return {name: value.item() if value.ndim == 0 else value for name, value in values.items()}
