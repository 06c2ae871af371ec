"""docs/equations.md and its example run as they stand."""

from __future__ import annotations

import re
import runpy

import pytest

from equations import EXAMPLE


def test_the_page_declares_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    page = (EXAMPLE.parents[1] / "equations.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, "docs/equations.md", "exec"), {"__name__": "page"})
    out = capsys.readouterr().out
    assert "exact" in out
    assert "on_post: w = a_plus*w_max*x + w" in out


def test_the_example_resonates(capsys: pytest.CaptureFixture[str]) -> None:
    """Two pulses a period apart add up, two half a period apart cancel (Izhikevich 2001)."""
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    out = capsys.readouterr().out
    assert "20.9 ms apart: 1 spike(s)" in out
    assert "10.5 ms apart: 0 spike(s)" in out
