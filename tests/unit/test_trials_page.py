"""docs/trials.md: its example runs, and its table of resets is what resets do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "trials.md").read_text(encoding="utf-8")


def test_its_example_runs_and_its_cells_answer() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    there: dict[str, Any] = {}
    exec(code, there)  # a page of our own
    assert there["counts"].shape == (1000, 200)
    assert there["counts"].any(axis=0).mean() > 0.5


def small() -> snn.Network:
    net = snn.Network(seed=1)
    cells = net.population("cells", 5, snn.LIF())
    fed = net.source("fed", 5, snn.Input())
    net.projection(fed, cells, snn.OneToOne(), weight=40.0, delay=1.0)
    net.probe(cells, "spikes", name="spikes")
    return net


@pytest.mark.parametrize("from_zero", [True, False])
def test_the_table_of_resets_on_what_was_fed_injected_and_is_to_come(from_zero: bool) -> None:
    """Rows "over" or "gone" on the one side, "stay" and "keeps its course" on the other."""
    with snn.Simulation(small()) as sim:
        sim.feed("fed", ([10.0], [3]))
        sim.inject("cells", snn.ConstantCurrent(100.0))
        sim.set_weights("fed->cells", 0.0, at=15.0)
        sim.run(2.0)
        sim.reset(from_zero=from_zero)
        assert len(sim.pending) == (0 if from_zero else 1)
        sim.run(11.0)
        assert sim.spike_counts()["cells"] == (0 if from_zero else 1)
        v = sim.state("cells", "v")[0]
        flows = 4.0 * -np.expm1(-1.1)  # mV of 100 pA on 250 pF with 10 ms, after 11
        assert v == pytest.approx(-70.0 + (0.0 if from_zero else flows), abs=1e-9)
