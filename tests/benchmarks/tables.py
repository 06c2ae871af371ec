"""Measures what the tables of docs/performance.md and the README hold, and prints them as Markdown.

    python tests/benchmarks/tables.py --peer brian2="PYTHON brian2_driver.py" --peer nest="..."
    python tests/benchmarks/tables.py --tables speed phases --networks cuba brunel --repeat 5
    python tests/benchmarks/tables.py --against before=/path/of/another/environment/bin/python

On a quiet machine: half an hour without peers, hours with them. ``speed`` and ``memory`` come from the same
runs, in which all contenders take turns and the fastest run of each counts; beside the seconds stand how many
times as long each peer takes at its best number of threads. A peer is a command as side_by_side.py has it.
``--against`` names another Python that has a pysnn, so that two versions are compared as ratios of processor
time, which a busy machine moves least. ``phases`` are seconds by phase on one thread, ``data`` the least of
the benchmarks of what goes in and out. What fails is named below the tables.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from side_by_side import best, run

HERE = Path(__file__).parent
Figures = dict[str, Any]

FLOAT32, FLOAT64 = ("--dtype", "float32"), ("--dtype", "float64")
EVENT = ("--backend", "event", *FLOAT64)
HALF = (*FLOAT32, "--weight-dtype", "float16")
# Row -> network, its options in float32 and in float64 (None: not measured), and whether peers run the same.
ROWS: dict[str, tuple[str, tuple[str, ...] | None, tuple[str, ...] | None, bool]] = {
    "`cuba`, clock": ("cuba", FLOAT32, FLOAT64, True),
    "`coba`, clock": ("coba", FLOAT32, FLOAT64, True),
    "`brunel`, clock": ("brunel", FLOAT32, FLOAT64, True),
    "`brunel_stdp`, clock": ("brunel_stdp", FLOAT32, FLOAT64, True),
    "`sparse`, clock": ("sparse", FLOAT32, FLOAT64, True),
    "`sparse`, event": ("sparse", None, EVENT, False),
    "`sparse` of LIF, event": ("sparse", None, (*EVENT, "--model", "lif_delta"), False),
    "`sparse` at 0.05 Hz, event": ("sparse", None, (*EVENT, "--model", "lif_delta", "--rate", "0.05"), False),
    "`microcircuit`, clock": ("microcircuit", FLOAT32, FLOAT64, True),
    "`microcircuit`, weights float16": ("microcircuit", HALF, None, False),
    "`hpc_stdp`, clock, first 100 ms": ("hpc_stdp", FLOAT32, None, True),
}
SHORT = {"hpc_stdp": ("--presim-ms", "20", "--sim-ms", "100")}  # later its weights grow
PHASES = ("deliver", "plasticity", "background", "update", "exchange")


class Contenders:
    """What takes turns on one row: ours by precision, and each peer; with every number of threads."""

    def __init__(self, row: str, given: argparse.Namespace) -> None:
        network, single, double, peers = ROWS[row]
        self.runs: dict[tuple[str, int], list[Figures]] = {}
        self.failed: dict[tuple[str, int], str] = {}
        self._given = given
        self._commands: dict[tuple[str, int], list[str]] = {}
        pythons = {"": sys.executable, **dict(named.split("=", 1) for named in given.against)}
        length = SHORT.get(network, ("--sim-ms", f"{given.sim_ms:g}"))
        for threads in given.threads:
            for suffix, python in pythons.items():
                for name, options in (("float32", single), ("float64", double)):
                    if options is None:
                        continue
                    ours = [
                        python,
                        "-m",
                        "pysnn.networks",
                        network,
                        "--threads",
                        str(threads),
                        *options,
                        *length,
                    ]
                    self._commands[name + suffix, threads] = ours
            for named in given.peer if peers else ():
                name, _, command = named.partition("=")
                told = ["--network", network, "--threads", str(threads), "--sim-ms", length[-1]]
                self._commands[name, threads] = [*shlex.split(command), *told]

    def measure(self) -> None:
        """Let all of them run, in turn."""
        for _ in range(self._given.repeat):
            for key, command in self._commands.items():
                if key in self.failed:
                    continue
                figures = run(command, self._given.timeout)
                if isinstance(figures, str):
                    self.failed[key] = figures
                else:
                    self.runs.setdefault(key, []).append(figures)

    def figure(self, name: str, threads: int, key: str) -> float | None:
        """The figure ``key`` of the fastest run; None where there is none."""
        runs = self.runs.get((name, threads), [])
        value = best(runs).get(key) if runs else None
        return None if value is None else float(value)

    def fastest(self, name: str) -> float | None:
        """Seconds at the best number of threads."""
        known = [self.figure(name, threads, "sim_s") for threads in self._given.threads]
        return min((s for s in known if s is not None), default=None)

    def cell(self, name: str, key: str) -> str:
        """A figure with every number of threads."""
        cells = [self.figure(name, threads, key) for threads in self._given.threads]
        return " / ".join("-" if c is None else f"{c:.3g}" for c in cells)


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print a table of Markdown."""
    print("|", " | ".join(head), "|")
    print("|" + "---|" * len(head))
    for row in rows:
        print("|", " | ".join(row), "|", flush=True)
    print()


