"""What somebody has filled in or changed in utterances.csv, which stays when the folder is extracted again.

Beside the table lies what was last written into it: what differs from that is somebody's. An utterance is
known again by its times, or by its name where it lies about where it lay.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

import pysnn as snn

from ..dataset import columns, table
from ..dataset.plain_text import plain, sign
from ..runfolder import replace

WRITTEN = "written.json"
FREE = ("video", "speaker", "begin", "end", "split", "label", "text")  # columns that somebody may change
NEEDED = ("video", "speaker", "begin", "end")  # which nobody empties to say something
NEAR = 0.0015  # s: times are written in ms

Cells: TypeAlias = dict[str, str]


@dataclass(frozen=True)
class Earlier:
    """The table of an earlier extraction.

    rows : of all its columns, those of ``table.KNOWN`` in lower case. more : columns that ``extract`` does
    not write. spans : begin and end of each row as they were written [s]. written : what ``extract`` wrote
    into ``FREE``, by utterance, the last times (a stop may come between the table and the note of it); None
    where nobody knows. warnings : of what is not read, and would be lost.
    """

    path: Path
    rows: tuple[Cells, ...] = ()
    more: tuple[str, ...] = ()
    spans: tuple[tuple[float, float], ...] = ()
    written: tuple[Mapping[str, Cells | None], ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path, head: Iterable[str]) -> Earlier:
        """The table ``path``, in whatever form a spreadsheet program has saved it, of the columns ``head``
        and others; ParameterError names file, row and column of what is wrong with it.
        """
        if not path.is_file():
            return cls(path)
        found = columns.read(path, table.is_feature, empty=True)
        texts = table.by_known_name(found) | {
            name: ["" if np.isnan(value) else repr(float(value)) for value in values]
            for name, values in found.numbers.items()
        }
        if "utterance" not in texts:
            raise snn.ParameterError(f"{path}: expected a column 'utterance' (got {', '.join(texts)})")
        begin, end = table.times_of(found, texts, table.names_of(found, texts["utterance"]))
        rows = tuple(dict(zip(texts, cells, strict=True)) for cells in zip(*texts.values(), strict=True))
        written = _noted(path.with_name(WRITTEN))
        spans = []
        for row, own in zip(rows, zip(begin.tolist(), end.tolist(), strict=True), strict=True):
            was = _was(written, row)
            spans.append((float(was[0]["begin"]), float(was[0]["end"])) if was else own)
        known = {*head}
        more = tuple(name for name in texts if name not in known)
        return cls(path, rows, more, tuple(spans), written, found.warnings)

    def changed(self, row: Cells) -> Cells:
        """The cells of a row that are somebody's."""
        own = {column: row[column] for column in self.more if row[column].strip()}
        was = _was(self.written, row)
        for column in FREE:
            cell = row.get(column, "")
            if not cell.strip() and (column in NEEDED or column not in row or not was):
                continue
            # Where nobody knows what was written, these two alone are never those of the source by chance.
            taken = not any(_same(column, cell, one[column]) for one in was)
            if taken if was or self.is_own(row) else column in ("speaker", "split"):
                own[column] = cell
        return own

    def merged(self, said: Cells, row: Cells) -> Cells:
        """What the source says of the utterance in ``row``, with what is somebody's."""
        cells = said | self.changed(row)
        if not _was(self.written, row):
            cells |= {name: row.get(name, "") for name in ("label", "text") if not said[name]}
        return cells

    def is_own(self, row: Cells) -> bool:
        """Has somebody added this row?"""
        return bool(self.written) and not any(row["utterance"] in one for one in self.written)

    def latest(self, row: Cells) -> Cells | None:
        """What was last written into ``FREE`` of a row, None where nobody knows."""
        return next(iter(_was(self.written, row)), None)

    def video(self, row: Cells) -> str:
        """Of a row, as it was written."""
        was = self.latest(row)
        return row.get("video", "") if was is None else was["video"]

    def matched(self, found: Iterable[Cells]) -> dict[int, int]:
        """Which row, by its number, each of the utterances ``found`` is; those that are new are left out."""
        cells = list(found)
        spans = [(float(one["begin"]), float(one["end"])) for one in cells]
        by_video: dict[str, list[int]] = {}
        for k, row in enumerate(self.rows):
            by_video.setdefault(self.video(row), []).append(k)
        pairs: dict[int, int] = {}
        used = set[int]()
        # Of several at one time the one of the same name.
        for by_name, by_time in ((True, _at), (False, _at), (True, _over)):
            for n, one in enumerate(cells):
                for k in by_video.get(one["video"], []) if n not in pairs else []:
                    named = not by_name or self.rows[k]["utterance"] == one["utterance"]
                    if k not in used and named and by_time(spans[n], self.spans[k]):
                        pairs[n] = k
                        used.add(k)
                        break
        return pairs

    def agreed(self) -> dict[str, Cells]:
        """By video, the speaker and part that somebody gave to all its rows, for those that are new in it."""
        found: dict[str, Cells] = {}
        for row in self.rows:
            own = self.changed(row)
            given = {name: own.get(name, "") for name in ("speaker", "split")}
            before = found.setdefault(self.video(row), given)
            found[self.video(row)] = {
                name: cell for name, cell in before.items() if cell and cell == given[name]
            }
        return found

    def set_aside(self) -> Path:
        """Keep the table as it is under a name that is free."""
        for number in itertools.count(1):
            more = "" if number == 1 else f"-{number}"
            path = self.path.with_name(f"{self.path.stem}-kept{more}{self.path.suffix}")
            with contextlib.suppress(FileExistsError), path.open("xb") as target:
                target.write(self.path.read_bytes())
                return path
        raise AssertionError  # numbers do not end

    def note(self, written: Mapping[str, Cells | None], *, last: bool) -> None:
        """Say what ``extract`` writes: beside what it wrote before, or, at ``last``, in place of it."""
        content = [written] if last else [written, *self.written]
        replace(self.path.with_name(WRITTEN), json.dumps(content, ensure_ascii=False, indent=0) + "\n")


def _was(written: Iterable[Mapping[str, Cells | None]], row: Cells) -> list[Cells]:
    """What ``extract`` may have written into a row, the last first; [] where nobody knows."""
    return [cells for one in written if (cells := one.get(row["utterance"])) is not None]


def _noted(path: Path) -> tuple[Mapping[str, Cells | None], ...]:
    """() where there is none, or it is no such file: then nobody knows what was written."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    fine = isinstance(content, list) and all(
        isinstance(one, dict) and all(cells is None or _is_cells(cells) for cells in one.values())
        for one in content
    )
    return tuple(content) if fine else ()


def _is_cells(cells: object) -> bool:
    try:
        return (
            isinstance(cells, dict)
            and all(isinstance(cells[column], str) for column in FREE)
            and float(cells["begin"]) <= float(cells["end"])
        )
    except (KeyError, ValueError):
        return False


def _same(column: str, a: str, b: str) -> bool:
    """Do two cells say the same, however a spreadsheet program writes it?"""
    one, other = (plain(text) or "" for text in (a, b))
    if one == other or column not in ("begin", "end", "label"):
        return one == other
    try:
        if column == "label":
            return float(sign(one)) == float(sign(other))
        return abs(table.time_of(one, "") - table.time_of(other, "")) < NEAR
    except ValueError:  # of which ParameterError is one
        return False


def _at(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return abs(a[0] - b[0]) < NEAR and abs(a[1] - b[1]) < NEAR


def _over(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Do they share more than half of the shorter?"""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return shared > 0.5 * min(a[1] - a[0], b[1] - b[0])
