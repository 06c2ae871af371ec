"""The synthetic corpus that ships with the application, in IMVD's form (see ``pysnn_mmsa.synth``).

IMVD: 187 Indonesian YouTube videos of one speaker each, cut into utterances with transcripts, labelled with
one of seven emotions by number. It is not public; this stands in for its form, not for its content.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ..settings import DataConfig
from ..synth import EMOTIONS, SHIPPED, Utterances, read
from ..synth.store import NOTE, VERSION
from .base import Contours, Corpus, Landmarks, Loader, Transcripts, register

NAME = "imvd-synthetic"


def load(options: DataConfig) -> Corpus:
    """Read the shipped file."""
    return as_corpus(read(SHIPPED))


def load_file(path: str | os.PathLike[str]) -> Corpus:
    """Read another file that ``mmsa synth`` wrote."""
    return as_corpus(read(Path(path)))


def as_corpus(utterances: Utterances) -> Corpus:
    """Utterances in the form every loader gives."""
    codes = tuple(EMOTIONS.values())
    made = f"mmsa synth {VERSION}"
    video = tuple(f"v{number:03d}" for number in utterances.video)
    return Corpus(
        name=NAME,
        ids=tuple(f"{v}_{p:02d}" for v, p in zip(video, utterances.position, strict=True)),
        speaker=video,
        video=video,
        position=utterances.position,
        target=np.searchsorted(codes, utterances.emotion).astype(np.float64),
        classes=tuple(EMOTIONS),
        codes=tuple(map(str, codes)),
        part=tuple("test" if test else "train" for test in utterances.test),
        modalities={
            "text": Transcripts(utterances.text),
            "voice": Contours(utterances.pitch, utterances.loudness),
            "face": Landmarks(utterances.landmarks),
        },
        extractors={"voice": made, "face": made},
        note=NOTE,
    )


register(
    Loader(
        NAME,
        "the shipped SYNTHETIC corpus in IMVD's form: text + voice + face -> 7 emotions",
        load,
        # By three folds of the training part's speakers: early 91.2, late by the mean rule 93.4.
        {"network.fusion": "late", "readout.combine": "mean"},
    )
)
