"""The documentation site: `nox -s docs`.

Pages are those of this folder; the API reference is made of the docstrings, and a page for each example.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
from pathlib import Path

import pysnn

sys.path.insert(0, os.fspath(Path(__file__).parent))

project = "pysnn"
author = copyright = "The pysnn developers"
release = version = pysnn.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
html_theme = "furo"
html_title = f"pysnn {release}"
html_static_path: list[str] = []
exclude_patterns = ["_made/README*"]
myst_heading_anchors = 3
# Pages also point to files of the repository, which are no pages.
suppress_warnings = ["myst.xref_missing", "myst.header", "misc.highlighting_failure"]
numpydoc_show_class_members = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"

HERE = Path(__file__).parent
MADE = HERE / "_made"
FAMILIES = {
    "Describing a network": [
        "Network", "Population", "SourceGroup", "View", "Projection", "Probe", "Modulator", "NetworkSpec",
        "Homeostasis", "Delays",
    ],
    "Running it": ["Simulation", "resume", "Lesson", "TrialResults", "TrialsInterrupted"],
    "What was recorded": [
        "SpikeData", "StateData", "WeightData", "WeightChanges", "StoredBlock", "Recording", "load",
        "recover",
    ],
    "Distributions": ["Distribution", "Constant", "Uniform", "Normal", "LogNormal", "Array"],
    "Equations": ["Equations", "RuleEquations", "param"],
    "Spike trains": ["SpikeTrains", "TrialSpikes"],
}  # fmt: skip
SECTIONS = ("Parameters", "Attributes", "Returns", "Raises", "Notes", "References", "Examples", "See Also")
MODULES = {
    "Neurons": "neurons", "Plasticity": "plasticity", "Short-term plasticity": "dynamics",
    "Sources": "sources", "Currents": "currents", "Connections": "connect", "Encoders": "encoders",
    "Errors": "errors",
    "Analysis": "analysis", "Plots": "plot", "Other tools": "interop", "SONATA circuits": "sonata",
}  # fmt: skip


def make_pages() -> None:
    """Write the pages of the API and of the examples into docs/_made, which git does not keep."""
    MADE.mkdir(exist_ok=True)
    chapters = []
    known: set[str] = set()
    for title, names in FAMILIES.items():
        chapters.append(_chapter(title, "pysnn", names))
        known.update(names)
    for title, module in MODULES.items():
        members = getattr(pysnn, module)
        names = [
            name
            for name in getattr(members, "__all__", sorted(vars(members)))
            if not name.startswith("_")
            and (inspect.isclass(getattr(members, name)) or inspect.isfunction(getattr(members, name)))
            and getattr(members, name).__module__.startswith("pysnn")
        ]
        chapters.append(_chapter(title, f"pysnn.{module}", [n for n in names if n not in known]))
    lines = ["# API reference", "", "```{toctree}", ":maxdepth: 1", "", *chapters, "```", ""]
    (MADE / "api.md").write_text("\n".join(lines), encoding="utf-8")
    _examples()


def _chapter(title: str, module: str, names: list[str]) -> str:
    page = "api_" + re.sub(r"\W+", "_", title.lower())
    lines = [title, "=" * len(title), "", f".. currentmodule:: {module}", ""]
    holder = pysnn if module == "pysnn" else getattr(pysnn, module.partition(".")[2])
    for name in names:
        kind = "autoclass" if inspect.isclass(getattr(holder, name)) else "autofunction"
        lines += [f".. {kind}:: {name}"]
        if kind == "autoclass":
            lines += [
                "   :members:",
                "   :exclude-members: check, check_one, check_size, fires_alone, lower, support, typical",
            ]
        lines += [""]
    (MADE / f"{page}.rst").write_text("\n".join(lines), encoding="utf-8")
    return page


def _examples() -> None:
    pages = []
    for path in sorted((HERE / "examples").glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
        title, _, rest = text.partition("\n")
        page = [
            f"# {title.rstrip('.')}", "", "```text", rest.strip() or title, "```", "",
            f"```{{literalinclude}} ../examples/{path.name}", ":language: python", "```", "",
        ]  # fmt: skip
        (MADE / f"example_{path.stem}.md").write_text("\n".join(page), encoding="utf-8")
        pages.append(f"example_{path.stem}")
    lines = ["# Examples", "", "```{toctree}", ":maxdepth: 1", "", *pages, "```", ""]
    (MADE / "examples.md").write_text("\n".join(lines), encoding="utf-8")


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


def as_restructured_text(app, what, name, obj, options, lines) -> None:
    """Our docstrings are text first: equations are indented, and signs are signs."""
    for number, line in enumerate(lines[1:], start=1):
        if re.fullmatch(r"-{3,}", line.strip()) and lines[number - 1] not in SECTIONS:
            lines[number - 1 : number + 1] = ["Parameters", "----------"]
    end = next((n - 1 for n, line in enumerate(lines) if re.fullmatch(r"-{3,}", line.strip())), len(lines))
    made: list[str] = []
    literal = False
    paragraphs = re.split(r"(\n\s*\n)", "\n".join(lines[:end]))
    for paragraph in paragraphs[::2]:
        own = paragraph.split("\n")
        listed = re.match(r"\s*([*-]|\d+\.) ", paragraph)
        uneven = not listed and any(line.startswith(" ") for line in own)
        said = next((line for line in reversed(made) if line.strip()), "")
        if uneven and not literal and not said.endswith("::"):
            made += ["::", ""]
        literal = uneven
        made += [f"    {line}" for line in own] if uneven else [_listed(line) for line in own]
        made.append("")
    made += _sections(lines[end:])
    lines[:] = made


def setup(app) -> None:
    """Make the pages before Sphinx looks for them."""
    make_pages()
    # Before numpydoc, which reads the sections.
    app.connect("autodoc-process-docstring", as_restructured_text, priority=100)
