"""Configurations: JSON with a manifest of paths, in one file or several."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..base.params import shown
from ..base.paths import as_path
from ..errors import ParameterError, nearest
from .fields import entry

_VARIABLE = re.compile(r"\$\{?(\w+)")
_OBJECTS = ("network", "components", "run", "inputs", "output", "reports", "node_sets")

# Of the folder of the configuration where they are relative. (Outputs are of "output_dir".)
_PATHS = frozenset(
    (
        "nodes_file", "node_types_file", "edges_file", "edge_types_file", "input_file", "node_sets_file",
        "point_neuron_models_dir", "output_dir",
    )
)  # fmt: skip


class Config:
    """A configuration: "network", "components", "run", "inputs", "output", "reports", node sets.

    Parts that name another file of configuration (``"network": "circuit.json"``) are read from there, with
    the manifest of that file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = as_path(path, "sonata.load")
        self.parts: dict[str, Any] = {}
        self.files: set[Path] = set()  # all that were read
        self._read(self.path)

    def _read(self, path: Path) -> None:
        if path.resolve() in self.files:
            raise ParameterError(f"{path}: the configuration names itself")
        self.files.add(path.resolve())
        content = read_json(path)
        if not isinstance(content, dict):
            raise ParameterError(f"{path}: expected an object of JSON")
        manifest = {"$configdir": str(path.parent)}
        declared = entry(content.get("manifest", {}), f"{path}: manifest")
        for name, value in declared.items():
            if not isinstance(value, str):
                raise ParameterError(f"{path}: manifest: {name}: expected a path (got {shown(value)})")
        for _ in range(len(declared) + 1):  # entries may be made of one another, in any order
            for name, value in declared.items():
                manifest[f"${name.strip('${}')}"] = _replaced(value, manifest)
        for name, value in content.items():
            if name in ("network", "simulation") and isinstance(value, str):
                self._read(_path(value, manifest, path.parent))
            elif name != "manifest":
                if name in _OBJECTS:
                    entry(value, f"{path}: {name}")
                self.parts.update(_resolved({name: value}, manifest, path.parent))

    def get(self, name: str, default: Any = None) -> Any:
        """A part of it."""
        return self.parts.get(name, default)

    def listed(self, name: str) -> Iterator[tuple[dict[str, Any], str]]:
        """The entries of a list of the network ("nodes", "edges"), and what an error calls them."""
        found = self.need("network").get(name, [])
        if not isinstance(found, list):
            raise ParameterError(f"{self.path}: network.{name}: expected a list (got {shown(found)})")
        for number, value in enumerate(found):
            owner = f"{self.path}: network.{name}[{number}]"
            yield entry(value, owner), owner

    def need(self, *names: str) -> Any:
        """A part that must be there."""
        found: Any = self.parts
        for name in names:
            if not isinstance(found, dict) or name not in found:
                raise ParameterError(f"{self.path}: expected {'.'.join(names)}")
            found = found[name]
        return found


def read_json(path: Path) -> Any:
    """What a JSON file holds; an error names it."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as err:
        raise ParameterError(f"{path}: cannot be read ({err.strerror})") from err
    except ValueError as err:
        raise ParameterError(f"{path}: no JSON: {err}") from err


def read_types(path: str | None, key: str) -> dict[int, dict[str, str]]:
    """Rows of a table of types (separated by blanks), by their id; what is NULL or empty is left out."""
    if path is None:
        return {}
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = (line for line in file if line.strip())
            rows = list(csv.DictReader(lines, delimiter=" ", skipinitialspace=True))
    except OSError as err:
        raise ParameterError(f"{path}: cannot be read ({err.strerror})") from err
    except (UnicodeDecodeError, csv.Error) as err:
        raise ParameterError(f"{path}: no table of text ({err})") from err
    if rows and key not in rows[0]:
        raise ParameterError(f"{path}: expected a column {key} (got {', '.join(map(str, rows[0]))})")
    for at, row in enumerate(rows, start=2):
        if not (row[key] or "").isdecimal():
            raise ParameterError(f"{path}, line {at}: {key}: expected a whole number (got {row[key]!r})")
    return {
        int(row[key]): {k: v for k, v in row.items() if k and v not in ("NULL", "", None, "None")}
        for row in rows
    }


def _replaced(text: str, manifest: dict[str, str]) -> str:
    """The same with what ``$NAME`` and ``${NAME}`` stand for."""
    known = "|".join(re.escape(name[1:]) for name in sorted(manifest, key=len, reverse=True))
    return re.sub(
        rf"\$(?:\{{({known})\}}|({known})(?!\w))", lambda found: manifest[f"${found[1] or found[2]}"], text
    )


def _path(text: str, manifest: dict[str, str], folder: Path) -> Path:
    path = _replaced(text, manifest)
    if unknown := _VARIABLE.match(path):
        name = f"${unknown[1]}"
        raise ParameterError(f"{text}: the manifest has no {name!r}{nearest(name, list(manifest))}")
    return folder / path


def _resolved(value: Any, manifest: dict[str, str], folder: Path) -> Any:
    """The same with paths in place of manifest names, of what begins with a dot, and of what names a file."""
    if isinstance(value, dict):
        return {
            k: str(_path(v, manifest, folder))
            if k in _PATHS and isinstance(v, str)
            else _resolved(v, manifest, folder)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [_resolved(v, manifest, folder) for v in value]
    if isinstance(value, str) and (value.startswith(("$", "./", "../"))):
        return str(_path(value, manifest, folder))
    return value
