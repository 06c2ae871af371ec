"""IndoNLU EmoT: Indonesian tweets, five emotions, 3521 / 440 / 440 in the published split.

Saputri, Mahendra & Adriani (2018), IALP, 90.
"""

from __future__ import annotations

import csv
from pathlib import Path

from ..settings import DataConfig
from . import indonlu
from .base import Corpus, Loader, register

NAME = "emot"
CLASSES = ("anger", "fear", "happy", "love", "sadness")


def load(options: DataConfig) -> Corpus:
    """Read indonlu/emot/ under PYSNN_DATA."""
    return indonlu.load(NAME, CLASSES, _rows, "csv")


def _rows(path: Path) -> list[indonlu.Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return [(row["label"], row["tweet"]) for row in csv.DictReader(file)]


register(Loader(NAME, "IndoNLU EmoT: Indonesian tweets -> 5 emotions", load, indonlu.PRESET))
