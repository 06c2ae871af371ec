"""What spreadsheet programs write: delimiters, decimal commas, times of day for seconds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import pysnn as snn

from .plain_text import sign

DELIMITERS = ",;\t|"
# Zip, which .xlsx and .ods are, and the container of .xls.
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

_SEP = re.compile(r'"?sep=(.)"?[ \t;,]*\r?(?:\n|\r|$)', re.IGNORECASE)
_COMMA = re.compile(r"-?(\d*),(\d+)(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(r"-?\d{1,3}(?:[ .,'\u2019\u00a0\u202f]\d{3})+(?:[.,]\d+)?")
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,6}):(\d{1,2}(?:[.,]\d{1,30})?)")


def delimiter(text: str, owner: str) -> tuple[str, int]:
    """What parts the cells of a table, and where the table begins in ``text``: after a line ``sep=;``, as
    Excel writes and reads it; without one it is what the first line has most of, outside quotes.

    ParameterError, with ``owner``, where that line names what is no delimiter.
    """
    said = _SEP.match(text)
    if said is not None:
        if said[1] not in DELIMITERS:
            raise snn.ParameterError(
                f"{owner}: row 1: expected sep= and a comma, semicolon, tab or bar (got {said[0].strip()!r})"
            )
        return said[1], said.end()
    bare = "".join(re.split(r"[\r\n]", text, maxsplit=1)[0].split('"')[::2])
    return max(DELIMITERS, key=bare.count), 0


def has_decimal_commas(cells: Iterable[str], delimiter: str) -> bool:
    """Are commas the decimal points of a table with these ``cells``?

    They are where another sign parts cells, no number has a point, and one at least cannot be a whole number
    with its thousands apart, as 1,234 could.
    """
    if delimiter == ",":
        return False
    found = False
    for cell in cells:
        bare = sign(cell)
        if "." in bare and any(c.isdigit() for c in bare):
            return False
        comma = _COMMA.fullmatch(bare)
        found |= comma is not None and _GROUPED.fullmatch(bare) is None
        found |= comma is not None and comma[1].startswith("0")
    return found


def with_point(cell: str) -> str:
    """A number with a decimal comma as one with a point; anything else as it is."""
    bare = sign(cell)
    return bare.replace(",", ".") if _COMMA.fullmatch(bare) else cell


def hint(cell: str) -> str:
    """What to do about a cell that is no number, "" where nothing better is known."""
    bare = cell.strip()
    if bare.startswith("#"):
        return ", which the spreadsheet could not compute"
    if bare.endswith("%"):
        return ", not per cent"
    if _GROUPED.fullmatch(bare):
        return " with a decimal point, no comma, and its thousands not apart"
    return "; a decimal point, no comma" if "," in bare else ""


def seconds(text: str) -> float | None:
    """``hh:mm:ss``, ``mm:ss`` and either with a fraction, exactly, in s; None for anything else."""
    clock = _CLOCK.fullmatch(text.strip())
    if clock is None:
        return None
    hours, minutes, rest = int(clock[1] or 0), int(clock[2]), Decimal(clock[3].replace(",", "."))
    if rest >= 60 or (clock[1] is not None and minutes >= 60):
        return None
    return float(3600 * hours + 60 * minutes + rest)
