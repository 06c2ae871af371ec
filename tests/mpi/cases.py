"""What is simulated on several ranks and in one process: small networks, each a function of its options.

What it returns is a digest of everything that it recorded and read, brought together by ``gather``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import pysnn as snn

from .learning import LEARNING
from .reading import Options, digest, recorded, saved_arrays, shared_folder
from .rearranged import REARRANGED
from .streaming import STREAMED


def balanced(n: int = 150, **synapses: Any) -> tuple[snn.Network, Any, Any]:
    """Excitatory and inhibitory neurons driven by Poisson sources, with delays and weights that differ."""
    net = snn.Network(seed=7)
    exc = net.population("exc", n, snn.CubaLIF(), init={"v": snn.Uniform(-70.0, -50.0)})
    inh = net.population("inh", n // 3, snn.LIF(t_ref=1.0))
    drive = net.source("drive", n, snn.Poisson(900.0))
    far = net.source("far", 20, snn.Gamma(60.0, shape=2.0))
    net.projection(drive, exc, snn.OneToOne(), weight=60.0, delay=0.7)
    net.projection(far, inh, snn.FixedIndegree(8), weight=4.0, delay=snn.Uniform(0.3, 2.0))
    given = {"weight": snn.Normal(20.0, 4.0, min=0.0), "delay": snn.Uniform(0.5, 3.0), **synapses}
    net.projection(exc, exc, snn.FixedIndegree(10), name="among", **given)
    net.projection(exc, inh, snn.FixedProbability(0.1), weight=2.0, delay=[0.8, 1.9])
    net.projection(inh, exc, snn.FixedOutdegree(20), weight=-30.0, delay=1.1)
    for group in (exc, inh, far):
        net.probe(group, "spikes")
    return net, exc, inh


def run(net: snn.Network, options: Options, ms: float = 40.0) -> str:
    with snn.Simulation(net, off_grid="round", **options) as sim:
        sim.run(ms / 3.0)
        sim.run(ms - ms / 3.0)
        return digest(*recorded(sim))


def clock(options: Options) -> str:
    return run(balanced()[0], {"backend": "clock", **options})


def event(options: Options) -> str:
    return run(balanced()[0], {"backend": "event", **options})


def clock_learns(options: Options) -> str:
    net, _, _ = balanced(plasticity=snn.PairSTDP(w_max=60.0), dendritic_fraction=0.4)
    among = net.projections["among"]
    net.probe(among, "weight", every=7.0)
    net.probe(among, "weight", changes=True)
    return run(net, {"backend": "clock", **options})


def event_learns(options: Options) -> str:
    net, _, _ = balanced(n=90, plasticity=snn.TripletSTDP(w_max=60.0), dendritic_fraction=0.3)
    net.probe(net.projections["among"], "weight", every=7.0)
    return run(net, {"backend": "event", **options})


def float32_and_states(options: Options) -> str:
    net, exc, inh = balanced()
    net.probe(exc[[149, 3, 60, 4]], "v", every=1.0)
    net.probe(inh, "v", every=2.5)
    net.current(exc, snn.NoiseCurrent(mean=20.0, std=80.0, interval=1.0))
    net.current(inh[10:30], snn.SineCurrent(amplitude=30.0, frequency=50.0))
    return run(net, {"backend": "clock", "dtype": "float32", **options})


def event_states(options: Options) -> str:
    net, exc, _ = balanced(n=60)
    net.probe(exc[::7], "v", every=1.5)
    net.current(exc[5:40], snn.StepCurrent([3.0, 20.0], [90.0, 0.0]))
    return run(net, {"backend": "event", **options})


def short_delay_on_one_rank(options: Options, **synapses: Any) -> str:
    """One synapse, onto the last neuron, is the only one that bounds windows; few others are there at all."""
    n = 96
    net = snn.Network(seed=3)
    cells = net.population("cells", n, snn.LIF(), init={"v": snn.Uniform(-70.0, -50.0)})
    drive = net.source("drive", n, snn.Poisson(1500.0))
    net.projection(drive, cells, snn.OneToOne(), weight=2.5, delay=1.0)
    i = np.r_[np.arange(n - 1), 0]
    j = np.r_[np.arange(1, n), n - 1]
    delay = np.r_[np.full(n - 1, 9.0), 0.1]
    net.projection(cells, cells, snn.FromCOO(i, j), weight=3.0, delay=snn.Delays(delay), **synapses)
    net.probe(cells, "spikes")
    return run(net, options, 45.0)


def clock_short_delay(options: Options) -> str:
    return short_delay_on_one_rank({"backend": "clock", **options})


def event_short_delay(options: Options) -> str:
    return short_delay_on_one_rank({"backend": "event", **options})


def long_dendrite_on_one_rank(options: Options) -> str:
    net = snn.Network(seed=3)
    cells = net.population("cells", 80, snn.LIF(), init={"v": snn.Uniform(-60.0, -50.0)})
    drive = net.source("drive", 80, snn.Poisson(1500.0))
    net.projection(drive, cells, snn.OneToOne(), weight=2.5, delay=1.0)
    i, j = np.arange(80), np.arange(79, -1, -1)
    delay, dendrite = np.full(80, 2.0), np.full(80, 0.5)
    delay[-1], dendrite[-1] = 12.0, 11.0  # onto neuron 0
    net.projection(
        cells, cells, snn.FromCOO(i, j), weight=1.0, delay=snn.Delays(delay, dendrite),
        plasticity=snn.PairSTDP(w_max=2.0),
    )  # fmt: skip
    net.probe(cells, "spikes")
    return run(net, {"backend": "clock", **options})


def few_neurons(options: Options) -> str:
    """Fewer than there are shards: some ranks have none, and all sources are elsewhere."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 3, snn.LIF())
    source = net.source("source", 2, snn.SpikeArray([np.arange(1.0, 50.0, 2.0), np.arange(2.0, 50.0, 5.0)]))
    net.projection(source, cells, snn.AllToAll(), weight=9.0, delay=1.5)
    net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=1.0)
    net.probe(cells, "spikes")
    net.probe(cells, "v", every=1.0)
    return run(net, {"backend": "event", **options})


