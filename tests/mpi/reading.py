"""What all cases share: how results are read and brought together, to digests that tell every bit."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import pysnn as snn
from pysnn.io.checkpoint import Checkpoint

Options = dict[str, Any]
FIELDS = ("t", "i", "j", "k", "w", "values")


def digest(*arrays: Any) -> str:
    made = hashlib.blake2b(digest_size=8)
    for array in arrays:
        array = np.ascontiguousarray(array)
        made.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return made.hexdigest()


def recorded(sim: snn.Simulation) -> list[Any]:
    """Of all probes and of all plastic projections, on the first rank; elsewhere nothing but Nones."""
    parts: list[Any] = []
    for name in sim.data:
        data = sim.gather(name)
        if data is not None:
            parts += [getattr(data, field) for field in FIELDS if hasattr(data, field)]
    for p in sim.spec.projections:
        if p.plasticity is not None:
            weights = sim.gather(p.name)
            parts += [] if weights is None else [weights]
    for population in sim.spec.populations:
        parts += [sim.state(population.name, state) for state in population.states]
    spikes = sim.spike_counts()
    assert sum(spikes.values()) > 20, f"a network that is silent tells nothing: {spikes}"
    return [*parts, np.array(list(spikes.values())), np.array(list(sim.delivered().values()))]


def network_of(n: int = 90, **synapses: Any) -> snn.Network:
    """Neurons "cells" driven by a Poisson source, among themselves ("among") and onto others ("onto")."""
    net = snn.Network(seed=7)
    cells = net.population("cells", n, snn.CubaLIF(), init={"v": snn.Uniform(-70.0, -50.0)})
    others = net.population("others", n // 3, snn.LIF(t_ref=1.0))
    drive = net.source("drive", n, snn.Poisson(1500.0))
    net.projection(drive, cells, snn.OneToOne(), weight=200.0, delay=0.7)
    given = {"weight": snn.Normal(20.0, 4.0, min=0.0), "delay": snn.Uniform(1.0, 3.0), **synapses}
    net.projection(cells, cells, snn.FixedIndegree(10), name="among", **given)
    net.projection(cells, others, snn.FixedProbability(0.1), weight=5.0, delay=[1.0, 1.9], name="onto")
    net.projection(others, cells, snn.FixedOutdegree(20), weight=-30.0, delay=1.1)
    for group in (cells, others):
        net.probe(group, "spikes")
    return net


def of_this_rank(sim: snn.Simulation, projection: Any, value: Callable[..., Any]) -> Any:
    """By synapse that this rank has, what depends on the synapse alone."""
    synapses = sim.synapses(projection)
    return value(*(synapses[field].astype(np.int64) for field in "ijk"))


@contextmanager
def shared_folder(options: Options) -> Iterator[Path]:
    """One for all ranks, as long as one of them is inside."""
    comm = options.get("comm")
    with tempfile.TemporaryDirectory() as own:
        yield Path(own if comm is None else comm.bcast(own))
        if comm is not None:
            comm.Barrier()  # the folder is the first rank's


def saved_arrays(sim: snn.Simulation, folder: Path) -> list[Any]:
    """What is in the checkpoints of a folder, on the first rank."""
    parts: list[Any] = []
    if sim.rank == 0:
        for file in sorted(folder.glob("*.h5")):
            there = Checkpoint.load(file)
            for arrays in (there.engine, there.recorded, there.changes):
                for name in sorted(arrays):
                    parts += [np.frombuffer(name.encode(), np.uint8), arrays[name]]
    return parts
