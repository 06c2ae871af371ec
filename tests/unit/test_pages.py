"""Pages of docs/: every block of Python on them runs, and comes to what the page says."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
EQUATIONS = ("sympy", "pint", "llvmlite")
There = dict[str, Any]


def nest(there: There) -> None:
    """Both fire alike: spikes of NEST on a grid are those of the clock."""
    assert len(there["times"]) > 10
    assert there["times"] == pytest.approx(sorted(there["recorder"].events["times"]), abs=1e-9)


def brian2(there: There) -> None:
    assert there["cells"].n == 4000
    assert there["Cell"].chosen_scheme.kind == "exact"
    # From -60 mV towards -49: T = 5 + 20 ln(11 / 1) = 53 ms, 18.9 Hz without synapses.
    assert there["rate"] > 15.0


def pynn(there: There) -> None:
    assert len(there["trains"]) == 10
    assert sum(len(train) for train in there["trains"]) > 0
    assert there["signal"].shape[1] == 2


def snntorch(there: There) -> None:
    """U[t+1] = beta (U[t] - S[t]) + W X[t+1], step by step in NumPy; what is still above fires again."""
    u, fired, counts = np.zeros((8, 3)), np.zeros((8, 3), bool), np.zeros((8, 3), int)
    for spikes in there["spikes_in"]:
        left = u - fired
        u = there["beta"] * left + spikes @ there["weights"]
        fired = (u >= 1.0) | (left >= 1.0)
        counts += fired
    assert counts.sum() > 20
    assert counts.tolist() == there["counts"].tolist()


def data_sets(there: There) -> None:
    assert there["accuracy"] > 0.9
    assert np.abs(there["after"] - there["before"]).mean() > 0.01
    assert there["answers"].shape == (100, 10)


def closed_loop(there: There) -> None:
    """It comes to where it shall be, and stays: without a push it would not leave 0."""
    assert np.abs(np.array(there["heights"][-200:]) - 1.0).max() < 0.1


def connectivity(there: There) -> None:
    table = there["synapses"]
    assert list(zip(table["i"], table["j"], strict=True)) == [(0, 1), (5, 7), (5, 7), (29, 19)]
    assert there["weights"].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert list(table["delay"]) == [1.0, 1.5, 9.0, 2.0]
    assert abs(there["matrix"] - there["near"]).max() == 0.0


def engines(there: There) -> None:
    rates = there["rates"]
    assert rates["clock"] > 5.0
    assert rates["event"] == pytest.approx(rates["clock"], rel=0.15)
    assert rates["auto"] == pytest.approx(rates["clock"], rel=0.15)
    assert there["chosen"].keys() == {"busy", "quiet"}


def writing(there: There) -> None:
    assert len(there["interval"]) > 10
    assert there["interval"] == pytest.approx(there["expected"], abs=1e-4)


PAGES: dict[str, tuple[Callable[[There], None], tuple[str, ...]]] = {
    "from_nest.md": (nest, ("nest",)),
    "from_brian2.md": (brian2, EQUATIONS),
    "from_pynn.md": (pynn, ("neo",)),
    "from_snntorch.md": (snntorch, ()),
    "data_sets.md": (data_sets, ()),
    "closed_loop.md": (closed_loop, ()),
    "connectivity.md": (connectivity, ("scipy",)),
    "choosing_an_engine.md": (engines, ()),
    "writing_a_model.md": (writing, EQUATIONS),
}
# Run by tests of their own, beside what else those pages say.
ELSEWHERE = {
    "changes_while_running.md", "checkpoints.md", "crossover.md", "encoders.md", "equations.md", "interop.md",
    "learning.md", "models.md", "mpi.md", "parameters.md", "short_term_plasticity.md", "trials.md",
}  # fmt: skip


@pytest.mark.parametrize(
    "page", [pytest.param(p, marks=pytest.mark.nest) if p == "from_nest.md" else p for p in PAGES]
)
def test_its_blocks_run_and_come_to_what_it_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    check, needed = PAGES[page]
    for module in needed:
        pytest.importorskip(module, reason=f"{page} needs {module}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYSNN_CACHE", str(tmp_path / "cache"))
    blocks = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    assert blocks
    there: There = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, page, "exec"), there)  # pages of our own
    check(there)


def test_every_page_with_python_is_run_by_a_test() -> None:
    with_python = {page.name for page in DOCS.glob("*.md") if BLOCK.search(page.read_text(encoding="utf-8"))}
    assert with_python - PAGES.keys() - ELSEWHERE == set()


def test_the_gallery_has_every_example_in_one_theme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And gives each a title, as sphinx-gallery asks of them."""
    monkeypatch.syspath_prepend(str(DOCS / "_site"))
    gallery = importlib.import_module("gallery")
    gallery.write_sources(DOCS / "examples", tmp_path / "gallery")
    shown = [path for path in (tmp_path / "gallery").glob("*/*.py") if path.stem not in gallery.SHARED]
    assert len(shown) >= 25
    for path in shown:
        _, title, line, *_ = path.read_text(encoding="utf-8").splitlines()
        assert title
        assert line == "=" * len(title)


def test_links_between_pages_lead_somewhere() -> None:
    """To pages, examples, figures and files of the repository, from docs/ and the README."""
    root = DOCS.parent
    broken = [
        f"{page.relative_to(root)}: {target}"
        for page in (*DOCS.glob("*.md"), root / "README.md", root / "apps" / "mmsa" / "README.md")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
