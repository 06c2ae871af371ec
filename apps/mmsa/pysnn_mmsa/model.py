"""A trained model as a file that stands alone: model.h5.

It holds everything prediction needs, as plain arrays and strings (no pickle): the configuration, classes,
recipe of the features (vocabulary, singular vectors, population at rest, column names), scalers, and every
seed's synapses and readouts; and, to be held against what is to be predicted, what made the recordings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from . import sealed
from .beside import whole
from .chain import Deciding, Front
from .config import Config, override, parse_toml, to_toml
from .damaged import DAMAGED, reason
from .encode import LineEncoder, Scaler
from .features import Extractor, recipe_from
from .features.course import Course
from .fusion import Mixer
from .network import SpikingLayer
from .readout import Readout
from .temporal import Synapses, TemporalLayer
from .train import Result
from .trained import Trained
from .translate import Examples, Generator, Translator
from .wiring import Wiring

Float = NDArray[np.float64]

FORMAT = "mmsa model"
VERSION = 4


@dataclasses.dataclass(frozen=True)
class Model:
    """What is needed to predict: see the module. ``dataset`` is the name of the data it learnt from."""

    config: Config
    front: Front
    classes: tuple[str, ...]
    codes: tuple[str, ...]
    seed: int
    wiring: Sequence[Wiring]
    readouts: Mapping[str, Readout]
    mixer: Mixer | None
    temporal: Synapses | None
    dataset: str

    def network(self, mean: Float) -> Trained:
        """The network; ``mean`` float64[lines], of what it will hear, for its tonic input if it learns."""
        config, paths = self.config, self.front.pathways(self.config)
        layer = SpikingLayer(paths, self.wiring, mean, self.front.encoder, config, self.seed)
        temporal = None
        if self.temporal is not None:
            temporal = TemporalLayer(self.temporal, bool(self.classes), config.time, self.seed)
        deciding = Deciding(paths, self.readouts, self.mixer)
        return Trained(self.front, layer, deciding, config, self.seed, temporal)


def write(path: Path, result: Result) -> None:
    """Write the networks of all seeds and what they share; an existing file is replaced once whole."""
    with whole(path) as draft:
        _write(draft, result)
        sealed.seal(draft)


def _write(draft: Path, result: Result) -> None:
    with h5py.File(draft, "w", userblock_size=sealed.BLOCK) as file:
        file.attrs["format"] = FORMAT
        file.attrs["version"] = VERSION
        file.attrs["pysnn"] = snn.__version__
        file.attrs["dataset"] = result.corpus.name
        file["config"] = to_toml(result.config)
        _put(file.create_group("gram_tops"), result.front.encoder.gram_tops)
        _put(file.create_group("target"), {"classes": result.corpus.classes, "codes": result.corpus.codes})
        for place, (name, recipe) in enumerate(result.front.extractor.recipes.items()):
            group = file.create_group(f"modalities/{name}")
            group.attrs["place"] = place
            group.attrs["kind"] = recipe.kind
            group.attrs["made_by"] = result.front.extractor.extractors.get(name, "")
            _put(group.create_group("recipe"), recipe.arrays())
            _put(group.create_group("scaler"), vars(result.front.encoder.scalers[name]))
        if result.front.course is not None:
            _put(file.create_group("course"), result.front.course.arrays())
        if result.front.translator is not None:
            for (source, target), pair in result.front.translator.pairs.items():
                _put(file.create_group(f"translations/{source}/{target}"), vars(pair))
        for seed in result.seeds:
            parts = iter(seed.network.layer.wiring)
            for pathway in seed.network.deciding.paths:
                group = file.create_group(f"seeds/{seed.seed}/{pathway.name}")
                for number, _ in enumerate(pathway.parts):
                    _put(group.create_group(f"wiring_{number}"), vars(next(parts)))
                _put(group.create_group("readout"), vars(seed.network.deciding.readouts[pathway.name]))
            if seed.network.temporal is not None:
                _put(file.create_group(f"temporal/{seed.seed}"), vars(seed.network.temporal.synapses))
            if seed.network.deciding.mixer is not None:
                _put(file.create_group(f"mixers/{seed.seed}"), vars(seed.network.deciding.mixer))


def read(path: Path, seed: int | None = None) -> Model:
    """The model in ``path`` with the network of ``seed`` (the first by default).

    ParameterError where the file is missing, foreign, torn or has no such seed.
    """
    if not path.is_file():
        raise snn.ParameterError(f"{path}: there is no model; expected a run folder that `mmsa train` wrote")
    sealed.check(path, "model")
    try:
        with h5py.File(path, "r") as file:
            return _read(path, file, seed)
    except DAMAGED as err:
        raise snn.ParameterError(f"{path}: no model that `mmsa train` wrote ({reason(err)})") from err


def _read(path: Path, file: h5py.File, seed: int | None) -> Model:
    if file.attrs.get("format") != FORMAT or file.attrs.get("version") != VERSION:
        raise snn.ParameterError(
            f"{path}: expected an {FORMAT} of version {VERSION} "
            f"(got {file.attrs.get('format')} {file.attrs.get('version')})"
        )
    config = override(Config(), parse_toml(file["config"][()].decode(), str(path)), str(path))
    seed = config.run.seeds[0] if seed is None else seed
    if str(seed) not in file["seeds"]:
        raise snn.ParameterError(f"{path}: holds no seed {seed} (there are: {', '.join(file['seeds'])})")
    groups = sorted(file["modalities"].items(), key=lambda item: int(item[1].attrs["place"]))
    recipes = {
        name: recipe_from(name, str(group.attrs["kind"]), _get(group["recipe"])) for name, group in groups
    }
    made = {name: str(group.attrs["made_by"]) for name, group in groups if group.attrs["made_by"]}
    scalers = {name: Scaler(**_get(group["scaler"])) for name, group in groups}
    encoder = LineEncoder(config.encode, config.run.dt, scalers, _get(file["gram_tops"]))
    course = Course.from_arrays(_get(file["course"])) if "course" in file else None
    front = Front(Extractor(recipes, made), encoder, _translator(file), course)
    paths = front.pathways(config)
    networks = [file[f"seeds/{seed}/{path.name}"] for path in paths]
    target = _get(file["target"])
    return Model(
        config=config,
        front=front,
        classes=tuple(target["classes"]),
        codes=tuple(target["codes"]),
        seed=seed,
        wiring=[
            Wiring(**_get(group[f"wiring_{number}"]))
            for path, group in zip(paths, networks, strict=True)
            for number, _ in enumerate(path.parts)
        ],
        readouts={
            path.name: Readout(**_get(group["readout"])) for path, group in zip(paths, networks, strict=True)
        },
        temporal=Synapses(**_get(file[f"temporal/{seed}"])) if f"temporal/{seed}" in file else None,
        mixer=Mixer(**_get(file[f"mixers/{seed}"])) if f"mixers/{seed}" in file else None,
        dataset=str(file.attrs["dataset"]),
    )


def _translator(file: h5py.File) -> Translator | None:
    if "translations" not in file:
        return None
    pairs: dict[tuple[str, str], Examples | Generator] = {}
    for source, targets in file["translations"].items():
        for target, group in targets.items():
            values = _get(group)
            pairs[source, target] = Examples(**values) if "source" in values else Generator(**values)
    return Translator(pairs)


def _put(group: h5py.Group, values: Mapping[str, Any]) -> None:
    """Numbers, arrays, a string or strings by name; None is left out."""
    for name, value in values.items():
        if isinstance(value, (list, tuple)):
            group.create_dataset(name, data=np.array(value, dtype=object), dtype=h5py.string_dtype())
        elif value is not None:
            group[name] = value


def _get(group: h5py.Group) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, data in group.items():
        if h5py.check_string_dtype(data.dtype) is not None:
            text = data.asstr()[()]
            values[name] = text if data.ndim == 0 else list(text)
        else:
            value = np.asarray(data[()])
            values[name] = value.item() if value.ndim == 0 else value
    return values
