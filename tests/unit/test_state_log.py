"""States that go to the log while a simulation runs: the samples there are in memory, in SONATA's reports."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

import pysnn as snn


def network(to_log: bool) -> tuple[snn.Network, snn.Probe[snn.StateData], snn.Probe[snn.StateData]]:
    net = snn.Network(seed=1)
    cells = net.population("a", 50, snn.CubaLIF(i_e=500.0), init={"v": snn.Uniform(-70.0, -55.0)})
    net.probe(cells, "spikes")
    some = net.probe(cells[[7, 3, 40]], "v", every=0.3, to_log=to_log)
    return net, some, net.probe(cells, "i_exc", every=1.0, to_log=to_log, name="current")


def same(logged: snn.StateData, kept: snn.StateData) -> bool:
    """Float32 is what SONATA's reports hold."""
    return (
        np.array_equal(logged.t, kept.t)
        and np.array_equal(logged.i, kept.i)
        and np.array_equal(logged.values, kept.values.astype(np.float32))
        and (logged.name, logged.unit) == (kept.name, kept.unit)
    )


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_samples_in_the_log_are_those_in_memory(backend: str, tmp_path: Path) -> None:
    path = tmp_path / "log.h5"
    net, some, current = network(to_log=True)
    other, kept, kept_current = network(to_log=False)
    with (
        snn.Simulation(net, backend=backend, threads=2, log=path) as sim,
        snn.Simulation(other, backend=backend, threads=1) as ref,
    ):
        assert len(sim.data[some]) == 0
        for duration in (0.3, 30.0, 69.7):
            sim.run(duration)
            ref.run(duration)
            assert same(sim.data[some], ref.data[kept])
            sim.flush()
            assert same(snn.load(path).states["a.v"], ref.data[kept])  # while it is being written
    assert len(ref.data[kept]) == 334  # 0, 0.3, ..., 99.9
    assert same(sim.data[some], ref.data[kept])
    assert same(sim.data[current], ref.data[kept_current])
    recording = snn.load(path)
    assert list(recording.states) == ["a.v", "current"]
    assert same(recording.states["current"], ref.data[kept_current])
    assert np.array_equal(recording["a"].t, ref.data["a.spikes"].t)
    with pytest.raises(snn.UnknownNameError, match=r"unknown report of states 'a\.w'; did you mean 'a\.v'"):
        recording.states["a.w"]


def test_the_layout_is_that_of_sonatas_element_reports(tmp_path: Path) -> None:
    net, _, _ = network(to_log=True)
    with snn.Simulation(net, log=tmp_path / "log.h5") as sim:
        sim.run(30.0)
    with h5py.File(tmp_path / "log.h5") as file:
        report = file["report/a.v"]
        assert report["data"].shape == (101, 3)
        assert report["data"].dtype == np.float32
        assert report["mapping/node_ids"][:].tolist() == [7, 3, 40]
        assert report["mapping/index_pointers"][:].tolist() == [0, 1, 2, 3]
        assert report["mapping/element_ids"][:].tolist() == [0, 0, 0]
        assert report["mapping/time"][:].tolist() == pytest.approx([0.0, 30.3, 0.3])


def test_libsonata_reads_the_states(tmp_path: Path) -> None:
    libsonata = pytest.importorskip("libsonata", reason="libsonata is not installed (pip install libsonata)")
    net, some, _ = network(to_log=True)
    with snn.Simulation(net, log=tmp_path / "log.h5") as sim:
        sim.run(30.0)
    report = libsonata.ElementReportReader(str(tmp_path / "log.h5"))["a.v"]
    assert (report.time_units, report.data_units) == ("ms", "mV")
    assert sorted(report.get_node_ids()) == [3, 7, 40]
    read = report.get(node_ids=[40])
    assert np.array_equal(read.data[:, 0], sim.data[some].trace(40))
    assert read.times == pytest.approx(sim.data[some].t)


