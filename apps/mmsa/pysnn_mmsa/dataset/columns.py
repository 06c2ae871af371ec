"""A table as named columns, from a CSV or an HDF5 file."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from ..damaged import DAMAGED, reason
from .plain_text import sign
from .spreadsheet import WORKBOOKS, delimiter, has_decimal_commas, hint, with_point

Float = NDArray[np.float64]

MISSING = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none"})
LARGEST = 1e100  # squares of larger ones are no numbers any more
HDF5 = (".h5", ".hdf5", ".hdf")
NUMBERS = frozenset({"begin", "end", "label"})  # columns of text that numbers may stand in


@dataclass(frozen=True)
class Columns:
    """A table.

    path : of the file. texts : columns of text by name. numbers : columns of numbers, NaN where missing.
    rows : how many. first : number of the first row of data as a person counts them in the file.
    warnings : about what is not read. called : what the file itself calls some columns.
    """

    path: Path
    texts: dict[str, list[str]]
    numbers: dict[str, Float]
    rows: int
    first: int = 2
    warnings: tuple[str, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)

    def where(self, row: int, column: str) -> str:
        """``file: row 3, column 'label'``."""
        return f"{self.path}: row {row + self.first}, column {self.called.get(column, column)!r}"


def read(path: Path, is_number: Callable[[str], bool], empty: bool = False) -> Columns:
    """The table in ``path``; the columns for which ``is_number(name)`` holds are numbers, the others text.

    ParameterError, naming the file, row and column, for anything that is no such table; a CSV file without a
    row is one where it may be ``empty``.
    """
    if not path.exists():
        raise snn.DataFolderError(f"{path}: there is no such file")
    return _read_hdf5(path, is_number) if path.suffix.lower() in HDF5 else _read_csv(path, is_number, empty)


def header(path: Path) -> list[str]:
    """The names of the columns of a CSV file; ParameterError where it is none."""
    return _Sheet.of(path).names()


def number(text: str, where: str) -> float:
    """A cell as a number, NaN where it is empty; ParameterError with ``where``."""
    bare = sign(text)
    try:
        value = float(bare)
    except ValueError:
        if bare.casefold() in MISSING:
            return float("nan")
        raise snn.ParameterError(f"{where}: expected a number{hint(bare)} (got {text!r})") from None
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
    if raw.startswith(WORKBOOKS):
        raise snn.ParameterError(
            f"{path}: expected CSV (got a workbook of a spreadsheet program); save it as CSV UTF-8"
        )
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as err:
        row = raw[: err.start].count(b"\n") + 1
        raise snn.ParameterError(
            f"{path}: row {row}: expected UTF-8 (got the byte 0x{raw[err.start]:02x}); save it as UTF-8"
        ) from err
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        raise snn.ParameterError(f"{path}: row {row}: expected text (got NUL); save it as UTF-8")
    return text


@dataclass(frozen=True)
class _Sheet:
    """The text of a CSV file; head : number of its header as a person counts rows."""

    path: Path
    text: str
    delimiter: str
    head: int

    @classmethod
    def of(cls, path: Path) -> _Sheet:
        text = _decoded(path)
        parted_by, begin = delimiter(text, str(path))
        return cls(path, text[begin:], parted_by, 2 if begin else 1)

    def names(self) -> list[str]:
        """Of the columns."""
        names = [cell.strip() for _, cells in itertools.islice(self._rows(), 1) for cell in cells]
        if not any(names):
            raise snn.ParameterError(f"{self.path}: expected a table with a header (got an empty first row)")
        for name in names:
            if name and names.count(name) > 1:
                raise snn.ParameterError(
                    f"{self.path}: row {self.head}: the column {name!r} is there {names.count(name)} times"
                )
        return names

    def cells(self, width: int) -> Iterator[list[str]]:
        """Rows of data, of ``width`` cells: empty ones at the end of a row or of the table are nothing."""
        due = self.head + 1
        for row, cells in itertools.islice(self._rows(), 1, None):
            if not any(cell.strip() for cell in cells):
                continue
            if row != due:
                raise snn.ParameterError(f"{self.path}: row {due}: expected no empty row between others")
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            if len(cells) != width:
                raise snn.ParameterError(f"{self.path}: row {row}: expected {width} cells (got {len(cells)})")
            due += 1
            yield cells

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        row = self.head - 1
        try:
            for row, cells in enumerate(reader, start=self.head):
                yield row, cells
        except csv.Error as err:
            raise snn.ParameterError(f"{self.path}: row {row + 1}: cannot be read as CSV ({err})") from err


def _read_csv(path: Path, is_number: Callable[[str], bool], empty: bool) -> Columns:
    sheet = _Sheet.of(path)
    names, first = sheet.names(), sheet.head + 1
    numeric = [k for k, name in enumerate(names) if name and is_number(name)]
    plain = [k for k, name in enumerate(names) if name and not is_number(name)]
    nameless = [k for k, name in enumerate(names) if not name]
    pointed = [*numeric, *(k for k in plain if names[k].casefold() in NUMBERS)]
    # A look at all cells before any is read: what a comma means is said by the table as a whole.
    said = (cells[k] for cells in sheet.cells(len(names)) for k in pointed)
    commas = has_decimal_commas(said, sheet.delimiter)
    texts: dict[str, list[str]] = {names[k]: [] for k in plain}
    values: list[Float] = []
    unread = set[int]()
    for row, cells in enumerate(sheet.cells(len(names)), start=first):
        if commas:
            for k in pointed:
                cells[k] = with_point(cells[k])
        for k in plain:
            texts[names[k]].append(cells[k])
        values.append(
            np.array([number(cells[k], f"{path}: row {row}, column {names[k]!r}") for k in numeric])
        )
        unread |= {k for k in nameless if cells[k].strip()}
    if not values and not empty:
        raise snn.ParameterError(f"{path}: expected a row under the header (got none)")
    table = np.array(values, dtype=np.float64).reshape(len(values), len(numeric))
    return Columns(
        path=path,
        texts=texts,
        numbers={names[k]: table[:, n] for n, k in enumerate(numeric)},
        rows=len(values),
        first=first,
        warnings=tuple(f"{path}: column {k + 1} has no name and is not read" for k in sorted(unread)),
    )


def _read_hdf5(path: Path, is_number: Callable[[str], bool]) -> Columns:
    """Every data set is a column; of two dimensions, one a feature: ``voice`` is voice.0, voice.1 ..."""
    texts: dict[str, list[str]] = {}
    numbers: dict[str, Float] = {}
    lengths: dict[str, int] = {}

    def put(column: str, name: str, values: Float) -> None:
        if column in numbers:
            raise snn.ParameterError(f"{path}: the column {column!r} is there twice, also in {name!r}")
        numbers[column] = values

    def take(name: str, node: object) -> None:
        if not isinstance(node, h5py.Dataset):
            return
        column = name.replace("/", ".")
        if node.ndim not in (1, 2):
            raise snn.ParameterError(
                f"{path}: column {column!r}: expected 1 or 2 dimensions (got {node.ndim})"
            )
        if column in lengths:
            raise snn.ParameterError(f"{path}: the column {column!r} is there twice, also as {name!r}")
        lengths[column] = len(node)
        if h5py.check_string_dtype(node.dtype) is not None:
            texts[column] = _strings(path, column, node)
        elif node.dtype.kind in "fiub":
            values = np.asarray(node[()], dtype=np.float64)
            large = np.abs(values) > LARGEST
            if large.any():
                row = int(np.argwhere(large)[0][0])
                raise snn.ParameterError(
                    f"{path}: row {row + 1}, column {column!r}: expected numbers up to {LARGEST:g} "
                    f"(got {values[large].flat[0]:g})"
                )
            if node.ndim == 2:
                for k in range(values.shape[1]):
                    put(f"{column}.{k}", name, values[:, k])
            elif is_number(column):
                put(column, name, values)
            else:
                # Whole numbers as they are stored: a name may have more digits than a float.
                texts[column] = (
                    ["" if np.isnan(v) else repr(v) for v in values.tolist()]
                    if node.dtype.kind == "f"
                    else [str(int(v)) for v in node[()].tolist()]
                )
        else:
            raise snn.ParameterError(
                f"{path}: column {column!r}: expected numbers or text (got {node.dtype})"
            )

    try:
        with h5py.File(path, "r") as file:
            # What is only linked is not visited.
            linked = file.visititems_links(
                lambda name, link: None if isinstance(link, h5py.HardLink) else name
            )
            if linked is not None:
                raise snn.ParameterError(
                    f"{path}: {linked!r}: expected a data set or group (got a link to one)"
                )
            file.visititems(take)
    except DAMAGED as err:
        raise snn.ParameterError(f"{path}: cannot be read as HDF5 ({reason(err)})") from err
    if len(set(lengths.values())) != 1:
        raise snn.ParameterError(f"{path}: expected columns of one length (got {lengths or 'none'})")
    rows = next(iter(lengths.values()))
    if rows == 0:
        raise snn.ParameterError(f"{path}: expected a row (got none)")
    return Columns(path, texts, numbers, rows, first=1)


def _strings(path: Path, column: str, node: h5py.Dataset) -> list[str]:
    if node.ndim != 1:
        raise snn.ParameterError(f"{path}: column {column!r}: expected text of 1 dimension (got {node.ndim})")
    found = []
    for row, value in enumerate(node[()].tolist(), start=1):
        try:
            found.append(value.decode("utf-8") if isinstance(value, bytes) else str(value))
        except UnicodeDecodeError as err:
            raise snn.ParameterError(
                f"{path}: row {row}, column {column!r}: expected UTF-8 "
                f"(got the byte 0x{value[err.start]:02x})"
            ) from err
    return found
