"""CMU-MOSI in its standard folds: transcripts and audio, sentiment as a number from -3 to 3.

1284 / 229 / 686 utterances of 52 / 10 / 31 videos for training, validation and test. The text and video
features of the Poria split are not read: they were trained with the labels of 24 of these test videos.

Zadeh, Zellers, Pincus & Morency (2016), IEEE Intelligent Systems 31(6):82; folds of Zadeh et al. (2018),
CMU-MultimodalSDK.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from ..settings import DataConfig
from .base import Corpus, Loader, Table, Transcripts, register
from .folder import broken, data_files, read_numbers, read_rows

NAME = "mosi-folds"
LABELS = "mosi_labels/derived_mosi_cont_labels.csv"
TRANSCRIPTS = "mosi_poria/transcripts.csv"
ROWS = tuple(f"mosi_poria/text_{part}.csv" for part in ("train", "test"))
AUDIO = tuple(f"mosi_poria/audio/audio_{part}0.csv" for part in ("train", "test"))
AUDIO_SIZE, TEXT_SIZE = 73, 100
FOLDS = {"train": "train", "valid": "valid", "val": "valid", "test": "test"}


def load(options: DataConfig) -> Corpus:
    """Read mosi_labels/ and the transcripts and audio of mosi_poria/ under PYSNN_DATA."""
    needed = [LABELS, TRANSCRIPTS, *ROWS, *AUDIO]
    path = dict(zip(needed, data_files(NAME, needed), strict=True))
    labels = _labels(path[LABELS])
    rows = read_rows(NAME, path[TRANSCRIPTS])
    if any(len(row) != 4 for row in rows):
        raise broken(NAME, path[TRANSCRIPTS], "expected rows of id, text, a number and a label")
    said = {row[0]: row[1] for row in rows}
    audio: dict[str, list[float]] = {}
    for chosen, values in zip(ROWS, AUDIO, strict=True):
        places = read_numbers(NAME, path[chosen], TEXT_SIZE + 1)[:, 0].astype(np.int64)
        table = read_numbers(NAME, path[values], AUDIO_SIZE + 1)[:, :-1]
        if len(places) != len(table) or not ((places >= 0) & (places < len(rows))).all():
            raise broken(NAME, path[chosen], f"expected a row of transcripts.csv for each row of {values}")
        audio |= {rows[row][0]: own.tolist() for row, own in zip(places.tolist(), table, strict=True)}
    ids = [f"{video}_{segment}" for _, video, segment, _ in labels]
    absent = next((name for name in ids if name not in said or name not in audio), None)
    if absent is not None:
        raise broken(
            NAME, path[LABELS], f"expected transcript and audio of each segment (got none: {absent})"
        )
    video = tuple(row[1] for row in labels)
    return Corpus(
        name=NAME,
        ids=tuple(ids),
        speaker=video,
        video=video,
        position=np.array([row[2] for row in labels], dtype=np.int64),
        target=np.array([row[3] for row in labels]),
        classes=(),
        codes=(),
        part=tuple(row[0] for row in labels),
        modalities={
            # Typed in capitals throughout, which says nothing.
            "text": Transcripts(tuple(said[name].lower() for name in ids)),
            "audio": Table(np.array([audio[name] for name in ids]), tuple(f"audio_{k}" for k in range(73))),
        },
        note="Standard folds (52 / 10 / 31 videos), transcripts and audio.",
    )


def _labels(path: Path) -> list[tuple[str, str, int, float]]:
    """(part, video, segment, sentiment) of every utterance."""
    found = []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found.append((FOLDS[row["fold"]], row["video"], int(row["seg"]), float(row["y"])))
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, KeyError, TypeError) as err:
        raise broken(NAME, path, f"expected columns fold, video, seg and y ({err})") from err
    if not found or not all(-3.0 <= row[3] <= 3.0 for row in found):
        raise broken(NAME, path, "expected sentiments from -3 to 3")
    return found


register(
    Loader(
        NAME,
        "CMU-MOSI, standard folds: transcripts + audio -> sentiment (-3 to 3)",
        load,
        {
            # All chosen by mean absolute error without the test part. Of ridge regression, six folds over the
            # 62 videos for training and validation: words .898, letters beside words .885.
            "features.text_analyzer": "both",
            "features.lexicon": "auto",
            # On the validation part, of words: early fusion 1.025, late .979; with letters beside words, 100
            # neurons learnt from slowly and the context below .936.
            "network.fusion": "late",
            "readout.combine": "learnt",
            "network.neurons": 100,
            "readout.hidden": 0.0625,
            # Over 800 utterances of those folds: no context .916, .3 and .7 .896, .5 and .8 .888, this .884,
            # 1 and .9 .891.
            "context.gain": 0.7,
            "context.decay": 0.8,
        },
    )
)
