"""Probes that begin while the network runs, and recordings that are taken and forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn


def network() -> tuple[snn.Network, Any, Any, Any]:
    net = snn.Network(seed=3)
    noise = net.source("noise", 40, snn.Poisson(300.0))
    cells = net.population("cells", 50, snn.LIF(t_ref=1.0), init={"v": snn.Uniform(-70.0, -55.0)})
    net.projection(noise, cells, snn.FixedProbability(0.3), weight=2.5, delay=1.0)
    wires = net.projection(
        cells, cells, snn.FixedProbability(0.2), weight=0.5, delay=2.0,
        plasticity=snn.PairSTDP(w_max=1.0, a_plus=0.1), name="wires",
    )  # fmt: skip
    return net, noise, cells, wires


def declare(net: snn.Network, noise: Any, cells: Any, wires: Any) -> None:
    net.probe(cells, "spikes", name="s")
    net.probe(cells[[7, 2]], "spikes", name="some")
    net.probe(noise, "spikes", name="n")
    net.probe(cells[:5], "v", every=0.5, name="v")
    net.probe(wires, "weight", every=4.0, name="w")
    net.probe(wires, "weight", changes=True, name="c")


def probe_late(sim: snn.Simulation, noise: Any, cells: Any, wires: Any) -> None:
    sim.probe(cells, "spikes", name="s")
    sim.probe(cells[[7, 2]], "spikes", name="some")
    sim.probe(noise, "spikes", name="n")
    sim.probe(cells[:5], "v", every=0.5, name="v")
    sim.probe(wires, "weight", every=4.0, name="w")
    sim.probe(wires, "weight", changes=True, name="c")


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
@pytest.mark.parametrize("begin", [0.0, 10.0, 12.3])
def test_a_late_probe_records_what_an_early_one_does_from_then_on(backend: str, begin: float) -> None:
    net, *parts = network()
    late = network()[0]
    declare(net, *parts)
    options: dict[str, Any] = {"engines": {"cells": "event"}} if backend == "auto" else {}
    with snn.Simulation(net, backend=backend, threads=2, **options) as sim:
        sim.run(begin)
        sim.run(30.0 - begin)
        all_of_it = {name: sim.data[name] for name in sim.data}
    with snn.Simulation(late, backend=backend, threads=2, **options) as sim:
        sim.run(begin)
        probe_late(sim, late.sources["noise"], late.populations["cells"], late.projections["wires"])
        sim.run(30.0 - begin)
        assert list(sim.data) == list(all_of_it)
        for name, whole in all_of_it.items():
            ours, from_then = sim.data[name], whole.t > begin
            if name in "vw":  # samples of the moment itself are taken
                from_then = whole.t >= begin
            assert np.array_equal(ours.t, whole.t[from_then]), name
            assert ours.t.size > 0
            for part in ("i", "values", "w", "j", "k"):
                mine: Any = getattr(ours, part, None)
                theirs: Any = getattr(whole, part, None)
                if mine is not None:
                    along = theirs.shape[0] == whole.t.size
                    assert np.array_equal(mine, theirs[from_then] if along else theirs), (name, part)
        assert sim.data["s"].begin == begin
        count = np.count_nonzero(all_of_it["s"].t > begin)
        assert sim.data["s"].rate() == pytest.approx(count / 50 / (30.0 - begin) * 1e3)


def test_a_late_probe_has_a_handle_and_a_free_name() -> None:
    net, noise, cells, _ = network()
    net.probe(cells, "spikes")
    sim = snn.Simulation(net)
    probe = sim.probe(cells, "spikes")
    other = sim.probe(noise, "spikes")
    assert (probe.name, other.name) == ("cells.spikes#2", "noise.spikes")
    sim.run(10.0)
    assert sim.data[probe].count == sim.data["cells.spikes"].count > 0
    assert probe in sim.data


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
def test_what_is_taken_step_by_step_is_what_a_probe_has_in_the_end(backend: str) -> None:
    net, *parts = network()
    declare(net, *parts)
    options: dict[str, Any] = {"engines": {"cells": "event"}} if backend == "auto" else {}
    with snn.Simulation(net, backend=backend, **options) as sim:
        for _ in range(30):
            sim.run(1.0)
        whole = {name: sim.data[name] for name in sim.data}
    taken: dict[str, list[Any]] = {name: [] for name in whole}
    with snn.Simulation(net, backend=backend, **options) as sim:
        for step in range(30):
            sim.run(1.0)
            for name in taken:
                taken[name].append(sim.take(name))
            spikes = taken["s"][-1]
            assert (spikes.begin, spikes.duration) == (float(step), step + 1.0)
            assert spikes.counts().sum() == spikes.count
        assert all(len(sim.data[name]) == 0 for name in taken)
        again = sim.take("s")
        assert again.counts().tolist() == [0] * 50
        with pytest.raises(snn.ParameterError, match="nothing ran since"):
            again.rate()
    for name, data in whole.items():
        for part in ("t", "i", "values", "w", "j", "k"):
            value = getattr(data, part, None)
            if value is not None and not (part == "i" and name == "v"):
                assert np.array_equal(np.concatenate([getattr(d, part) for d in taken[name]]), value), name
    assert sum(d.counts() for d in taken["some"]).tolist() == whole["some"].counts().tolist()
    assert whole["c"].t.size > 10


def test_memory_stays_flat_where_all_is_taken() -> None:
    net, _, cells, _ = network()
    spikes, voltage = net.probe(cells, "spikes"), net.probe(cells, "v", every=0.1)
    with snn.Simulation(net) as sim:
        sim.run(1.0)
        sim.take(voltage)
        recorder = sim._recordings._recorders[voltage.name]
        for _ in range(200):
            sim.run(1.0)
            assert sim.take(voltage).values.shape == (10, 50)
            sim.take(spikes)
            assert len(recorder._samples) == 0  # type: ignore[attr-defined]  # of StateRecorder, not of any


def test_a_late_probe_of_a_source_does_not_disturb_the_log(tmp_path: Path) -> None:
    net, noise, cells, _ = network()
    with snn.Simulation(net, log=tmp_path / "log.h5") as sim:
        sim.run(5.0)
        probe = sim.probe(noise, "spikes")
        mine = sim.probe(cells, "spikes")
        sim.run(5.0)
        assert sim.data[probe].count > 0
        count = sim.spike_counts()["cells"]
        assert sim.data[mine].count <= count
    logged = snn.load(tmp_path / "log.h5")
    assert list(logged) == ["cells"]
    assert logged["cells"].count == count


def test_what_cannot_be_probed_or_taken_is_refused(tmp_path: Path) -> None:
    net, _, cells, wires = network()
    states = net.probe(cells, "v", every=1.0, to_log=True)
    other = network()[2]
    sim = snn.Simulation(net, log=tmp_path / "log.h5")
    with pytest.raises(snn.ParameterError, match=r"there is a probe named 'cells.v' already"):
        sim.probe(cells, "v", name="cells.v")
    with pytest.raises(snn.UnknownNameError, match="did you mean 'spikes'"):
        sim.probe(cells, "spike")
    with pytest.raises(snn.ParameterError, match="give one of them"):
        sim.probe(wires, "weight")
    with pytest.raises(snn.ParameterError, match="expected a group, a view or a projection"):
        sim.probe("cells", "v")  # type: ignore[call-overload]
    with pytest.raises(snn.ParameterError, match=r"expected at least one neuron \(got an empty view of"):
        sim.probe(cells[[]], "v")
    bigger = snn.Network(seed=1).population("cells", 51, snn.LIF())
    with pytest.raises(snn.ParameterError, match="belongs to another network"):
        sim.probe(bigger, "v")
    assert other.name == "cells"
    with pytest.raises(snn.ParameterError, match="writes to the log, which keeps it"):
        sim.take(states)
    with pytest.raises(snn.UnknownNameError, match=r"did you mean 'cells.v'"):
        sim.take("cells.vv")
    sim.close()
    with pytest.raises(snn.ClosedError):
        sim.probe(cells, "spikes")
