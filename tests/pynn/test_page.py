"""integrations/pynn/README.md: its example runs; scripts that ask for a simulator by name find this one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyNN", reason="needs PyNN: pip install PyNN")

PACKAGE = Path(__file__).parents[2] / "integrations" / "pynn"


def test_its_example_runs():
    (code,) = re.findall(
        r"^```python\n(.*?)^```", (PACKAGE / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    there = {}
    exec(code, there)  # a page of our own
    (segment,) = there["block"].segments
    assert len(segment.spiketrains) == 100
    assert sum(map(len, segment.spiketrains)) > 100


def test_a_script_may_ask_pynn_for_the_simulator_by_its_name(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from pyNN.utility import get_simulator\n"
        "sim, options = get_simulator()\n"
        "sim.setup(threads=1)\n"
        "p = sim.Population(1, sim.IF_curr_exp(i_offset=1.0))\n"
        "p.record('spikes')\n"
        "sim.run(100.0)\n"
        "print(sim.__name__, int(p.mean_spike_count()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pynn_pysnn", str(script), "pysnn"],
        env={"PYTHONPATH": str(PACKAGE), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    # T = 0.1 + 20 ln(20 / 5) = 27.8 ms: three times in 100 ms.
    assert run.stdout.split()[-2:] == ["pynn_pysnn", "3"]
