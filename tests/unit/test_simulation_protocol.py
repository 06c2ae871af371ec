"""Ready, running, broken, closed: what threads, errors, forks and forgotten logs may and may not do."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn
from pysnn.io import SpikeLog
from pysnn.run.chunks import Chunks

ENGINES = ["clock", "event", "auto"]


def driven(n: int = 50) -> tuple[snn.Network, snn.Probe[snn.SpikeData]]:
    """Neurons whose constant current, 500 pA on LIF's 250 pF and 10 ms, takes them 20 mV up: all fire alike.

    From -70 mV to the threshold at -55 takes tau_m ln(20 / 5) = 13.863 ms, and 2 ms they are refractory:
    on steps of 0.1 ms a spike each 13.9 + 2.0 = 15.9 ms.
    """
    net = snn.Network(seed=1)
    cells = net.population("a", n, snn.LIF(i_e=500.0))
    return net, net.probe(cells, "spikes")


def spikes_until(ms: float) -> int:
    """Of one such neuron on steps of 0.1 ms: at 13.9, 29.8, 45.7, ..."""
    return int(np.floor((ms - 13.9) / 15.9 + 1e-9)) + 1


class Waiting:
    """An engine that stops in its first slice until it is let go."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.inside, self.go = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def advance(self, until: int, wall_budget: float) -> None:
        self.inside.set()
        assert self.go.wait(60.0)
        self._engine.advance(until, wall_budget)


class Failing:
    """An engine whose second slice of 100 ms ends in an error."""

    def __init__(self, sim: snn.Simulation, error: BaseException) -> None:
        self._engine, self._error = sim._engine, error
        self._slice_end = sim._time_base.tick(100.0, "test")
        self.finished = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def finish(self) -> None:
        self.finished += 1
        self._engine.finish()

    def advance(self, until: int, wall_budget: float) -> None:
        if self._engine.time >= 100.0:
            raise self._error
        self._engine.advance(self._slice_end, 60.0)


# ---- threads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ENGINES)
def test_while_one_thread_runs_others_may_look_but_not_touch(backend: str) -> None:
    net = snn.Network(seed=1)
    cells = net.population("a", 4, snn.LIF(i_e=500.0))
    wires = net.projection(
        cells, cells, snn.AllToAll(), weight=0.1, delay=1.0, plasticity=snn.PairSTDP(w_max=1.0)
    )
    net.source("in", 2, snn.Input())
    spikes = net.probe(cells, "spikes")
    sim = snn.Simulation(net, backend=backend, threads=1)
    flowing = sim.inject(cells, snn.ConstantCurrent(0.0))
    sim.run(20.0)
    before = sim.data[spikes].count
    engine = sim._engine = Waiting(sim._engine)  # type: ignore[assignment]
    runner = threading.Thread(target=sim.run, args=(20.0,))
    runner.start()
    assert engine.inside.wait(60.0)
    calls: list[Callable[[], Any]] = [
        lambda: sim.run(1.0),
        lambda: sim.weights(wires),
        lambda: sim.weights_view(wires),
        lambda: sim.set_weights(wires, 1.0),
        lambda: sim.synapses(wires),
        lambda: sim.state(cells, "v"),
        lambda: sim.set_state(cells, "v", -60.0),
        lambda: sim.set_state(cells, "v", -60.0, at=100.0),
        lambda: sim.feed("in", ([100.0], [0])),
        lambda: sim.inject(cells, snn.ConstantCurrent(1.0)),
        lambda: flowing.replace(snn.ConstantCurrent(1.0)),
        lambda: flowing.stop(),
        lambda: sim.set_learning(wires, False),
        lambda: sim.probe(cells, "v"),
        lambda: sim.delivered(),
        lambda: sim.close(),
    ]
    try:
        for call in calls:
            with pytest.raises(snn.RunningError, match=r"wait for run\(\) to return"):
                call()
        assert sim.time == 20.0
        assert sim.data[spikes].count == before == sim.spike_counts()["a"]
    finally:
        engine.go.set()
        runner.join(60.0)
    assert sim.time == 40.0
    sim.set_state(cells, "v", -60.0)
    sim.close()


