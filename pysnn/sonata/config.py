"""Configurations: JSON with a manifest of paths, in one file or several."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

from ..errors import ParameterError


class Config:
    """A configuration: "network", "components", "run", "inputs", "output", "reports", node sets.

    Parts that name another file of configuration (``"network": "circuit.json"``) are read from there, with
    the manifest of that file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.parts: dict[str, Any] = {}
        self._read(self.path)

    def _read(self, path: Path) -> None:
        content = read_json(path)
        if not isinstance(content, dict):
            raise ParameterError(f"{path}: expected an object of JSON")
        manifest = {"${configdir}": str(path.parent), ".": str(path.parent)}
        declared = content.get("manifest", {})
        for _ in range(len(declared) + 1):  # entries may be made of one another, in any order
            for name, value in declared.items():
                manifest[f"${name.lstrip('$')}"] = _replaced(value, manifest)
        for name, value in content.items():
            if name in ("network", "simulation") and isinstance(value, str):
                self._read(_path(value, manifest, path.parent))
            elif name != "manifest":
                self.parts[name] = _resolved(value, manifest, path.parent)

    def get(self, name: str, default: Any = None) -> Any:
        """A part of it."""
        return self.parts.get(name, default)

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
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise ParameterError(f"{path}: cannot be read ({err.strerror})") from err
    except ValueError as err:
        raise ParameterError(f"{path}: no JSON: {err}") from err


def read_types(path: str | None, key: str) -> dict[int, dict[str, str]]:
    """Rows of a table of types (separated by blanks), by their id; what is NULL or empty is left out."""
    if path is None:
        return {}
    try:
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=" ", skipinitialspace=True))
    except OSError as err:
        raise ParameterError(f"{path}: cannot be read ({err.strerror})") from err
    if rows and key not in rows[0]:
        raise ParameterError(f"{path}: expected a column {key} (got {', '.join(map(str, rows[0]))})")
    return {
        int(row[key]): {k: v for k, v in row.items() if k and v not in ("NULL", "", None, "None")}
        for row in rows
    }


def _replaced(text: str, manifest: dict[str, str]) -> str:
    for name in sorted(manifest, key=len, reverse=True):
        if name.startswith("$"):
            text = text.replace(name, manifest[name])
    return text


def _path(text: str, manifest: dict[str, str], folder: Path) -> Path:
    return folder / _replaced(text, manifest)


def _resolved(value: Any, manifest: dict[str, str], folder: Path) -> Any:
    """The same with paths in place of manifest names and of what begins with a dot."""
    if isinstance(value, dict):
        return {k: _resolved(v, manifest, folder) for k, v in value.items()}
    if isinstance(value, list):
        return [_resolved(v, manifest, folder) for v in value]
    if isinstance(value, str) and (value.startswith(("$", "./", "../"))):
        return str(_path(value, manifest, folder))
    return value
