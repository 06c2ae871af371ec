"""docs/learning.md: its example runs, and its weights move."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "learning.md").read_text(encoding="utf-8")

CODE = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_its_example_runs_and_both_projections_learn() -> None:
    code, _ = CODE
    there: dict[str, Any] = {}
    code = code.replace(
        "    sim.run(100.0)", "    before = sim.weights('pre->cells#2')\n    sim.run(100.0)", 1
    )
    exec(code + "    first, second = sim.weights('pre->cells'), sim.weights('pre->cells#2')\n", there)
    assert (there["first"] != 0.6).mean() > 0.5
    assert (there["second"] != there["before"]).mean() > 0.5


def test_its_example_of_teaching_runs() -> None:
    there: dict[str, Any] = {}
    exec("import numpy as np\nimport pysnn as snn\n" + CODE[1], there)
    assert there["answers"].shape == (20,)
