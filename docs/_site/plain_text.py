"""Our docstrings as reStructuredText: they are text first, equations are indented, and signs are signs."""

from __future__ import annotations

import re

SECTIONS = ("Parameters", "Attributes", "Returns", "Raises", "Notes", "References", "Examples", "See Also")


def _sections(lines: list[str]) -> list[str]:
    """Entries "name : text" as numpydoc has them, and what follows them as text."""
    made: list[str] = []
    for number, line in enumerate(lines):
        blank_before = number > 2 and not lines[number - 1].strip()
        heading = number + 1 < len(lines) and re.fullmatch(r"-{3,}", lines[number + 1].strip())
        if blank_before and not heading and re.match(r"[A-Z]", line) and "Notes" not in made:
            made += ["Notes", "-----"]
        entry = re.match(r"(\*{0,2}\w[\w, *]*?) ?: (.*)", line)
        if entry and "Notes" not in made:
            made += [_escaped(entry[1]), f"    {_escaped(entry[2])}"]
        else:
            made.append(line if heading else _escaped(line))
    return made


def _escaped(line: str) -> str:
    """Bars and stars outside of ``literals`` as they are written."""
    parts = re.split(r"(``.*?``)", line)
    return "".join(part if part.startswith("``") else re.sub(r"([|*])", r"\\\1", part) for part in parts)


def _listed(line: str) -> str:
    """The same, where a star may begin an entry of a list."""
    return f"* {_escaped(line[2:])}" if line.startswith("* ") else _escaped(line)


def paragraphs(text: str) -> list[str]:
    """Lines of a text without sections: what is indented is shown as it stands."""
    made: list[str] = []
    literal = False
    for paragraph in re.split(r"(\n\s*\n)", text)[::2]:
        own = paragraph.split("\n")
        listed = re.match(r"\s*([*-]|\d+\.) ", paragraph)
        uneven = not listed and any(line.startswith(" ") for line in own)
        said = next((line for line in reversed(made) if line.strip()), "")
        if uneven and not literal and not said.endswith("::"):
            made += ["::", ""]
        literal = uneven
        made += [f"    {line}" for line in own] if uneven else [_listed(line) for line in own]
        made.append("")
    return made


def as_restructured_text(app, what, name, obj, options, lines) -> None:
    """What autodoc has found, in place."""
    for number, line in enumerate(lines[1:], start=1):
        if re.fullmatch(r"-{3,}", line.strip()) and lines[number - 1] not in SECTIONS:
            lines[number - 1 : number + 1] = ["Parameters", "----------"]
    end = next((n - 1 for n, line in enumerate(lines) if re.fullmatch(r"-{3,}", line.strip())), len(lines))
    lines[:] = paragraphs("\n".join(lines[:end])) + _sections(lines[end:])
