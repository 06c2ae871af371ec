"""IndoNLU SmSA: Indonesian comments, three sentiments, 11000 / 1260 / 500 in the published split.

Purwarianti & Crisdayanti (2019), ICAICTA.
"""

from __future__ import annotations

from pathlib import Path

from ..settings import DataConfig
from . import indonlu
from .base import Corpus, Loader, register

NAME = "smsa"
CLASSES = ("negative", "neutral", "positive")


def load(options: DataConfig) -> Corpus:
    """Read indonlu/smsa/ under PYSNN_DATA."""
    return indonlu.load(NAME, CLASSES, _rows, "tsv")


def _rows(path: Path) -> list[indonlu.Row]:
    # A line ends with a newline alone: comments hold other characters that str.splitlines takes for one.
    lines = path.read_text(encoding="utf-8").split("\n")
    parts = [line.rstrip("\r").rpartition("\t") for line in lines if line.strip()]
    return [(label, text) for text, _, label in parts]


register(Loader(NAME, "IndoNLU SmSA: Indonesian comments -> 3 sentiments", load, indonlu.PRESET))
