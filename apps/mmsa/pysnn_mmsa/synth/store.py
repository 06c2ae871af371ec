"""The corpus as one compressed file."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from ..beside import whole
from ..damaged import DAMAGED, reason
from .corpus import EMOTIONS, Utterances

Float = NDArray[np.float64]

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "synthetic_imvd.npz"
VERSION = 1
NOTE = "SYNTHETIC corpus in the form of IMVD, made by `mmsa synth`: no person was recorded."


def write(path: Path, utterances: Utterances) -> None:
    """Write ``utterances`` to ``path``; an earlier corpus there is replaced once the new one is whole.

    ParameterError where the folder does not exist, or something else is there.
    """
    if not path.parent.is_dir():
        raise snn.ParameterError(f"synth: the folder {path.parent} does not exist")
    if path.exists() and not _is_ours(path):
        raise snn.ParameterError(f"synth: {path} is there and no corpus of `mmsa synth`; it is left")
    pitch, at_pitch = _flat(utterances.pitch, 10.0)
    loudness, _ = _flat(utterances.loudness, 10.0)
    landmarks, at_landmarks = _flat(utterances.landmarks, 4.0)
    # Landmarks move little from frame to frame: differences compress to half.
    points = landmarks.reshape(-1, 136)
    points[1:] -= points[:-1].copy()
    with whole(path) as draft, draft.open("wb") as file:
        np.savez_compressed(
            file,
            note=np.array(NOTE),
            video=utterances.video.astype(np.int16),
            position=utterances.position.astype(np.int16),
            emotion=utterances.emotion.astype(np.int8),
            test=utterances.test,
            text=np.array(["" if text is None else text for text in utterances.text]),
            has_text=np.array([text is not None for text in utterances.text]),
            pitch=pitch,
            loudness=loudness,
            at_pitch=at_pitch,
            landmarks=points,
            at_landmarks=at_landmarks,
        )


def read(path: Path = SHIPPED) -> Utterances:
    """Read what ``write`` wrote; DataFolderError where there is no such file or it is another's."""
    if not path.is_file():
        raise snn.DataFolderError(f"synthetic corpus: no file {path}; expected what `mmsa synth` writes")
    try:
        # Opened here, as numpy leaves a torn file open.
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            content = {key: file[key] for key in file.files}
        at_pitch, at_landmarks = content["at_pitch"], content["at_landmarks"]
        points = np.cumsum(content["landmarks"], axis=0, dtype=np.int16)
        said = zip(content["text"], content["has_text"], strict=True)
        text = tuple(str(words) if there else None for words, there in said)
        return _checked(
            path,
            Utterances(
                video=content["video"].astype(np.int64),
                position=content["position"].astype(np.int64),
                emotion=content["emotion"].astype(np.int64),
                test=content["test"].astype(bool),
                text=text,
                pitch=_cut(content["pitch"], at_pitch, 10.0),
                loudness=_cut(content["loudness"], at_pitch, 10.0),
                landmarks=_cut(points.reshape(-1, 68, 2), at_landmarks, 4.0),
            ),
        )
    except DAMAGED as err:
        raise snn.DataFolderError(
            f"synthetic corpus: {path} is not what `mmsa synth` writes ({reason(err)})"
        ) from err


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            return str(file["note"]) == NOTE
    except DAMAGED:
        return False


def _checked(path: Path, utterances: Utterances) -> Utterances:
    """``utterances`` if every field has one entry an utterance and every value can be."""
    n = len(utterances)
    lengths = {field.name: len(getattr(utterances, field.name)) for field in dataclasses.fields(utterances)}
    if n == 0 or set(lengths.values()) != {n}:
        raise ValueError(f"expected fields of one length (got {lengths})")
    odd = sorted(set(utterances.emotion.tolist()) - set(EMOTIONS.values()))
    if odd:
        raise ValueError(f"expected emotions -4 to 2 (got {odd})")
    for k, (f0, level) in enumerate(zip(utterances.pitch, utterances.loudness, strict=True)):
        if len(f0) != len(level) or (f0 < 0.0).any():
            raise ValueError(f"utterance {k}: expected a pitch >= 0 for each loudness")
    return utterances


def _flat(parts: Sequence[Float], per_unit: float) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """Whole numbers of all parts one after the other, and where each begins."""
    joined = np.concatenate(parts)
    return np.rint(joined * per_unit).astype(np.int16), np.cumsum([0, *map(len, parts)], dtype=np.int32)


def _cut(values: NDArray[np.int16], at: NDArray[np.int32], per_unit: float) -> tuple[Float, ...]:
    return tuple(values[a:b] / per_unit for a, b in itertools.pairwise(at))
