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


@dataclasses.dataclass(frozen=True)
class FeatureConfig:
    """How recordings become numbers (data sets that come as tables need none of it).

    text : "tfidf" or "hashed". ngram_low, ngram_high : lengths of the character n-grams.
    text_dims : singular vectors kept. text_buckets : of the hash.
    """

    text: str = "tfidf"
    ngram_low: int = 2
    ngram_high: int = 5
    text_dims: int = 48
    text_buckets: int = 4096


@dataclasses.dataclass(frozen=True)
class EncodeConfig:
    """How numbers become spikes.

    code : "regular" (evenly spaced spikes) or "poisson".
    duration : ms an utterance is shown. pause : ms of silence after it, in which the neurons forget it.
    rate : Hz of a line at full value. quantile : share of training values cut off at either end of the range.
    """

    code: str = "regular"
    duration: float = 50.0
    pause: float = 30.0
    rate: float = 200.0
    quantile: float = 0.01


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """The spiking layer.

    fusion : "early" (one population over all modalities) or "late" (one for each).
    neurons : in all. indegree : excitatory, and as many inhibitory, lines onto a neuron; at most half of
        the lines it could see.
    tau_m, tau_syn : ms. drive : mean input of a neuron, in units of the least current that makes it fire.
    gain : standard deviation of that input over the utterances, in the same units.
    """

    fusion: str = "early"
    neurons: int = 600
    indegree: int = 50
    tau_m: float = 10.0
    tau_syn: float = 5.0
    drive: float = 1.5
    gain: float = 1.0


@dataclasses.dataclass(frozen=True)
class StdpConfig:
    """Pair STDP of the excitatory synapses.

    a_plus, a_minus : learning rates. tau : ms. mu : 0 additive to 1 multiplicative.
    passes : times the training part is shown; 0 leaves the weights as drawn.
    blocks : of a pass; between two the tonic input is set so that mean drive stays at ``network.drive``.
    """

    a_plus: float = 0.004
    a_minus: float = 0.005
    tau: float = 20.0
    mu: float = 1.0
    passes: int = 1
    blocks: int = 4


@dataclasses.dataclass(frozen=True)
class ReadoutConfig:
    """The delta rule on spike counts.

    eta : learning rate. epochs : times each training utterance is learnt from.
    combine : how votes of modalities are combined in late fusion, "mean" or "product".
    """

    eta: float = 0.1
    epochs: int = 10
    combine: str = "mean"


