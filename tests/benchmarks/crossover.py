"""Time of a model second on the engines ``event`` and ``clock``, over rate, indegree and neuron model.

    python tests/benchmarks/crossover.py --raw crossover.json

A population of neurons hears of as many Poisson trains of a given rate as its indegree says, through
weights that average to nothing and stay below the threshold: what is measured is the cost of arrivals and
of steps, on one thread, in float64 on both engines, with delays of 1 to 20 ms in steps of 0.1 ms and dt =
0.1 ms. Processor time counts, the least of the repetitions. Prints the tables of docs/crossover.md and
draws its figure (extra ``plot``). With ``--raw`` what is in the file already is not measured again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import pysnn as snn
from pysnn.backends._choice import SCATTER, choose
from pysnn.neurons.base import NeuronModel

ROOT = Path(__file__).resolve().parents[2]
RATES = (0.01, 0.1, 1.0, 10.0, 100.0)  # Hz
INDEGREES = (10, 100, 1000, 10_000)
N, DT = 1000, 0.1
MOST = 2e7  # arrivals a second; more than this are measured on fewer neurons, in continuous time
# One arrival, by unit of weights, where there are 100 a second; where there are more, so much smaller that
# they move v as far, some tenths of a mV: no threshold is reached.
SIZE = {"mV": 0.5, "pA": 25.0, "nS": 0.2}
Figures = dict[str, dict[str, Any]]  # "model backend rate indegree" -> figures


def models() -> list[str]:
    """All neuron models that come with the package."""
    every = {name: NeuronModel.registry.get(name, "crossover") for name in NeuronModel.registry}
    return sorted(name for name, model in every.items() if model.__module__.startswith("pysnn."))


def network(name: str, n: int, rate: float, indegree: int) -> snn.Network:
    """``n`` neurons of a model, and as many Poisson sources."""
    model = NeuronModel.registry.get(name, "crossover")()
    assert isinstance(model, NeuronModel)
    conductances = model.weight_unit == "nS"  # which do not cancel
    size = SIZE[model.weight_unit] / max(1.0, indegree * rate / 100.0) ** (1.0 if conductances else 0.5)
    low = 0.0 if conductances else -size
    net = snn.Network(seed=1)
    cells = net.population("cells", n, model)
    sources = net.source("sources", n, snn.Poisson(rate))
    delay = snn.Uniform(1.0, 20.0, step=0.1)
    net.projection(sources, cells, snn.FixedIndegree(indegree), weight=snn.Uniform(low, size), delay=delay)
    return net


def measure(
    name: str, backend: str, rate: float, indegree: int, budget: float, repeat: int
) -> dict[str, Any]:
    """Processor seconds and arrivals of a neuron and model second.

    A repetition takes about ``budget`` seconds.
    """
    n = N if backend == "clock" else int(np.clip(MOST / (rate * indegree), 20, N))
    with snn.Simulation(network(name, n, rate, indegree), backend=backend, dt=DT, threads=1) as sim:
        sim.run(20.0)  # until arrivals are under way, and pages touched
        length, best, spent = 20.0, np.inf, 0.0
        for _ in range(repeat + 8):
            before = sum(sim.delivered().values())
            start = time.process_time()
            sim.run(length)
            spent = time.process_time() - start
            arrivals = sum(sim.delivered().values()) - before
            if spent < 0.2 * budget and length < 20_000.0:  # too short to time: it does not count
                length = round(min(20_000.0, length * min(10.0, budget / max(spent, 1e-4))))
                continue
            best = min(best, spent / (1e-3 * length))
            repeat -= 1
            if repeat <= 0:
                break
        best = min(best, spent / (1e-3 * length))
    return {"seconds": best / n, "arrivals": arrivals / (1e-3 * length) / n}


def key(name: str, backend: str, rate: float, indegree: int) -> str:
    return f"{name} {backend} {rate:g} {indegree}"


def measured(figures: Figures) -> list[str]:
    """Models that there are figures of."""
    return [name for name in models() if any(place.startswith(f"{name} ") for place in figures)]


def costs(figures: Figures, name: str) -> dict[str, float]:
    """ns of a step, of an arrival in continuous time, and of a ms there in which nothing arrives.

    Least squares of relative errors over the grid of rates and indegrees.
    """
    rows: dict[str, list[tuple[float, float]]] = {"clock": [], "event": []}
    for backend, found in rows.items():
        for rate in RATES:
            for indegree in INDEGREES:
                if (line := figures.get(key(name, backend, rate, indegree))) is not None:
                    found.append((line["seconds"] * 1e9, line["arrivals"]))
    ns, arrivals = np.array(rows["clock"]).T
    step = float(np.median((ns - SCATTER * arrivals)[arrivals < 1000.0])) * DT / 1000.0
    ns, arrivals = np.array(rows["event"]).T
    design = np.stack([arrivals, np.full_like(arrivals, 1000.0)], axis=1) / ns[:, None]
    arrival, rest = np.linalg.lstsq(design, np.ones(len(ns)), rcond=None)[0]
    if rest < 0.0:
        rest = 0.0
        arrival = float(np.exp(np.mean(np.log(ns / arrivals))))
    return {"step": step, "arrival": float(arrival), "rest": float(rest)}


def break_even(figures: Figures, name: str) -> float:
    """Arrivals a neuron and second at which both engines took the same; 0 where stepping always won.

    By interpolation of the ratio of both, averaged over points of as many arrivals, in logarithms.
    """
    ratios: dict[int, list[float]] = {}
    for rate in RATES:
        for indegree in INDEGREES:
            clock, event = (figures[key(name, backend, rate, indegree)] for backend in ("clock", "event"))
            ratios.setdefault(round(np.log10(rate * indegree)), []).append(
                np.log10(event["seconds"] / clock["seconds"])
            )
    decades = sorted(ratios)
    mean = [float(np.mean(ratios[decade])) for decade in decades]
    for k in range(1, len(decades)):
        if mean[k - 1] < 0.0 <= mean[k]:
            return float(10.0 ** (decades[k - 1] + mean[k - 1] / (mean[k - 1] - mean[k])))
    return 0.0


def cost_table(figures: Figures) -> str:
    """Markdown: the fitted costs of every model, and where they break even."""
    lines = [
        "| model | step, ns | arrival, ns | rest, ns a ms | break-even, arrivals a neuron and second | "
        "grid points where the choice is right |",
        "|---|---|---|---|---|---|",
    ]
    for name in measured(figures):
        found = costs(figures, name)
        model = NeuronModel.registry.get(name, "crossover")()
        right = total = 0
        for rate in RATES:
            for indegree in INDEGREES:
                clock, event = (figures.get(key(name, b, rate, indegree)) for b in ("clock", "event"))
                if clock and event:
                    choice = choose(model, DT, event["arrivals"], 0.0)
                    faster = "event" if event["seconds"] < clock["seconds"] else "clock"
                    right += choice.engine == faster
                    total += 1
        even = break_even(figures, name)
        lines.append(
            f"| {name} | {found['step']:.2f} | {found['arrival']:.0f} | {found['rest']:.0f} | "
            f"{f'{even:,.0f}' if even else 'never'} | {right} of {total} |"
        )
    return "\n".join(lines)


def time_table(figures: Figures) -> str:
    """Markdown: microseconds of a neuron and model second, event / clock."""
    lines = []
    for name in measured(figures):
        lines += [
            f"\n**{name}**\n",
            "| rate, Hz | " + " | ".join(f"indegree {k:,}" for k in INDEGREES) + " |",
            "|---|" + "---|" * len(INDEGREES),
        ]
        for rate in RATES:
            cells = []
            for indegree in INDEGREES:
                event, clock = (figures[key(name, b, rate, indegree)]["seconds"] for b in ("event", "clock"))
                texts = [f"{seconds * 1e6:,.3g}" for seconds in (event, clock)]
                faster = int(clock < event)
                texts[faster] = f"**{texts[faster]}**"
                cells.append(" / ".join(texts))
            lines.append(f"| {rate:g} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def draw(figures: Figures, to: Path) -> None:
    """Time against arrivals: points for the grid, lines for the fitted costs, a mark where they cross."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "pysnn", "svg.fonttype": "none"})
    names = measured(figures)
    columns = 3
    rows = -(-len(names) // columns)
    fig, axes = plt.subplots(
        rows, columns, figsize=(9.0, 2.6 * rows), sharex=True, sharey=True, layout="constrained"
    )
    across = np.geomspace(0.1, 1e6, 60)
    for ax, name in zip(axes.flat, names, strict=False):
        found = costs(figures, name)
        lines = {
            "event": 1e-3 * (across * found["arrival"] + 1000.0 * found["rest"]),
            "clock": 1e-3 * (1000.0 / DT * found["step"] + across * SCATTER),
        }
        for backend, color, marker in (("event", "#c8553d", "o"), ("clock", "#14466f", "s")):
            chosen = [v for k, v in figures.items() if k.startswith(f"{name} {backend} ")]
            x, y = ([line[what] for line in chosen] for what in ("arrivals", "seconds"))
            ax.plot(x, 1e6 * np.array(y), marker, ms=3.5, color=color, label=backend)
            ax.plot(across, lines[backend], color=color, lw=0.8)
        even = break_even(figures, name)
        if even:
            ax.axvline(even, color="0.6", lw=0.8, ls=":")
        ax.set_title(f"{name}, {even:,.0f} /s" if even else name, fontsize="small")
        ax.set(xscale="log", yscale="log", xlim=(0.05, 2e6), ylim=(1e-2, 1e5))
        ax.spines[["top", "right"]].set_visible(False)
    axes.flat[0].legend(frameon=False, fontsize="small")
    for ax in axes.flat[len(names) :]:
        ax.set_visible(False)
    fig.supxlabel("arrivals a neuron and second", fontsize="small")
    fig.supylabel("microseconds a neuron and model second", fontsize="small")
    to.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(to, metadata={"Date": None})


def mixed_network() -> snn.Network:
    """1,000 neurons kept busy by 1,000 inputs at 10 Hz each, and 100,000 that hear 10 inputs at 0.5 Hz."""
    model = snn.CubaLIF()
    net = snn.Network(seed=1)
    busy, quiet = net.population("busy", 1000, model), net.population("quiet", 100_000, model)
    delay = snn.Uniform(1.0, 20.0, step=0.1)
    for cells, rate, indegree, size in ((busy, 10.0, 1000, 5.0), (quiet, 0.5, 10, 100.0)):
        sources = net.source(f"onto_{cells.name}", 1000, snn.Poisson(rate))
        weight = snn.Uniform(-size, size)
        net.projection(sources, cells, snn.FixedIndegree(indegree), weight=weight, delay=delay)
    net.projection(busy, quiet, snn.FixedIndegree(1), weight=20.0, delay=delay)
    return net


def measure_mixed(repeat: int) -> str:
    """Markdown: processor seconds of a model second of ``mixed_network`` on each backend, one thread."""
    lines = ["| backend | s of a model second | engines |", "|---|---|---|"]
    for backend in ("event", "clock", "auto"):
        with snn.Simulation(mixed_network(), backend=backend, dt=DT, threads=1) as sim:
            sim.run(100.0)
            best = np.inf
            for _ in range(repeat):
                start = time.process_time()
                sim.run(1000.0)
                best = min(best, time.process_time() - start)
            engines = ", ".join(f"{name} {choice.engine}" for name, choice in sim.engines.items())
            lines.append(f"| {backend} | {best:.3f} | {engines} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="*", default=models())
    parser.add_argument("--budget", type=float, default=0.3, help="seconds a repetition takes, about")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--raw", type=Path, help="JSON file of all figures, read first")
    parser.add_argument("--plot", type=Path, default=ROOT / "docs" / "figures" / "crossover.svg")
    given = parser.parse_args()
    figures: Figures = json.loads(given.raw.read_text()) if given.raw and given.raw.exists() else {}
    for name in given.models:
        for backend in ("clock", "event"):
            for rate in RATES:
                for indegree in INDEGREES:
                    place = key(name, backend, rate, indegree)
                    if place in figures:
                        continue
                    figures[place] = measure(name, backend, rate, indegree, given.budget, given.repeat)
                    print(place, figures[place], file=sys.stderr)
            if given.raw:
                given.raw.write_text(json.dumps(figures, indent=0))
    print(measure_mixed(given.repeat))
    print(cost_table(figures))
    print(time_table(figures))
    draw(figures, given.plot)


if __name__ == "__main__":
    main()
