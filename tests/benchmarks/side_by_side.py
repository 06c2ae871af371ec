"""Runs pysnn and other simulators on the same networks, one after the other, and prints a table.

    python tests/benchmarks/side_by_side.py --peer nest="PYTHON nest_driver.py" --peer brian2="..." \
        --networks cuba brunel --threads 1 2 --repeat 3 --raw figures.jsonl

A peer is a command that takes ``--network NAME --threads N --sim-ms T`` and prints a line of JSON with
sim_s (and sim_cpu_s, rate_hz, build_s, rss_mb, bytes_per_syn where it knows them) as its last line. All
contenders take turns within a repetition, so that a busy machine is unfair to all of them; the fastest
of a contender's repetitions counts. ``cpu`` is the processor time of the whole process during the
measured part: with one thread it is what a busy machine cannot change.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from typing import Any

# pysnn's own contenders: name -> options of python -m pysnn.networks.
OURS = {
    "pysnn clock float32": ("--backend", "clock", "--dtype", "float32"),
    "pysnn clock float64": ("--backend", "clock", "--dtype", "float64"),
    "pysnn event": ("--backend", "event", "--dtype", "float64"),
}
COLUMNS = {
    "sim_s": "sim s",
    "sim_cpu_s": "cpu s",
    "build_s": "build s",
    "rate_hz": "Hz",
    "rss_mb": "MB",
    "bytes_per_syn": "B/synapse",
}


def commands(given: argparse.Namespace, network: str, threads: int) -> dict[str, list[str]]:
    """The command of every contender."""
    common = ["--threads", str(threads), "--sim-ms", f"{given.sim_ms:g}"]
    found = {}
    for name, options in OURS.items():
        if name.removeprefix("pysnn ") in given.ours:
            found[name] = [sys.executable, "-m", "pysnn.networks", network, *common, *options]
    for peer in given.peer:
        name, _, command = peer.partition("=")
        found[name] = [*shlex.split(command), "--network", network, *common]
    return found


def run(command: list[str], timeout: float) -> dict[str, Any] | str:
    """The figures a command prints, or the reason why there are none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return f"took more than {timeout:g} s"
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        return (done.stderr.strip().splitlines() or ["failed"])[-1]
    figures: dict[str, Any] = json.loads(lines[-1])
    return figures


def best(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of the fastest run, with the least processor time of all of them."""
    fastest = dict(min(runs, key=lambda figures: figures["sim_s"]))
    times = [figures["sim_cpu_s"] for figures in runs if "sim_cpu_s" in figures]
    return fastest | ({"sim_cpu_s": min(times)} if times else {})


def main() -> int:
    line = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    line.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    line.add_argument("--networks", nargs="+", default=["cuba", "brunel", "brunel_stdp", "sparse"])
    line.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    line.add_argument("--ours", nargs="*", default=["clock float32", "clock float64", "event"])
    line.add_argument("--sim-ms", type=float, default=1000.0)
    line.add_argument("--repeat", type=int, default=3)
    line.add_argument("--timeout", type=float, default=180.0, metavar="SECONDS", help="of one run")
    line.add_argument("--raw", type=argparse.FileType("a"), help="file to which every run's line is added")
    given = line.parse_args()
    print("| network | threads | simulator |", " | ".join(COLUMNS.values()), "|")
    print("|" + "---|" * (3 + len(COLUMNS)))
    for network in given.networks:
        for threads in given.threads:
            contenders = commands(given, network, threads)
            runs: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
            failed: dict[str, str] = {}
            for _ in range(given.repeat):
                for name, command in contenders.items():
                    if name in failed:
                        continue
                    figures = run(command, given.timeout)
                    if isinstance(figures, str):
                        failed[name] = figures
                        continue
                    runs[name].append(figures)
                    if given.raw:
                        print(json.dumps({"simulator": name, **figures}), file=given.raw, flush=True)
            for name in contenders:
                row = [network, str(threads), name]
                if runs[name]:
                    figures = best(runs[name])
                    row += [f"{figures[key]:.4g}" if key in figures else "-" for key in COLUMNS]
                else:
                    row += [failed[name], *["-"] * (len(COLUMNS) - 1)]
                print("|", " | ".join(row), "|", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
