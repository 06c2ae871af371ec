"""Simulation: what it runs, records, answers and refuses, on networks whose course is known beforehand."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn
from pysnn.backends._cpu import core

# A synapse of 100 mV makes a cell at rest, 15 mV below its threshold, fire on arrival; the arrival of
# a second one within the refractory 2 ms is lost.
KICK = 100.0


class Relay:
    """Sources that make cells of the same number fire ``delay`` later."""

    def __init__(self, trains: list[list[float]], delay: float = 1.5, **projection: Any) -> None:
        self.net = snn.Network(seed=1)
        n = len(trains)
        self.source = self.net.source("in", n, snn.SpikeArray(trains))
        self.cells = self.net.population("out", n, snn.LIF())
        given = {"weight": KICK, "delay": delay, **projection}
        self.wires = self.net.projection(self.source, self.cells, snn.OneToOne(), **given)
        self.spikes = self.net.probe(self.cells, "spikes")


# ---- recording ------------------------------------------------------------------------------------


def test_spikes_come_when_they_must(engine: str) -> None:
    relay = Relay([[1.0, 12.0], [], [3.0]])
    with snn.Simulation(relay.net, backend=engine) as sim:
        sim.run(20.0)
    fired = sim.data[relay.spikes]
    assert fired.t == pytest.approx([2.5, 4.5, 13.5], abs=1e-9)
    assert fired.i.tolist() == [0, 2, 0]
    assert fired.train(0) == pytest.approx([2.5, 13.5], abs=1e-9)
    assert fired.rate() == pytest.approx(3 / 3 / 0.020)
    assert sim.spike_counts() == {"out": 3}
    assert sim.delivered() == {"in->out": 3}


def test_recordings_are_there_after_every_run(engine: str) -> None:
    relay = Relay([[1.0, 12.0]])
    with snn.Simulation(relay.net, backend=engine) as sim:
        assert sim.data[relay.spikes].count == 0
        sim.run(5.0)
        assert sim.data[relay.spikes].t == pytest.approx([2.5], abs=1e-9)
        assert sim.data[relay.spikes].duration == 5.0
        sim.run(15.0)
        assert sim.data[relay.spikes].t == pytest.approx([2.5, 13.5], abs=1e-9)
        assert sim.time == 20.0


def test_sources_are_recorded_on_demand(engine: str) -> None:
    relay = Relay([[1.0, 12.0], [3.0]])
    given = relay.net.probe(relay.source, "spikes")
    second = relay.net.probe(relay.source[1:], "spikes")
    with snn.Simulation(relay.net, backend=engine) as sim:
        sim.run(20.0)
    assert sim.data[given].t == pytest.approx([1.0, 3.0, 12.0], abs=1e-9)
    assert sim.data[second].t == pytest.approx([3.0], abs=1e-9)
    assert sim.data[second].i.tolist() == [1]
    assert sim.spike_counts() == {"out": 3, "in": 3}


def test_a_state_without_an_interval_is_sampled_every_dt(engine: str) -> None:
    relay = Relay([[1.0]])
    voltage = relay.net.probe(relay.cells, "v")
    with snn.Simulation(relay.net, backend=engine, dt=0.25) as sim:
        sim.run(3.0)
    samples = sim.data[voltage]
    assert samples.t == pytest.approx(0.25 * np.arange(13), abs=1e-9)
    assert samples.trace(0)[:10] == pytest.approx(-70.0)  # at rest until the arrival at 2.5
    assert samples.unit == "mV"


def test_data_is_found_by_probe_and_by_name() -> None:
    relay = Relay([[1.0]])
    with snn.Simulation(relay.net) as sim:
        sim.run(5.0)
        assert np.array_equal(sim.data["out.spikes"].t, sim.data[relay.spikes].t)
        assert list(sim.data) == ["out.spikes"]
        assert relay.spikes in sim.data
        late = relay.net.probe(relay.cells, "v")
        assert late not in sim.data
        with pytest.raises(snn.UnknownNameError, match="declared after the simulation was built"):
            sim.data[late]
        with pytest.raises(snn.UnknownNameError, match=r"did you mean 'out\.spikes'"):
            sim.data["out.spike"]
        with pytest.raises(snn.ParameterError, match="expected a probe or its name"):
            sim.data[3]  # type: ignore[index]


def test_a_description_runs_like_its_network(engine: str) -> None:
    relay = Relay([[1.0, 12.0]])
    results = []
    for network in (relay.net, relay.net.spec(), snn.NetworkSpec.from_json(relay.net.spec().to_json())):
        with snn.Simulation(network, backend=engine) as sim:
            sim.run(20.0)
        results.append(sim.data[relay.spikes].t)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_handles_of_another_network_are_refused() -> None:
    mine, theirs = Relay([[1.0]]), Relay([[1.0], [2.0]])
    with snn.Simulation(mine.net) as sim:
        for use in (
            lambda: sim.data[theirs.spikes],
            lambda: sim.weights(theirs.wires),
            lambda: sim.state(theirs.cells, "v"),
        ):
            with pytest.raises(snn.ParameterError, match="belongs to another network"):
                use()


# ---- time -----------------------------------------------------------------------------------------


def test_runs_add_up_without_drift() -> None:
    with snn.Simulation(Relay([[1.0]]).net, dt=0.1) as sim:
        for _ in range(30):
            sim.run(0.1)
        assert sim.time == 3.0  # 30 times 0.1 is 2.9999999999999996 in doubles
        sim.run(0.0)
        assert sim.time == 3.0


@pytest.mark.parametrize("parts", [[20.0], [10.0, 10.0], [0.1] * 20 + [18.0]])
def test_dividing_a_run_changes_nothing(engine: str, parts: list[float]) -> None:
    def network() -> tuple[snn.Network, snn.Probe, snn.Probe]:
        net = snn.Network(seed=3)
        cells = net.population("c", 40, snn.CubaLIF(i_e=420.0), init={"v": snn.Uniform(-70.0, -56.0)})
        noise = net.source("n", 40, snn.Poisson(400.0))
        net.projection(noise, cells, snn.OneToOne(), weight=80.0, delay=0.5)
        wires = net.projection(
            cells,
            cells,
            snn.FixedIndegree(8),
            weight=60.0,
            delay=[0.5, 3.0],
            plasticity=snn.PairSTDP(w_max=100.0),
        )
        return net, net.probe(cells, "spikes"), net.probe(wires, "weight", every=4.0)

    net, spikes, weights = network()
    with snn.Simulation(net, backend=engine, threads=1) as whole:
        whole.run(20.0)
    with snn.Simulation(net, backend=engine, threads=2) as divided:
        for part in parts:
            divided.run(part)
    assert whole.data[spikes].count > 20
    assert np.array_equal(whole.data[spikes].t, divided.data[spikes].t)
    assert np.array_equal(whole.data[spikes].i, divided.data[spikes].i)
    assert whole.data[weights].t.tolist() == [0.0, 4.0, 8.0, 12.0, 16.0, 20.0]
    assert np.array_equal(whole.data[weights].values, divided.data[weights].values)
    assert np.array_equal(whole.weights("c->c"), divided.weights("c->c"))


def test_times_off_the_grid_are_errors_unless_rounding_is_asked_for() -> None:
    net = Relay([[1.04]], delay=1.0).net
    with pytest.raises(snn.OffGridError, match=r"1\.04 ms is no multiple of dt = 0\.1 ms"):
        snn.Simulation(net, dt=0.1)
    with snn.Simulation(net, dt=0.1, off_grid="round") as sim:
        sim.run(5.04)
        assert sim.time == 5.0
        assert sim.data["out.spikes"].t == pytest.approx([2.0])
    with (
        snn.Simulation(Relay([[1.0]]).net, dt=0.1) as sim,
        pytest.raises(snn.OffGridError, match="run: duration"),
    ):
        sim.run(1.05)
    relay = Relay([[1.0]], plasticity=snn.PairSTDP(w_max=KICK))
    relay.net.probe(relay.wires, "weight", every=0.25)
    with pytest.raises(snn.OffGridError, match=r"weight': every: 0\.25 ms"):
        snn.Simulation(relay.net, dt=0.1)


def test_continuous_time_has_no_grid() -> None:
    with snn.Simulation(Relay([[1.0437]], delay=0.12345).net, backend="event") as sim:
        sim.run(1.23)
        sim.run(1.0)
        assert sim.time == 2.23
    assert sim.data["out.spikes"].t == pytest.approx([1.16715], abs=1e-12)


# ---- the log --------------------------------------------------------------------------------------


def test_the_log_holds_what_the_probes_do(engine: str, tmp_path: Path) -> None:
    relay = Relay([[1.0, 12.0], [3.0]])
    given = relay.net.probe(relay.source, "spikes")
    path = tmp_path / "spikes.h5"
    with snn.Simulation(relay.net, backend=engine, log=path) as sim:
        sim.run(10.0)
        during = snn.load(path)
        assert np.array_equal(during["out"].t, sim.data[relay.spikes].t)
        sim.run(10.0)
    after = snn.load(path)
    for name, probe in (("out", relay.spikes), ("in", given)):
        assert np.array_equal(after[name].t, sim.data[probe].t)
        assert np.array_equal(after[name].i, sim.data[probe].i)
    assert after.until == 20.0


def test_a_log_that_cannot_be_written_is_an_error_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Relay([[1.0]]).net
    monkeypatch.setattr("pysnn.backends.clock.ClockBackend.__init__", lambda *_: pytest.fail("built"))
    with pytest.raises(snn.LogError, match="does not exist"):
        snn.Simulation(net, log=tmp_path / "none" / "spikes.h5")
    with pytest.raises(snn.LogError, match="it is a folder"):
        snn.Simulation(net, log=tmp_path)


def test_a_simulation_that_cannot_be_built_leaves_an_old_log_alone(tmp_path: Path) -> None:
    path = tmp_path / "spikes.h5"
    path.write_bytes(b"old")
    with pytest.raises(snn.OffGridError):
        snn.Simulation(Relay([[1.04]]).net, log=path)
    assert path.read_bytes() == b"old"
    with snn.Simulation(Relay([[1.0]]).net, log=path) as sim:
        sim.run(5.0)
    assert snn.load(path)["out"].t == pytest.approx([2.5])


# ---- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backend": "evnt"}, "unknown backend 'evnt'; did you mean 'event'"),
        ({"backend": None}, "unknown backend"),
        ({"dt": 0.0}, r"Simulation\.dt: must be > 0 ms"),
        ({"dt": "0.1"}, r"Simulation\.dt: expected > 0 ms"),
        ({"threads": 0}, r"Simulation\.threads: must be >= 1"),
        ({"threads": 1025}, r"Simulation\.threads: must be .*<= 1024"),
        ({"threads": 1.5}, r"Simulation\.threads: expected a whole number"),
        ({"dtype": "float16"}, r"Simulation\.dtype: unknown value 'float16'"),
        ({"off_grid": "ignore"}, r"Simulation\.off_grid: unknown value 'ignore'"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(snn.PysnnError, match=message):
        snn.Simulation(Relay([[1.0]]).net, **options)


def test_the_core_takes_as_many_threads_as_a_simulation_may_ask_for() -> None:
    for threads, refused in ((1024, False), (1025, True)):
        told = {"unit": 0.1, "grid": True, "round_off_grid": False, "threads": threads}
        told |= {"dtype": "float64", "weight_dtype": "float64", "packs_rows": True}
        with pytest.raises(snn.ParameterError) if refused else contextlib.nullcontext():
            core().NetworkBuilder(**told)


def test_only_a_network_is_simulated() -> None:
    with pytest.raises(snn.ParameterError, match=r"expected a Network or a NetworkSpec \(got 3\)"):
        snn.Simulation(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("duration", [-1.0, np.nan, np.inf, "10", None])
def test_a_duration_is_a_number_of_ms(duration: object) -> None:
    with snn.Simulation(Relay([[1.0]]).net) as sim:
        with pytest.raises(snn.ParameterError, match="run: duration"):
            sim.run(duration)  # type: ignore[arg-type]
        assert sim.time == 0.0


def test_a_closed_simulation_can_be_read_but_not_run(engine: str, tmp_path: Path) -> None:
    relay = Relay([[1.0]])
    with snn.Simulation(relay.net, backend=engine, log=tmp_path / "log.h5") as sim:
        sim.run(5.0)
    sim.close()
    assert sim.data[relay.spikes].count == 1
    assert sim.weights(relay.wires).tolist() == [KICK]
    with pytest.raises(snn.ClosedError, match="the simulation is closed"):
        sim.run(1.0)


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="this system does not say how much memory it has")
def test_a_network_larger_than_the_machine_is_refused_before_it_is_built() -> None:
    net = snn.Network(seed=1)
    cells = net.population("c", 2**21, snn.LIF())
    net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=1.0)  # 2^42 synapses of a bit: 512 GiB
    with pytest.raises(MemoryError, match=r"the network needs about 512\.\d GiB; there are \d+\.\d GiB free"):
        snn.Simulation(net)


def test_an_empty_network_runs(engine: str) -> None:
    with snn.Simulation(snn.Network(seed=1), backend=engine) as sim:
        sim.run(5.0)
        assert sim.time == 5.0
        assert sim.spike_counts() == {}
        assert sim.memory()["synapses"] == 0


# ---- numbers about the run ------------------------------------------------------------------------


def test_memory_counts_the_synapses(engine: str) -> None:
    net = snn.Network(seed=1)
    cells = net.population("c", 100, snn.LIF())
    net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=1.0)
    with snn.Simulation(net, backend=engine, threads=1) as sim:
        assert sim.memory()["synapses"] == 10_000
        # one weight for all, and a target of two bytes each, or 10,000 pairs as rows of 512 bits
        assert 0.64 <= sim.memory()["bytes_per_synapse"] < 3.0


def test_the_profile_is_printed_when_asked_for(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    with snn.Simulation(Relay([[1.0]]).net, backend=engine, profile=True) as sim:
        sim.run(5.0)
        phases = sim.profile()
        assert {"build", "record"} < set(phases)
        assert all(seconds >= 0.0 for seconds in phases.values())
    printed = capsys.readouterr().err
    assert all(phase in printed for phase in phases)


def test_a_progress_bar_counts_model_time(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    with snn.Simulation(Relay([[1.0]]).net, backend=engine) as sim:
        sim.run(50.0)
        assert capsys.readouterr().err == ""
        sim.run(50.0, progress=True)
    assert "50/50 ms" in capsys.readouterr().err


# ---- two on one log, empty views, late probes -----------------------------------------------------------


def small() -> snn.Network:
    net = snn.Network(seed=1)
    net.population("cells", 5, snn.LIF(i_e=600.0))
    return net


def test_two_simulations_cannot_log_to_one_path(tmp_path: Path) -> None:
    log = tmp_path / "run.h5"
    first = snn.Simulation(small(), log=log)
    (tmp_path / "link.h5").symlink_to(log)
    for path in (log, tmp_path / "." / "run.h5", tmp_path / "link.h5"):
        with pytest.raises(snn.LogError, match="another simulation of this process writes its log there"):
            snn.Simulation(small(), log=path)
    first.run(50.0)
    first.close()
    fired = first.spike_counts()["cells"]
    assert fired > 0
    assert len(snn.load(log)["cells"].t) == fired
    with snn.Simulation(small(), log=log) as second:
        second.run(1.0)


def test_a_log_whose_place_another_file_has_taken_says_so(tmp_path: Path) -> None:
    log = tmp_path / "run.h5"
    with snn.Simulation(small(), log=log) as sim:
        sim.run(50.0)
        (tmp_path / "other.h5").write_bytes(b"")
        os.replace(tmp_path / "other.h5", log)
        with pytest.raises(snn.LogError, match="another file has taken the place of this spike log"):
            sim.run(50.0)
        log.unlink()  # one that is away, or elsewhere, takes what comes
        sim.run(50.0)


def test_of_an_empty_view_nothing_is_read_or_changed_and_nothing_is_made() -> None:
    net = small()
    cells = net.populations["cells"]
    for none in (cells[2:2], cells[[]], cells[np.zeros(5, bool)]):
        with snn.Simulation(net) as sim:
            before = sim.state(cells, "v")
            assert sim.state(none, "v").size == sim.parameter(none, "i_e").size == 0
            sim.set_state(none, "v", -60.0)
            sim.set_state(none, "v", [])
            sim.set_parameters(none, i_e=0.0)
            assert np.array_equal(sim.state(cells, "v"), before)
            assert (sim.parameter(cells, "i_e") == 600.0).all()
            for make in (
                lambda sim, none: sim.probe(none, "spikes"),
                lambda sim, none: sim.probe(none, "v", every=1.0),
                lambda sim, none: sim.inject(none, snn.ConstantCurrent(1.0)),
            ):
                with pytest.raises(
                    snn.ParameterError, match=r"expected at least one neuron \(got an empty view"
                ):
                    make(sim, none)


def test_a_late_probe_does_not_write_to_the_log() -> None:
    net = small()
    with (
        snn.Simulation(net) as sim,
        pytest.raises(snn.ParameterError, match=r"net.probe\(..., to_log=True\)"),
    ):
        sim.probe(net.populations["cells"], "v", every=1.0, to_log=True)


@pytest.mark.parametrize("inputs", [[], (), {"eye": []}])
def test_no_trials_are_said_to_be_none(inputs: Any) -> None:
    net = small()
    net.source("eye", 2, snn.Input())
    with snn.Simulation(net) as sim, pytest.raises(snn.ParameterError, match="there are no trials"):
        sim.run_trials(inputs, 10.0)
