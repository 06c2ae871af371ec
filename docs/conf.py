"""The documentation site: `nox -s docs`.

Pages are those of this folder; the API reference is made of the docstrings, and the gallery of the examples.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from pathlib import Path

import pysnn
from pysnn.base.sealed import Sealed

sys.path.insert(0, os.fspath(Path(__file__).parent / "_site"))
import gallery
import plain_text

project = "pysnn"
author = copyright = "The pysnn developers"
release = version = pysnn.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx_gallery.gen_gallery"]
html_theme = "furo"
html_title = f"pysnn {release}"
html_static_path = ["_site/static"]
html_css_files = ["gallery.css"]
# `so` in docstrings is code, as on the pages.
default_role = "code"
exclude_patterns = ["_made/README*", "_made/gallery_source", "_site", "examples", "**/sg_execution_times*"]
myst_heading_anchors = 3
# Pages also point to files of the repository, which are no pages.
# (config.cache: what the gallery is configured with are functions.)
suppress_warnings = ["myst.xref_missing", "myst.header", "misc.highlighting_failure", "config.cache"]
numpydoc_show_class_members = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"

HERE = Path(__file__).parent
MADE = HERE / "_made"
sphinx_gallery_conf = gallery.configuration(HERE)
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
MODULES = {
    "Neurons": "neurons", "Plasticity": "plasticity", "Short-term plasticity": "dynamics",
    "Sources": "sources", "Currents": "currents", "Connections": "connect", "Encoders": "encoders",
    "Errors": "errors",
    "Analysis": "analysis", "Plots": "plot", "Other tools": "interop", "SONATA circuits": "sonata",
}  # fmt: skip


def make_pages() -> None:
    """Write the pages of the API into docs/_made, which git does not keep."""
    MADE.mkdir(exist_ok=True)
    for old in MADE.glob("*.*"):
        if old.is_file():
            old.unlink()
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
            if issubclass(getattr(holder, name), Sealed):  # whose methods stand in several files
                lines += ["   :inherited-members: Sealed"]
        lines += [""]
    (MADE / f"{page}.rst").write_text("\n".join(lines), encoding="utf-8")
    return page


def setup(app) -> None:
    """Make the pages before Sphinx looks for them."""
    make_pages()
    gallery.write_sources(HERE / "examples", MADE / "gallery_source")
    # Before numpydoc, which reads the sections.
    app.connect("autodoc-process-docstring", plain_text.as_restructured_text, priority=100)
