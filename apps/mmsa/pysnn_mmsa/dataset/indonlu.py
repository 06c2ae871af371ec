"""What the text tasks of IndoNLU have in common: a file of texts with labels for each published part.

Wilie et al. (2020), AACL-IJCNLP, 843; the published metric is macro F1.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .base import Corpus, Transcripts
from .folder import broken, data_files

PARTS = ("train", "valid", "test")

Row = tuple[str, str]

PRESET = {
    # Of words, letters and both, rates of .3, 1 and 3 and 3 to 24 epochs these are the best on the two
    # validation parts taken together (macro F1 of SmSA 86.0 and EmoT 67.3; words alone 85.1 and 65.8, letters
    # alone 83.7 and 64.1). Choosing the rate anew for every seed would take most of the time.
    "features.text_analyzer": "both",
    "readout.strength": "fixed",
    "readout.eta": 1.0,
    "readout.epochs": 12,
}


def load(name: str, classes: tuple[str, ...], rows_of: Callable[[Path], list[Row]], ending: str) -> Corpus:
    """The data set ``name`` under PYSNN_DATA; ``rows_of`` gives (label, text) of each row of a file."""
    needed = [f"indonlu/{name}/{part}_preprocess.{ending}" for part in PARTS]
    ids, texts, labels, parts = [], [], [], []
    for part, path in zip(PARTS, data_files(name, needed), strict=True):
        try:
            rows = rows_of(path)
        except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError, TypeError) as err:
            raise broken(name, path, f"expected a text and a label a row ({err})") from err
        for k, (label, text) in enumerate(rows):
            if label not in classes:
                raise broken(name, path, f"row {k + 1}: expected one of {', '.join(classes)} (got {label!r})")
            ids.append(f"{part}_{k:05d}")
            texts.append(text)
            labels.append(classes.index(label))
            parts.append(part)
    return Corpus(
        name=name,
        ids=tuple(ids),
        speaker=tuple(ids),  # nobody says who wrote what
        video=tuple(ids),
        position=np.zeros(len(ids), dtype=np.int64),
        target=np.array(labels, dtype=np.float64),
        classes=classes,
        codes=classes,
        part=tuple(parts),
        modalities={"text": Transcripts(tuple(texts))},
        note="The published split; the published metric is macro F1.",
    )
