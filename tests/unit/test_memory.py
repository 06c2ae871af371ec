"""Memory: what is asked for before building, what building takes, what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pysnn as snn
from pysnn.backends import _memory
from pysnn.backends._cpu import core
from pysnn.backends._lowering import build
from pysnn.base.memory import of_group

DRAWN = snn.Normal(1.0, 0.1)
DELAYS = snn.Uniform(1.0, 4.0, step=0.1)


def one_population(n: int, rule: snn.ConnectionRule, weight: object, delay: object) -> snn.Network:
    net = snn.Network(seed=1)
    cells = net.population("cells", n, snn.LIF())
    net.projection(cells, cells, rule, weight=weight, delay=delay)
    return net


@pytest.mark.parametrize("delay", [1.5, DELAYS], ids=["one delay", "drawn delays"])
@pytest.mark.parametrize("weight", [0.1, DRAWN], ids=["one weight", "drawn weights"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize(
    "rule",
    [snn.FixedProbability(0.5), snn.FixedIndegree(20), snn.FixedOutdegree(300), snn.AllToAll()],
    ids=repr,
)
def test_the_estimate_is_near_what_is_stored(
    rule: snn.ConnectionRule, weight: object, delay: object, dtype: str
) -> None:
    module = core()
    builder = module.NetworkBuilder(
        unit=0.1,
        grid=True,
        round_off_grid=False,
        dtype="float32",
        weight_dtype=dtype,
        threads=1,
        packs_rows=True,
    )
    build(one_population(1000, rule, weight, delay).spec(), builder)
    # a row of bounds and a place for each of 1,000 sources is not counted, nor are runs drawn less often
    stored = builder.compile().nbytes
    assert 0.75 * stored - 20_000 < builder.estimate_bytes() < 1.5 * stored + 20_000


# One rank of a thousand of eight threads: a source has an eighth of a synapse on each shard.
RANK = """
import pysnn as snn
from pysnn.backends import _cpu, _lowering
def memory(what):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if what in line)
net = snn.Network(seed=1)
cells = net.population("cells", 1_000_000, snn.CubaLIF())
net.projection(cells, cells, snn.FixedIndegree(1000), weight=snn.Normal(10.0, 2.0), delay=1.5)
builder = _cpu.core().NetworkBuilder(
    unit=0.1, grid=True, round_off_grid=True, dtype="float32", weight_dtype="float32", threads=8,
    packs_rows=True, steps=0.1, ranks=1000, rank=500,
)
_lowering.build(net.spec(), builder)
before = memory("VmRSS")
network = builder.compile()
print(network.nbytes / network.n_synapses, (memory("VmHWM") - before) / network.n_synapses)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_a_rank_of_a_thousand_takes_does_not_grow_with_their_sources() -> None:
    done = subprocess.run([sys.executable, "-c", RANK], capture_output=True, text=True, check=True)
    stored, at_most = map(float, done.stdout.split())
    # 6 for target and weight, 5.6 for a run of one or two, 1.1 for the bits of its sources (32 as a list)
    assert stored < 13.0
    assert at_most < 26.0  # 16 to 19, as allocators have it


def test_the_rows_that_are_kept_have_names() -> None:
    with pytest.raises(
        snn.ParameterError, match=r"kept_rows: expected 'by_size', 'all' or 'present' \(got 'most'\)"
    ):
        core().NetworkBuilder(
            unit=0.1,
            grid=True,
            round_off_grid=False,
            dtype="float32",
            weight_dtype="float32",
            threads=1,
            packs_rows=True,
            kept_rows="most",
        )


# Grows by what the synapses take and what building them takes beside that.
GROWTH = """
import resource, sys
import pysnn as snn
rule, weight, delay = eval(sys.argv[1])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
def built(n, rule):
    net = snn.Network(seed=1)
    cells = net.population("cells", n, snn.LIF())
    net.projection(cells, cells, rule, weight=weight, delay=delay)
    return snn.Simulation(net, dtype="float32", threads=2)
built(100, snn.FixedIndegree(10)).close()
before = peak()
sim = built(20_000, rule)
print((peak() - before) / sim.memory()["synapse_bytes"])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "network",
    [
        "snn.FixedIndegree(1000), snn.Normal(1.0, 0.1), snn.Uniform(1.0, 4.0, step=0.1)",
        "snn.FixedProbability(0.05), snn.Normal(1.0, 0.1), 1.5",
        "snn.FixedTotalNumber(20_000_000), 0.1, snn.Uniform(1.0, 4.0, step=0.1)",
        "snn.FixedOutdegree(2000), 0.1, 1.5",
    ],
)
def test_building_takes_at_most_a_third_beside_what_it_leaves(network: str) -> None:
    done = subprocess.run([sys.executable, "-c", GROWTH, network], capture_output=True, text=True, check=True)
    # 40 to 120 MB of synapses; allocators round to huge pages of 2 MB
    assert float(done.stdout) < 1.3


def test_memory_is_what_the_machine_has_left() -> None:
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    there = _memory.available()
    assert there is not None
    assert 0 < there <= int(lines["MemTotal"].split()[0]) * 1024


def test_a_control_group_bounds_the_memory_there_is(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("700000\n")
    (tmp_path / "memory.stat").write_text("anon 500000\ninactive_file 150000\nactive_file 50000\n")
    assert of_group(tmp_path) == 450_000
    (tmp_path / "memory.max").write_text("max\n")
    assert of_group(tmp_path) is None


def test_a_refusal_names_what_is_needed_and_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_memory, "available", lambda: 3 * 2**30)
    _memory.check_memory(3 * 2**30)
    with pytest.raises(MemoryError, match=r"needs about 3\.5 GiB; there are 3\.0 GiB free .*float16"):
        _memory.check_memory(int(3.5 * 2**30))
    monkeypatch.setattr(_memory, "available", lambda: 1000)
    net = one_population(100, snn.AllToAll(), np.pi, 1.0)
    with pytest.raises(MemoryError, match="GiB"):
        snn.Simulation(net)


def test_a_limit_of_the_process_is_known_before_it_is_met() -> None:
    """As of ``ulimit -v``: what takes its memory late, as OpenCL does, would end the process there."""
    resource = pytest.importorskip("resource", reason="limits of a process are POSIX's")
    code = (
        "import resource, pysnn.base.memory as memory\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({8 << 30}, {8 << 30}))\n"
        "print(memory.available(), memory.of_process())"
    )
    if resource.getrlimit(resource.RLIMIT_AS)[1] != resource.RLIM_INFINITY:
        pytest.skip("this process has a limit of its own")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    there, left = (int(word) for word in done.stdout.split())
    assert there <= left < 8 << 30
    assert left > 1 << 30
