"""What is to be extracted: a folder of videos and .eaf, the field's label.csv, a manifest, or one clip."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

import pysnn as snn

from .. import tables
from ..dataset import columns, label_csv, split, table
from ..dataset.base import Corpus
from ..dataset.plain_text import plain
from ..eaf import utterances
from ..eaf.media import SUFFIXES
from ..settings import DataConfig
from .folder import DEFAULT
from .item import Item, Row


def find(source: Path, options: DataConfig) -> list[Item]:
    """``everything`` in ``source``, whose names must differ: features are kept under them."""
    items = everything(source, options)
    names, ids = [item.name for item in items], [row.id for item in items for row in item.rows]
    for found, what in ((names, "videos"), (ids, "utterances")):
        seen: set[str] = set()
        for name in found:
            if name in seen:
                raise snn.ParameterError(f"{source}: expected {what} of different names (got {name!r} twice)")
            seen.add(name)
    return items


def everything(source: Path, options: DataConfig) -> list[Item]:
    """Everything in ``source`` that can be extracted; what cannot is an item with its failure.

    A folder with label.csv is read by it, any other by its .eaf files and the media that none of them names.
    DataFolderError where there is nothing.
    """
    if source.is_file():
        if source.suffix.lower() in (".csv", ".tsv", ".h5", ".hdf5"):
            return _from_table(source, options)
        return [clip(source, None, options)]
    if not source.is_dir():
        raise snn.DataFolderError(f"{source}: no file or folder of this name")
    if (source / "label.csv").is_file():
        return _from_corpus(label_csv.load(source / "label.csv", options))
    items = _from_folder(source, options)
    if not items:
        raise snn.DataFolderError(f"{source}: expected .eaf or media files ({', '.join(SUFFIXES)})")
    return items


def clip(media: Path, eaf: Path | None, options: DataConfig, name: str | None = None) -> Item:
    """One media file with its annotations, or as one utterance, or cut by pauses (data.pause)."""
    name = media.stem if name is None else name
    if eaf is None:
        return Item(name, media, (Row(f"{name}_00", name, name),), pause=options.pause)
    return _annotated(name, eaf, options, media)


def annotated(eaf: Path, options: DataConfig) -> Item:
    """An .eaf with the media that it names."""
    return _annotated(eaf.stem, eaf, options)


def _annotated(name: str, eaf: Path, options: DataConfig, media: Path | None = None) -> Item:
    found = utterances(eaf, options)
    rows = tuple(
        Row(
            id=f"{name}_{k:02d}",
            video=name,
            speaker=f"{name}/{u.speaker}" if u.speaker else name,
            begin=u.begin,
            end=u.end,
            label=u.label or "",
            text=u.text or "",
            words=u.words,
        )
        for k, u in enumerate(found.utterances)
    )
    video = media if media is not None else found.video
    failure = None
    if video is None:
        failure = f"{eaf}: its media are not there"
    return Item(name, video, rows, found.audio, found.audio_offset, found.warnings, failure)


def _from_folder(folder: Path, options: DataConfig) -> list[Item]:
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and not _hidden(path.relative_to(folder))
    )
    items, used = [], set[Path]()
    for eaf in (path for path in files if path.suffix.lower() == ".eaf"):
        name = str(eaf.relative_to(folder).with_suffix(""))
        try:
            item = _annotated(name, eaf, options)
        except (snn.PysnnError, OSError) as err:
            item = Item(name, None, failure=str(err))
            # Its film is not to be taken for one without annotations.
            used |= {path.resolve() for path in eaf.parent.glob("*") if path.stem == eaf.stem}
        items.append(item)
        used |= {path.resolve() for path in (item.media, item.audio) if path is not None}
    for path in files:
        if path.suffix.lower() in SUFFIXES and path.resolve() not in used:
            relative = str(path.relative_to(folder).with_suffix(""))
            taken = {item.name for item in items}
            items.append(clip(path, None, options, relative if relative not in taken else path.name))
    return items


def _from_corpus(corpus: Corpus) -> list[Item]:
    """A corpus whose utterances have media: one item a media file."""
    rows: dict[str, list[Row]] = {}
    for k, name in enumerate(corpus.ids):
        path = corpus.media[k] if corpus.media else None
        if path is None:
            raise snn.ParameterError(
                f"{corpus.name}: utterance {name!r} has no media file (a column 'media')"
            )
        times = (corpus.begin, corpus.end)
        begin, end = (None if t is None or np.isnan(t[k]) else float(t[k]) for t in times)
        row = Row(
            id=name,
            video=corpus.video[k],
            speaker=corpus.speaker[k],
            begin=begin,
            end=end,
            split=corpus.part[k],
            label=tables.label(corpus, k),
            text=tables.transcript(corpus, k),
        )
        rows.setdefault(path, []).append(row)
    return [
        Item(own[0].id if len(own) == 1 else own[0].video, Path(path), tuple(own))
        for path, own in rows.items()
    ]


def _from_table(path: Path, options: DataConfig) -> list[Item]:
    """A manifest: one row an utterance with its ``media``, or one a video with its ``eaf``."""
    names = columns.header(path)
    if {"video_id", "clip_id"} <= set(names):
        return _from_corpus(label_csv.load(path, options))
    if "eaf" not in names:
        return _from_corpus(table.load(path, options))
    found = columns.read(path, lambda name: False)
    items = []
    for k, said in enumerate(found.texts["eaf"]):
        if plain(said) is None:
            raise snn.ParameterError(
                f"{found.where(k, 'eaf')}: expected the path of an .eaf file (got nothing)"
            )
        eaf = path.parent / said.strip()
        cells = {
            column: plain(found.texts[column][k]) or ""
            for column in ("media", "video", "speaker", "split")
            if column in found.texts
        }
        name = cells.get("video") or eaf.stem
        try:
            item = _annotated(
                name, eaf, options, path.parent / cells["media"] if cells.get("media") else None
            )
        except (snn.PysnnError, OSError) as err:
            item = Item(name, None, failure=str(err))
        part = split.part(cells["split"], found.where(k, "split")) if "split" in cells else ""
        rows = tuple(
            dataclasses.replace(row, speaker=cells.get("speaker") or row.speaker, split=part)
            for row in item.rows
        )
        items.append(dataclasses.replace(item, rows=rows))
    return items


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == DEFAULT for part in path.parts)
