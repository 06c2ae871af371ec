"""Handlers of signals that look at a simulation between any two lines of Python of its own calls."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from interrupting import ctrl_c_at, lines_of

import pysnn as snn
from pysnn.run import slices

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="needs a signal of one's own")
PROBES = {
    "spikes": ("t", "i"),
    "v": ("t", "values"),
    "weights": ("t", "values"),
    "changes": ("t", "i", "j", "k", "w"),
}


@pytest.fixture(autouse=True)
def the_same_lines_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is: a run is one slice, and is flushed at its end."""
    monkeypatch.setattr(slices, "SLICE", np.inf)
    monkeypatch.setattr(slices, "REST", -1.0)
    monkeypatch.setattr(slices, "FLUSH", np.inf)


@pytest.fixture
def on_signal() -> Iterator[Callable[[Callable[[], Any]], None]]:
    """Have a function called whenever the signal comes."""
    before = signal.getsignal(signal.SIGUSR1)

    def call(act: Callable[[], Any]) -> None:
        def _handle(number: int, frame: FrameType | None) -> None:
            act()

        signal.signal(signal.SIGUSR1, _handle)

    yield call
    signal.signal(signal.SIGUSR1, before)


def network(to_log: bool = False) -> snn.Network:
    net = snn.Network(seed=3)
    cells = net.population("cells", 10, snn.LIF())
    noise = net.source("noise", 10, snn.Poisson(rate=2000.0))
    net.projection(noise, cells, snn.OneToOne(), weight=5.0, delay=0.5)
    weight, rule = snn.Uniform(0.0, 1.0), snn.PairSTDP(w_max=2.0)
    net.projection(
        cells, cells, snn.FixedIndegree(3), weight=weight, delay=3.0, plasticity=rule, name="learning"
    )
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells[:3], "v", every=1.0, name="v", to_log=to_log)
    net.probe(net.projections["learning"], "weight", every=2.0, name="weights")
    net.probe(net.projections["learning"], "weight", changes=True, name="changes")
    return net


def columns(sim: snn.Simulation, probe: str) -> list[np.ndarray]:
    """What it has recorded, the times first."""
    data = sim.data[probe]
    return [np.array(getattr(data, name)) for name in PROBES[probe]]


CALLS: dict[str, Callable[[snn.Simulation], Any]] = {
    "run": lambda sim: sim.run(6.0),
    "data": lambda sim: [sim.data[probe] for probe in PROBES],
}


@pytest.mark.parametrize("call", CALLS)
def test_what_a_handler_reads_is_whole_up_to_the_time_that_it_has(
    call: str, on_signal: Callable[[Callable[[], Any]], None]
) -> None:
    """It is the begin of what is there in the end, of a run in which no signal came."""
    net, act = network(), CALLS[call]

    def begun() -> snn.Simulation:
        sim = snn.Simulation(net, threads=1)
        sim.run(10.0)
        return sim

    sim = begun()
    lines = lines_of(lambda: act(sim))
    whole = {probe: columns(sim, probe) for probe in PROBES}
    assert all(len(there[0]) > 3 for there in whole.values())
    times: list[float] = []
    for line in lines:
        sim = begun()
        seen: dict[str, list[np.ndarray]] = {}
        on_signal(partial(_look, sim, seen, times))
        with ctrl_c_at(line, signal_number=signal.SIGUSR1):
            act(sim)
        for probe, complete in whole.items():
            _check_begin(probe, seen[probe], complete, times[-1])
            for mine, theirs in zip(columns(sim, probe), complete, strict=True):
                np.testing.assert_array_equal(mine, theirs)
    # A run stops where weights are sampled.
    assert {*times} == ({10.0} if call == "data" else {10.0, 12.0, 14.0, 16.0})


def _look(sim: snn.Simulation, seen: dict[str, list[np.ndarray]], times: list[float]) -> None:
    seen.update({probe: columns(sim, probe) for probe in PROBES})
    times.append(sim.data["spikes"].duration)


def _check_begin(probe: str, seen: list[np.ndarray], complete: list[np.ndarray], until: float) -> None:
    if probe == "changes":  # each is known when its synapse is next touched
        rows = [set(zip(*(column.tolist() for column in part), strict=True)) for part in (seen, complete)]
        assert rows[0] <= rows[1]
        assert np.all(np.diff(seen[0]) >= 0.0)
        return
    for mine, theirs in zip(seen, complete, strict=True):
        np.testing.assert_array_equal(mine, theirs[: len(mine)])
    due = np.searchsorted(complete[0], until, side="right")
    # Weights are sampled once the rest is taken in.
    assert len(seen[0]) in ((due, due - 1) if probe == "weights" else (due,))


def _try_to_take(sim: snn.Simulation, taken: list[Any], ends: list[str]) -> None:
    try:
        taken.append(sim.take("spikes"))
        ends.append("taken")
    except snn.RunningError as error:
        ends.append(str(error))


def test_a_handler_takes_all_or_is_refused_and_nothing_is_lost(
    on_signal: Callable[[Callable[[], Any]], None],
) -> None:
    net = network()
    with snn.Simulation(net, threads=1) as sim:
        sim.run(16.0)
        whole = sim.data["spikes"]
    ends: list[str] = []
    sim = snn.Simulation(net, threads=1)
    lines = lines_of(lambda: _take(sim, []))
    for line in lines:
        sim = snn.Simulation(net, threads=1)
        taken: list[Any] = []
        on_signal(partial(_try_to_take, sim, taken, ends))
        with ctrl_c_at(line, signal_number=signal.SIGUSR1):
            _take(sim, taken)
        taken.append(sim.take("spikes"))
        taken.sort(key=lambda part: (part.begin, part.duration))
        np.testing.assert_array_equal(np.concatenate([part.t for part in taken]), whole.t)
        np.testing.assert_array_equal(np.concatenate([part.i for part in taken]), whole.i)
    assert {*ends} == {
        "taken",
        "take: a signal handler cannot ask for it in the middle of recording: let it note that the signal "
        "came, and ask between two runs",
    }


def _take(sim: snn.Simulation, taken: list[Any]) -> None:
    for piece in (10.0, 6.0):
        sim.run(piece)
        taken.append(sim.take("spikes"))


def test_a_log_that_is_being_written_is_not_read_by_a_handler(
    on_signal: Callable[[Callable[[], Any]], None], tmp_path: Path
) -> None:
    net = network(to_log=True)

    def begun() -> snn.Simulation:
        return snn.Simulation(net, threads=1, log=tmp_path / "log.h5")

    with begun() as sim:
        lines = lines_of(lambda: sim.run(10.0))
        whole = sim.data["v"]
    ends: set[Any] = set()
    for line in lines[::3]:
        with begun() as sim:

            def read() -> None:
                try:
                    ends.add(len(sim.data["v"].t))
                except snn.RunningError as error:
                    ends.add(str(error))

            on_signal(read)
            with ctrl_c_at(line, signal_number=signal.SIGUSR1):
                sim.run(10.0)
            np.testing.assert_array_equal(sim.data["v"].values, whole.values)
    refused = {end for end in ends if isinstance(end, str)}
    assert len(refused) == 1
    assert "a signal handler cannot read the log in the middle of recording" in refused.pop()
    assert {0, len(whole.t)} <= ends
