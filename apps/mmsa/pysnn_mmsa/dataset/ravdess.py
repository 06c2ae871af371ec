"""RAVDESS: pitch and loudness contours of spoken emotions, seven classes, by actor.

1248 clips of 24 actors (calm is left out of the eight emotions). Fold k of six tests the actors 4k+1 to
4k+4. Contours every 10 ms are openSMILE's of the published recordings: pitch in semitones above 27.5 Hz,
loudness in sone-like units, which become dB as 10 to a doubling (Stevens 1955, J. Acoust. Soc. Am. 27:815).

Livingstone & Russo (2018), PLoS ONE 13(5):e0196391.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..settings import DataConfig
from . import split
from .base import Contours, Corpus, Loader, register
from .folder import broken, data_files

NAME = "ravdess"
FILE = "ravdess_contours/ravdess_pitch_loudness_100Hz.npz"
# The third part of a clip's name; 2, calm, is no emotion of the seven.
EMOTIONS = {
    "01": "neutral", "03": "joy", "04": "sadness", "05": "anger", "06": "fear", "07": "disgust",
    "08": "surprise",
}  # fmt: skip
CALM = "02"
FOLDS = 6
SEMITONE_ZERO = 27.5  # Hz
SILENCE = 0.02  # loudness that is added, so that silence has a level


def load(options: DataConfig) -> Corpus:
    """Read ravdess_contours/ under PYSNN_DATA; the parts are those of the first fold of six."""
    (path,) = data_files(NAME, [FILE])
    names, offsets, semitones, loudness = _arrays(path)
    clips, pitch, level = [], [], []
    for k, name in enumerate(names):
        parts = Path(name).stem.split("-")
        if len(parts) != 7 or parts[2] not in (*EMOTIONS, CALM):
            raise broken(NAME, path, f"expected clips such as 03-01-05-01-01-01-12.wav (got {name!r})")
        if parts[2] == CALM:
            continue
        span = slice(int(offsets[k]), int(offsets[k + 1]))
        tone = semitones[span].astype(np.float64)
        clips.append(parts)
        pitch.append(np.where(tone > 0.0, SEMITONE_ZERO * 2.0 ** (tone / 12.0), 0.0))
        level.append(10.0 * np.log2(loudness[span].astype(np.float64) + SILENCE))
    classes = tuple(sorted(EMOTIONS.values()))
    ids = tuple("-".join(parts) for parts in clips)
    actor = tuple(parts[6] for parts in clips)
    part, _ = split.fold(actor, FOLDS, 0)
    return Corpus(
        name=NAME,
        ids=ids,
        speaker=actor,
        video=ids,  # clips are separate takes: none is the context of another
        position=np.array([actor[:k].count(who) for k, who in enumerate(actor)], dtype=np.int64),
        target=np.array([classes.index(EMOTIONS[parts[2]]) for parts in clips], dtype=np.float64),
        classes=classes,
        codes=tuple(map(str, range(len(classes)))),
        part=part,
        modalities={"voice": Contours(tuple(pitch), tuple(level))},
        note="Calm is left out.",
    )


def _arrays(path: Path) -> tuple[list[str], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            names = [str(name) for name in file["names"]]
            offsets, semitones, loudness = (file[k] for k in ("offsets", "f0_semitone", "loudness"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, EOFError) as err:
        raise broken(NAME, path, f"expected names, offsets, f0_semitone and loudness ({err})") from err
    frames = len(semitones)
    whole = (
        names
        and len(offsets) == len(names) + 1
        and offsets[0] == 0
        and offsets[-1] == frames == len(loudness)
        and (np.diff(offsets) > 0).all()
        and (loudness >= 0.0).all()
    )
    if not whole:
        raise broken(NAME, path, "expected contours one after the other, loudness >= 0")
    return names, offsets, semitones, loudness


register(
    Loader(
        NAME,
        "RAVDESS: pitch and loudness contours -> 7 emotions, unseen actors; data.fold 0 to 5",
        load,
        {
            "data.folds": FOLDS,
            # Actors differ more than emotions. By linear readouts over the folds: 50.2, with both 61.5.
            "features.contours": "long",
            "features.spread": True,
            # What goes on in time and statistics of it know different things.
            "time.layer": "recurrent",
            "readout.combine": "product",
        },
    )
)