KILLED = """
import os, signal, sys
import pysnn as snn
net = snn.Network(seed=1)
cells = net.population("a", 50, snn.CubaLIF(i_e=500.0), init={"v": snn.Uniform(-70.0, -55.0)})
net.probe(cells, "spikes")
net.probe(cells[[7, 3, 40]], "v", every=0.3, to_log=True)
sim = snn.Simulation(net, log=sys.argv[1])
sim.run(60.0)
sim.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_states_of_a_killed_writer_are_read_and_recovered(tmp_path: Path) -> None:
    net, kept, _ = network(to_log=False)
    with snn.Simulation(net) as ref:
        ref.run(60.0)
    log, mended = tmp_path / "log.h5", tmp_path / "mended.h5"
    subprocess.run([sys.executable, "-c", KILLED, str(log)], check=False, timeout=120)
    assert not snn.load(log).closed
    assert same(snn.load(log).states["a.v"], ref.data[kept])
    snn.recover(log, mended)
    assert snn.load(mended).closed
    assert same(snn.load(mended).states["a.v"], ref.data[kept])


def test_a_log_left_open_keeps_its_states(tmp_path: Path) -> None:
    net, some, _ = network(to_log=True)
    sim = snn.Simulation(net, log=tmp_path / "log.h5")
    sim.run(30.0)
    sim.run(3.0)  # sooner than the next flush
    expected = sim.data[some].values
    del sim
    assert np.array_equal(snn.load(tmp_path / "log.h5").states["a.v"].values, expected)


def test_memory_stays_flat_while_states_go_to_the_log(tmp_path: Path) -> None:
    """20,000 neurons at 1,000 steps are 160 MB in float64; what is held does not grow with the run."""
    net = snn.Network(seed=1)
    net.probe(net.population("a", 20_000, snn.LIF()), "v", to_log=True)
    with snn.Simulation(net, threads=1, log=tmp_path / "log.h5") as sim:
        tracemalloc.start()
        sim.run(100.0)
        peak = tracemalloc.get_traced_memory()[1]  # how much a slice holds depends on how busy the machine is
        tracemalloc.stop()
    assert peak < 130e6
    assert (tmp_path / "log.h5").stat().st_size > 1001 * 20_000 * 4


# ---- what cannot be -------------------------------------------------------------------------------


def test_states_that_cannot_fit_are_refused_when_the_run_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    net = snn.Network(seed=1)
    cells = net.population("a", 50_000, snn.LIF())
    net.probe(cells, "v")
    net.probe(cells[:10], "v", every=1.0)
    with snn.Simulation(net, threads=1) as sim:
        # 20,001 samples of 50,000 values and a time, 8 bytes each: 7.5 GiB
        monkeypatch.setattr("pysnn.run.recordings.available", lambda: 7 * 2**30)
        with pytest.raises(
            MemoryError, match=r"'a\.v' samples 50000 neurons.* 7\.5 GiB.*every=.*a view.*to_log"
        ):
            sim.run(2000.0)
        assert sim.time == 0.0
        monkeypatch.setattr("pysnn.run.recordings.available", lambda: 8 * 2**30)
        sim._recordings.check_room(2000.0)
        monkeypatch.setattr("pysnn.run.recordings.available", lambda: None)
        sim._recordings.check_room(1e9)
        sim.run(1.0)
        assert len(sim.data["a.v"]) == 11


def test_a_log_that_does_not_fit_into_memory_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, some, _ = network(to_log=True)
    with snn.Simulation(net, log=tmp_path / "log.h5") as sim:
        sim.run(30.0)
        monkeypatch.setattr("pysnn.io.reports.available", lambda: 101 * 3 * 12 - 1)
        with pytest.raises(MemoryError, match=r"101 samples of 3 neurons.*file\['report/a\.v/data'\]"):
            sim.data[some]


def test_to_log_is_for_states_and_wants_a_log() -> None:
    net, _, _ = network(to_log=True)
    with pytest.raises(snn.ParameterError, match=r"probe 'a\.v' writes to a log \(to_log=True\): give one"):
        snn.Simulation(net)
    cells = net.populations["a"]
    wires = net.projection(cells, cells, snn.OneToOne(), weight=1.0, delay=1.0)
    with pytest.raises(snn.ParameterError, match="to_log= is for states"):
        net.probe(cells, "spikes", to_log=True)  # type: ignore[call-overload]
    with pytest.raises(snn.ParameterError, match="are static and never change"):
        net.probe(wires, "weight", changes=True, to_log=True)
    with pytest.raises(snn.ParameterError, match="expected True or False"):
        net.probe(cells, "v", to_log=1)  # type: ignore[call-overload]
    with pytest.raises(snn.ParameterError, match="without '/'"):
        net.probe(cells, "v", name="a/v", to_log=True)


def test_a_description_keeps_where_its_states_go() -> None:
    spec = network(to_log=True)[0].spec()
    assert snn.NetworkSpec.from_json(spec.to_json()) == spec
    assert [probe.to_log for probe in spec.probes] == [False, True, True]


@pytest.mark.parametrize("name", ["mémoire", "日本", "neuron’s"])
def test_populations_are_named_in_any_alphabet(name: str, tmp_path: Path) -> None:
    net = snn.Network(seed=1)
    cells = net.population(name, 3, snn.LIF(), init={"v": -60.0})
    probe = net.probe(cells, "v", every=1.0, to_log=True, name=f"{name}.v")
    learns = net.projection(
        cells,
        cells,
        snn.AllToAll(),
        weight=1.0,
        delay=1.0,
        name=f"{name} →",
        plasticity=snn.PairSTDP(w_max=2.0),
    )
    net.probe(learns, "weight", every=1.0, to_log=True, name="→")
    with snn.Simulation(net, log=tmp_path / "log.h5") as sim:
        sim.run(5.0)
        seen = sim.data[probe]
    logged = snn.load(tmp_path / "log.h5")
    assert np.array_equal(logged.states[f"{name}.v"].values, seen.values)
    assert logged.states[f"{name}.v"].name == f"{name}.v"
    assert list(logged.weights) == ["→"]
    assert list(logged) == [name]
