"""The text of a declaration, cut into statements, and errors that show the place in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import EquationError

_STATEMENT = re.compile(
    r"\s*(?:d(?P<state>\w+)\s*/\s*dt|(?P<name>\w+))\s*=(?!=)(?P<value>.*?):(?P<unit>[^:]*)$", re.S
)
_ASSIGNMENT = re.compile(r"\s*(?P<name>\w+)\s*(?P<how>[-+*/]?=)(?!=)(?P<value>.*)$", re.S)


@dataclass(frozen=True)
class Text:
    """One piece of a declaration, as its user wrote it; ``owner`` begins every message about it."""

    owner: str
    text: str

    def error(self, message: str, at: int = 0, length: int = 1) -> EquationError:
        """An error that shows the line around ``at`` with what is meant underlined."""
        begin = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        line = self.text[begin:] if end < 0 else self.text[begin:end]
        indent = len(line) - len(line.lstrip())
        marks = " " * (at - begin - indent) + "^" * max(1, min(length, len(line) - (at - begin)))
        number = self.text.count("\n", 0, at) + 1
        where = f", line {number}" if "\n" in self.text.strip() else ""
        return EquationError(f"{self.owner}{where}: {message}\n    {line.strip()}\n    {marks}")

    def part(self, begin: int, end: int) -> Part:
        """The characters from ``begin`` to ``end``, without the space around them."""
        piece = self.text[begin:end]
        begin += len(piece) - len(piece.lstrip())
        return Part(self, begin, piece.strip())

    def whole(self) -> Part:
        """All of it."""
        return self.without_comments().part(0, len(self.text))

    def without_comments(self) -> Text:
        """The same with spaces in place of comments, so that every place stays where it is."""
        bare = re.sub(r"#[^\n]*", lambda found: " " * len(found.group()), self.text)
        return Text(self.owner, bare)


@dataclass(frozen=True)
class Part:
    """A piece of a text and where in it that begins."""

    text: Text
    begin: int
    string: str

    def error(self, message: str, at: int = 0, length: int | None = None) -> EquationError:
        """An error about the piece, or about ``length`` characters of it from ``at`` on."""
        return self.text.error(message, self.begin + at, len(self.string) if length is None else length)


@dataclass(frozen=True)
class Statement:
    """``dname/dt = value : unit`` (a state), or ``name = value : unit`` (what stands for a value)."""

    name: Part
    value: Part
    unit: Part
    is_state: bool


@dataclass(frozen=True)
class Assignment:
    """``name = value``, or ``name += value`` and its like: ``how`` is the sign between them."""

    name: Part
    how: str
    value: Part


def statements(text: Text) -> Iterator[Statement]:
    """Those of a system of equations. Each ends with its unit, so that it may go over several lines."""
    text = text.without_comments()
    begin = at = 0
    for line in text.text.splitlines(keepends=True):
        at += len(line)
        piece = text.text[begin:at]
        if ":" not in line and piece.strip():
            continue
        if piece.strip():
            yield _statement(text, begin, at)
        begin = at
    if text.text[begin:].strip():
        part = text.part(begin, len(text.text))
        raise part.error("expected 'dname/dt = ... : unit' or 'name = ... : unit' (its unit is missing)")


def _statement(text: Text, begin: int, end: int) -> Statement:
    found = _STATEMENT.match(text.text[begin:end].rstrip())
    if found is None:
        raise text.part(begin, end).error("expected 'dname/dt = ... : unit' or 'name = ... : unit'")
    is_state = found["state"] is not None
    name, value, unit = (
        text.part(begin + found.start(group), begin + found.end(group))
        for group in ("state" if is_state else "name", "value", "unit")
    )
    return Statement(name, value, unit, is_state)


def assignments(text: Text) -> Iterator[Assignment]:
    """Those of a reset or an arrival: one a line, or several with ';' between them."""
    return (_assignment(piece) for piece in _pieces(text))


def changes(text: Text) -> Iterator[Assignment | Statement]:
    """Assignments, and between them ``name = value : unit`` for what stands for a value further down."""
    for piece in _pieces(text):
        if ":" not in piece.string:
            yield _assignment(piece)
            continue
        statement = _statement(piece.text, piece.begin, piece.begin + len(piece.string))
        if statement.is_state:
            raise piece.error("expected 'name = ...' or 'name = ... : unit'")
        yield statement


def _pieces(text: Text) -> Iterator[Part]:
    text = text.without_comments()
    begin = 0
    for piece in re.split(r"[;\n]", text.text):
        if piece.strip():
            yield text.part(begin, begin + len(piece))
        begin += len(piece) + 1


def _assignment(piece: Part) -> Assignment:
    found = _ASSIGNMENT.match(piece.string)
    if found is None:
        raise piece.error("expected 'name = ...', 'name += ...', 'name -= ...' or 'name *= ...'")
    name, value = (
        piece.text.part(piece.begin + found.start(group), piece.begin + found.end(group))
        for group in ("name", "value")
    )
    return Assignment(name, found["how"], value)
