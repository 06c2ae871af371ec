"""Rates, irregularity and synchrony of published networks at full size, by precision, beside NEST's.

``python -m scenarios.full_scale microcircuit --seeds 1 2 3 --threads 2 --nest`` in tests/, as a Markdown
table of means and deviations over seeds. NEST needs its wheel; for the
microcircuit also 13 GB and minutes a seed.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

import pysnn as snn

from . import statistics
from .parameters import T_START, T_STOP

PRECISIONS = {
    "float64": {"dtype": "float64"},
    "float32": {"dtype": "float32"},
    "float32, weights float16": {"dtype": "float32", "weight_dtype": "float16"},
}


def run(net: snn.Network, stop: float = T_STOP, **options: Any) -> dict[str, float]:
    """Figures of every population between T_START and ``stop`` ms: {"rate_exc": ..., "cv_exc": ...}."""
    probes = {name: net.probe(group, "spikes") for name, group in net.populations.items()}
    out = {}
    with snn.Simulation(net, **options) as sim:
        sim.run(stop)
        for name, probe in probes.items():
            t, i = np.asarray(sim.data[probe].t), np.asarray(sim.data[probe].i, dtype=np.int64)
            found = statistics.figures(t, i, len(net.populations[name]), T_START, stop)
            out |= {f"{figure}_{name}": value for figure, value in found.items()}
    return out


def main() -> None:
    line = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    line.add_argument("network")
    line.add_argument("--seeds", nargs="+", type=int, default=[1])
    line.add_argument("--scale", type=float, default=1.0)
    line.add_argument("--threads", type=int, default=2)
    line.add_argument("--stop", type=float, default=T_STOP, help="ms of model time")
    line.add_argument("--nest", action="store_true")
    given = line.parse_args()
    describe = snn.networks.find(given.network)
    columns: dict[str, list[dict[str, float]]] = {}
    for name, precision in PRECISIONS.items():
        columns[name] = [
            run(describe(seed, given.scale), given.stop, threads=given.threads, **precision)
            for seed in given.seeds
        ]
    if given.nest:
        from .nest_networks import described

        columns["NEST"] = [
            described(describe(seed, given.scale), seed, given.threads, given.stop) for seed in given.seeds
        ]
    print("| figure |", " | ".join(columns), "|")
    print("|" + "---|" * (1 + len(columns)))
    for figure in columns["float64"][0]:
        cells = []
        for rows in columns.values():
            values = [row[figure] for row in rows]
            spread = f" ± {np.std(values, ddof=1):.2g}" if len(values) > 1 else ""
            cells.append(f"{np.mean(values):.3f}{spread}")
        print(f"| {figure} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
