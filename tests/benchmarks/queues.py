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
# Hz -> ms: at high rates less will do.
DURATIONS = {0.05: 400, 0.5: 400, 5.0: 200}
Figures = dict[str, dict[float, dict[str, Any]]]  # queue -> rate -> figures


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


def measure(program: Path, rates: list[float], rounds: int, repeat: int) -> list[dict[str, Any]]:
    """A line of figures for each queue, rate and round."""
    lines = []
    for k in range(rounds):
        for rate in rates:
            print(f"round {k + 1} of {rounds}, {rate:g} Hz", file=sys.stderr)
            command = [str(program), f"{rate:g}", str(DURATIONS.get(rate, 400)), str(repeat)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            lines += [json.loads(line) for line in done.stdout.splitlines()]
    return lines


def least(lines: list[dict[str, Any]]) -> Figures:
    """The least of all rounds, queues in the order in which they ran."""
    figures: Figures = {}
    for line in lines:
        of_queue = figures.setdefault(line["queue"], {})
        best = of_queue.setdefault(line["rate_hz"], line)
        of_queue[line["rate_hz"]] = min(best, line, key=lambda x: x["ns"])
    return figures


def has_queue(name: str) -> bool:
    """Whether bytes mean a queue: where all arrivals lie ready, they are the workload."""
    return not name.startswith("none")


def table(figures: Figures) -> str:
    """Markdown."""
    rates = list(next(iter(figures.values())))
    heads = ["queue", *(f"ns at {rate:g} Hz" for rate in rates), *(f"KB at {rate:g} Hz" for rate in rates)]
    rows = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name, of_queue in figures.items():
        ns = [f"{of_queue[rate]['ns']:.0f}" for rate in rates]
        kb = [f"{of_queue[rate]['peak_bytes'] / 1e3:,.0f}" if has_queue(name) else "-" for rate in rates]
        rows.append("| " + " | ".join([name, *ns, *kb]) + " |")
    return "\n".join(rows)


def draw(figures: Figures, to: Path) -> None:
    """Time and memory of every queue, a point for each rate."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    # The same file from the same numbers.
    mpl.rcParams.update({"svg.hashsalt": "pysnn", "svg.fonttype": "none"})
    names = list(figures)[::-1]
    places = range(len(names))
    colors = ("#9ec1dd", "#4b8ec1", "#14466f")
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.0, 4.2), sharey=True, layout="constrained")
    for rate, color in zip(figures[names[0]], colors, strict=False):
        left.plot([figures[n][rate]["ns"] for n in names], places, "o", color=color, label=f"{rate:g} Hz")
        queues = [(k, n) for k, n in enumerate(names) if has_queue(n)]
        right.plot(
            [figures[n][rate]["peak_bytes"] for _, n in queues], [k for k, _ in queues], "o", color=color
        )
    left.set(xlabel="ns per arrival", xlim=(0, None), yticks=places, yticklabels=names)
    right.set(xlabel="bytes at peak", xscale="log")
    left.legend(frameon=False)
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
    parser.add_argument("--rates", type=float, nargs="+", default=list(DURATIONS), help="Hz")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=2, help="repetitions within a round")
    parser.add_argument("--raw", type=Path, help="file for all figures, a line of JSON each")
    parser.add_argument("--plot", type=Path, default=ROOT / "docs" / "figures" / "queues.svg")
    given = parser.parse_args()
    lines = measure(build(), given.rates, given.rounds, given.repeat)
    if given.raw:
        given.raw.write_text("".join(json.dumps(line) + "\n" for line in lines))
    figures = least(lines)
    print(table(figures))
    draw(figures, given.plot)


if __name__ == "__main__":
    main()
