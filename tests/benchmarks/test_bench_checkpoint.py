"""Saving and resuming: seconds, beside those of building, and bytes of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pysnn as snn
from pysnn import networks

NETWORKS: dict[str, Any] = {
    "microcircuit": lambda: networks.microcircuit(seed=1, scale=0.1),
    "brunel_stdp": lambda: networks.brunel_stdp(seed=1, scale=0.2),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("what", ["build", "save", "resume"])
def test_checkpoint(name: str, what: str, benchmark: Any, tmp_path: Path) -> None:
    path = tmp_path / "at.h5"
    net = NETWORKS[name]()

    def build() -> snn.Simulation:
        return snn.Simulation(net, threads=2, dtype="float32")

    with build() as sim:
        sim.run(20.0)
        sim.save(path)
        work = {"build": build, "save": lambda: sim.save(path), "resume": lambda: snn.resume(path, threads=2)}
        benchmark.extra_info["bytes"] = path.stat().st_size
        benchmark.extra_info["synapses"] = sim.memory()["synapses"]
        benchmark.pedantic(work[what], rounds=3)
