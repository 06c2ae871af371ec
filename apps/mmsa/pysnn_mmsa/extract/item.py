"""A media file, and what was annotated in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """An utterance as the folder's utterances.csv has it; begin and end None for the whole file.

    split : "" where the source has none. words : (begin, end, word).
    """

    id: str
    video: str
    speaker: str
    begin: float | None = None
    end: float | None = None
    split: str = ""
    label: str = ""
    text: str = ""
    words: tuple[tuple[float, float, str], ...] = ()


@dataclass(frozen=True)
class Item:
    """One file to extract from.

    name : unique, for messages. media : of the pictures, and of the sound unless ``audio`` is another file,
    whose time is that of the media + audio_offset [s]. pause : s that part two utterances where nobody
    annotated any; 0 for one utterance from begin to end. failure : why it cannot be done at all, None where
    it can.
    """

    name: str
    media: Path | None
    rows: tuple[Row, ...] = ()
    audio: Path | None = None
    audio_offset: float = 0.0
    warnings: tuple[str, ...] = ()
    failure: str | None = None
    pause: float = 0.0
