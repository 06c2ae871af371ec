"""The folder of an extraction: utterances.csv, and the features of every video; ``load`` makes it a
corpus.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pysnn as snn

from .. import __name__ as _package
from ..dataset import columns
from ..runfolder import replace
from . import pauses, pool, video
from .item import Item, Row
from .video import Progress, Settings

DEFAULT = "mmsa-features"
MARK = "extract.json"
FORMAT = "mmsa extraction"
TABLE = "utterances.csv"
HEAD = (
    "utterance",
    "video",
    "speaker",
    "begin",
    "end",
    "split",
    "label",
    "text",
    "media",
    "features",
    "words",
)


@dataclass(frozen=True)
class Extraction:
    """What was done. failures : by name of the item, why. warnings : of all items."""

    folder: Path
    items: int
    made: int
    cached: int
    utterances: int
    unlabelled: int
    failures: dict[str, str]
    warnings: tuple[str, ...]

    def summary(self) -> str:
        """In one line."""
        return (
            f"{self.items} media files: {self.made} extracted, {self.cached} as before, "
            f"{len(self.failures)} failed; "
            f"{self.utterances} utterances, {self.unlabelled} without a label; written to {self.folder}"
        )


def check(folder: Path) -> None:
    """ParameterError where ``folder`` holds anything that is no extraction."""
    if folder.exists() and not folder.is_dir():
        raise snn.ParameterError(f"--out {folder}: expected a folder (got a file)")
    if folder.is_dir() and any(folder.iterdir()) and not is_extraction(folder):
        raise snn.ParameterError(
            f"--out {folder}: expected a new or empty folder, or one of an earlier extraction (no {MARK} "
            f"in it)"
        )


def is_extraction(folder: Path) -> bool:
    """Did ``extract`` make ``folder``?"""
    try:
        content = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT


def extract(
    items: Sequence[Item], settings: Settings, folder: Path, jobs: int, progress: Progress
) -> Extraction:
    """Extract every item into ``folder``, ``jobs`` at a time; what is there already and still holds is kept.

    A killed extraction goes on where it was; features are written beside and renamed. utterances.csv is
    written at the end; its columns speaker and split are kept as they were found for utterances known before.
    """
    check(folder)
    kept = _kept(folder / TABLE)  # before hours of work: it may be damaged
    (folder / "videos").mkdir(parents=True, exist_ok=True)
    replace(folder / MARK, json.dumps({"format": FORMAT, "by": _package, "pysnn": snn.__version__}) + "\n")
    failures: dict[str, str] = {}
    jobs_to_do, cached, done = [], 0, 0
    paths: dict[str, Path] = {}
    for item in items:
        if item.failure is not None or item.media is None:
            failures[item.name] = item.failure or "no media"
            continue
        try:
            wanted = video.key(item, settings)
        except OSError as err:
            failures[item.name] = f"{err.filename}: {err.strerror}"
            continue
        paths[item.name] = folder / "videos" / _file_of(item.name)
        if video.is_done(paths[item.name], wanted):
            cached += 1
        else:
            jobs_to_do.append((item, settings, paths[item.name], wanted))
    done = len(items) - len(jobs_to_do)
    progress("extract", done, len(items))
    for number, failed in pool.run(video.make, jobs_to_do, jobs):
        done += 1
        progress("extract", done, len(items))
        if failed is not None:
            failures[jobs_to_do[number][0].name] = failed
    warnings = [text for item in items for text in item.warnings]
    rows: list[tuple[Row, Item, Path]] = []
    for item in items:
        if item.name in failures:
            continue
        found = video.read(paths[item.name])
        warnings += found.warnings
        for row in _cut(item, found):
            begin = 0.0 if row.begin is None else row.begin
            end = found.duration if row.end is None else row.end
            if begin >= found.duration:
                warnings.append(
                    f"{item.media}: {row.id} begins at {begin:g} s, after the end {found.duration:.3f} s"
                )
            elif end > found.duration + 0.5:
                warnings.append(
                    f"{item.media}: {row.id} ends at {end:g} s, after the end {found.duration:.3f} s"
                )
            if end > begin:
                rows.append((_with_times(row, begin, end), item, paths[item.name]))
    _write(folder, rows, kept)
    return Extraction(
        folder,
        len(items),
        len(jobs_to_do) - sum(job[0].name in failures for job in jobs_to_do),
        cached,
        len(rows),
        sum(not row.label for row, _, _ in rows),
        failures,
        tuple(warnings),
    )


def _cut(item: Item, found: video.Extracted) -> Sequence[Row]:
    """The rows of an item, cut by pauses where nobody annotated any and that is asked for."""
    if not item.pause:
        return item.rows
    whole = item.rows[0]
    spans = pauses.spans(found.pitch, found.loudness, item.pause)
    return [
        dataclasses.replace(
            whole, id=f"{item.name}_{k:02d}", begin=max(0.0, a - found.offset), end=b - found.offset
        )
        for k, (a, b) in enumerate(spans)
        if b > found.offset
    ] or item.rows


def _with_times(row: Row, begin: float, end: float) -> Row:
    return Row(row.id, row.video, row.speaker, begin, end, row.split, row.label, row.text, row.words)


def _write(folder: Path, rows: Sequence[tuple[Row, Item, Path]], kept: Mapping[str, tuple[str, str]]) -> None:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    with_split = any(row.split for row, _, _ in rows) or any(split for _, split in kept.values())
    head = [name for name in HEAD if name != "split" or with_split]
    out.writerow(head)
    for row, item, path in rows:
        speaker, split = kept.get(row.id, (row.speaker, row.split))
        cells = {
            "utterance": row.id, "video": row.video, "speaker": speaker, "begin": f"{row.begin:.3f}",
            "end": f"{row.end:.3f}", "split": split or row.split, "label": row.label, "text": row.text,
            "media": str(item.media.absolute()) if item.media else "",
            "features": str(path.relative_to(folder)),
            "words": json.dumps(row.words, ensure_ascii=False) if row.words else "",
        }  # fmt: skip
        out.writerow([cells[name] for name in head])
    replace(folder / TABLE, text.getvalue())


def _kept(path: Path) -> dict[str, tuple[str, str]]:
    """Speaker and split of the utterances in an earlier table, which somebody may have filled in."""
    if not path.is_file():
        return {}
    # In whatever form a spreadsheet program has saved it.
    texts = columns.read(path, lambda name: False).texts
    ids = texts.get("utterance", [])
    both = (texts.get(name, [""] * len(ids)) for name in ("speaker", "split"))
    return {name: (who, part) for name, who, part in zip(ids, *both, strict=True) if name and who}


def _file_of(name: str) -> str:
    """A file name for the features of an item, unlike any other's."""
    readable = re.sub(r"[^\w.-]+", "_", name)[:60]
    return f"{readable}-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}.h5"
