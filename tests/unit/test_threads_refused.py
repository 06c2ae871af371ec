"""Where the system refuses threads: a number that was given is an error, one that was chosen becomes one."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pysnn as snn
from pysnn.run import simulation

# Every thread's stack takes 1 GiB of addresses, and there are 512 MiB left.
STACK = 1 << 30
LIMITED = """
import resource, sys
import pysnn as snn
from pysnn.run import simulation
from test_threads_refused import spikes

simulation.threads_for = lambda *network: 4
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (512 << 20),) * 2)
try:
    threads, t, i = spikes(sys.argv[1], int(sys.argv[2]) or None)
    print(threads, t.tobytes().hex(), i.tobytes().hex())
except snn.errors.ThreadsError as error:
    print("ThreadsError", error)
"""


def spikes(backend: str, threads: int | None) -> tuple[int, np.ndarray, np.ndarray]:
    """The threads of a small random network, and what it fires in 30 ms."""
    net = snn.Network(seed=1)
    cells = net.population("c", 200, snn.LIF(i_e=500.0), init={"v": snn.Uniform(-70.0, -55.0)})
    net.projection(cells, cells, snn.FixedIndegree(20), weight=snn.Normal(0.0, 0.3), delay=1.5)
    probe = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=backend, threads=threads) as sim:
        sim.run(30.0)
        return sim.threads, sim.data[probe].t, sim.data[probe].i


def limited(backend: str, threads: int) -> list[str]:
    """What LIMITED prints, in words."""
    if not Path("/proc/self/statm").is_file():
        pytest.skip("sets a limit on what Linux shows")
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    if hard != resource.RLIM_INFINITY and hard < STACK:
        pytest.skip(f"stacks of {STACK} bytes are not allowed")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, backend, str(threads)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=Path(__file__).parent,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (STACK, hard)),
    )
    return done.stdout.split()


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
def test_threads_that_nobody_asked_for_are_done_without_and_change_no_bit(backend: str) -> None:
    threads, t, i = limited(backend, 0)
    _, expected_t, expected_i = spikes(backend, 4)
    assert threads == "1"
    assert len(expected_t) > 200
    assert np.array_equal(np.frombuffer(bytes.fromhex(t)), expected_t)
    assert np.array_equal(np.frombuffer(bytes.fromhex(i), np.uint32), expected_i)


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
def test_a_number_of_threads_that_was_given_and_cannot_be_had_is_an_error(backend: str) -> None:
    assert limited(backend, 4)[0] == "ThreadsError"


def test_an_error_of_one_thread_is_no_reason_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is refused even what it falls back to says so."""
    built = []

    class Refused(snn.backends.Backend):
        name = "refused"

        def __init__(self, spec: snn.NetworkSpec, options: snn.backends.Options) -> None:
            built.append(options.threads)
            raise snn.errors.ThreadsError("none left")

    monkeypatch.setattr(simulation, "threads_for", lambda *network: 4)
    monkeypatch.setattr(snn.backends, "find", lambda name: Refused)
    with pytest.raises(snn.errors.ThreadsError, match="none left"):
        snn.Simulation(snn.Network(seed=1))
    assert built == [4, 1]
