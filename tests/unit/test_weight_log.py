"""Weights at intervals that go to the log rather than stay in memory."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

import pysnn as snn


def network(to_log: bool) -> snn.Network:
    net = snn.Network(seed=2)
    cells = net.population("cells", 40, snn.LIF(i_e=600.0), init={"v": snn.Uniform(-70.0, -56.0)})
    net.projection(
        cells,
        cells,
        snn.FixedProbability(0.2),
        weight=0.3,
        delay=[1.0, 2.5],
        plasticity=snn.PairSTDP(w_max=1.0, a_plus=0.05),
        name="plastic",
    )
    net.probe(net.projections["plastic"], "weight", every=4.0, to_log=to_log, name="w")
    return net


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_log_holds_what_memory_would(dtype: str, tmp_path: Path) -> None:
    with snn.Simulation(network(to_log=False), dtype=dtype) as sim:
        sim.run(50.0)
        kept, synapses = sim.data["w"], sim.synapses("plastic")
    assert not np.array_equal(kept.values[0], kept.values[-1])
    path = tmp_path / "run.h5"
    with snn.Simulation(network(to_log=True), dtype=dtype, log=path) as sim:
        for _ in range(5):
            sim.run(10.0)
        while_open = sim.data["w"]
    for read in (while_open, sim.data["w"], snn.load(path).weights["w"]):
        assert np.array_equal(read.t, kept.t)
        assert np.array_equal(read.values, kept.values)
        assert read.values.dtype == kept.values.dtype
    assert list(snn.load(path).states) == []
    with h5py.File(path, "r") as file:
        report = file["report/w"]
        assert np.array_equal(report["data"][:], kept.values)
        assert np.array_equal(report["mapping/source_ids"][:], synapses.i)
        assert np.array_equal(report["mapping/node_ids"][:], synapses.j)
        assert np.array_equal(report["mapping/k"][:], synapses.k)
        assert np.array_equal(report["mapping/element_ids"][:], np.arange(len(synapses)))
        assert report.attrs["projection"] == b"plastic"


def test_they_are_recovered_and_continued(tmp_path: Path) -> None:
    log, at = tmp_path / "run.h5", tmp_path / "at.h5"
    with snn.Simulation(network(to_log=True), log=log) as sim:
        sim.run(50.0)
        kept = sim.data["w"]
    other = snn.Simulation(network(to_log=True), log=log)
    other.run(25.0)
    other.save(at)
    other.run(10.0)
    other.flush()
    snn.recover(log, tmp_path / "saved.h5")
    assert np.array_equal(snn.load(tmp_path / "saved.h5").weights["w"].values, kept.values[:9])
    with snn.resume(at, log=log) as sim:
        sim.run(25.0)
    assert np.array_equal(snn.load(log).weights["w"].values, kept.values)
    assert np.array_equal(snn.load(log).weights["w"].t, kept.t)
    other.close()


def test_misuse(tmp_path: Path) -> None:
    with pytest.raises(snn.ParameterError, match="give one"):
        snn.Simulation(network(to_log=True))
    with snn.Simulation(network(to_log=True), log=tmp_path / "run.h5") as sim:
        sim.run(5.0)
        with pytest.raises(snn.ParameterError, match="writes to the log"):
            sim.take("w")
    with pytest.raises(snn.UnknownNameError, match="unknown report of weights 'v'"):
        snn.load(tmp_path / "run.h5").weights["v"]


# ---- changes ----------------------------------------------------------------------------------------------


def with_changes(to_log: bool) -> snn.Network:
    net = network(to_log=False)
    net.probe(net.projections["plastic"], "weight", changes=True, to_log=to_log, name="changes")
    return net


def same_changes(a: snn.WeightChanges, b: snn.WeightChanges) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("t", "i", "j", "k", "w"))


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_log_holds_the_changes_that_memory_would(backend: str, tmp_path: Path) -> None:
    with snn.Simulation(with_changes(to_log=False), backend=backend) as sim:
        sim.run(50.0)
        kept = sim.data["changes"]
    assert len(kept) > 100
    log, at = tmp_path / "run.h5", tmp_path / "at.h5"
    with snn.Simulation(with_changes(to_log=True), backend=backend, log=log, threads=2) as sim:
        for _ in range(5):
            sim.run(10.0)
        assert same_changes(sim.data["changes"], kept)
    assert same_changes(sim.data["changes"], kept)
    read = snn.load(log)
    assert [*read.changes] == ["changes"]
    assert [*read.weights] == [*read.states] == []
    assert same_changes(read.changes["changes"], kept)
    with h5py.File(log, "r") as file:
        assert "report" not in file  # of which SONATA's readers know nothing
    other = snn.Simulation(with_changes(to_log=True), backend=backend, log=log)
    other.run(25.0)
    other.save(at)
    other.run(10.0)
    other.flush()
    snn.recover(log, tmp_path / "saved.h5")
    saved = snn.load(tmp_path / "saved.h5").changes["changes"]
    assert same_changes(saved, other.data["changes"])
    with snn.resume(at, log=log, threads=3) as sim:
        sim.run(25.0)
    assert same_changes(snn.load(log).changes["changes"], kept)
    with snn.Simulation(with_changes(to_log=True), log=tmp_path / "none.h5") as sim:
        assert len(sim.data["changes"]) == 0
    assert len(snn.load(tmp_path / "none.h5").changes["changes"]) == 0
    other.close()
