"""A folder that ``mmsa extract`` wrote, as a corpus."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np

import pysnn as snn

from ..dataset import Contours, Corpus, Landmarks, Modality, Transcripts, labels, table
from ..dataset.base import Words
from ..dataset.columns import Columns, read
from ..settings import DataConfig
from . import video
from .folder import TABLE


def load(folder: Path, options: DataConfig) -> Corpus:
    """The corpus in ``folder``; ParameterError where files are missing or made by different extractors."""
    found = read(folder / TABLE, table.is_feature)
    features = _column(found, "features")
    words = found.texts.pop("words", [""] * found.rows)
    corpus = table.corpus_of(found, options)
    corpus = _with_seven(corpus)
    # A row without features is of a video that could not be read when it was extracted last.
    by_file = {name: video.read(folder / name) for name in dict.fromkeys(features) if name}
    made: dict[str, str] = {}
    for name, one in by_file.items():
        for modality, extractor in one.extractors.items():
            if made.setdefault(modality, extractor) != extractor:
                raise snn.ParameterError(
                    f"{folder / name}: expected the {modality} made by {made[modality]}, as in other "
                    f"videos (got "
                    f"{extractor}); extract again"
                )
    assert corpus.begin is not None
    assert corpus.end is not None
    pitch, loudness, landmarks = [], [], []
    warnings = list(corpus.warnings)
    for k, name in enumerate(features):
        one = by_file.get(name, video.NOTHING)
        begin, end = float(corpus.begin[k]), float(corpus.end[k])
        if math.isnan(begin):
            begin, end = 0.0, one.duration
        f0, level = one.voice_between(begin, end)
        pitch.append(f0)
        loudness.append(level)
        landmarks.append(one.face_between(begin, end))
    modalities: dict[str, Modality] = dict(corpus.modalities)
    said = modalities.get("text")
    if isinstance(said, Transcripts):
        modalities["text"] = Transcripts(
            said.texts, tuple(_words(found, k, text) for k, text in enumerate(words))
        )
    recorded: dict[str, Modality] = {
        "voice": Contours(tuple(pitch), tuple(loudness)),
        "face": Landmarks(tuple(landmarks)),
    }
    for modality, value in recorded.items():
        if modality in made and modality in modalities:
            raise snn.ParameterError(
                f"{folder / TABLE}: the columns '{modality}.*' have the name of what was extracted"
            )
        if modality in made and value.present().any():
            modalities[modality] = value
            gone = [corpus.ids[k] for k in np.flatnonzero(~value.present()).tolist()]
            if gone:
                shown = ", ".join(gone[:5]) + (" ..." if len(gone) > 5 else "")
                warnings.append(f"{folder}: no {modality} in {len(gone)} utterances ({shown})")
    return dataclasses.replace(
        corpus,
        name=folder.name,
        modalities=modalities,
        extractors={name: text for name, text in made.items() if name in modalities},
        warnings=tuple(warnings),
    )


def _column(found: Columns, name: str) -> list[str]:
    if name not in found.texts:
        raise snn.ParameterError(f"{found.path}: expected a column {name!r} (got {', '.join(found.texts)})")
    return [text.strip() for text in found.texts.pop(name)]


def _with_seven(corpus: Corpus) -> Corpus:
    """Labels that are all of IMVD's numbers get its names, and all seven classes."""
    seven = {str(code) for code in labels.SEVEN.values()}
    if not corpus.classes or not set(corpus.codes) <= seven:
        return corpus
    codes = [int(corpus.codes[k]) if k >= 0 else None for k in corpus.label]
    named = labels.of_seven(codes)
    return dataclasses.replace(corpus, target=named.target, classes=named.classes, codes=named.codes)


def _words(found: Columns, k: int, text: str) -> Words:
    if not text.strip():
        return ()
    try:
        return tuple((float(begin), float(end), str(word)) for begin, end, word in json.loads(text))
    except (ValueError, TypeError) as err:
        raise snn.ParameterError(
            f"{found.where(k, 'words')}: expected [[begin, end, word], ...] ({err})"
        ) from err
