"""The field's folder: label.csv with video_id, clip_id, text, label, mode, and Raw/<video_id>/<clip_id>.mp4.

As MMSA and MMSA-FET have MOSI, MOSEI and CH-SIMS (Mao et al. 2022, ACL demo, 204). Each clip is an utterance
of its own file; a video is one speaker's. Further columns (label_T, annotation ...) are not read.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import pysnn as snn

from ..settings import DataConfig
from .base import Corpus
from .columns import Columns, read
from .plain_text import plain
from .table import corpus_of

COLUMNS = ("video_id", "clip_id", "text", "label", "mode")
SUFFIXES = (".mp4", ".mkv", ".avi", ".mov", ".webm", ".flv", ".wav")


def load(path: Path, options: DataConfig) -> Corpus:
    """The corpus of label.csv ``path``; ids are VIDEO/CLIP, zeros kept."""
    table = read(path, lambda name: False)
    missing = [name for name in COLUMNS if name not in table.texts]
    if missing:
        raise snn.ParameterError(
            f"{path}: expected the columns {', '.join(COLUMNS)} (got {', '.join(table.texts)})"
        )
    text = table.texts
    both = [[_name(table, column, k) for k in range(table.rows)] for column in ("video_id", "clip_id")]
    ids = [f"{video}/{clip}" for video, clip in zip(*both, strict=True)]
    media = [_media(path.parent, video, clip) for video, clip in zip(*both, strict=True)]
    columns = {
        "utterance": ids,
        "video": both[0],
        "split": text["mode"],
        "label": text["label"],
        "text": text["text"],
        "media": media,
    }
    called = {"utterance": "clip_id", "video": "video_id", "split": "mode"}
    corpus = corpus_of(Columns(path, columns, {}, table.rows, table.first, table.warnings, called), options)
    absent = sum(not Path(name).is_file() for name in np.array(corpus.media, dtype=str))
    if absent:
        object.__setattr__(
            corpus, "warnings", (*corpus.warnings, f"{path}: {absent} of {len(ids)} clips have no media file")
        )
    return corpus


def _name(table: Columns, column: str, k: int) -> str:
    name = plain(table.texts[column][k])
    if name is None or "/" in name or name in (".", ".."):
        raise snn.ParameterError(
            f"{table.where(k, column)}: expected the name of a video or clip (got {table.texts[column][k]!r})"
        )
    return name


def _media(folder: Path, video: str, clip: str) -> str:
    """Relative to ``folder``; .mp4 unless another kind of file is there."""
    for suffix in SUFFIXES:
        if (folder / "Raw" / video / f"{clip}{suffix}").is_file():
            return f"Raw/{video}/{clip}{suffix}"
    return f"Raw/{video}/{clip}.mp4"
