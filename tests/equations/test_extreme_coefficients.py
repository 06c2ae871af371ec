"""Linear models with coefficients at the ends of what numbers hold: a result, or an error of ours, and soon.

In a process of its own, so that a run that never ends fails and does not stop the tests.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
LIMIT = 240  # s, for what takes one or two

RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import pysnn as snn
from equations import example

Model = getattr(example(), sys.argv[2])
for case in sys.argv[4:]:
    values = {name: float(value) for name, value in (part.split("=") for part in case.split(","))}
    try:
        net = snn.Network(seed=4)
        cells = net.population("cells", 2, Model(**values))
        source = net.source("source", 2, snn.SpikeArray([[1.0, 2.0, 5.0]] * 2))
        net.projection(source, cells, snn.OneToOne(), weight=1.0, delay=0.7)
        net.current(cells[:1], snn.StepCurrent([3.0], [40.0]))
        for state in Model.states:
            net.probe(cells, state, every=0.5, name=state)
        with snn.Simulation(net, backend=sys.argv[3], threads=1) as sim:
            sim.run(1000.0 if len(values) > 1 else 20.0)
            for state in Model.states:
                assert np.isfinite(np.asarray(sim.data[state].values)).all(), (case, state)
        print(case, "ran")
    except snn.PysnnError as error:
        assert "cells" in str(error) or sys.argv[2] in str(error), (case, error)
        print(case, "refused")
"""

VALUES = ("5e-324", "1e-12", "1e-300", "1e-290", "1e-200", "1e200", "1e300", "1.7e308")
CASES = {
    "CubaLIF": ("tau_m", "c_m", "tau_syn_exc", "i_e"),
    "AlphaLIF": ("tau_m", "c_m", "tau_syn_exc", "i_e"),
    "ALIF": ("tau_m", "c_m", "tau_adapt", "beta", "i_e"),
}


def run(model: str, backend: str, cases: list[str], outcome: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(TESTS), model, backend, *cases],
        capture_output=True, text=True, check=False, timeout=LIMIT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(cases)
    assert all(line.endswith(outcome) for line in lines), done.stdout


@pytest.mark.parametrize("model", ["CubaLIF", "AlphaLIF"])
def test_what_comes_to_rest_at_its_threshold_is_no_endless_search(model: str) -> None:
    """tau_m/c_m i_e = v_th - e_l: v rounds to v_th after some 300 ms, neither below nor on its way."""
    cases = [f"i_e=375,tau_syn_exc={tau}" for tau in ("2", "1e-3", "1e-6", "1e-9", "1e-12")]
    run(model, "event", cases, "ran")


@pytest.mark.parametrize("backend", ["event", "clock", "auto"])
@pytest.mark.parametrize("model", CASES)
def test_extreme_coefficients_give_a_result_or_an_error(model: str, backend: str) -> None:
    cases = [f"{name}={value}" for name in CASES[model] for value in VALUES]
    run(model, backend, cases, "")