def volleys(options: Options) -> str:
    """All neurons at once: messages of a window outgrow the slots of those before."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 900, snn.LIF())
    source = net.source("source", 1, snn.SpikeArray([[20.0, 40.0, 41.0, 55.0]]))
    net.projection(source, cells, snn.AllToAll(), weight=40.0, delay=1.5)
    net.projection(cells, cells, snn.FixedIndegree(2), weight=0.5, delay=2.0)
    net.probe(cells, "spikes")
    return run(net, {"backend": "clock", **options})


def thresholds(options: Options, backend: str = "clock") -> str:
    """Homeostasis, and winner takes all, whose population one rank has."""
    net = snn.Network(seed=3)
    cells = net.population(
        "cells", 80, snn.LIF(), homeostasis=snn.Homeostasis(delta=0.5, share=0.2, every=5.0)
    )
    rivals = net.population("rivals", 40, snn.LIF(), winner_takes_all=3.0)
    for group in (cells, rivals):
        drive = net.source(f"onto {group.name}", len(group), snn.Poisson(1500.0))
        net.projection(drive, group, snn.OneToOne(), weight=2.5, delay=1.0)
        net.probe(group, "spikes")
    net.projection(cells, rivals, snn.FixedIndegree(5), weight=1.0, delay=1.5)
    net.projection(rivals, cells, snn.FixedIndegree(5), weight=-1.0, delay=1.5)
    net.probe(rivals, "v", every=1.0)
    return run(net, {"backend": backend, **options})


def event_thresholds(options: Options) -> str:
    return thresholds(options, "event")


def modulated(options: Options) -> str:
    """A reward that is told, another that spikes are, and short-term plasticity."""
    net, exc, inh = balanced(n=90)
    reward = net.modulator("reward")
    dopamine = net.modulator("dopamine", by=inh, weight=0.05, delay=1.5)
    for name, signal in (("by reward", reward), ("by dopamine", dopamine)):
        net.projection(
            exc, exc, snn.FixedIndegree(5), weight=10.0, delay=1.0, name=name,
            plasticity=snn.RewardSTDP(w_max=40.0), modulator=signal,
        )  # fmt: skip
    net.projection(exc, inh, snn.FixedIndegree(5), weight=3.0, delay=2.0, dynamics=snn.TsodyksMarkram())
    with snn.Simulation(net, off_grid="round", backend="clock", **options) as sim:
        sim.modulate("reward", -0.5, at=31.7)
        for value in (1.0, -0.3, 0.7):
            sim.run(20.0)
            sim.modulate("reward", value)
        sim.run(5.0)
        return digest(*recorded(sim))


def taught(options: Options) -> str:
    """An error of readouts on several ranks, told by feedback through weights that learn."""
    net = snn.Network(seed=2)
    pixels = net.source("pixels", 30, snn.Poisson(200.0))
    hidden = net.population("hidden", 60, snn.LIF(), init={"v": snn.Uniform(-60.0, -50.0)})
    out = net.population("out", 40, snn.Readout(tau_m=20.0))
    error = net.error("error", out, loss="squared")
    own = net.projection(
        hidden, out, snn.AllToAll(), weight=snn.Normal(0.0, 0.3), delay=1.0,
        plasticity=snn.DeltaRule(eta=0.1), modulator=error, name="own",
    )  # fmt: skip
    signal = net.feedback("signal", error, hidden, own)
    net.projection(
        pixels, hidden, snn.FixedIndegree(12), weight=snn.Normal(4.0, 0.5), delay=1.0,
        plasticity=snn.ThreeFactorSTDP(eta=0.02, tau_x=20.0), modulator=signal,
    )  # fmt: skip
    net.probe(hidden, "spikes")
    told = []
    with snn.Simulation(net, backend="clock", **options) as sim:
        for k in range(4):
            sim.run(15.0)
            sim.teach(error, np.sin(np.arange(40) + k))
            told.append(sim.state("out", "v"))
        sim.run(1.0)
        return digest(*told, *recorded(sim))


def between_runs(options: Options) -> str:
    """What is changed and asked between runs, in a closed loop; and from the beginning again."""
    net, exc, _ = balanced(n=90, plasticity=snn.PairSTDP(w_max=60.0))
    source = net.source("fed", 90, snn.Input())
    net.projection(source, exc, snn.OneToOne(), weight=40.0, delay=0.5)
    seen = []
    with snn.Simulation(net, off_grid="round", backend="clock", **options) as sim:
        for k in range(30):
            sim.feed("fed", ([sim.time + 0.4, sim.time + 0.2], [k, 89 - k]))
            sim.run(0.5)
            seen.append(sim.state("exc", "v"))
        sim.set_state("exc", "v", np.linspace(-70.0, -50.0, 90))
        sim.set_state(exc[[3, 80]], "v", [-52.0, -53.0], at=20.0)
        sim.set_parameters(exc[40:], v_th=np.linspace(-51.0, -49.0, 50))
        sim.set_parameters("drive", rate=1200.0, at=17.5)
        sim.normalise("among", 150.0)
        sim.inject(exc[60:80], snn.NoiseCurrent(mean=100.0, std=30.0, interval=0.5))
        sim.set_learning("among", rate=0.5)
        sim.probe(exc[70:], "v", every=1.0)
        sim.run(25.0)
        sim.set_weights("among", 12.0)
        sim.run(5.0)
        return digest(*seen, *recorded(sim))


def from_the_beginning(options: Options) -> str:
    net, _, _ = balanced(n=90, plasticity=snn.PairSTDP(w_max=60.0))
    with snn.Simulation(net, off_grid="round", backend="event", **options) as sim:
        sim.run(20.0)
        before = recorded(sim)[:-1]
        sim.reset(keep=())
        sim.run(20.0)
        return digest(*before, *recorded(sim))


def infinite(options: Options) -> str:
    """Delays beyond all windows, and none between neurons."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 40, snn.LIF(tau_m=math.inf, e_l=-70.0), init={"v": -70.0})
    drive = net.source("drive", 40, snn.Poisson(800.0))
    net.projection(drive, cells, snn.AllToAll(), weight=0.05, delay=25.0)
    net.probe(cells, "spikes")
    return run(net, {"backend": "event", **options}, 120.0)


