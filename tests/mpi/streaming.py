"""Probes that write to the log, which the first rank has: cases as those of cases.py."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np

import pysnn as snn

from .reading import FIELDS, Options, digest, network_of, recorded, shared_folder


def fields(*data: Any) -> list[Any]:
    return [getattr(one, field) for one in data for field in FIELDS if hasattr(one, field)]


def streamed(options: Options, backend: str = "clock") -> str:
    """States of neurons here and there, weights and their changes; the file, and what gather reads of it."""
    net = network_of(plasticity=snn.PairSTDP(w_max=60.0))
    cells, among = net.populations["cells"], net.projections["among"]
    net.probe(cells[[80, 3, 44, 4]], "v", every=1.0, to_log=True, name="here and there")
    net.probe(cells, "i_exc", every=2.5, to_log=True, name="all")
    net.probe(among, "weight", every=6.0, to_log=True, name="weights")
    net.probe(among, "weight", changes=True, to_log=True, name="changes")
    kept = net.probe(cells[[80, 3, 44, 4]], "v", every=1.0)
    with shared_folder(options) as folder:
        log = folder / "log.h5"
        with snn.Simulation(net, off_grid="round", backend=backend, log=log, **options) as sim:
            sim.run(12.3)
            sim.save(folder / "file.h5")
            sim.run(9.0)
            parts = fields(sim.gather("all", root=None), sim.gather("weights", root=None))
            last = sim.gather("changes", root=sim.ranks - 1)
            assert (last is not None) == (sim.rank == sim.ranks - 1)
        resumed = snn.resume(folder / "file.h5", log=log, **options)
        with resumed:  # the same log goes on from there
            resumed.run(20.0)
            parts += recorded(resumed)
            of_memory = resumed.gather(kept.name, root=None)
        barrier(options)  # it has been closed by then
        whole = snn.load(log)
        there = whole.states["here and there"]
        assert there.values.shape == (33, 4)
        # float32 in the log, as SONATA has it
        assert np.array_equal(there.values, of_memory.values.astype(np.float32).astype(np.float64))
        assert np.array_equal(there.t, of_memory.t)
        changes = whole.changes["changes"]
        assert len(changes) > 100
        parts += fields(there, whole.states["all"], whole.weights["weights"], changes)
        return digest(*parts, *fields(*(whole[name] for name in sorted(whole))))


def event_streamed(options: Options) -> str:
    return streamed(options, "event")


def slices_of_many_samples(options: Options) -> str:
    """How many samples are held between two slices is the same on all ranks, whoever has their neurons."""
    net = network_of()
    net.probe(net.populations["cells"][3:20], "v", every=0.2)
    with (
        mock.patch("pysnn.run.recordings.MOST_HELD", 400),
        snn.Simulation(net, off_grid="round", backend="clock", **options) as sim,
    ):
        sim.run(30.0)
        return digest(*recorded(sim))


def barrier(options: Options) -> None:
    if "comm" in options:
        options["comm"].Barrier()


STREAMED = {case.__name__: case for case in (streamed, event_streamed, slices_of_many_samples)}
