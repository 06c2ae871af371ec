"""PyNN's own scenario tests, unmodified, where PYNN_SCENARIOS names their folder (test/system/scenarios)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyNN", reason="needs PyNN: pip install PyNN")

SCENARIOS = os.environ.get("PYNN_SCENARIOS")


@pytest.mark.slow
@pytest.mark.skipif(SCENARIOS is None, reason="PYNN_SCENARIOS names no folder of PyNN's source distribution")
@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
def test_all_scenarios_but_the_one_with_compartments_pass(backend, tmp_path):
    package = Path(__file__).parents[2] / "integrations" / "pynn"
    run = subprocess.run(
        [
            sys.executable, "-W", "ignore", "-m", "pytest", "-c", os.devnull, "-q",
            "-p", "no:cacheprovider", "-p", "pynn_pysnn.scenarios", "--pysnn-backend", backend,
            str(SCENARIOS),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=600,
    )  # fmt: skip
    counts = {kind: int(n) for n, kind in re.findall(r"(\d+) (passed|failed|error|skipped)", run.stdout)}
    assert counts.get("passed") == 65, run.stdout[-3000:]
    assert "failed" not in counts, run.stdout[-3000:]