def chosen_engines(options: Options) -> str:
    """Populations that step beside others that jump, as a trial run on all ranks finds."""
    net, exc, _ = balanced(n=90, plasticity=snn.PairSTDP(w_max=60.0))
    quiet = net.population("quiet", 40, snn.LIF())
    net.projection(exc, quiet, snn.FixedIndegree(1), weight=9.0, delay=snn.Uniform(1.0, 2.0))
    net.probe(quiet, "spikes")
    with snn.Simulation(net, off_grid="round", backend="auto", **options) as sim:
        sim.run(40.0)
        engines = [choice.engine for choice in sim.engines.values()]
        return digest(*recorded(sim), np.array(engines))


def given_engines(options: Options) -> str:
    net, _, _ = balanced(n=90)
    engines = {"exc": "clock", "inh": "event"}
    return run(net, {"backend": "auto", "engines": engines, **options}, 40.0)


def trials(options: Options, learn: bool = False) -> str:
    """Each trial is on all ranks; every rank has all of its results."""
    net = snn.Network(seed=2)
    fed = net.source("fed", 20, snn.Input())
    cells = net.population("cells", 80, snn.LIF(), homeostasis=snn.Homeostasis(delta=0.1) if learn else None)
    rule = {"plasticity": snn.PairSTDP(w_max=20.0)} if learn else {}
    net.projection(
        fed, cells, snn.FixedIndegree(8), weight=snn.Normal(12.0, 2.0), delay=1.0, name="in", **rule
    )
    drive = net.source("drive", 80, snn.Poisson(400.0))
    net.projection(drive, cells, snn.OneToOne(), weight=2.5, delay=1.0)
    times = [np.arange(1.0, 20.0, 0.5 + k) for k in range(6)]
    spikes = [snn.SpikeTrains(t, np.arange(len(t)) % 20, 20, 20.0) for t in times]
    with snn.Simulation(net, backend="clock", **options) as sim:
        results = sim.run_trials(spikes, spikes=["cells"], states="cells.v", keys=[3, 1, 4, 1, 5, 9])
        told = results.spikes("cells")
        assert results.counts("cells").sum() > 50
        kept = [] if not learn else [np.asarray(sim.gather("in", root=None)), sim.state("cells", "theta")]
        return digest(results.counts("cells"), told.times, told.indices, results.states("cells", "v"), *kept)