def ratio(of: float | None, to: float | None) -> str:
    """How many times as much."""
    return "-" if not of or not to else f"{of / to:.2f}"


def networks(given: argparse.Namespace) -> None:
    """The tables ``speed`` and ``memory``."""
    peers = [named.partition("=")[0] for named in given.peer]
    others = [named.partition("=")[0] for named in given.against]
    rows = {row: Contenders(row, given) for row, (network, *_) in ROWS.items() if network in given.networks}
    for contenders in rows.values():
        contenders.measure()
    threads = " / ".join(map(str, given.threads))
    ours = ("float32", "float64")
    if "speed" in given.tables:
        print(f"Wall seconds for the measured time, {threads} threads; times as long at the best of them.\n")
        lines = []
        for row, c in rows.items():
            mine = min((s for s in map(c.fastest, ours) if s is not None), default=None)
            lines.append(
                [row, *(c.cell(name, "sim_s") for name in (*ours, *peers))]
                + [ratio(c.fastest(peer), mine) for peer in peers]
            )
        table(["network", "pysnn float32", "pysnn float64", *peers, *(f"{p} / pysnn" for p in peers)], lines)
        for other in others:
            print(f"Processor time beside {other!r}, {threads} threads.\n")
            lines = [
                [row]
                + [
                    " / ".join(
                        ratio(c.figure(n, t, "sim_cpu_s"), c.figure(n + other, t, "sim_cpu_s"))
                        for t in given.threads
                    )
                    for n in ours
                ]
                for row, c in rows.items()
            ]
            table(["network", *ours], lines)
    if "memory" in given.tables:
        print("Bytes a synapse as resident memory grew; MB in all, at the most; seconds to build.\n")
        lines = [
            [
                row,
                name,
                *(
                    c.cell(name, key)
                    for key in ("bytes_per_syn", "stored_bytes_per_syn", "rss_mb", "build_s")
                ),
            ]
            for row, c in rows.items()
            for name in (*ours, *peers)
            if any(key[0] == name for key in c.runs)
        ]
        table(["network", "by", "bytes a synapse", "of it stored", "MB", "build s"], lines)
    for row, c in rows.items():
        for (name, n), why in c.failed.items():
            print(f"{row}, {name}, {n} threads: {why}")


def phases(given: argparse.Namespace) -> None:
    """The table ``phases``: of the run whose phases add up to least."""
    lines = []
    for network in given.networks:
        length = SHORT.get(network, ("--sim-ms", f"{given.sim_ms:g}"))
        command = [
            sys.executable,
            "-m",
            "pysnn.networks",
            network,
            "--threads",
            "1",
            *FLOAT32,
            *length,
            "--profile",
        ]
        known = [run(command, given.timeout) for _ in range(given.repeat)]
        found = [figures["phases"] for figures in known if not isinstance(figures, str)]
        least: dict[str, float] = min(found, key=lambda seconds: sum(seconds.values()), default={})
        lines.append([f"`{network}`", *(f"{least[p]:.3g}" if p in least else "-" for p in PHASES)])
    print("Seconds by phase, one thread, float32.\n")
    table(["network", *PHASES], lines)


def data(given: argparse.Namespace) -> None:
    """The table ``data``: the least of each benchmark."""
    files = [str(HERE / f"test_bench_{name}.py") for name in ("data", "encoders")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        pytest = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--benchmark-only",
            f"--benchmark-json={path}",
            *files,
        ]
        done = subprocess.run(pytest, capture_output=True, text=True, check=False, cwd=HERE.parents[1])
        if not path.exists() or not path.read_text():
            print("\n".join(done.stdout.strip().splitlines()[-3:]))
            return
        measured = json.loads(path.read_text())["benchmarks"]
    table(["what", "ms"], [[f"`{b['name']}`", f"{1e3 * b['stats']['min']:.3g}"] for b in measured])


def main() -> int:
    line = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    line.add_argument("--tables", nargs="+", default=["speed", "memory", "phases", "data"])
    line.add_argument("--networks", nargs="+", default=list(dict.fromkeys(row[0] for row in ROWS.values())))
    line.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    line.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    line.add_argument("--against", action="append", default=[], metavar="NAME=PYTHON")
    line.add_argument("--sim-ms", type=float, default=1000.0)
    line.add_argument("--repeat", type=int, default=3)
    line.add_argument("--timeout", type=float, default=900.0, metavar="SECONDS", help="of one run")
    given = line.parse_args()
    if {"speed", "memory"} & set(given.tables):
        networks(given)
    if "phases" in given.tables:
        phases(given)
    if "data" in given.tables:
        data(given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
