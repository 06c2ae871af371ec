"""Builds eprop.cpp with the engine's flags, runs it, and prints how much faster composites are than stepping.

    python tests/benchmarks/eprop.py [--rounds 3]

The least processor time of all rounds counts, of each way.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "benchmarks"
# Sources, targets, share of the targets that a source has (or all but its own number), steps.
WORKLOADS = {
    "1,000 onto 96, all": ("1000", "96", "1", "4000"),
    "1,000 onto 100, all": ("1000", "100", "1", "4000"),
    "1,000 onto 1,000, all": ("1000", "1000", "1", "1000"),
    "1,000 onto 1,000, all but itself": ("1000", "1000", "others", "1000"),
    "1,000 onto 1,000, a tenth": ("1000", "1000", "0.1", "1000"),
}


def build() -> Path:
    """Compile what has changed; return the program."""
    # The wheels of cmake and ninja put their programs beside Python's.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    cmake, ninja = shutil.which("cmake", path=path), shutil.which("ninja", path=path)
    if cmake is None:
        raise SystemExit("no cmake on the PATH (pip install cmake)")
    generator = ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}"] if ninja else []
    options = ["-DPYSNN_PYTHON=OFF", "-DPYSNN_BUILD_BENCHMARKS=ON", f"-DPython_EXECUTABLE={sys.executable}"]
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([cmake, "-S", ROOT, "-B", BUILD, *generator, *options], **quiet)
    subprocess.run([cmake, "--build", BUILD, "--target", "eprop"], **quiet)
    return BUILD / "tests" / "benchmarks" / "eprop"


def main() -> None:
    """Parse the command line and print a line of figures for each workload."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = str(parser.parse_args().rounds)
    program = build()
    for name, workload in WORKLOADS.items():
        done = subprocess.run([program, *workload, rounds], check=True, capture_output=True, text=True)
        ways = {line["way"]: line for line in map(json.loads, done.stdout.splitlines())}
        times = ", ".join(f"{way} {figures['ns']:.3f} ns" for way, figures in ways.items())
        faster = ways["stepping"]["ns"] / ways["composites"]["ns"]
        assert ways["composites"]["off"] < 1e-4, ways
        print(f"{name}: {times} a synapse and step; composites {faster:.1f} times faster than stepping")


if __name__ == "__main__":
    main()