@dataclasses.dataclass(frozen=True)
class ContextConfig:
    """How much the other utterances of a video count for one.

    gain : weight of a neighbour's vote, 0 for none. decay : from each neighbour to the next, 0 to 1.
    causal : earlier utterances alone?
    """

    gain: float = 0.0
    decay: float = 0.7
    causal: bool = False


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """How it is run.

    seeds : one network each. backend : "clock" or "event". dt : ms, step of "clock".
    threads : 0 for all cores; a network this small is fastest on one.
    log : spike logs of the test pass, of the "first" seed, of "all" or of "none".
    linear_c : inverse strength of the linear floor's L2 penalty.
    """

    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    backend: str = "clock"
    dt: float = 1.0
    threads: int = 1
    log: str = "first"
    linear_c: float = 0.01


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that decides a run."""

    dataset: str = "imvd-synthetic"
    features: FeatureConfig = FeatureConfig()
    encode: EncodeConfig = EncodeConfig()
    network: NetworkConfig = NetworkConfig()
    stdp: StdpConfig = StdpConfig()
    readout: ReadoutConfig = ReadoutConfig()
    context: ContextConfig = ContextConfig()
    run: RunConfig = RunConfig()

    def __post_init__(self) -> None:
        """Hold every value against its range."""
        flat = flatten(self)
        for key, choices in _CHOICES.items():
            if flat[key] not in choices:
                raise snn.ParameterError(
                    f"{key}: expected one of {', '.join(choices)} (got {flat[key]!r})"
                    f"{snn.errors.nearest(str(flat[key]), choices)}"
                )
        for key, (low, strict, high) in _RANGES.items():
            value = flat[key]
            if not (low < value if strict else low <= value) or not value <= high:
                least = f"{'>' if strict else '>='} {low:g}"
                most = "" if high == _INF else f" and <= {high:g}"
                raise snn.ParameterError(f"{key}: must be {least}{most} (got {value!r})")
        if self.features.ngram_low > self.features.ngram_high:
            raise snn.ParameterError(
                f"features.ngram_high: must be >= ngram_low = {self.features.ngram_low} "
                f"(got {self.features.ngram_high})"
            )
        if not self.run.seeds or len(set(self.run.seeds)) != len(self.run.seeds) or min(self.run.seeds) < 0:
            raise snn.ParameterError(
                f"run.seeds: expected different numbers >= 0 (got {list(self.run.seeds)})"
            )


_INF = float("inf")
_CHOICES = {
    "features.text": ("tfidf", "hashed"),
    "encode.code": ("regular", "poisson"),
    "network.fusion": ("early", "late"),
    "readout.combine": ("mean", "product"),
    "run.backend": ("clock", "event"),
    "run.log": ("first", "all", "none"),
}
# (least, is it excluded?, most)
_RANGES: dict[str, tuple[float, bool, float]] = {
    "features.ngram_low": (1, False, _INF),
    "features.text_dims": (1, False, _INF),
    "features.text_buckets": (1, False, 2**31 - 1),
    "encode.duration": (0, True, _INF),
    "encode.pause": (0, False, _INF),
    "encode.rate": (0, True, _INF),
    "encode.quantile": (0, False, 0.49),
    "network.neurons": (1, False, _INF),
    "network.indegree": (1, False, _INF),
    "network.tau_m": (0, True, _INF),
    "network.tau_syn": (0, True, _INF),
    "network.drive": (0, True, _INF),
    "network.gain": (0, True, _INF),
    "stdp.a_plus": (0, False, _INF),
    "stdp.a_minus": (0, False, _INF),
    "stdp.tau": (0, True, _INF),
    "stdp.mu": (0, False, 1),
    "stdp.passes": (0, False, _INF),
    "stdp.blocks": (1, False, _INF),
    "readout.eta": (0, True, _INF),
    "readout.epochs": (1, False, _INF),
    "context.gain": (0, False, _INF),
    "context.decay": (0, False, 1),
    "run.dt": (0, True, _INF),
    "run.threads": (0, False, 4096),
    "run.linear_c": (0, True, _INF),
}


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
        with path.open("rb") as file:
            tree = tomllib.load(file)
    except OSError as err:
        raise snn.ParameterError(f"{path}: cannot read the configuration: {err.strerror}") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise snn.ParameterError(f"{path}: no TOML file: {err}") from err
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
        lines.append(f"{name} = {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def parse(text: str, like: object, owner: str) -> object:
    """A value typed on the command line, of the type of ``like``."""
    if isinstance(like, tuple):
        return _seeds(text, owner)
    if isinstance(like, str):
        return text
    try:
        return json.loads(text.lower() if isinstance(like, bool) else text)
    except json.JSONDecodeError:
        raise snn.ParameterError(f"{owner}: expected a {_kind(like)} (got {text!r})") from None


def _seeds(text: str, owner: str) -> tuple[int, ...]:
    """``"5"`` is the five seeds 0 to 4, ``"7,"`` the one seed 7, ``"3,1,4"`` these three."""
    parts = [part for part in text.replace(",", " ").split() if part]
    if not parts or not all(part.isdigit() for part in parts):
        raise snn.ParameterError(
            f"{owner}: expected a number of seeds, or seeds such as 3,1,4 (got {text!r})"
        )
    numbers = tuple(int(part) for part in parts)
    alone = len(numbers) == 1 and "," not in text
    return tuple(range(numbers[0])) if alone else numbers


def _kind(like: object) -> str:
    names = {bool: "true or false", int: "whole number", float: "number", str: "string", tuple: "list"}
    return names[type(like)]


def _typed(value: object, like: object, owner: str) -> object:
    """``value`` as the type of ``like``: a whole number is a number, nothing else is converted."""
    if isinstance(like, tuple):
        if isinstance(value, int) and not isinstance(value, bool):
            return tuple(range(value))
        if isinstance(value, (list, tuple)) and all(type(entry) is int for entry in value):
            return tuple(value)
        raise snn.ParameterError(f"{owner}: expected a number of seeds or a list of seeds (got {value!r})")
    if isinstance(like, float) and type(value) is int:
        return float(value)
    if type(value) is not type(like) or value != value:
        raise snn.ParameterError(f"{owner}: expected a {_kind(like)} (got {value!r})")
    return value
