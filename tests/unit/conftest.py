"""Fixtures that several files of this folder use."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.checkpoint_cases import HALF, network

import pysnn as snn


@pytest.fixture(params=["clock", "event"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "at.h5"
    with snn.Simulation(network(), threads=2) as sim:
        sim.run(HALF)
        sim.save(path)
    return path
