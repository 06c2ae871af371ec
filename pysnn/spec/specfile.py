"""Network descriptions as files: JSON, and HDF5 where arrays are datasets.

Layout, version 5. The JSON object has ``schema`` "pysnn.network", ``version``, ``seed`` and one list
for each kind of part. A parameter object is ``{"class": name, "params": {...}}``, with
``"equations": {...}`` or ``"rule": {...}`` where the model or rule is one from equations, an array
``{"dtype": "float64", "array": [...]}``, or where it is long ``{"dtype": "<f8", "shape": [n],
"base64": "..."}`` with its bytes (RFC 4648), least significant first; a number that JSON lacks
``{"float": "inf"}``. In HDF5 the same object is the text of the dataset ``network``, and an array
``{"dataset": path}``. Python writes floats so that they read back as the same bits.

In version 4 there were no modulators, and no model was one from equations. In version 3 every parameter
of a neuron was a number, where now a distribution may stand. In version 2 a projection and a current had a
range of neurons alone, where now an array may stand; version 1 wrote all arrays of JSON as lists. All are
read as well.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ..base.distributions import Distribution
from ..base.params import Parameters, shown
from ..base.paths import as_path
from ..base.registry import Registry
from ..connect import ConnectionRule
from ..currents import Current
from ..dynamics import Dynamics
from ..equations import Equations, RuleEquations
from ..errors import ParameterError, PysnnError, SpecError, unknown
from ..neurons import NeuronModel
from ..plasticity import PlasticityRule
from ..sources import Source
from .current import CurrentSpec
from .groups import PopulationSpec, SourceSpec
from .homeostasis import Homeostasis
from .modulator import ModulatorSpec
from .probe import ProbeSpec
from .projection import ProjectionSpec
from .spec import NetworkSpec
from .teaching import ErrorSpec, FeedbackSpec

SCHEMA = "pysnn.network"
VERSION = 5
_OBJECT = 2048  # bytes that HDF5 needs for a dataset beside its content, at most
READABLE = 64  # entries up to which an array is written as a list

_PARTS: dict[str, type[Any]] = {
    "populations": PopulationSpec,
    "sources": SourceSpec,
    "projections": ProjectionSpec,
    "currents": CurrentSpec,
    "probes": ProbeSpec,
    "modulators": ModulatorSpec,
    "errors": ErrorSpec,
    "feedbacks": FeedbackSpec,
}
_SINCE = {"modulators": 5, "errors": 5, "feedbacks": 5}  # parts that files of an older version do not have
_FAMILIES: tuple[Registry[Any], ...] = (
    NeuronModel.registry,
    Source.registry,
    Current.registry,
    ConnectionRule.registry,
    Distribution.registry,
    PlasticityRule.registry,
    Homeostasis.registry,
    Dynamics.registry,
)
_Store = Callable[[np.ndarray[Any, Any]], Any]
_Fetch = Callable[[str], np.ndarray[Any, Any]]


def to_json(spec: NetworkSpec) -> str:
    """The description as JSON text."""
    return json.dumps(_encode_network(spec, _inline), indent=1, allow_nan=False)


def from_json(text: str, where: str = "text") -> NetworkSpec:
    """The description in ``text``; ``where`` begins the message of a SpecError."""
    return _decode_network(_parse(text, where), where, _no_dataset)


def save(spec: NetworkSpec, path: str | os.PathLike[str]) -> None:
    """Write to a .json or .h5 file: beside it first, then moved into place in one step."""
    path = as_path(path, "NetworkSpec.save")
    write = _writer(path)
    temporary = path.with_name(path.name + ".tmp")
    try:
        write(spec, temporary)
        with temporary.open("rb") as file:  # or a power failure could leave the name without the content
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: str | os.PathLike[str]) -> NetworkSpec:
    """Read a .json or .h5 file that ``save`` wrote."""
    path = as_path(path, "NetworkSpec.load")
    if _writer(path) is _write_json:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as err:
            raise SpecError(
                f"{path}: expected JSON text (got binary data; an HDF5 file ends in .h5)"
            ) from err
        return from_json(text, str(path))
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    if not h5py.is_hdf5(path):
        raise SpecError(f"{path}: expected an HDF5 file (its first bytes are not HDF5's)")
    try:
        with h5py.File(path, "r") as file:
            return read_group(file, str(path))
    # h5py's for a truncated file and for broken objects in it, or those of a text that is none any more.
    except (OSError, RuntimeError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as err:
        raise SpecError(f"{path}: the file is truncated or damaged ({err})") from err


def _writer(path: Path) -> Callable[[NetworkSpec, Path], None]:
    if path.suffix == ".json":
        return _write_json
    if path.suffix in (".h5", ".hdf5"):
        return _write_hdf5
    raise ParameterError(
        f"{path}: a description is saved as .json or .h5 (got {path.suffix or 'no suffix'!r})"
    )


def _write_json(spec: NetworkSpec, path: Path) -> None:
    path.write_text(to_json(spec) + "\n", encoding="utf-8")


def _write_hdf5(spec: NetworkSpec, path: Path) -> None:
    with h5py.File(path, "w") as file:
        write_group(spec, file)


def write_group(spec: NetworkSpec, group: Any) -> None:
    """Write into an HDF5 file or a group of one, which must be empty."""

    def store(array: np.ndarray[Any, Any]) -> Any:
        name = f"arrays/{len(group['arrays'])}"
        group.create_dataset(name, data=array)
        return {"dataset": name}

    group.create_group("arrays")
    text = json.dumps(_encode_network(spec, store), allow_nan=False)
    group.create_dataset("network", data=text, dtype=h5py.string_dtype())
    group.attrs["schema"] = SCHEMA
    group.attrs["version"] = VERSION


def group_bytes(spec: NetworkSpec) -> int:
    """How much ``write_group`` writes, about."""
    arrays: list[int] = []

    def store(array: np.ndarray[Any, Any]) -> Any:
        arrays.append(array.nbytes + _OBJECT)
        return {"dataset": f"arrays/{len(arrays)}"}

    return len(json.dumps(_encode_network(spec, store), allow_nan=False)) + sum(arrays) + 2 * _OBJECT


def fingerprint(spec: NetworkSpec) -> bytes:
    """A digest of all that it says: two descriptions are the same where theirs are."""

    def store(array: np.ndarray[Any, Any]) -> Any:
        content = array.tolist() if array.dtype.kind == "O" else None
        digest = hashlib.sha256(repr(content).encode() if content else np.ascontiguousarray(array).data)
        return [str(array.dtype), list(array.shape), digest.hexdigest()]

    return hashlib.sha256(json.dumps(_encode_network(spec, store)).encode()).digest()


def read_group(file: Any, where: str) -> NetworkSpec:
    """Read what ``write_group`` wrote; SpecError if it is none."""
    if file.attrs.get("schema") != SCHEMA or "network" not in file:
        found = ", ".join(sorted(file)) or "nothing"
        raise SpecError(f"{where}: this HDF5 file holds no network description (it holds {found})")

    def fetch(name: str) -> np.ndarray[Any, Any]:
        if name not in file:
            raise SpecError(f"{where}: the dataset {name!r} is missing")
        return np.asarray(file[name][()])

    return _decode_network(_parse(file["network"].asstr()[()], where), where, fetch)


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as err:
        found = (
            "an empty text"
            if not text.strip()
            else f"{err.msg} at line {err.lineno} of {text.count(chr(10)) + 1}"
        )
        raise SpecError(f"{where}: no whole JSON object, truncated or foreign ({found})") from err


def _inline(array: np.ndarray[Any, Any]) -> Any:
    if array.size > READABLE and array.dtype.kind in "biuf":
        plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        text = base64.b64encode(plain.data).decode("ascii")
        return {"dtype": plain.dtype.str, "shape": list(plain.shape), "base64": text}
    return {"dtype": str(array.dtype), "array": [_encode(value, _inline) for value in array.tolist()]}


def _from_base64(value: dict[str, Any]) -> np.ndarray[Any, Any]:
    plain = np.frombuffer(base64.b64decode(value["base64"], validate=True), np.dtype(value["dtype"]))
    return plain.astype(plain.dtype.newbyteorder("=")).reshape(value["shape"])


def _no_dataset(name: str) -> np.ndarray[Any, Any]:
    raise SpecError(f"the array {name!r} lies in an HDF5 file, which this JSON text does not come with")


def _encode_network(spec: NetworkSpec, store: _Store) -> dict[str, Any]:
    parts = {kind: [_encode_part(part, store) for part in getattr(spec, kind)] for kind in _PARTS}
    return {"schema": SCHEMA, "version": VERSION, "seed": spec.seed, **parts}


def _encode_part(part: Any, store: _Store) -> dict[str, Any]:
    return {f.name: _encode(getattr(part, f.name), store) for f in fields(part)}


def _encode(value: Any, store: _Store) -> Any:
    if isinstance(value, Parameters):
        params = {name: _encode(entry, store) for name, entry in value.as_dict().items()}
        if isinstance(value, Equations):
            return {"class": type(value).__name__, "equations": value.definition, "params": params}
        if isinstance(value, RuleEquations):
            return {"class": type(value).__name__, "rule": value.definition, "params": params}
        return {"class": type(value).__name__, "params": params}
    if isinstance(value, np.ndarray):
        return store(value)
    if isinstance(value, (tuple, list)):  # a list is a row of an array
        return [_encode(entry, store) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise SpecError(f"cannot be written to a file: {value!r}")


def _decode_network(tree: Any, where: str, fetch: _Fetch) -> NetworkSpec:
    if not isinstance(tree, dict) or tree.get("schema") != SCHEMA:
        raise SpecError(f"{where}: no network description (expected an object with schema {SCHEMA!r})")
    version = tree.get("version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise SpecError(
            f"{where}: written in version {version!r} of the format; this pysnn reads up to {VERSION}"
        )
    kinds = {kind: cls for kind, cls in _PARTS.items() if version >= _SINCE.get(kind, 1)}
    expected = {"schema", "version", "seed", *kinds}
    if set(tree) != expected:
        odd = ", ".join(sorted(set(tree) ^ expected))
        raise SpecError(f"{where}: entries missing or unknown: {odd}")
    at = where
    try:
        parts: dict[str, tuple[Any, ...]] = {}
        for kind, cls in kinds.items():
            made = []
            for number, entry in enumerate(tree[kind]):
                at = f"{where}: {kind}[{number}]"
                made.append(cls(**{name: _decode_field(name, value, fetch) for name, value in entry.items()}))
            parts[kind] = tuple(made)
        at = where
        return NetworkSpec(seed=tree["seed"], **parts)
    except SpecError:
        raise
    except (PysnnError, TypeError, ValueError, KeyError, AttributeError) as err:
        raise SpecError(f"{at}: not a valid description ({err})") from err


def _decode_field(name: str, value: Any, fetch: _Fetch) -> Any:
    decoded = _decode(value, fetch)
    if name == "init":
        return tuple((state, values) for state, values in decoded)
    return tuple(decoded) if isinstance(decoded, list) else decoded


def _decode(value: Any, fetch: _Fetch) -> Any:
    if isinstance(value, list):
        return [_decode(entry, fetch) for entry in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"float"}:
        return float(value["float"])
    if set(value) == {"dataset"}:
        return fetch(value["dataset"])
    if set(value) == {"dtype", "array"}:
        return np.array([_decode(entry, fetch) for entry in value["array"]], dtype=value["dtype"])
    if set(value) == {"dtype", "shape", "base64"}:
        return _from_base64(value)
    if set(value) - {"equations"} != {"class", "params"} and set(value) != {"class", "rule", "params"}:
        raise ParameterError(f"not a value: {shown(value)}")
    params = {name: _decode(entry, fetch) for name, entry in value["params"].items()}
    if "equations" in value:
        return Equations.define(value["class"], value["equations"])(**params)
    if "rule" in value:
        return RuleEquations.define(value["class"], value["rule"])(**params)
    for registry in _FAMILIES:
        if value["class"] in registry:
            made: Parameters = registry.get(value["class"], "spec")(**params)
            return made
    raise unknown(
        "class of a file", "name", value["class"], [name for family in _FAMILIES for name in family]
    )
