"""Builds queues.cpp with the engine's flags, runs it, and prints and draws what docs/queue.md shows.

    python tests/benchmarks/queues.py --rounds 5 --raw figures.jsonl

Every round runs every queue at every rate; the least processor time of all rounds counts, which is what a
busy machine spoils least. The program ends with an error where two queues leave different bits behind.
Drawing needs the extra ``plot``.
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
# Name -> rate [Hz], model time [ms], shortest delay [ms]. At high rates less will do.
WORKLOADS = {
    "0.05 Hz": (0.05, 400, 1.0),
    "0.5 Hz": (0.5, 400, 1.0),
    "5 Hz": (5.0, 200, 1.0),
    "0.5 Hz, delays from 0.1 ms": (0.5, 400, 0.1),
}
Figures = dict[str, dict[str, dict[str, Any]]]  # queue -> workload -> figures


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
    subprocess.run([cmake, "--build", BUILD, "--target", "queues"], **quiet)
    return BUILD / "tests" / "benchmarks" / "queues"


def measure(program: Path, rounds: int, repeat: int) -> list[dict[str, Any]]:
    """A line of figures for each queue, workload and round."""
    lines = []
    for k in range(rounds):
        for name, (rate, duration, shortest) in WORKLOADS.items():
            print(f"round {k + 1} of {rounds}, {name}", file=sys.stderr)
            command = [str(program), *(f"{x:g}" for x in (rate, duration, shortest, repeat))]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            lines += [{"workload": name, **json.loads(line)} for line in done.stdout.splitlines()]
    return lines


def least(lines: list[dict[str, Any]]) -> Figures:
    """The least of all rounds, queues in the order in which they ran."""
    figures: Figures = {}
    for line in lines:
        of_queue = figures.setdefault(line["queue"], {})
        best = of_queue.setdefault(line["workload"], line)
        of_queue[line["workload"]] = min(best, line, key=lambda x: float(x["ns"]))
    return figures


def has_queue(name: str) -> bool:
    """Whether bytes mean a queue: where all arrivals lie ready, they are the workload."""
    return not name.startswith("none")


def table(figures: Figures) -> str:
    """Markdown: ns per arrival / kB at peak."""
    rows = ["| queue | " + " | ".join(WORKLOADS) + " |", "|---|" + "---|" * len(WORKLOADS)]
    for name, of_queue in figures.items():
        cells = []
        for line in map(of_queue.get, WORKLOADS):
            ns = f"{line['ns']:.0f}" if line else "-"
            cells.append(f"{ns} / {line['peak_bytes'] / 1e3:,.0f}" if line and has_queue(name) else ns)
        rows.append("| " + " | ".join([name, *cells]) + " |")
    return "\n".join(rows)


def draw(figures: Figures, to: Path) -> None:
    """Time and memory of every queue, a point for each workload."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    # The same file from the same numbers.
    mpl.rcParams.update({"svg.hashsalt": "pysnn", "svg.fonttype": "none"})
    names = list(figures)[::-1]
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.0, 4.2), sharey=True, layout="constrained")
    for workload, style in zip(WORKLOADS, ("o#9ec1dd", "o#4b8ec1", "o#14466f", "D#c8553d"), strict=True):
        marker, color = style[0], style[1:]
        chosen = [(k, figures[name][workload]) for k, name in enumerate(names) if workload in figures[name]]
        looks = {"ls": "", "marker": marker, "color": color, "label": workload}
        left.plot([line["ns"] for _, line in chosen], [k for k, _ in chosen], **looks)
        chosen = [(k, line) for k, line in chosen if has_queue(names[k])]
        right.plot([line["peak_bytes"] for _, line in chosen], [k for k, _ in chosen], **looks)
    left.set(xlabel="ns per arrival", xlim=(0, None), yticks=range(len(names)), yticklabels=names)
    right.set(xlabel="bytes at peak", xscale="log")
    left.legend(frameon=False, fontsize="small", loc="lower right")
    for ax in (left, right):
        ax.grid(axis="y", color="0.9")
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    to.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(to, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=2, help="repetitions within a round")
    parser.add_argument("--raw", type=Path, help="file for all figures, a line of JSON each")
    parser.add_argument("--plot", type=Path, default=ROOT / "docs" / "figures" / "queues.svg")
    given = parser.parse_args()
    lines = measure(build(), given.rounds, given.repeat)
    if given.raw:
        given.raw.write_text("".join(json.dumps(line) + "\n" for line in lines))
    figures = least(lines)
    print(table(figures))
    draw(figures, given.plot)


if __name__ == "__main__":
    main()
