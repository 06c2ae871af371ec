"""Tables that tests write, and read as a user's."""

from __future__ import annotations

from pathlib import Path

from pysnn_mmsa.dataset import Corpus
from pysnn_mmsa.dataset.own import load_path
from pysnn_mmsa.settings import DataConfig


def load(path: Path, **options: object) -> Corpus:
    # Options of several types in one dict, which the checker cannot hold against each field.
    return load_path(path, DataConfig(**options))  # type: ignore[arg-type]


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return path
