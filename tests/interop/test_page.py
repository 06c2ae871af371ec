"""docs/interop.md: its example runs."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "interop.md").read_text(encoding="utf-8")


def test_its_example_runs_and_comes_back():
    for module in ("neo", "nir", "networkx", "scipy"):
        pytest.importorskip(module, reason="needs the extra interop")
    code, skipped = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert "doctest: skip" in skipped
    there = {}
    exec(code, there)  # a page of our own
    assert len(there["trains"]) == 50
    assert there["matrix"].nnz == there["graph"].number_of_edges() > 0
    assert there["again"].populations["cells"].n == 50
