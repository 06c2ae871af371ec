"""CREMA-D votes: what people heard in a voice and saw in a face -> the emotion that was acted.

7442 clips of 91 actors. People voted for one of six emotions on hearing the voice alone and on seeing the
face alone; the share of each emotion's votes is a feature. The label is the acted emotion in the file's
name. Actors 1001-1072 are for training, 1073-1091 for the test.

Cao, Cooper, Keutmann, Gur, Nenkova & Verma (2014), IEEE Trans. Affective Computing 5:377.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from ..settings import DataConfig
from .base import Corpus, Loader, Table, register
from .folder import broken, data_files

NAME = "cremad"
FILE = "cremad_votes/tabulatedVotes.csv"
VOTES = ("A", "D", "F", "H", "N", "S")
CLASSES = ("anger", "disgust", "fear", "joy", "neutral", "sadness")
ACTED = {"ANG": 0, "DIS": 1, "FEA": 2, "HAP": 3, "NEU": 4, "SAD": 5}
# The first digit of a row's number says what the voters were given; 3 (both) is the answer itself.
PRESENTED = {"1": "voice", "2": "face"}
LAST_TRAINING_ACTOR = 1072


def load(options: DataConfig) -> Corpus:
    """Read cremad_votes/tabulatedVotes.csv under PYSNN_DATA."""
    (path,) = data_files(NAME, [FILE])
    votes = _votes(path)
    ids = sorted({clip for clip, _ in votes})
    speaker = tuple(clip.split("_")[0] for clip in ids)
    position: dict[str, int] = {}
    places = []
    for actor in speaker:
        places.append(position.get(actor, 0))
        position[actor] = places[-1] + 1
    # A clip nobody was shown in one way lacks that modality.
    absent = np.full(len(VOTES), np.nan)
    return Corpus(
        name=NAME,
        ids=tuple(ids),
        speaker=speaker,
        video=tuple(ids),  # clips are separate takes: none is the context of another
        position=np.array(places, dtype=np.int64),
        target=np.array([ACTED[clip.split("_")[2]] for clip in ids], dtype=np.float64),
        classes=CLASSES,
        codes=tuple(map(str, range(len(CLASSES)))),
        part=tuple("test" if int(actor) > LAST_TRAINING_ACTOR else "train" for actor in speaker),
        modalities={
            shown: Table(
                np.stack([votes.get((clip, shown), absent) for clip in ids]),
                tuple(f"{shown}_{emotion}" for emotion in CLASSES),
            )
            for shown in PRESENTED.values()
        },
        note="Actors 1001-1072 for training, 1073-1091 for the test. Features are human votes.",
    )


def _votes(path: Path) -> dict[tuple[str, str], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Share of each emotion's votes by (clip, what was presented)."""
    shares = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [name for name in ("", "fileName", *VOTES) if name not in (reader.fieldnames or ())]
            if missing:
                raise broken(NAME, path, f"columns missing: {missing}")
            for row in reader:
                shown = PRESENTED.get(row[""][:1])
                clip = row["fileName"] or ""
                parts = clip.split("_")
                if len(parts) != 4 or parts[2] not in ACTED or not parts[0].isdigit():
                    raise broken(NAME, path, f"expected clips such as 1001_IEO_ANG_HI (got {clip!r})")
                counts = np.array([float(row[vote]) for vote in VOTES])
                if not (np.isfinite(counts) & (counts >= 0.0)).all():
                    raise broken(
                        NAME, path, f"line {reader.line_num}: expected numbers of votes >= 0 (got {counts})"
                    )
                if shown is None or counts.sum() == 0.0:
                    continue
                if (clip, shown) in shares:
                    raise broken(
                        NAME, path, f"line {reader.line_num}: a second row of {clip!r} for the {shown}"
                    )
                shares[clip, shown] = counts / counts.sum()
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, TypeError) as err:
        if isinstance(err, FileNotFoundError):  # a DataFolderError of ours is one
            raise
        raise broken(NAME, path, f"cannot be read as a table of votes ({err})") from err
    if not shares:
        raise broken(NAME, path, "holds no votes on voice or face")
    return shares


register(Loader(NAME, "CREMA-D votes: voice + face -> acted emotion (6 classes)", load))