def test_looking_at_data_while_it_is_recorded_loses_no_spike() -> None:
    net, probe = driven(200)
    voltage = net.probe(net.populations["a"][:2], "v", every=0.1)
    with snn.Simulation(net, threads=1) as sim:
        runner = threading.Thread(target=lambda: [sim.run(50.0) for _ in range(100)])
        runner.start()
        looked = 0
        while runner.is_alive():
            seen = sim.data[probe]
            assert seen.count == 200 * spikes_until(seen.duration)  # whole slices alone are seen
            assert len(sim.data[voltage]) >= round(seen.duration / 0.1)  # read later
            looked += 1
        runner.join()
    assert looked > 1
    assert sim.data[probe].count == 200 * spikes_until(5000.0) == sim.spike_counts()["a"]
    assert sim.data[voltage].t == pytest.approx(np.arange(50_001) / 10.0)


def test_an_error_in_a_with_block_is_not_hidden_by_a_run_that_goes_on() -> None:
    net, _ = driven()
    engines, runners = [], []

    def use() -> None:
        with snn.Simulation(net, threads=1) as sim:
            engine = sim._engine = Waiting(sim._engine)  # type: ignore[assignment]
            runner = threading.Thread(target=sim.run, args=(1.0,))
            engines.append(engine)
            runners.append(runner)
            runner.start()
            assert engine.inside.wait(60.0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use()
    engines[0].go.set()
    runners[0].join(60.0)


# ---- broken ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("error", [snn.ParameterError("v is no number"), MemoryError("std::bad_alloc")])
def test_after_an_error_in_a_run_the_simulation_is_broken_and_its_data_stay(
    backend: str, error: Exception, tmp_path: Path
) -> None:
    net, probe = driven()
    wires = net.projection(
        net.populations["a"], net.populations["a"], snn.OneToOne(), weight=0.0, delay=1.0,
        plasticity=snn.PairSTDP(w_max=1.0),
    )  # fmt: skip
    with snn.Simulation(net, backend=backend, threads=1, log=tmp_path / "log.h5") as sim:
        engine = sim._engine = Failing(sim, error)  # type: ignore[assignment]
        with pytest.raises(type(error), match=str(error)):
            sim.run(1000.0)
        assert engine.finished == 0
        calls: list[Callable[[], Any]] = [
            lambda: sim.run(1.0),
            lambda: sim.weights(wires),
            lambda: sim.set_weights(wires, 0.0),
            lambda: sim.state("a", "v"),
            lambda: sim.set_state("a", "v", -60.0),
            lambda: sim.set_weights(wires, 0.0, at=500.0),
            lambda: sim.inject("a", snn.ConstantCurrent(1.0)),
            lambda: sim.set_learning(wires, False),
            lambda: sim.probe(net.populations["a"], "v"),
        ]
        for call in calls:
            with pytest.raises(snn.BrokenError, match=r"broken at t = 100 ms by .*build it anew"):
                call()
        assert sim.time == 100.0
        kept = sim.data[probe]
        assert kept.count == 50 * spikes_until(100.0)
        sim.flush()
    logged = snn.load(tmp_path / "log.h5")
    assert logged.closed
    assert logged.until == 100.0
    assert np.array_equal(logged["a"].t, kept.t)


def test_an_error_of_the_engine_itself_breaks_the_simulation() -> None:
    """Without t_ref a hundred teraampere make a neuron fire faster than any time can tell."""
    net = snn.Network(seed=1)
    source = net.source("src", 50, snn.Poisson(200.0))
    cells = net.population("a", 20, snn.LIF())
    wild = net.population("b", 1, snn.LIF(t_ref=0.0))
    wires = net.projection(
        source, cells, snn.AllToAll(), weight=0.5, delay=1.0, plasticity=snn.PairSTDP(w_max=1.0)
    )
    net.current(wild, snn.StepCurrent([60.0], [1e14]))
    probe = net.probe(cells, "spikes")
    sim = snn.Simulation(net, backend="event", threads=2)
    with pytest.raises(snn.PysnnError, match="'b'"):
        sim.run(100.0)
    for call in (lambda: sim.weights(wires), lambda: sim.run(10.0)):
        with pytest.raises(snn.BrokenError, match="broken at t = "):
            call()
    assert (np.diff(sim.data[probe].t) >= 0.0).all()
    assert "broken" in repr(sim)


def test_a_full_disk_does_not_break_the_simulation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net, probe = driven()
    path = tmp_path / "log.h5"
    with snn.Simulation(net, threads=1, log=path) as sim:
        sim.run(100.0)
        with monkeypatch.context() as full:
            refuse = OSError(28, "No space left on device")
            full.setattr("pysnn.io.space.allocate", lambda *_: (_ for _ in ()).throw(refuse))
            sim._log._space._size = 0  # type: ignore[union-attr]
            with pytest.raises(snn.LogError, match="No space left"):
                sim.flush()
        sim.run(100.0)
    assert np.array_equal(snn.load(path)["a"].t, sim.data[probe].t)


# ---- logs that nobody closes ----------------------------------------------------------------------

LEFT_OPEN = """
import os, sys
import pysnn as snn
net = snn.Network(seed=1)
probe = net.probe(net.population("a", 50, snn.LIF(i_e=500.0)), "spikes")
sim = snn.Simulation(net, threads=1, log="log.h5")
for _ in range(20):
    sim.run(50.0)
print(sim.data[probe].count)
"""


@pytest.mark.parametrize("where", ["append", "_write"])
@pytest.mark.parametrize("goes_on", [False, True])
def test_a_log_that_ran_out_of_memory_once_misses_no_spike(
    where: str, goes_on: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory gives out after a few slices, before the log has taken a part or while it writes."""
    net, probe = driven()
    whole = getattr(SpikeLog, where)
    calls = 0

    def scarce(self: SpikeLog, *args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise MemoryError("no more")
        whole(self, *args)

    path = tmp_path / "log.h5"
    sim = snn.Simulation(net, log=path)
    monkeypatch.setattr(SpikeLog, where, scarce)
    failed = 0
    for _ in range(6):
        try:
            sim.run(100.0)
            sim.flush()
        except MemoryError:
            failed += 1
            if not goes_on:
                break
    assert failed == 1
    sim.close()
    assert sim.data[probe].count == 50 * spikes_until(sim.time)
    recording = snn.load(path)
    assert recording["a"].count == sim.data[probe].count
    assert recording["a"].duration == sim.time


@pytest.mark.parametrize("name", ["a" * 300 + ".h5", "a\0b.h5"])
def test_a_log_of_a_name_that_the_system_refuses_is_an_error_of_ours(name: str, tmp_path: Path) -> None:
    with pytest.raises(snn.LogError, match="cannot write a spike log"):
        snn.Simulation(driven()[0], log=tmp_path / name)


@pytest.mark.parametrize(
    "end",
    [
        "",
        "del sim",
        "sys.exit(3)",
        "raise RuntimeError('of the user')",
        "keep = [sim, sim.data]; keep.append(keep)",
        "import threading; threading.Thread(target=sim.run, args=(0.0,)).start()",
        "if os.fork() == 0: sys.exit(0)\nos.wait()",
        "if os.fork() == 0: sim.close(); sys.exit(0)\nos.wait(); sim.run(0.0)",
    ],
)
def test_a_log_left_open_is_whole_after_a_normal_end(end: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEFT_OPEN + end],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert int(done.stdout) == 50 * spikes_until(1000.0), done.stderr
    assert "gnored" not in done.stderr  # "Exception ignored in"
    logged = snn.load(tmp_path / "log.h5")
    assert logged.closed
    assert logged.until == 1000.0
    assert len(logged["a"].t) == 50 * spikes_until(1000.0)


def test_a_spike_log_that_is_dropped_is_closed(tmp_path: Path) -> None:
    log = SpikeLog(tmp_path / "log.h5", {"p": 3})
    log.append("p", [1.0, 2.0], [0, 2])
    log.reached(5.0)
    del log
    logged = snn.load(tmp_path / "log.h5")
    assert logged.closed
    assert logged.until == 5.0
    assert logged["p"].t.tolist() == [1.0, 2.0]


def test_a_simulation_without_circles_goes_when_it_is_dropped() -> None:
    net, probe = driven()
    with snn.Simulation(net, threads=1) as sim:
        sim.run(20.0)
        fired = sim.data[probe]
    seen = weakref.ref(sim)
    del sim
    assert seen() is None
    assert fired.count == 50


FORKED = """
import os, sys
import pysnn as snn
net = snn.Network(seed=1)
probe = net.probe(net.population("a", 50, snn.LIF(i_e=500.0)), "spikes")
sim = snn.Simulation(net, threads=1, log={log})
sim.run(100.0)
read, write = os.pipe()
if os.fork() == 0:
    try:
        sim.run(100.0)
        said = str(sim.data[probe].count)
    except snn.LogError as error:
        said = str(error)
    os.write(write, said.encode())
    sys.exit(0)
os.wait()
print(os.read(read, 1000).decode())
sim.run(100.0)
"""


def test_a_forked_child_leaves_the_log_to_its_parent(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED.format(log="'log.h5'")],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert "log.h5: the spike log belongs to the process" in done.stdout
    logged = snn.load(tmp_path / "log.h5")
    assert logged.until == 200.0
    assert len(logged["a"].t) == 50 * spikes_until(200.0)


def test_a_forked_child_without_a_log_may_run(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED.format(log="None")],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert int(done.stdout) == 50 * spikes_until(200.0)


# ---- growing recordings ---------------------------------------------------------------------------


def test_what_was_read_stays_while_the_recording_grows() -> None:
    chunks = Chunks(np.empty((0, 2)))
    whole = np.arange(2000.0).reshape(1000, 2)
    seen = []
    for k in range(1000):
        chunks.add(whole[k : k + 1])
        if k % 3 == 0:
            seen += chunks.joined()
    assert all(np.array_equal(part, whole[: len(part)]) for part in seen)
    assert [len(part) for part in seen] == list(range(1, 1001, 3))
    assert np.array_equal(chunks.joined()[0], whole)
    with pytest.raises(ValueError, match="read-only"):
        seen[0][0] = 1.0


def test_reading_after_each_of_many_runs_copies_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Amortised: all rooms together are a geometric series, below n / (1 - 1 / 1.5) = 3 n, and n more."""
    taken = 0
    empty = np.empty

    def counting(shape: Any, *args: Any) -> Any:
        nonlocal taken
        taken += int(np.prod(shape))
        return empty(shape, *args)

    monkeypatch.setattr("pysnn.run.recorder.np.empty", counting)
    chunks = Chunks(empty(0))
    for _ in range(10_000):
        chunks.add(np.zeros(5))
        chunks.joined()
    assert taken < 4 * 50_000


def test_changes_of_weights_come_by_time_however_often_they_are_read() -> None:
    def network() -> tuple[snn.Network, snn.Probe[snn.WeightChanges]]:
        net = snn.Network(seed=3)
        noise = net.source("n", 30, snn.Poisson(60.0))
        cells = net.population("c", 10, snn.CubaLIF(i_e=420.0))
        wires = net.projection(
            noise, cells, snn.AllToAll(), weight=20.0, delay=[1.0, 4.0], dendritic_fraction=0.5,
            plasticity=snn.PairSTDP(w_max=40.0),
        )  # fmt: skip
        return net, net.probe(wires, "weight", changes=True)

    net, probe = network()
    with snn.Simulation(net, threads=1) as once:
        once.run(300.0)
    net, probe = network()
    with snn.Simulation(net, threads=1) as often:
        for _ in range(60):
            often.run(5.0)
            seen = often.data[probe]
            assert (np.diff(seen.t) >= 0.0).all()
    a, b = once.data[probe], often.data[probe]
    assert len(a) > 1000
    for name in ("t", "i", "j", "k", "w"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_forked_in_the_middle_of_a_run_says_so() -> None:
    net, probe = driven()
    sim = snn.Simulation(net, threads=1)
    sim.run(20.0)
    with sim._protocol.running(), sim._protocol.looking():
        sim._protocol._process = -1  # as in a child
        other: list[str] = []

        def use() -> None:
            try:
                sim.run(1.0)
            except snn.BrokenError as error:
                other.append(str(error))
            other.append(str(sim.data[probe].count))

        child = threading.Thread(target=use)
        child.start()
        child.join(60.0)
    assert "forked in the middle of a run" in other[0]
    assert other[1] == "50"
