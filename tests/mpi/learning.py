"""Rules that keep more than traces while ranks share a network: cases as those of cases.py."""

from __future__ import annotations

import numpy as np

import pysnn as snn

from .reading import Options, digest, network_of, recorded


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


LEARNING = {case.__name__: case for case in (clopath, eligibilities)}
