"""Finding the files of published data sets under the folder that PYSNN_DATA names."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

VARIABLE = "PYSNN_DATA"


def data_files(data_set: str, needed: Sequence[str]) -> list[Path]:
    """Paths of the files ``needed`` (relative to PYSNN_DATA) by ``data_set``.

    DataFolderError says what was looked for and where if the variable, the folder or a file is missing.
    """
    looked_for = ", ".join(needed)
    root = os.environ.get(VARIABLE, "")
    if not root:
        raise snn.DataFolderError(
            f"data set {data_set!r}: the environment variable {VARIABLE} is not set; expected the path of a "
            f"folder with: {looked_for}"
        )
    folder = Path(root)
    if not folder.is_dir():
        raise snn.DataFolderError(
            f"data set {data_set!r}: {VARIABLE} = {root!r} is no folder; expected one with: {looked_for}"
        )
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise snn.DataFolderError(
            f"data set {data_set!r}: not found under {VARIABLE} = {root!r}: {', '.join(missing)} "
            f"(looked for: {looked_for})"
        )
    return [folder / name for name in needed]


def broken(data_set: str, path: Path, what: str) -> snn.DataFolderError:
    """The error for a file that is there but is not what it should be."""
    return snn.DataFolderError(f"data set {data_set!r}: {path} (under {VARIABLE}): {what}")


def read_rows(data_set: str, path: Path) -> list[list[str]]:
    """All rows of a CSV file as strings."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise broken(data_set, path, f"cannot be read as CSV ({err})") from err


def read_numbers(data_set: str, path: Path, columns: int) -> NDArray[np.float64]:
    """A CSV file without header as float64[rows, columns]."""
    rows = read_rows(data_set, path)
    bad = next((k for k, row in enumerate(rows) if len(row) != columns), None)
    if not rows or bad is not None:
        got = "no rows" if bad is None else f"{len(rows[bad])} in row {bad + 1}"
        raise broken(data_set, path, f"expected {columns} columns (got {got})")
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError as err:
        raise broken(data_set, path, f"expected numbers ({err})") from err
    if not np.isfinite(values).all():
        raise broken(data_set, path, "expected finite numbers")
    return values
