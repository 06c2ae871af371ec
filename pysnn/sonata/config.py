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
_OBJECTS = ("network", "networks", "components", "run", "inputs", "output", "reports", "node_sets")

# Of the folder of the configuration where they are relative. (Outputs are of "output_dir".)
_PATHS = frozenset(
    (
        "nodes_file", "node_types_file", "edges_file", "edge_types_file", "input_file", "node_sets_file",
        "point_neuron_models_dir", "synaptic_models_dir", "output_dir",
    )
)  # fmt: skip


class Config:
    """A configuration: "network", "components", "run", "inputs", "output", "reports", node sets.

    Parts that name another file of configuration (``"network": "circuit.json"``) are read from there, with
    the manifest of that file. The guide calls a circuit's nodes and edges "networks"; "network" is read too.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = as_path(path, "sonata.load")
        self.parts: dict[str, Any] = {}
        self.files: set[Path] = set()  # all that were read
        self._sets: list[
            Path | dict[str, Any]
        ] = []  # files of node sets, and node sets; later ones count more
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
        # A file's own parts count more than those of the files that it names.
        for name in ("network", "simulation"):
            if isinstance(content.get(name), str):
                self._read(_path(content.pop(name), manifest, path.parent))
        for name, value in content.items():
            if name == "manifest":
                continue
            if name in _OBJECTS:
                entry(value, f"{path}: {name}")
            resolved = _resolved({name: value}, manifest, path.parent)[name]
            if isinstance(resolved, dict):
                resolved = {**self.parts.get(name, {}), **resolved}
            self.parts[name] = resolved
        if "node_sets_file" in content:
            self._sets.append(Path(str(self.parts["node_sets_file"])))
        self._sets.append(self.parts.pop("node_sets", {}))

    @property
    def circuit(self) -> str:
        """The name of the part that has the circuit's nodes and edges."""
        return "network" if "network" in self.parts else "networks"

    @property
    def node_sets(self) -> dict[str, Any]:
        """All of them by name; what a configuration has itself counts more than its file of them."""
        sets: dict[str, Any] = {}
        for part in self._sets:
            sets.update(entry(read_json(part), str(part)) if isinstance(part, Path) else part)
        return sets

    def get(self, name: str, default: Any = None) -> Any:
        """A part of it."""
        return self.parts.get(name, default)

    def listed(self, name: str) -> Iterator[tuple[dict[str, Any], str]]:
        """The entries of a list of the network ("nodes", "edges"), and what an error calls them."""
        part = self.circuit
        found = self.need(part).get(name, [])
        if not isinstance(found, list):
            raise ParameterError(f"{self.path}: {part}.{name}: expected a list (got {shown(found)})")
        for number, value in enumerate(found):
            owner = f"{self.path}: {part}.{name}[{number}]"
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


def rows(path: str | os.PathLike[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a table of text whose columns blanks part, with their lines; what is empty is left out."""
    found = []
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=" ", skipinitialspace=True)
            names: list[str] = []
            for row in reader:
                cells = [cell.strip() for cell in row]
                while cells and not cells[-1]:  # of blanks at the end of a line
                    cells.pop()
                if not cells:
                    continue
                if not names:
                    names = cells
                    continue
                if len(cells) > len(names):
                    raise ParameterError(
                        f"{path}, line {reader.line_num}: expected {len(names)} columns (got {len(cells)}); "
                        'a value with blanks is written "so"'
                    )
                found.append((reader.line_num, dict(zip(names, cells, strict=False))))
    except OSError as err:
        raise ParameterError(f"{path}: cannot be read ({err.strerror})") from err
    except (UnicodeDecodeError, csv.Error) as err:
        raise ParameterError(f"{path}: no table of text ({err})") from err
    return [(at, {name: cell for name, cell in row.items() if cell}) for at, row in found]


Types = dict[int, dict[str, str]]


def read_types(path: str | None, key: str, population: str) -> Types:
    """Rows of a table of types by their id, for a population: of a table that names populations its own.

    What is NULL or empty is left out.
    """
    types: Types = {}
    for at, row in [] if path is None else rows(path):
        given = {name: cell for name, cell in row.items() if cell not in ("NULL", "None")}
        if given.get("population", population) != population:
            continue
        if key not in given:
            raise ParameterError(f"{path}, line {at}: expected a column {key} (got {', '.join(row)})")
        if not given[key].isdecimal():
            raise ParameterError(f"{path}, line {at}: {key}: expected a whole number (got {given[key]!r})")
        if int(given[key]) in types:
            raise ParameterError(f"{path}, line {at}: there is a {key} {given[key]} already")
        types[int(given[key])] = given
    return types


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
