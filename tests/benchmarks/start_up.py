"""From the start of a process to the end of a run: the CUBA network, its neurons written as equations.

    python tests/benchmarks/start_up.py [--brian2 PYTHON] [--rounds 3]

4,000 neurons and 320,000 synapses (benchmark 2 of Brette et al. 2007, J. Comput. Neurosci. 23:349) for a
second of model time, on one thread: with nothing compiled before, and again with what was compiled.
``--brian2`` is an interpreter that has Brian2, whose C++ standalone mode runs the same network. Prints the
least wall and processor time of some rounds, in which all take turns; processor time has what compilers take.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def pysnn() -> int:
    """The network by pysnn: how many spikes."""
    import pysnn as snn

    class Cuba(snn.Equations):
        tau_m = snn.param(default=20.0, unit="ms", above=0.0)
        tau_exc = snn.param(default=5.0, unit="ms", above=0.0)
        tau_inh = snn.param(default=10.0, unit="ms", above=0.0)
        equations = """
            dv/dt = (g_exc + g_inh - (v + 49 * mV)) / tau_m : mV
            dg_exc/dt = -g_exc / tau_exc : mV
            dg_inh/dt = -g_inh / tau_inh : mV
        """
        arrival = {"exc": "g_exc += weight", "inh": "g_inh += weight"}
        threshold = "v >= -50 * mV"
        reset = "v = -60 * mV"
        refractory = "5 * ms"

    net = snn.Network(seed=1)
    cells = net.population("cells", 4000, Cuba(), init={"v": snn.Uniform(-60.0, -50.0)})
    for part, receptor, weight in ((cells[:3200], "exc", 1.62), (cells[3200:], "inh", -9.0)):
        net.projection(part, cells, snn.FixedProbability(0.02), receptor=receptor, weight=weight, delay=0.1)
    spikes = net.probe(cells, "spikes")
    with snn.Simulation(net, backend="clock", threads=1) as sim:
        sim.run(1000.0)
        return len(sim.data[spikes].t)


def brian2() -> int:
    """The same by Brian2."""
    import brian2 as b

    with tempfile.TemporaryDirectory() as folder:
        b.set_device("cpp_standalone", directory=folder)
        b.defaultclock.dt = 0.1 * b.ms
        equations = """
            dv/dt = (g_exc + g_inh - (v + 49*mV)) / (20*ms) : volt (unless refractory)
            dg_exc/dt = -g_exc / (5*ms) : volt
            dg_inh/dt = -g_inh / (10*ms) : volt
        """
        cells = b.NeuronGroup(
            4000, equations, threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * b.ms, method="exact"
        )
        cells.v = "-60*mV + 10*mV*rand()"
        onto = {"delay": 0.1 * b.ms}
        exc = b.Synapses(cells[:3200], cells, on_pre="g_exc += 1.62*mV", **onto)
        inh = b.Synapses(cells[3200:], cells, on_pre="g_inh -= 9*mV", **onto)
        for synapses in (exc, inh):
            synapses.connect(p=0.02)
        spikes = b.SpikeMonitor(cells)
        b.Network(cells, exc, inh, spikes).run(1 * b.second)
        return int(spikes.num_spikes)


def took(python: str, which: str, cache: Path) -> tuple[float, float]:
    """Wall and processor time of a process with what it starts.

    ``cache`` : where pysnn keeps what it compiles.
    """
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "PYSNN_CACHE": str(cache)}
    subprocess.run([python, __file__, "--go", which], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begin, used


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--brian2", metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--go", choices=("pysnn", "brian2"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.go:
        spikes = pysnn() if given.go == "pysnn" else brian2()
        print(f"  {given.go}: {spikes / 4000:.1f} Hz")
        return
    least: dict[str, tuple[float, float]] = {}
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            cases = {"pysnn": sys.executable, "pysnn, compiled before": sys.executable}
            if given.brian2:
                cases["brian2"] = given.brian2
            for case, python in cases.items():
                found = took(python, case.partition(",")[0], Path(folder))
                least[case] = tuple(map(min, found, least.get(case, found)))
    for case, (wall, used) in least.items():
        print(f"{case}: {wall:.2f} s, {used:.2f} s of processor time")


if __name__ == "__main__":
    main()
