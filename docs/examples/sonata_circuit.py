"""A network written as a SONATA circuit, given inputs and reports by a configuration, loaded and run.

    python docs/examples/sonata_circuit.py [--quick] [--folder FOLDER]

Writes a balanced network into FOLDER (nodes.h5, edges.h5, tables of types, config.json) and beside it
what a simulation needs: spikes of the virtual nodes, a current clamp into ten cells, a report of their
membranes. Then the circuit is loaded as anybody's would be, run, and its outputs are read again. Prints
one line of JSON: nodes and edges, rates of the clamped cells and of the others, and the shape of the
report.

Dai et al. (2020), PLoS Comput. Biol. 16:e1007696.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import h5py
import numpy as np

import pysnn as snn


def write(folder: Path, n: int) -> None:
    """The circuit, and the configuration of a simulation."""
    net = snn.Network(seed=1)
    model = snn.CubaLIF(tau_m=20.0, tau_syn_exc=5.0, tau_syn_inh=10.0, e_l=-60.0, v_th=-50.0, v_reset=-60.0)
    exc, inh = net.population("exc", n, model), net.population("inh", n // 4, model)
    outside = net.source("outside", n, snn.Input())
    net.projection(outside, exc, snn.FixedIndegree(20), weight=90.0, delay=1.5)
    net.projection(outside, inh, snn.FixedIndegree(20), weight=90.0, delay=1.5)
    for target in (exc, inh):
        net.projection(exc, target, snn.FixedProbability(0.02), weight=12.0, delay=1.5)
        net.projection(inh, target, snn.FixedProbability(0.02), weight=-90.0, delay=0.8, receptor="inh")
    with snn.Simulation(net) as sim:
        snn.sonata.write(sim, folder)
    rng = np.random.default_rng(1)
    with h5py.File(folder / "input.h5", "w") as file:
        spikes = file.create_group("spikes/outside")
        many = int(n * 10.0 * 0.5)  # 10 Hz for 500 ms
        spikes["timestamps"] = np.round(np.sort(rng.uniform(1.0, 500.0, many)), 1)
        spikes["node_ids"] = rng.integers(0, n, many).astype(np.uint64)
    simulation = {
        "network": "./config.json",
        "run": {"tstop": 500.0, "dt": 0.1},
        "node_sets": {"ten": {"population": "exc", "node_id": list(range(10))}},
        "inputs": {
            "noise": {"input_type": "spikes", "input_file": "./input.h5", "node_set": "all"},
            "clamp": {
                "input_type": "current_clamp",
                "node_set": "ten",
                "amp": 0.2,
                "delay": 100.0,
                "duration": 300.0,
            },
        },
        "output": {"output_dir": "./output", "spikes_file": "spikes.h5"},
        "reports": {"membranes": {"cells": "ten", "variable_name": "v", "dt": 1.0}},
    }
    (folder / "simulation.json").write_text(json.dumps(simulation, indent=2), encoding="utf-8")


def run(folder: Path) -> dict[str, object]:
    """Load it, run it, and read what it wrote."""
    circuit = snn.sonata.load(folder / "simulation.json")
    circuit.run(backend="clock")
    with h5py.File(folder / "output" / "spikes.h5") as file:
        ids, times = file["spikes/exc/node_ids"][()], file["spikes/exc/timestamps"][()]
    with h5py.File(folder / "output" / "membranes.h5") as file:
        shape = file["report/exc/data"].shape
    inside = (times > 100.0) & (times <= 400.0)
    n = len(circuit.nodes["exc"])
    clamped = int(np.count_nonzero(inside & (ids < 10))) / 10
    others = int(np.count_nonzero(inside & (ids >= 10))) / (n - 10)
    return {
        "nodes": {name: len(nodes) for name, nodes in circuit.nodes.items()},
        "projections": sum(map(len, circuit.projections.values())),
        "rate_of_clamped_hz": round(clamped / 0.3, 2),
        "rate_of_others_hz": round(others / 0.3, 2),
        "report": list(shape),
    }


def main() -> None:
    """Write, load, run."""
    parser = argparse.ArgumentParser(description="A SONATA circuit, written, loaded and run.")
    parser.add_argument("--quick", action="store_true", help="200 excitatory cells instead of 2,000")
    parser.add_argument("--folder", type=Path, help="where to write; by default a folder that is removed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = given.folder or Path(passing)
        write(folder, 200 if given.quick else 2000)
        print(json.dumps(run(folder)))


if __name__ == "__main__":
    main()
