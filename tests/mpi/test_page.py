"""docs/mpi.md: its example prints the same on any number of ranks, and it names all that is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .launch import launch

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "mpi.md").read_text(encoding="utf-8")


@pytest.mark.mpi
def test_its_example_prints_the_same_on_any_number_of_ranks(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    program = tmp_path / "run.py"
    program.write_text(code, encoding="utf-8")
    printed = []
    for ranks in (1, 2):
        ended = launch(ranks, program)
        assert ended.code == 0, ended.error
        (line,) = ended.out.splitlines()
        assert line.startswith(f"{ranks} ranks: "), line
        printed.append(line.partition(": ")[2])
    assert printed[0] == printed[1]
    spikes = re.match(r"(\d+) spikes", printed[0])
    assert spikes is not None
    assert int(spikes[1]) > 100


def test_it_names_all_that_is_refused() -> None:
    table = PAGE.partition("## What is refused")[2].partition("\n## ")[0]
    for call in ["opencl", "rewire", "save"]:
        assert re.search(rf"`[^`]*\b{re.escape(call)}", table), call
