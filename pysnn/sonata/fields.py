"""What somebody else's file holds, checked as it is taken: what is missing or does not fit names the file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ..base.params import ParamInfo, check_number, shown
from ..errors import ParameterError, nearest


@contextlib.contextmanager
def hdf5(path: str | os.PathLike[str]) -> Iterator[Any]:
    """An HDF5 file to read."""
    try:
        file = h5py.File(path, "r")
    except BlockingIOError as err:  # HDF5 locks what it writes
        raise ParameterError(f"{os.fspath(path)}: cannot be read (another process writes it)") from err
    except OSError as err:
        why = os.strerror(err.errno) if err.errno else "no HDF5"
        raise ParameterError(f"{os.fspath(path)}: cannot be read ({why})") from err
    with file:
        yield file


def group(file: Any, name: str, owner: str) -> Any:
    """A group that must be there."""
    found = file.get(name)
    if not isinstance(found, h5py.Group):
        raise ParameterError(f"{owner}: expected a group {name!r}{nearest(name, file)}")
    return found


def column(
    parent: Any, name: str, owner: str, n: int | None = None, default: Any = None
) -> NDArray[np.float64]:
    """Numbers, ``n`` if that is given; ``default`` where there is no such dataset."""
    found = parent.get(name)
    if found is None and default is not None:
        return np.asarray(default)
    if not isinstance(found, h5py.Dataset):
        raise ParameterError(f"{owner}: expected a dataset {name!r}{nearest(name, parent)}")
    if found.ndim != 1 or found.dtype.kind not in "iuf":
        raise ParameterError(
            f"{owner}: {name}: expected a column of numbers (got {found.dtype}, {found.shape})"
        )
    if n is not None and len(found) != n:
        raise ParameterError(f"{owner}: {name}: expected {n} entries (got {len(found)})")
    values: NDArray[np.float64] = read(found, f"{owner}: {name}")
    return values


def read(dataset: Any, owner: str) -> Any:
    """All of a dataset; text as such."""
    try:
        return dataset.asstr()[()] if dataset.dtype.kind in "SO" else dataset[()]
    except (OSError, UnicodeDecodeError) as err:  # of a filter that is not installed, or damaged
        raise ParameterError(f"{owner}: cannot be read ({err})") from err


def whole(values: NDArray[Any], owner: str, below: int | None = None) -> NDArray[np.int64]:
    """Ids or places: whole numbers >= 0 and, if it is given, less than ``below``."""
    finite = np.isfinite(values)
    ids = np.where(finite, values, 0).astype(np.int64)
    wrong = ~finite | (ids != values) | (ids < 0)
    if below is not None:
        wrong |= ids >= below
    if wrong.any():
        at = int(np.argmax(wrong))
        limit = "" if below is None else f" and < {below}"
        raise ParameterError(f"{owner}[{at}]: expected a whole number >= 0{limit} (got {values[at]})")
    return ids


def type_ids(group: Any, name: str, owner: str, typed: bool) -> NDArray[np.int64]:
    """Ids of types; without a table of them nobody asks what they are, and they may be -1."""
    values = column(group, name, owner)
    return whole(values, f"{owner}: {name}") if typed else values.astype(np.int64)


def number(value: Any, owner: str, unit: str = "") -> float:
    """A finite number of a configuration or a table, perhaps written as text."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = float(value)
    return check_number(value, ParamInfo(unit=unit), owner)


def text(value: Any) -> str:
    """An attribute of HDF5 that is text, in any of the forms in which programs write it."""
    value = np.ravel(value)[0] if np.size(value) == 1 else value
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def one_text(value: Any, owner: str) -> str:
    """A value of JSON that is text."""
    if not isinstance(value, str):
        raise ParameterError(f"{owner}: expected text (got {shown(value)})")
    return value


def entry(value: Any, owner: str) -> dict[str, Any]:
    """An object of JSON."""
    if not isinstance(value, dict):
        raise ParameterError(f"{owner}: expected an object of JSON (got {shown(value)})")
    return value


def needed(entry: dict[str, Any], name: str, owner: str) -> Any:
    """What an entry of a configuration must have."""
    if name not in entry:
        raise ParameterError(f"{owner}: expected {name!r}{nearest(name, entry)}")
    return entry[name]


def make_folder(path: Path, owner: str) -> None:
    """A folder to write to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise ParameterError(f"{owner}: {path}: cannot be made ({err.strerror})") from err
