"""Rules that keep more than traces while ranks share a network: cases as those of cases.py."""

from __future__ import annotations

import numpy as np

import pysnn as snn

from .reading import Options, digest, network_of, of_this_rank, recorded


def clopath(options: Options) -> str:
    """The potential of a target counts, and its averages."""
    net = network_of(plasticity=snn.ClopathSTDP(w_max=60.0, a_ltp=1e-3, a_ltd=1e-3))
    net.probe(net.projections["among"], "weight", every=6.0)
    with snn.Simulation(net, off_grid="round", backend="clock", **options) as sim:
        sim.run(25.3)
        sim.run(20.0)
        return digest(*recorded(sim))


def eligibilities(options: Options) -> str:
    """E-prop through a loop, told by readouts that are spread over the ranks, with regularised rates."""
    net = snn.Network(seed=4)
    pixels = net.source("pixels", 30, snn.Poisson(250.0))
    hidden = net.population("hidden", 60, snn.LIF(t_ref=0.0), init={"v": snn.Uniform(-65.0, -55.0)})
    out = net.population("out", 20, snn.Readout(tau_m=20.0))
    error = net.error("error", out, loss="squared")
    own = net.projection(
        hidden, out, snn.AllToAll(), weight=snn.Normal(0.0, 0.3), delay=1.0,
        plasticity=snn.DeltaRule(eta=0.05), modulator=error, name="own",
    )  # fmt: skip
    signal = net.feedback("signal", error, hidden, own)
    rule = snn.EProp(eta=0.02, tau_out=20.0, c_reg=1e-3, read="mean")
    for source, weight in ((pixels, 4.0), (hidden, 0.5)):
        net.projection(
            source, hidden, snn.FixedIndegree(12), weight=snn.Normal(weight, 0.5), delay=1.0,
            plasticity=rule, modulator=signal, name=f"from {source.name}",
        )  # fmt: skip
    net.probe(hidden, "spikes")
    told = []
    with snn.Simulation(net, backend="clock", dt=1.0, **options) as sim:
        before = sim.gather("from pixels", root=None)
        for k in range(4):
            sim.run(15.0)
            sim.teach(error, np.sin(np.arange(20) + k))
            told.append(sim.state("out", "v"))
        sim.run(1.0)
        assert not np.array_equal(sim.gather("from pixels", root=None), before)
        return digest(*told, *recorded(sim))


def levels(options: Options, backend: str = "clock") -> str:
    """Populations that hear each other at the instant at which they fire, and learn, some on one rank."""
    net = snn.Network(seed=9)
    sizes = {"low": 50, "middle": 40, "high": 7}
    low, middle, high = (net.population(name, n, snn.LIF(t_ref=1.0)) for name, n in sizes.items())
    noise = net.source("noise", 50, snn.Poisson(900.0))
    net.projection(noise, low, snn.OneToOne(), weight=3.0, delay=0.0)
    net.projection(noise, high, snn.FixedIndegree(6), weight=0.8, delay=snn.Uniform(0.1, 2.0))
    learns = net.projection(
        low, middle, snn.FixedIndegree(8), weight=2.5, delay=[0.0, 1.2],
        plasticity=snn.PairSTDP(a_plus=0.05, a_minus=0.055, w_max=6.0),
    )  # fmt: skip
    net.projection(middle, high, snn.FromCOO([0, 3, 39], [6, 6, 6]), weight=9.0, delay=0.0)
    net.projection(low, high, snn.FixedProbability(0.3), weight=2.0, delay=0.6)
    net.projection(high, low, snn.AllToAll(), weight=-1.0, delay=0.9)
    net.current(middle[5:20], snn.NoiseCurrent(mean=20.0, std=200.0, interval=1.3))
    for group in (low, middle, high):
        net.probe(group, "spikes")
        net.probe(group, "v", every=1.7)
    with snn.Simulation(net, off_grid="round", backend=backend, **options) as sim:
        sim.run(17.3)
        sim.set_delays(learns, of_this_rank(sim, learns, lambda i, j, k: np.where((i + j + k) % 2, 0.3, 0.0)))
        sim.run(20.0)
        return digest(*recorded(sim))


def event_levels(options: Options) -> str:
    return levels(options, "event")


LEARNING = {case.__name__: case for case in (clopath, eligibilities, levels, event_levels)}
