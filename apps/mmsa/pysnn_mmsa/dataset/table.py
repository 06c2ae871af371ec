"""One's own table: CSV or HDF5, one row an utterance.

Columns: utterance, video, speaker, begin, end, split, label, text, media, and ``modality.name`` for features.
Only ``utterance`` must be there; without ``speaker`` a video is one speaker's, without ``video`` each speaker
is in one, without both each utterance stands for itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from ..settings import DataConfig
from . import labels, split
from .base import Corpus, Modality, Table, Transcripts
from .columns import Columns, number, read
from .plain_text import plain
from .spreadsheet import seconds

Float = NDArray[np.float64]

KNOWN = ("utterance", "video", "speaker", "begin", "end", "split", "label", "text", "media")
MANY = 20  # classes: more are rather numbers
FEATURE = re.compile(r"[A-Za-z][\w-]*\.\S.*")


def is_feature(name: str) -> bool:
    """Does a column of this name hold a feature, ``modality.name``?"""
    return FEATURE.fullmatch(name) is not None


def load(path: Path, options: DataConfig) -> Corpus:
    """The corpus in the table ``path``; ParameterError names file, row and column of what is wrong."""
    table = read(path, is_feature)
    return corpus_of(table, options)


def corpus_of(table: Columns, options: DataConfig) -> Corpus:
    """The corpus that the columns of ``table`` describe."""
    path, n = table.path, table.rows
    texts = by_known_name(table)
    warnings = [*table.warnings, *(_unknown(path, name) for name in texts if name not in KNOWN)]
    if "utterance" not in texts:
        raise snn.ParameterError(
            f"{path}: expected a column 'utterance' (got {', '.join([*table.texts, *table.numbers][:12])})"
        )
    ids = names_of(table, texts["utterance"])
    video = _names(table, texts, "video", texts.get("speaker", ids))
    speaker = _names(table, texts, "speaker", video)
    begin, end = times_of(table, texts, ids)
    found = labels.read(
        texts.get("label", [""] * n),
        lambda k: f"{table.where(k, 'label')} (utterance {ids[k]!r})",
        options.task,
        labels.mapping(options.labels),
    )
    if len(found.classes) > MANY and options.task == "auto":
        warnings.append(f"{path}: {len(found.classes)} classes; data.task = number takes labels for numbers")
    whole = np.unique(found.target[np.isfinite(found.target)])
    if not found.classes and 1 < len(whole) <= MANY and (whole == whole.round()).all():
        few = ", ".join(f"{value:.1f}" for value in whole[:5]) + (" ..." if len(whole) > 5 else "")
        warnings.append(f"{path}: labels are numbers ({few}); data.task = classes takes them for classes")
    if "split" in texts:
        parts = tuple(split.part(word, table.where(k, "split")) for k, word in enumerate(texts["split"]))
        note = ""
    else:
        parts, note = split.draw(speaker, options)
    modalities: dict[str, Modality] = {}
    if "text" in texts:
        said = Transcripts(tuple(plain(text) for text in texts["text"]))
        if said.present().any():
            modalities["text"] = said
    for name, columns in _by_modality(table.numbers).items():
        if name.casefold() == "label":
            raise snn.ParameterError(
                f"{path}: column {columns[0]!r}: expected labels in one column 'label' (got a feature)"
            )
        if name in modalities:
            raise snn.ParameterError(f"{path}: the columns 'text' and '{name}.*' have one name")
        values = np.stack([table.numbers[column] for column in columns], axis=1)
        warnings += _half_missing(columns, values, ids)
        modalities[name] = Table(values, tuple(columns))
    media = tuple(_beside(path, text) for text in texts["media"]) if "media" in texts else ()
    return Corpus(
        name=path.name,
        ids=tuple(ids),
        speaker=tuple(speaker),
        video=tuple(video),
        position=positions(video, begin),
        target=found.target,
        classes=found.classes,
        codes=found.codes,
        part=parts,
        modalities=modalities,
        begin=begin,
        end=end,
        media=media,
        shared_speakers=options.shared_speakers,
        note=note,
        warnings=tuple(warnings),
    )


def by_known_name(table: Columns) -> dict[str, list[str]]:
    """Columns of text, those of ``KNOWN`` in lower case; ParameterError where one is there twice."""
    found: dict[str, list[str]] = {}
    for name, cells in table.texts.items():
        known = name.casefold() if name.casefold() in KNOWN else name
        if known in found:
            raise snn.ParameterError(f"{table.path}: the column {known!r} is there twice, also as {name!r}")
        found[known] = cells
    return found


def positions(video: Sequence[str], begin: Float) -> NDArray[np.int64]:
    """Order of utterances within their videos: by begin where all of the video have one, else as given."""
    rows: dict[str, list[int]] = {}
    for k, name in enumerate(video):
        rows.setdefault(name, []).append(k)
    place = np.zeros(len(video), dtype=np.int64)
    for own in rows.values():
        times = begin[own]
        order = np.argsort(times, kind="stable") if np.isfinite(times).all() else np.arange(len(own))
        place[np.array(own)[order]] = np.arange(len(own))
    return place


def names_of(table: Columns, texts: Sequence[str]) -> list[str]:
    """Names of utterances, each once; ParameterError names row and column of one that is not."""
    ids, seen = [], dict[str, int]()
    for k, text in enumerate(texts):
        name = plain(text)
        if name is None:
            raise snn.ParameterError(f"{table.where(k, 'utterance')}: expected a name (got nothing)")
        if name in seen:
            raise snn.ParameterError(
                f"{table.where(k, 'utterance')}: expected each utterance once (got {name!r}, which row "
                f"{seen[name] + table.first} has)"
            )
        seen[name] = k
        ids.append(name)
    return ids


def _names(table: Columns, texts: dict[str, list[str]], column: str, otherwise: Sequence[str]) -> list[str]:
    if column not in texts:
        return [plain(name) or "" for name in otherwise]
    names = []
    for k, text in enumerate(texts[column]):
        name = plain(text)
        if name is None:
            raise snn.ParameterError(f"{table.where(k, column)}: expected a name (got nothing)")
        names.append(name)
    return names


def times_of(table: Columns, texts: dict[str, list[str]], ids: Sequence[str]) -> tuple[Float, Float]:
    """Begin and end in s, NaN where a table has none; ParameterError names row and column of what is none."""
    both = []
    for column in ("begin", "end"):
        cells = texts.get(column, [""] * table.rows)
        both.append(np.array([time_of(cell, table.where(k, column)) for k, cell in enumerate(cells)]))
    begin, end = both
    for k in range(table.rows):
        if np.isnan(begin[k]) != np.isnan(end[k]):
            raise snn.ParameterError(
                f"{table.where(k, 'end')}: expected begin and end, or none (of {ids[k]!r})"
            )
        if begin[k] < 0.0:
            raise snn.ParameterError(
                f"{table.where(k, 'begin')}: expected >= 0 s (got {begin[k]:g} of {ids[k]!r})"
            )
        if end[k] <= begin[k]:
            raise snn.ParameterError(
                f"{table.where(k, 'end')}: expected > begin {begin[k]:g} s (got {end[k]:g}, {ids[k]!r})"
            )
    return begin, end


def time_of(cell: str, where: str) -> float:
    """In s, which hh:mm:ss and mm:ss are too; NaN for an empty cell."""
    if ":" not in cell:
        return number(cell, where)
    time = seconds(cell)
    if time is None:
        raise snn.ParameterError(f"{where}: expected seconds, mm:ss or hh:mm:ss (got {cell!r})")
    return time


def _by_modality(numbers: dict[str, Float]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for column in numbers:
        found.setdefault(column.split(".", 1)[0], []).append(column)
    return found


def _half_missing(columns: Sequence[str], values: Float, ids: Sequence[str]) -> list[str]:
    """One warning a column that is empty throughout, and one an utterance that lacks some of the others."""
    there = np.isfinite(values)
    used = np.flatnonzero(there.any(axis=0)).tolist()
    if not used:
        return []
    warnings = [f"{name} is missing in every utterance" for k, name in enumerate(columns) if k not in used]
    there, columns = there[:, used], [columns[k] for k in used]
    for k in np.flatnonzero(there.any(axis=1) & ~there.all(axis=1)).tolist():
        gone = [name for name, known in zip(columns, there[k], strict=True) if not known]
        kept = [name for name, known in zip(columns, there[k], strict=True) if known]
        verb = "is" if len(gone) == 1 else "are"
        warnings.append(
            f"{ids[k]}: {_few(gone)} {verb} missing, {_few(kept)} {'is' if len(kept) == 1 else 'are'} there"
        )
    return warnings


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _beside(table: Path, text: str) -> str | None:
    """A path as the table means it: relative to the table's folder."""
    name = plain(text)
    return None if name is None else str(table.parent / name)


def _unknown(path: Path, name: str) -> str:
    close = difflib.get_close_matches(name.casefold(), KNOWN, n=1, cutoff=0.75)
    hint = f"; did you mean {close[0]!r}?" if close else " (features are called modality.name)"
    return f"{path}: the column {name!r} is not read{hint}"
