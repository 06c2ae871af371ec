"""The synthetic corpus that ships with the application, in IMVD's form (see ``pysnn_mmsa.synth``).

IMVD: 187 Indonesian YouTube videos of one speaker each, cut into utterances with transcripts, labelled with
one of seven emotions by number. It is not public; this stands in for its form, not for its content.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ..synth import EMOTIONS, SHIPPED, Utterances, read
from ..synth.store import NOTE
from .base import Contours, Corpus, Landmarks, Loader, Transcripts, register

NAME = "imvd-synthetic"


def load(path: str | os.PathLike[str] | None = None) -> Corpus:
    """Read the shipped file, or another one that ``mmsa synth`` wrote."""
    return as_corpus(read(SHIPPED if path is None else Path(path)))


def as_corpus(utterances: Utterances) -> Corpus:
    """Utterances in the form every loader gives."""
    codes = tuple(EMOTIONS.values())
    video = tuple(f"v{number:03d}" for number in utterances.video)
    return Corpus(
        name=NAME,
        ids=tuple(f"{v}_{p:02d}" for v, p in zip(video, utterances.position, strict=True)),
        speaker=video,
        video=video,
        position=utterances.position,
        label=np.searchsorted(codes, utterances.emotion).astype(np.int64),
        classes=tuple(EMOTIONS),
        codes=codes,
        test=utterances.test,
        modalities={
            "text": Transcripts(utterances.text),
            "voice": Contours(utterances.pitch, utterances.loudness),
            "face": Landmarks(utterances.landmarks),
        },
        note=NOTE,
    )


register(Loader(NAME, "the shipped SYNTHETIC corpus in IMVD's form: text + voice + face -> 7 emotions", load))
