"""Building: Ctrl-C is heard at any stage, and sizes that cannot be are refused at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import pysnn as snn
from pysnn.backends import _cpu

LARGEST = 2**32 - 1


@pytest.fixture(params=["clock", "event"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def python_handles_sigint() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def two_populations(n_pre: int, n_post: int, rule: snn.ConnectionRule, **options: object) -> snn.Network:
    net = snn.Network(seed=1)
    pre, post = net.population("pre", n_pre, snn.LIF()), net.population("post", n_post, snn.LIF())
    net.projection(pre, post, rule, **({"weight": 0.1, "delay": 1.0} | options))  # type: ignore[arg-type]
    return net


# Each takes many times as long to build as it is given, in another place.
LONG = {
    "many rows without a synapse": lambda: two_populations(10**6, 10**6, snn.FixedProbability(1e-12)),
    "one row": lambda: two_populations(1, 50_000, snn.FixedOutdegree(2**30)),
    "one target": lambda: two_populations(50_000, 1, snn.FixedIndegree(2**29, multapses=True)),
    "many copies of a pair": lambda: two_populations(
        2000, 2000, snn.OneToOne(), synapses_per_pair=300_000, weight=snn.Normal(0.0, 1.0)
    ),
    "drawn delays and weights": lambda: two_populations(
        10_000,
        10_000,
        snn.FixedIndegree(3000),
        weight=snn.Normal(0.0, 1.0),
        delay=snn.Uniform(1.0, 20.0, step=0.1),
    ),
}


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads where Linux shows them")
@pytest.mark.parametrize("network", LONG.values(), ids=LONG.keys())
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.usefixtures("python_handles_sigint")
def test_ctrl_c_ends_building_and_no_thread_stays(
    network: Callable[[], snn.Network], threads: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = network()
    before = len(os.listdir("/proc/self/task"))
    press = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))

    def begin_to_build(needed: int) -> None:
        """The last that Python does before; a timer that began earlier might come where nobody waits."""
        press.start()

    monkeypatch.setattr(_cpu, "check_memory", begin_to_build)
    with pytest.raises(KeyboardInterrupt):
        snn.Simulation(net, backend=engine, threads=threads)
    press.join()
    monkeypatch.undo()
    assert len(os.listdir("/proc/self/task")) == before
    # and the next is built as if nothing had been
    small = two_populations(20, 20, snn.FixedIndegree(5))
    with snn.Simulation(small, backend=engine, threads=threads) as sim:
        assert len(sim.synapses("pre->post")) == 100


def test_a_network_is_built_in_a_thread_that_is_not_the_main_one() -> None:
    built: list[int] = []

    def build() -> None:
        with snn.Simulation(two_populations(20, 20, snn.AllToAll())) as sim:
            built.append(len(sim.synapses("pre->post")))

    worker = threading.Thread(target=build)
    worker.start()
    worker.join()
    assert built == [400]


IMPOSSIBLE = {
    "neurons": lambda: two_populations(LARGEST, LARGEST, snn.FixedTotalNumber(1)),
    "neurons, many pairs": lambda: two_populations(LARGEST, LARGEST, snn.AllToAll()),
    "synapses per pair": lambda: two_populations(1000, 1000, snn.AllToAll(), synapses_per_pair=LARGEST),
    "indegree": lambda: two_populations(10, 10_000, snn.FixedIndegree(LARGEST)),
    "outdegree": lambda: two_populations(10_000, 10, snn.FixedOutdegree(LARGEST)),
    "indegree by target": lambda: two_populations(1, 9, snn.FixedIndegree(np.full(9, LARGEST))),
    "total times copies": lambda: two_populations(
        10, 10, snn.FixedTotalNumber(LARGEST), synapses_per_pair=LARGEST
    ),
    "total, distinct": lambda: two_populations(
        2**20, 2**20, snn.FixedTotalNumber(LARGEST, multapses=False), weight=snn.Normal(0.0, 1.0)
    ),
    "all to all": lambda: two_populations(2**21, 2**21, snn.AllToAll()),
    "probability": lambda: two_populations(2**24, 2**24, snn.FixedProbability(0.5)),
}


@pytest.mark.parametrize("network", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
@pytest.mark.parametrize("threads", [1, 2])
def test_what_cannot_be_built_is_refused_before_anything_is_drawn(
    network: Callable[[], snn.Network], threads: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as on a machine with 16 GiB
    monkeypatch.setattr("pysnn.backends._memory.available", lambda: 2**34)
    with pytest.raises(
        MemoryError, match=r"needs about \d+\.\d GiB; there are|more than 4294967295 synapses"
    ):
        snn.Simulation(network(), backend=engine, threads=threads)


@pytest.mark.parametrize("n", [LARGEST + 1, 2**40, 2**64, 10**30])
def test_a_number_beyond_32_bits_is_refused_where_it_is_declared(n: int) -> None:
    net = snn.Network(seed=1)
    cells = net.population("c", 3, snn.LIF())
    with pytest.raises(snn.ParameterError, match="n: must be >= 1 and <="):
        net.population("d", n, snn.LIF())
    with pytest.raises(snn.ParameterError, match="n: must be >= 1 and <="):
        net.source("s", n, snn.Poisson(1.0))
    with pytest.raises(snn.ParameterError, match="synapses_per_pair: must be >= 1 and <="):
        net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=1.0, synapses_per_pair=n)
    for rule in (snn.FixedIndegree, snn.FixedOutdegree, snn.FixedTotalNumber):
        with pytest.raises(snn.ParameterError, match="n: must be >= 0 and <="):
            rule(n)


def test_more_synapses_of_a_row_than_can_be_numbered_are_refused_where_memory_is_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pysnn.backends._memory.available", lambda: None)
    net = two_populations(1, 2, snn.FixedIndegree(2**31))  # 2^32 synapses, one too many
    with pytest.raises(MemoryError, match="'pre->post': more than 4294967295 synapses on one thread"):
        snn.Simulation(net, threads=1)


LIMITED = """
import resource, sys
import pysnn as snn
from pysnn.backends import _memory
if sys.argv[3] == "unforeseen":
    _memory.available = lambda: None
net = snn.Network(seed=1)
cells = net.population("c", 4000, snn.LIF())
net.projection(cells, cells, snn.FixedIndegree(4000), weight=snn.Normal(0.0, 1.0), delay=1.0)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (120 << 20),) * 2)
try:
    snn.Simulation(net, threads=int(sys.argv[1]), backend=sys.argv[2])
except MemoryError as error:
    print("MemoryError", error)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="sets a limit on what Linux shows")
@pytest.mark.parametrize("threads", [1, 2])
def test_memory_that_runs_out_while_building_is_an_error_that_says_so(threads: int, engine: str) -> None:
    # 16 million synapses of 10 bytes into 120 MB
    for seen, error in (
        ("foreseen", "MemoryError the network needs about"),
        ("unforeseen", "MemoryError the system has no more memory to give"),
    ):
        command = [sys.executable, "-c", LIMITED, str(threads), engine, seen]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        assert done.stdout.startswith(error), done.stdout + done.stderr