def trials_that_learn(options: Options) -> str:
    return trials(options, learn=True)


def saved(options: Options, backend: str = "clock") -> str:
    """A checkpoint is what one process would have saved, and a simulation goes on from it as that would."""
    net, exc, inh = balanced(n=90, plasticity=snn.PairSTDP(w_max=60.0), dendritic_fraction=0.3)
    net.probe(net.projections["among"], "weight", every=7.0)
    net.probe(net.projections["among"], "weight", changes=True)
    net.probe(exc[[80, 3, 4]], "v", every=2.0)
    net.projection(exc, inh, snn.FixedIndegree(5), weight=3.0, delay=2.0, dynamics=snn.TsodyksMarkram())
    source = net.source("fed", 90, snn.Input())
    net.projection(source, exc, snn.OneToOne(), weight=40.0, delay=0.5)
    with shared_folder(options) as folder:
        with snn.Simulation(net, off_grid="round", backend=backend, **options) as sim:
            sim.feed("fed", ([19.9, 25.0, 33.3], [3, 4, 88]))
            sim.set_parameters("drive", rate=1000.0, at=30.0)
            sim.run(20.3)
            sim.set_weights(net.projections["among"], 15.0)
            sim.run(3.0)
            sim.save(folder / "file.h5")
            copy = sim.copy(threads=options["threads"])
            copy.run(20.0)
            sim.run(20.0)
            parts = [*recorded(sim), *recorded(copy)]
        resumed = snn.resume(folder / "file.h5", **options)
        resumed.run(20.0, checkpoint=folder / "second.h5")
        return digest(*parts, *recorded(resumed), *saved_arrays(resumed, folder))


def event_saved(options: Options) -> str:
    return saved(options, "event")


CASES: dict[str, Callable[[Options], str]] = {
    case.__name__: case
    for case in (
        clock, event, clock_learns, event_learns, float32_and_states, event_states, clock_short_delay,
        event_short_delay, long_dendrite_on_one_rank, few_neurons, volleys, thresholds, event_thresholds,
        modulated, taught, between_runs, from_the_beginning, infinite, chosen_engines, given_engines, trials,
        trials_that_learn, saved, event_saved,
    )
}  # fmt: skip
CASES |= LEARNING | REARRANGED | STREAMED
