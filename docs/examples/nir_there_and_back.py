"""A network written as a NIR graph, run here, and written out again: every spike is the same.

    python docs/examples/nir_there_and_back.py [--quick]

The graph is made of NIR's own nodes, as another framework would write it: a convolution onto current-
based neurons with recurrent weights, pooled onto counting ones. It is read and run on the event engine,
written out with its weights, delays and thresholds, read again, and run once more. Prints one line of
JSON: spikes of both runs, and the largest difference of their times.

Pedersen et al. (2024), Nat. Commun. 15:8122.
"""

from __future__ import annotations

import argparse
import json

import nir
import numpy as np

import pysnn as snn

SIDE, CHANNELS, DT = 8, 3, 1e-3  # pixels; s, how long a spike is 1


def graph() -> nir.NIRGraph:
    """A convolutional layer with feedback, and a layer that counts patches of it."""
    rng = np.random.default_rng(1)
    out = SIDE - 2
    shape = (CHANNELS, out, out)
    n = int(np.prod(shape))
    kernels = rng.normal(0.6, 0.6, (CHANNELS, 1, 3, 3))
    recurrent = np.where(rng.uniform(size=(n, n)) < 0.05, rng.normal(-0.3, 0.2, (n, n)), 0.0)

    def full(value: float, size: tuple[int, ...] = (n,)) -> np.ndarray:
        return np.full(size, value)

    nodes = {
        "input": nir.Input({"input": np.array([1, SIDE, SIDE])}),
        "conv": nir.Conv2d((SIDE, SIDE), kernels, 1, 0, 1, 1, np.zeros(CHANNELS)),
        "flat": nir.Flatten({"input": np.array(shape)}, 0),
        # With r = tau / dt and w_in = tau_syn / dt a weight is what a spike adds.
        "cells": nir.CubaLIF(
            full(5e-3), full(2e-2), full(2e-2 / DT), full(0.0), full(1.0), w_in=full(5e-3 / DT)
        ),
        "back": nir.Linear(recurrent),
        "sum": nir.Linear(np.kron(np.eye(CHANNELS), np.ones((1, out * out)))),
        "counters": nir.IF(full(1.0 / DT, (CHANNELS,)), full(20.0, (CHANNELS,))),
        "output": nir.Output({"output": np.array([CHANNELS])}),
    }
    edges = [
        ("input", "conv"), ("conv", "flat"), ("flat", "cells"), ("cells", "back"), ("back", "cells"),
        ("cells", "sum"), ("sum", "counters"), ("counters", "output"),
    ]  # fmt: skip
    return nir.NIRGraph(nodes, edges, type_check=False)


def run(made: snn.interop.FromNIR, duration: float) -> tuple[np.ndarray, np.ndarray, nir.NIRGraph]:
    """Times and neurons of all spikes, and the network as a graph again."""
    probes = [made.network.probe(population, "spikes") for population in made.populations.values()]
    with snn.Simulation(made.network, backend="event") as sim:
        sim.run(duration)
        data = [sim.data[probe] for probe in probes]
        written = snn.interop.to_nir(sim, dt=DT)
    return np.concatenate([d.t for d in data]), np.concatenate([d.i for d in data]), written


def main() -> None:
    """There and back."""
    parser = argparse.ArgumentParser(description="A NIR graph, there and back.")
    parser.add_argument("--quick", action="store_true", help="100 ms instead of a second")
    duration = 100.0 if parser.parse_args().quick else 1000.0
    rng = np.random.default_rng(2)
    many = int(SIDE * SIDE * 50.0 * duration * 1e-3)
    spikes = snn.SpikeArray(rng.uniform(0.1, duration, many), rng.integers(0, SIDE * SIDE, many))
    first = run(snn.interop.from_nir(graph(), dt=DT, sources={"input": spikes}), duration)
    second = run(snn.interop.from_nir(first[2], dt=DT, sources={"input": spikes}), duration)
    same = first[1].shape == second[1].shape and bool((first[1] == second[1]).all())
    figures = {
        "spikes": len(first[0]),
        "again": len(second[0]),
        "same_neurons": same,
        "largest_difference_ms": float(np.abs(first[0] - second[0]).max())
        if same and len(first[0])
        else None,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
