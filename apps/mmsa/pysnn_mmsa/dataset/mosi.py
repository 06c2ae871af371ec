"""CMU-MOSI in the Poria split: utterance features of text, audio and video, binary sentiment.

2199 utterances of 93 videos, 62 for training and 31 for the test; a label is 1 where the sentiment is >= 0.
Text (100, a CNN) and video (100, a 3D-CNN) features were themselves trained with the labels of the training
part, so any score inside that part flatters: nothing may be selected on them. Audio (73) are means of
COVAREP features, column 0 the F0 in Hz.

Zadeh, Zellers, Pincus & Morency (2016), IEEE Intelligent Systems 31(6):82; features of Poria, Cambria,
Hazarika, Majumder, Zadeh & Morency (2017), ACL, 873.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..settings import DataConfig
from .base import Corpus, Loader, Table, register
from .folder import broken, data_files, read_numbers, read_rows

NAME = "mosi"
SIZES = {"text": 100, "audio": 73, "video": 100}
PARTS = ("train", "test")


def load(options: DataConfig) -> Corpus:
    """Read mosi_poria/ under PYSNN_DATA."""
    tables = {(m, p): f"mosi_poria/{m}/{m}_{p}0.csv" for m in SIZES for p in PARTS}
    rows_of = {p: f"mosi_poria/text_{p}.csv" for p in PARTS}
    needed = [*tables.values(), *rows_of.values(), "mosi_poria/transcripts.csv"]
    path = dict(zip(needed, data_files(NAME, needed), strict=True))
    transcripts = path["mosi_poria/transcripts.csv"]
    segments = _segments(transcripts)

    columns: dict[str, list[NDArray[np.float64]]] = {m: [] for m in SIZES}
    labels, ids, sizes = [], [], []
    for part in PARTS:
        column = read_numbers(NAME, path[rows_of[part]], SIZES["text"] + 1)[:, 0]
        chosen = np.where(column == np.floor(column), column, -1.0).astype(np.int64)
        if len(set(chosen)) != len(chosen) or not ((chosen >= 0) & (chosen < len(segments))).all():
            raise broken(NAME, path[rows_of[part]], "column 0 must be different rows of transcripts.csv")
        expected = np.array([segments[row][1] for row in chosen])
        for modality, size in SIZES.items():
            file = path[tables[modality, part]]
            values = read_numbers(NAME, file, size + 1)
            if not np.array_equal(values[:, -1], expected):
                raise broken(NAME, file, "the last column must be the labels in transcripts.csv")
            columns[modality].append(values[:, :-1])
        labels.append(expected)
        ids += [segments[row][0] for row in chosen]
        sizes.append(len(chosen))

    video = tuple(name.rpartition("_")[0] for name in ids)
    return Corpus(
        name=NAME,
        ids=tuple(ids),
        speaker=video,
        video=video,
        position=np.array([int(name.rpartition("_")[2]) for name in ids], dtype=np.int64),
        target=np.concatenate(labels).astype(np.float64),
        classes=("negative", "positive"),
        codes=("0", "1"),
        part=tuple(part for part, size in zip(PARTS, sizes, strict=True) for _ in range(size)),
        modalities={
            m: Table(np.concatenate(columns[m]), tuple(f"{m}_{k}" for k in range(size)))
            for m, size in SIZES.items()
        },
        note="Poria split (62 / 31 videos). Text and video features were trained with the training labels.",
    )


def _segments(path: Path) -> list[tuple[str, int]]:
    """(id, label) of every row of transcripts.csv: id, text, a number, label."""
    rows = read_rows(NAME, path)
    good = re.compile(r".+_[0-9]{1,9}")
    for k, row in enumerate(rows):
        if len(row) != 4 or row[3] not in ("0", "1") or not good.fullmatch(row[0]):
            raise broken(
                NAME,
                path,
                f"row {k + 1}: expected VIDEO_NUMBER, text, a number and a label of 0 or 1 (got {row})",
            )
    if not rows:
        raise broken(NAME, path, "expected rows of id, text, a number and a label (got none)")
    return [(row[0], int(row[3])) for row in rows]


PRESET = {
    # People speak of one film a video. Chosen on the transcripts of the 62 training videos alone, by
    # cross-validation over videos with bags of words (69.6 % without context, 71.5 % with), not on features.
    "context.gain": 0.5,
    "context.decay": 0.7,
    # Chosen on the validation part of the standard folds, where no feature knows the labels (mosi_folds).
    "network.fusion": "late",
    "readout.combine": "learnt",
}

register(Loader(NAME, "CMU-MOSI, Poria split: text + audio + video -> sentiment (2 classes)", load, PRESET))
