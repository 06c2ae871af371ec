"""Data of one's own: whatever ``data.path`` names."""

from __future__ import annotations

from pathlib import Path

import pysnn as snn

from ..settings import DataConfig
from . import imvd, label_csv, table
from .base import Corpus, Loader, register
from .columns import HDF5, header

NAME = "own"
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
TABLES = (".csv", ".tsv", ".txt", *HDF5)


def load(options: DataConfig) -> Corpus:
    """The corpus at ``data.path``."""
    if not options.path:
        raise snn.ParameterError(
            "data.path: expected the path of a table or folder (got none); --data PATH gives it"
        )
    return load_path(Path(options.path), options)


def load_path(path: Path, options: DataConfig) -> Corpus:
    """The corpus in ``path``: a table, label.csv or its folder, a folder of ``mmsa extract``, a file of
    ``mmsa synth``. DataFolderError or ParameterError say what was expected.
    """
    if not path.exists():
        raise snn.DataFolderError(f"{path}: no file or folder of this name")
    if path.is_dir():
        return _load_folder(path, options)
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return imvd.load_file(path)
    if suffix not in TABLES:
        advice = "; save it as CSV UTF-8" if suffix in WORKBOOKS else ""
        raise snn.ParameterError(
            f"{path}: expected a table ({', '.join(TABLES)}), a folder or .npz (got {suffix!r}){advice}"
        )
    if suffix not in HDF5 and {"video_id", "clip_id"} <= set(header(path)):
        return label_csv.load(path, options)
    return table.load(path, options)


def _load_folder(path: Path, options: DataConfig) -> Corpus:
    # What extracts is a user of this package: it is met here alone, and late.
    from ..extract import corpus, folder

    for place in (path, path / folder.DEFAULT):
        if folder.is_extraction(place):
            return corpus.load(place, options)
    if (path / "label.csv").is_file():
        return label_csv.load(path / "label.csv", options)
    raise snn.DataFolderError(
        f"{path}: expected a folder that `mmsa extract` wrote, or one with label.csv; `mmsa extract "
        f"{path}` makes "
        "features of the videos in it"
    )


PRESET = {
    # Where columns are many and utterances few, hidden neurons learn what is chance: of tables made for it,
    # of 220 columns and 120 to 300 utterances, 600 that learn as fast as lines told up to 2.8 standard errors
    # less than the linear floor, 100 up to 1.3, and 100 from which is learnt more slowly at most 0.6.
    "network.neurons": 100,
    "readout.hidden": 0.0625,
}

register(
    Loader(
        NAME, "data of your own: --data PATH of a table, label.csv, or folder of `mmsa extract`", load, PRESET
    )
)
