"""OpenCL beside clock in one process: neurons that hear nothing, and a network of Brunel's kind (2000).

Ratios of processor time are printed (``-s --benchmark-disable`` is enough to see them).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn

pytestmark = pytest.mark.opencl


def unconnected() -> snn.Network:
    net = snn.Network(seed=1)
    net.population("cells", 1_000_000, snn.LIF(i_e=400.0), init={"v": snn.Uniform(-70.0, -55.0)})
    return net


def brunel(n: int = 10_000) -> snn.Network:
    net = snn.Network(seed=2)
    cell = snn.CubaLIF(
        tau_m=20.0, tau_syn_exc=0.5, tau_syn_inh=0.5, e_l=0.0, v_th=20.0, v_reset=10.0, t_ref=2.0
    )
    start = {"v": snn.Uniform(0.0, 20.0)}
    exc, inh = net.population("exc", n, cell, init=start), net.population("inh", n // 4, cell, init=start)
    for group in (exc, inh):
        drive = net.source(f"drive of {group.name}", group.n, snn.Poisson(8000.0))
        net.projection(drive, group, snn.OneToOne(), weight=80.0, delay=1.5)
        net.projection(exc, group, snn.FixedIndegree(400), weight=snn.Uniform(60.0, 90.0), delay=1.5)
        net.projection(
            inh, group, snn.FixedIndegree(100), weight=snn.Uniform(-450.0, -350.0), delay=1.5, receptor="inh"
        )
    return net


@pytest.mark.parametrize(("make", "ms"), [(unconnected, 5.0), (brunel, 50.0)])
def test_ratio_to_clock(make: Callable[[], snn.Network], ms: float, benchmark: BenchmarkFixture) -> None:
    least, built = {}, {}
    for backend in ("clock", "opencl"):
        begun = time.perf_counter()
        with snn.Simulation(make(), backend=backend, threads=2) as sim:
            sim.run(1.0)
            built[backend] = time.perf_counter() - begun
            times = []
            for _ in range(5):
                before = time.process_time()
                sim.run(ms)
                times.append(time.process_time() - before)
            least[backend] = min(times)
    ratio = least["opencl"] / least["clock"]
    print(
        f"\n{make.__name__}: opencl {least['opencl']:.3f} s, clock {least['clock']:.3f} s: {ratio:.2f}; "
        f"built in {built['opencl']:.2f} s and {built['clock']:.2f} s"
    )
    benchmark.extra_info["ratio"] = ratio
    benchmark(lambda: None)
