"""Brunel's network beside what the machine allows: its time over that of its inner loops alone, in one run.

``extra_info`` has ``times_the_limit``; at most 2.0 is wanted of the network that learns. The loops are those
of limits.cpp, compiled for this machine; the limit is what each event, update and draw costs there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn
from pysnn import networks

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "benchmarks"
STRETCH, ROUNDS = 100.0, 5  # ms


@pytest.fixture(scope="module")
def limits() -> Path:
    """The compiled program."""
    # The wheels of cmake and ninja put their programs beside Python's.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    cmake, ninja = shutil.which("cmake", path=path), shutil.which("ninja", path=path)
    if cmake is None:
        pytest.skip("there is no cmake on the PATH")
    generator = ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}"] if ninja else []
    options = ["-DPYSNN_PYTHON=OFF", "-DPYSNN_BUILD_BENCHMARKS=ON", f"-DPython_EXECUTABLE={sys.executable}"]
    for command in (
        [cmake, "-S", str(ROOT), "-B", str(BUILD), *generator, *options],
        [cmake, "--build", str(BUILD), "--target", "limits"],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return BUILD / "tests" / "benchmarks" / "limits"


@pytest.mark.parametrize("name", ["brunel", "brunel_stdp"])
def test_times_the_limit(benchmark: BenchmarkFixture, limits: Path, name: str) -> None:
    benchmark.group = "100 ms of brunel, static and learning, float32, 1 thread"
    with snn.Simulation(networks.find(name)(), threads=1, dtype="float32") as sim:
        sim.run(100.0)
        before = sim.delivered()
        taken, ns = [], {}

        def run() -> None:
            begin = process_time()
            sim.run(STRETCH)
            taken.append(process_time() - begin)
            # In turn, so that a busy machine is unfair to both.
            done = subprocess.run([limits, "1"], check=True, capture_output=True, text=True)
            for loop, figure in json.loads(done.stdout).items():
                ns[loop] = min(figure, ns.get(loop, figure))

        benchmark.pedantic(run, rounds=ROUNDS, iterations=1)
        events = {p: (n - before[p]) / ROUNDS for p, n in sim.delivered().items()}
    steps = 12_500 * STRETCH / 0.1
    plastic = events["exc->exc"] if name == "brunel_stdp" else 0.0
    static = sum(n for p, n in events.items() if not p.startswith("noise")) - plastic
    least = plastic * ns["learn"] + static * ns["deliver"] + steps * (ns["update"] + ns["poisson"])
    benchmark.extra_info |= {"times_the_limit": min(taken) / least * 1e9, **ns, "s": min(taken)}
