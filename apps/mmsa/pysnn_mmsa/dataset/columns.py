"""A table as named columns, from a CSV or an HDF5 file."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from ..damaged import DAMAGED, reason

Float = NDArray[np.float64]

DELIMITERS = ",;\t"
MISSING = frozenset({"", "nan", "na", "n/a", "null", "none"})
LARGEST = 1e100  # squares of larger ones are no numbers any more
HDF5 = (".h5", ".hdf5", ".hdf")


@dataclass(frozen=True)
class Columns:
    """A table.

    path : of the file. texts : columns of text by name. numbers : columns of numbers, NaN where missing.
    rows : how many. first : number of the first row of data as a person counts them in the file.
    """

    path: Path
    texts: dict[str, list[str]]
    numbers: dict[str, Float]
    rows: int
    first: int = 2

    def where(self, row: int, column: str) -> str:
        """``file: row 3, column 'label'``."""
        return f"{self.path}: row {row + self.first}, column {column!r}"


def read(path: Path, is_number: Callable[[str], bool]) -> Columns:
    """The table in ``path``; the columns for which ``is_number(name)`` holds are numbers, the others text.

    ParameterError, naming the file, row and column, for anything that is no such table.
    """
    if not path.exists():
        raise snn.DataFolderError(f"{path}: there is no such file")
    return _read_hdf5(path, is_number) if path.suffix.lower() in HDF5 else _read_csv(path, is_number)


def header(path: Path) -> list[str]:
    """The names of the columns of a CSV file; ParameterError where it is none."""
    text = _decoded(path)
    return _names(path, next(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), []))


def number(text: str, where: str) -> float:
    """A cell as a number, NaN where it is empty; ParameterError with ``where``."""
    bare = text.strip()
    try:
        value = float(bare)
    except ValueError:
        if bare.casefold() in MISSING:
            return float("nan")
        hint = "; a decimal point, no comma" if "," in bare else ""
        raise snn.ParameterError(f"{where}: expected a number{hint} (got {text!r})") from None
    if abs(value) > LARGEST or "_" in bare:
        raise snn.ParameterError(f"{where}: expected a number up to {LARGEST:g} (got {text!r})")
    return value


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as err:
        raise snn.DataFolderError(f"{path}: cannot be read: {err.strerror}") from err
    if raw.startswith(b"version https://git-lfs"):
        raise snn.ParameterError(f"{path}: is a Git LFS pointer, not the file; `git lfs pull` fetches it")
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as err:
        row = raw[: err.start].count(b"\n") + 1
        raise snn.ParameterError(
            f"{path}: row {row}: expected UTF-8 (got the byte 0x{raw[err.start]:02x}); save it as UTF-8"
        ) from err
    if "\0" in text:
        raise snn.ParameterError(
            f"{path}: row {text[: text.index(chr(0))].count(chr(10)) + 1}: expected text (got NUL)"
        )
    return text


def _delimiter(text: str) -> str:
    """The delimiter that the first line has most of, outside quotes."""
    head = text.split("\n", 1)[0]
    bare = "".join(head.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def _names(path: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if not any(names):
        raise snn.ParameterError(f"{path}: expected a table with a header (got an empty first row)")
    for name in names:
        if name and names.count(name) > 1:
            raise snn.ParameterError(f"{path}: row 1: the column {name!r} is there {names.count(name)} times")
    return names


def _read_csv(path: Path, is_number: Callable[[str], bool]) -> Columns:
    text = _decoded(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    row = 0
    try:
        names = _names(path, next(reader, []))
        numeric = [k for k, name in enumerate(names) if name and is_number(name)]
        plain = [k for k, name in enumerate(names) if name and not is_number(name)]
        texts: dict[str, list[str]] = {names[k]: [] for k in plain}
        values: list[list[float]] = []
        for row, cells in enumerate(reader, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            if row != len(values) + 2:
                raise snn.ParameterError(
                    f"{path}: row {len(values) + 2}: expected no empty row between others"
                )
            if len(cells) != len(names):
                raise snn.ParameterError(f"{path}: row {row}: expected {len(names)} cells (got {len(cells)})")
            for k in plain:
                texts[names[k]].append(cells[k])
            values.append([number(cells[k], f"{path}: row {row}, column {names[k]!r}") for k in numeric])
    except csv.Error as err:
        raise snn.ParameterError(f"{path}: row {row + 1}: cannot be read as CSV ({err})") from err
    if not values:
        raise snn.ParameterError(f"{path}: expected a row under the header (got none)")
    table = np.array(values, dtype=np.float64).reshape(len(values), len(numeric))
    return Columns(path, texts, {names[k]: table[:, n] for n, k in enumerate(numeric)}, len(values))


def _read_hdf5(path: Path, is_number: Callable[[str], bool]) -> Columns:
    """Every data set is a column; of two dimensions, one a feature: ``voice`` is voice.0, voice.1 ..."""
    texts: dict[str, list[str]] = {}
    numbers: dict[str, Float] = {}
    lengths: dict[str, int] = {}

    def take(name: str, node: object) -> None:
        if not isinstance(node, h5py.Dataset):
            return
        column = name.replace("/", ".")
        if node.ndim not in (1, 2):
            raise snn.ParameterError(
                f"{path}: column {column!r}: expected 1 or 2 dimensions (got {node.ndim})"
            )
        lengths[column] = len(node)
        if h5py.check_string_dtype(node.dtype) is not None:
            texts[column] = [str(value) for value in node.asstr()[()].tolist()]
        elif node.dtype.kind in "fiub":
            values = np.asarray(node[()], dtype=np.float64)
            large = np.abs(values) > LARGEST
            if large.any():
                row = int(np.argwhere(large)[0][0])
                raise snn.ParameterError(
                    f"{path}: row {row + 1}, column {column!r}: expected numbers up to {LARGEST:g}"
                )
            if node.ndim == 2:
                numbers.update({f"{column}.{k}": values[:, k] for k in range(values.shape[1])})
            elif is_number(column):
                numbers[column] = values
            else:
                texts[column] = [
                    "" if np.isnan(v) else repr(v) if node.dtype.kind == "f" else str(int(v)) for v in values
                ]
        else:
            raise snn.ParameterError(
                f"{path}: column {column!r}: expected numbers or text (got {node.dtype})"
            )

    try:
        with h5py.File(path, "r") as file:
            file.visititems(take)
    except DAMAGED as err:
        raise snn.ParameterError(f"{path}: cannot be read as HDF5 ({reason(err)})") from err
    if len(set(lengths.values())) != 1:
        raise snn.ParameterError(f"{path}: expected columns of one length (got {lengths or 'none'})")
    rows = next(iter(lengths.values()))
    if rows == 0:
        raise snn.ParameterError(f"{path}: expected a row (got none)")
    return Columns(path, texts, numbers, rows, first=1)
