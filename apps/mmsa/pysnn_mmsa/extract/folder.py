"""The folder of an extraction: utterances.csv, and the features of every video; ``load`` makes it a
corpus.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import hashlib
import io
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pysnn as snn

from .. import __name__ as _package
from ..beside import sweep
from ..runfolder import replace
from . import pauses, pool, video
from .edited import FREE, Cells, Earlier
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
    """What was done.

    failures : by name of the item, why. waiting : names of those whose utterances stay all the same, from an
    earlier extraction, without features. warnings : of all items.
    """

    folder: Path
    items: int
    made: int
    cached: int
    utterances: int
    unlabelled: int
    failures: dict[str, str]
    waiting: tuple[str, ...]
    warnings: tuple[str, ...]

    def summary(self) -> str:
        """In one line."""
        stay = f", those of {', '.join(self.waiting)} without features" if self.waiting else ""
        return (
            f"{self.items} media files: {self.made} extracted, {self.cached} as before, "
            f"{len(self.failures)} failed; "
            f"{self.utterances} utterances, {self.unlabelled} without a label{stay}; written to {self.folder}"
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
    written at the end; what somebody has changed in it stays (``edited``).
    """
    check(folder)
    earlier = Earlier.read(folder / TABLE, HEAD)  # before hours of work: it may be damaged
    (folder / "videos").mkdir(parents=True, exist_ok=True)
    for place in (folder, folder / "videos"):
        sweep(place)
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
        paths[item.name] = folder / _features(item.name)
        if video.is_done(paths[item.name], wanted):
            cached += 1
        else:
            jobs_to_do.append((item, settings, paths[item.name], wanted))
    done = len(items) - len(jobs_to_do)
    progress("extract", done, len(items))
    with contextlib.closing(pool.run(video.make, jobs_to_do, jobs)) as ended:
        for number, failed in ended:
            done += 1
            progress("extract", done, len(items))
            if failed is not None:
                failures[jobs_to_do[number][0].name] = failed
    warnings = [text for item in items for text in item.warnings]
    said: dict[str, list[Cells]] = {}
    for item in items:
        if item.name not in failures:
            said[item.name], odd = _said(item, paths[item.name], folder)
            warnings += odd
    rows, waiting, odd = _write(earlier, items, said)
    return Extraction(
        folder,
        len(items),
        len(jobs_to_do) - sum(job[0].name in failures for job in jobs_to_do),
        cached,
        len(rows),
        sum(not row.get("label") for row in rows),
        failures,
        waiting,
        (*warnings, *odd),
    )


def _said(item: Item, path: Path, folder: Path) -> tuple[list[Cells], list[str]]:
    """What the source and the features in ``path`` say of an item's utterances, and what is odd there."""
    found = video.read(path)
    warnings = [*found.warnings]
    rows: list[Cells] = []
    for row in _cut(item, found):
        begin = 0.0 if row.begin is None else row.begin
        end = found.duration if row.end is None else row.end
        if begin >= found.duration:
            warnings.append(
                f"{item.media}: {row.id} begins at {begin:g} s, after the end {found.duration:.3f} s"
            )
        elif end > found.duration + 0.5:
            warnings.append(f"{item.media}: {row.id} ends at {end:g} s, after the end {found.duration:.3f} s")
        if round(end, 3) <= round(begin, 3):
            warnings.append(f"{item.media}: {row.id} at {begin:g} s has no duration: left out")
        else:
            cells = {
                "utterance": row.id, "video": row.video, "speaker": row.speaker, "begin": f"{begin:.3f}",
                "end": f"{end:.3f}", "split": row.split, "label": row.label, "text": row.text,
                "media": str(item.media.absolute()) if item.media else "",
                "features": str(path.relative_to(folder)),
                "words": json.dumps(row.words, ensure_ascii=False) if row.words else "",
            }  # fmt: skip
            rows.append({name: _legible(cell) for name, cell in cells.items()})
    return rows, warnings


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


def _write(
    earlier: Earlier, items: Sequence[Item], said: Mapping[str, Sequence[Cells]]
) -> tuple[list[Cells], tuple[str, ...], list[str]]:
    """Write utterances.csv of what is ``said`` of the items that did not fail, with what is somebody's.

    Its rows, the items that failed and whose rows stay, and warnings.
    """
    new = [cells for item in items for cells in said.get(item.name, [])]
    written: dict[str, Cells | None] = {
        cells["utterance"]: {name: cells[name] for name in FREE} for cells in new
    }
    pairs = earlier.matched(new)
    left = [row for k, row in enumerate(earlier.rows) if k not in set(pairs.values())]
    agreed = earlier.agreed()
    merged = iter(
        [
            earlier.merged(cells, earlier.rows[pairs[n]])
            if n in pairs
            else cells | agreed.get(cells["video"], {})
            for n, cells in enumerate(new)
        ]
    )
    rows: list[Cells] = []
    waiting: list[str] = []
    for item in items:
        rows += itertools.islice(merged, len(said.get(item.name, [])))
        if item.name not in said:
            kept = [row for row in left if row["utterance"] not in written and _is_of(earlier, row, item)]
            for row in kept:
                written[row["utterance"]] = earlier.latest(row)
                rows.append(row | {"features": ""})
                left.remove(row)
            waiting += [item.name] if kept else []
    own = [row for row in left if earlier.is_own(row) and row["utterance"] not in written]
    rows += own
    lost = [row for row in left if row not in own and earlier.changed(row)]
    warnings = []
    if lost or earlier.warnings:
        names = _few([row["utterance"] for row in lost])
        what = f"{earlier.path}: {len(lost)} rows ({names}) belong to nothing that is there"
        what = what if lost else earlier.warnings[0]
        warnings.append(f"{what}; the table as it was is kept in {earlier.set_aside()}")
    head = [name for name in HEAD if name != "split" or any(row.get("split") for row in rows)]
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow([*head, *earlier.more])
    out.writerows([row.get(name, "") for name in (*head, *earlier.more)] for row in rows)
    earlier.note(written, last=False)
    replace(earlier.path, text.getvalue())
    earlier.note(written, last=True)
    return rows, tuple(waiting), warnings


def _is_of(earlier: Earlier, row: Cells, item: Item) -> bool:
    """Is ``row`` an utterance of an item that failed, and may say nothing of its own?"""
    ids = {_legible(own.id) for own in item.rows}
    return (
        row["utterance"] in ids
        or earlier.video(row) == _legible(item.name)
        or row.get("features") == _features(item.name)
    )


def _legible(text: str) -> str:
    """``text`` as a table can hold it: names of files may have bytes that are no letters, and line ends."""
    return " ".join(text.encode("utf-8", "backslashreplace").decode("utf-8").splitlines())


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")


def _features(name: str) -> str:
    """The file of the features of an item within the folder, unlike any other's."""
    readable = re.sub(r"[^\w.-]+", "_", name)[:60]
    return f"videos/{readable}-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}.h5"
