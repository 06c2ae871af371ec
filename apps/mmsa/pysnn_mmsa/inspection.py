"""What is read of a file, as plain values."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np

import pysnn as snn

from . import eaf, media, tables, voice
from .dataset import PARTS, Contours, Corpus, Landmarks, Table, Transcripts, own
from .eaf.media import SUFFIXES
from .settings import DataConfig


def inspect(path: Path, options: DataConfig, values: bool = False) -> dict[str, Any]:
    """What is in ``path``, with the ``warnings`` about it; errors as the loaders raise them.

    values : of media also what they hold over time.
    """
    if not path.exists():
        raise snn.DataFolderError(f"{path}: no file or folder of this name")
    suffix = path.suffix.lower()
    if path.is_file() and suffix == ".eaf":
        return _eaf(path, options)
    if path.is_dir() or suffix in (*own.TABLES, ".npz"):
        return _corpus(path, own.load_path(path, options))
    if path.is_file() and suffix in SUFFIXES:
        return _media(path, options, values)
    raise snn.ParameterError(
        f"{path}: expected an .eaf, a table ({', '.join(own.TABLES)}), .npz, a folder or media "
        f"({', '.join(SUFFIXES)})"
    )


def as_text(found: dict[str, Any], indent: str = "") -> str:
    """The same for a person."""
    lines = []
    for key, value in found.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{key}:")
            lines.append(as_text(value, indent + "  "))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"{indent}{key}:")
            lines += [indent + "  " + "  ".join(_cell(v) for v in row.values()) for row in value]
        elif isinstance(value, list) and key == "warnings":
            lines += [f"{indent}warning: {text}" for text in value]
        else:
            lines.append(f"{indent}{key}: {_cell(value)}")
    return "\n".join(line for line in lines if line)


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, float):
        return f"{round(value, 3) + 0.0:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(v) for v in value) or "-"
    return str(value)


def _eaf(path: Path, options: DataConfig) -> dict[str, Any]:
    found = eaf.utterances(path, options)
    return {
        "file": str(path),
        "kind": "eaf",
        "tiers": [
            {
                "name": tier.name,
                "annotations": len(tier.notes),
                "parent": tier.parent,
                "participant": tier.speaker,
                "constraint": tier.constraint,
            }
            for tier in found.document.tiers.values()
        ],
        "media": {
            "video": None if found.video is None else str(found.video),
            "audio": None if found.audio is None else str(found.audio),
            "audio_offset": found.audio_offset,
        },
        "utterances": [
            {
                "begin": round(u.begin, 6),
                "end": round(u.end, 6),
                "speaker": u.speaker,
                "text": u.text,
                "label": _number(u.label),
                "id": u.id,
                "words": [[round(begin, 6), round(end, 6), word] for begin, end, word in u.words],
            }
            for u in found.utterances
        ],
        "unlabelled": sum(u.label is None for u in found.utterances),
        "warnings": list(found.warnings),
    }


def _number(label: str | None) -> int | float | str | None:
    if label is None:
        return None
    try:
        value = float(label)
    except ValueError:
        return label
    return int(value) if value.is_integer() else value if math.isfinite(value) else label


def _corpus(path: Path, corpus: Corpus) -> dict[str, Any]:
    modalities: dict[str, Any] = {}
    missing: dict[str, list[str]] = {}
    for name, modality in corpus.modalities.items():
        if isinstance(modality, Table):
            modalities[name] = len(modality.names)
        else:
            kinds = {Transcripts: "transcripts", Contours: "contours", Landmarks: "landmarks"}
            modalities[name] = kinds[type(modality)]
        gone = [corpus.ids[k] for k in np.flatnonzero(~modality.present()).tolist()]
        if gone:
            missing[name] = gone
    warnings = list(corpus.doubts)
    try:
        corpus.check_trainable()
    except snn.ParameterError as err:
        warnings.append(f"cannot be trained on: {err}")
    return {
        "file": str(path),
        "kind": "table",
        "task": "regression" if corpus.task == "number" else "classes",
        "classes": list(corpus.classes),
        "codes": list(corpus.codes),
        **{part: int(corpus.in_part(part).sum()) for part in PARTS},
        "speakers": len(set(corpus.speaker)),
        "videos": len(set(corpus.video)),
        "modalities": modalities,
        "extractors": dict(corpus.extractors),
        "missing": missing,
        "unlabelled": int((~corpus.labelled).sum()),
        "note": corpus.note,
        "utterances": [
            {
                "id": corpus.ids[k],
                "video": corpus.video[k],
                "speaker": corpus.speaker[k],
                "begin": _time(corpus.begin, k),
                "end": _time(corpus.end, k),
                "split": corpus.part[k],
                "label": _number(tables.label(corpus, k) or None),
                "text": tables.transcript(corpus, k) or None,
                "media": corpus.media[k] if corpus.media else None,
            }
            for k in range(len(corpus))
        ],
        "warnings": warnings,
    }


def _time(values: np.ndarray[Any, np.dtype[np.float64]] | None, k: int) -> float | None:
    return None if values is None or np.isnan(values[k]) else float(values[k])


def _media(path: Path, options: DataConfig, values: bool) -> dict[str, Any]:
    streams = media.probe(path)
    warnings: list[str] = []
    found = dataclasses.asdict(streams) | {"path": str(path)}
    found = {"file": found.pop("path"), "kind": "media", **found}
    found["audio"] = list(streams.audio)
    found["tracks"] = len(streams.audio)
    found["rotation"] = None if streams.video is None else streams.video["rotation"]
    if streams.audio:
        sound = media.sound(path, options.audio_track)
        assert sound is not None
        warnings += sound.warnings
        heard = voice.voice(sound.samples, voice.contours.OWN)
        voiced = heard.pitch[heard.pitch > 0.0]
        found["voice"] = {
            "duration": sound.duration,
            "f0": float(np.median(voiced)) if len(voiced) else None,
            "f0_begin": float(voiced[0]) if len(voiced) else None,
            "f0_end": float(voiced[-1]) if len(voiced) else None,
            "voiced": float(np.mean(heard.pitch > 0.0)) if len(heard.pitch) else 0.0,
            "level": float(np.median(heard.loudness)) if len(heard.loudness) else None,
        }
        if values:
            found["contours"] = {
                "step": voice.FRAME,
                "pitch": [round(float(v), 3) for v in heard.pitch],
                "loudness": [round(float(v), 3) for v in heard.loudness],
            }
    else:
        found["voice"] = None
        warnings.append(f"{path}: there is no sound")
    if streams.video is None:
        warnings.append(f"{path}: there is no film")
    elif values:
        seen = [(frame.time, float(frame.grey.mean())) for frame in media.frames(path, warnings)]
        found["frames"] = {
            "time": [round(time, 6) for time, _ in seen],
            "brightness": [round(level, 2) for _, level in seen],
        }
    found["warnings"] = warnings
    return found
