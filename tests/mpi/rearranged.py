"""Delays and sources that are set while ranks share a network: cases as those of cases.py."""

from __future__ import annotations

from typing import Any

import numpy as np

import pysnn as snn

from .reading import Options, digest, network_of, of_this_rank, recorded, saved_arrays, shared_folder


def delays_set(options: Options, backend: str = "clock", **synapses: Any) -> str:
    """Longer and shorter, by synapse and for all, while spikes are under way; saved, resumed, begun again."""
    net = network_of(**synapses)
    among = net.projections["among"]
    net.probe(among, "weight", every=6.0) if "plasticity" in synapses else None
    with shared_folder(options) as folder:
        with snn.Simulation(net, off_grid="round", backend=backend, **options) as sim:
            sim.run(12.3)
            # By place in the whole, which no rank has: what each is given is of its own synapses.
            sim.set_delays(
                among, of_this_rank(sim, among, lambda i, j, k: 1.5 + (i * 7 + j * 3 + k) % 40 / 10)
            )
            sim.set_delays("onto", 4.0, at=14.0)
            sim.set_delays(among, of_this_rank(sim, among, lambda i, j, k: 8.0 - (i + j) % 50 / 10), at=25.0)
            sim.run(3.1)
            sim.save(folder / "file.h5")
            copy = sim.copy(threads=options["threads"])
            for one in (sim, copy):
                one.run(17.0)
            delays = sim.delays(among)
            parts = [*recorded(sim), *recorded(copy)]
        resumed = snn.resume(folder / "file.h5", **options)
        resumed.run(17.0, checkpoint=folder / "second.h5")
        assert np.array_equal(resumed.delays(among.name), delays)
        parts += [*recorded(resumed), *saved_arrays(resumed, folder)]
        resumed.reset()
        resumed.run(10.0)
        return digest(*parts, *recorded(resumed))


def clock_delays(options: Options) -> str:
    return delays_set(options)


def event_delays(options: Options) -> str:
    return delays_set(options, "event")


def clock_delays_of_a_rule(options: Options) -> str:
    """Rows in strands, numbered alike on all ranks."""
    return delays_set(options, plasticity=snn.PairSTDP(w_max=60.0))


def event_delays_of_a_rule(options: Options) -> str:
    return delays_set(options, "event", plasticity=snn.TripletSTDP(w_max=60.0))


def delays_beyond_those_of_other_ranks(options: Options) -> str:
    """Longer than any was, of the last neurons alone: from then on all ranks keep spikes for so long."""
    net = network_of()
    among = net.projections["among"]
    with shared_folder(options) as folder:
        with snn.Simulation(net, off_grid="round", backend="clock", **options) as sim:
            sim.run(5.0)
            sim.set_delays(among, of_this_rank(sim, among, lambda i, j, k: np.where(j >= 80, 30.0, 2.0)))
            sim.run(20.0)
            sim.set_delays(among, 5.0)
            sim.run(1.0)
            sim.save(folder / "file.h5")
        resumed = snn.resume(folder / "file.h5", **options)
        resumed.run(40.0, checkpoint=folder / "second.h5")
        return digest(*recorded(resumed), *saved_arrays(resumed, folder))


def rewired(options: Options, backend: str = "clock", **synapses: Any) -> str:
    net = network_of(**synapses)
    among = net.projections["among"]
    plastic = "plasticity" in synapses
    with shared_folder(options) as folder:
        with snn.Simulation(net, off_grid="round", backend=backend, **options) as sim:
            if not plastic:
                sim.run(8.3)
            sim.rewire(among, 25.0, below=18.0)
            sim.set_delays(among, of_this_rank(sim, among, lambda i, j, k: 1.5 + (i * 3 + j + k) % 20 / 10))
            if not plastic:
                sim.rewire(among, 21.0, below=19.0, at=12.0)
            sim.run(11.0)
            sim.set_weights(among, of_this_rank(sim, among, lambda i, j, k: 15.0 + (i + j) % 9), at=24.0)
            sim.save(folder / "file.h5")
            sim.run(17.0)
            synapses_now = sim.synapses(among)
            parts = recorded(sim)
        resumed = snn.resume(folder / "file.h5", **options)
        resumed.run(17.0, checkpoint=folder / "second.h5")
        assert np.array_equal(resumed.synapses(among.name), synapses_now)
        parts += [*recorded(resumed), *saved_arrays(resumed, folder)]
        resumed.reset()
        resumed.rewire(among.name, 30.0, below=17.0)
        resumed.run(10.0, checkpoint=folder / "second.h5")
        return digest(*parts, *recorded(resumed), *saved_arrays(resumed, folder))


def clock_rewired(options: Options) -> str:
    return rewired(options)


def event_rewired(options: Options) -> str:
    return rewired(options, "event")


def rewired_that_learns(options: Options) -> str:
    return rewired(options, plasticity=snn.PairSTDP(w_max=60.0))


def trials_rewired(options: Options) -> str:
    """Between two calls of run_trials, of synapses that learn; with delays that are set beside."""
    net = snn.Network(seed=2)
    fed = net.source("fed", 40, snn.Input())
    cells = net.population("cells", 80, snn.LIF())
    net.projection(
        fed, cells, snn.FixedIndegree(8), weight=snn.Normal(12.0, 2.0), delay=1.0, name="in",
        plasticity=snn.PairSTDP(w_max=20.0),
    )  # fmt: skip
    drive = net.source("drive", 80, snn.Poisson(400.0))
    net.projection(drive, cells, snn.OneToOne(), weight=2.5, delay=1.0)
    times = [np.arange(1.0, 20.0, 0.5 + k) for k in range(3)]
    spikes = [snn.SpikeTrains(t, np.arange(len(t)) % 40, 40, 20.0) for t in times]
    parts = []
    with snn.Simulation(net, backend="clock", **options) as sim:
        for k in range(3):
            results = sim.run_trials(spikes, spikes=["cells"], keys=[k, k + 1, k + 2])
            told = results.spikes("cells")
            assert len(told.times) > 20
            parts += [told.times, told.indices, np.asarray(sim.gather("in", root=None))]
            sim.rewire("in", 12.0, below=10.0)
            sim.set_delays(
                "in", of_this_rank(sim, net.projections["in"], lambda i, j, k: 1.0 + (i + j) % 30 / 10)
            )
        return digest(*parts)


REARRANGED = {
    case.__name__: case
    for case in (
        clock_delays, event_delays, clock_delays_of_a_rule, event_delays_of_a_rule,
        delays_beyond_those_of_other_ranks, clock_rewired, event_rewired, rewired_that_learns, trials_rewired,
    )
}  # fmt: skip
