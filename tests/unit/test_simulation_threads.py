"""A simulation with two threads of its own, or used from two: forks, memory running out, calls that meet."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

import pysnn as snn

ENGINES = ["clock", "event", "auto"]

# Two shards or more: what a thread of its own works on.
NETWORK = """
import os, resource, sys
import pysnn as snn
net = snn.Network(seed=1)
cells = net.population("a", 3000, snn.LIF(i_e=500.0), init={"v": snn.Uniform(-70.0, -55.0)})
net.projection(cells, cells, snn.FixedIndegree(10), weight=snn.Normal(0.1, 0.02), delay=1.5)
probe = net.probe(cells, "spikes")
sim = snn.Simulation(net, backend=sys.argv[1], threads=2)
sim.run(20.0)
"""

FORK = """
read, write = os.pipe()
child = os.fork()
if child == 0:
    if sys.argv[2] == "runs":
        sim.run(30.0)
        os.write(write, f"{hash((sim.data[probe].t.tobytes(), sim.data[probe].i.tobytes()))}\\n".encode())
    del sim
    os._exit(0)
_, status = os.waitpid(child, 0)
sim.run(30.0)
os.write(write, f"{hash((sim.data[probe].t.tobytes(), sim.data[probe].i.tobytes()))}\\n".encode())
os.close(write)
print(status, *os.read(read, 1000).decode().split())
"""

# Every neuron fires in every step: megabytes a millisecond.
MEMORY = """
import os, resource, sys
import pysnn as snn
net = snn.Network(seed=1)
cells = net.population("a", 20_000, snn.LIF(i_e=1e6, t_ref=0.0))
probe = net.probe(cells, "spikes")
sim = snn.Simulation(net, backend=sys.argv[1], threads=2)
sim.run(1.0)
before = sim.data[probe].count
used = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
most = resource.getrlimit(resource.RLIMIT_AS)[1]
resource.setrlimit(resource.RLIMIT_AS, (used + (96 << 20), most))
for attempt in ("first", "second"):
    try:
        sim.run(100_000.0)
    except (MemoryError, snn.BrokenError) as error:
        print(attempt, type(error).__name__)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
data = sim.data[probe]
print("readable", data.count >= before > 0, data.t.max() <= sim.time)
"""


def output(code: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.parametrize("backend", ENGINES)
def test_a_forked_child_runs_on_with_threads_of_its_own(backend: str) -> None:
    """The threads of the parent are not in the child, which makes others; both give the same bits."""
    (line,) = output(NETWORK + FORK, backend, "runs")
    status, child, parent = line.split()
    assert status == "0"
    assert child == parent


@pytest.mark.parametrize("backend", ENGINES)
def test_a_forked_child_may_drop_what_it_inherits(backend: str) -> None:
    (line,) = output(NETWORK + FORK, backend, "drops")
    assert line.split()[0] == "0"


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_memory_that_runs_out_in_a_run_is_an_error_and_no_hang(backend: str) -> None:
    lines = output(MEMORY, backend)
    assert lines == ["first MemoryError", "second BrokenError", "readable True True"]


@pytest.mark.parametrize("backend", ENGINES)
def test_calls_of_two_threads_that_meet_are_refused_and_change_no_bit(backend: str) -> None:
    """Whoever comes second, to run, read or set, is told so; the run is that of one thread alone."""

    def learning() -> tuple[snn.Network, Any, Any]:
        net = snn.Network(seed=1)
        source = net.source("source", 100, snn.Poisson(50.0))
        cells = net.population("cells", 100, snn.LIF())
        p = net.projection(
            source, cells, snn.FixedIndegree(50), weight=snn.Uniform(0.2, 0.8), delay=[1.0, 3.0],
            dendritic_fraction=0.5, plasticity=snn.PairSTDP(w_max=1.0),
        )  # fmt: skip
        return net, p, net.probe(cells, "spikes")

    def alone() -> tuple[Any, Any]:
        net, p, spikes = learning()
        with snn.Simulation(net, backend=backend, threads=2) as sim:
            sim.run(500.0)
            return sim.weights(p), sim.data[spikes].t

    net, p, spikes = learning()
    refused: list[str] = []
    odd: list[BaseException] = []
    with snn.Simulation(net, backend=backend, threads=2) as sim:

        def meddle() -> None:
            while sim.time < 500.0:
                for call in (lambda: sim.weights(p), lambda: sim.run(0.0), lambda: sim.state("cells", "v")):
                    try:
                        call()
                    except snn.RunningError as error:
                        refused.append(str(error))
                    except BaseException as error:
                        odd.append(error)
                        return

        other = threading.Thread(target=meddle)
        other.start()
        while sim.time < 500.0:
            try:
                sim.run(50.0)
            except snn.RunningError as error:
                refused.append(str(error))
        other.join(60.0)
        assert not odd
        weights, t = alone()
        np.testing.assert_array_equal(sim.weights(p), weights)
        np.testing.assert_array_equal(sim.data[spikes].t, t)
