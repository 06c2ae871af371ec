"""A simulation that is saved and resumed ends with the bits that it would have had, whatever it is made of.

Every model, rule, source and current of the registries is tried, also one that comes later.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn
from pysnn.base.registry import Registry
from pysnn.currents import Current
from pysnn.dynamics import Dynamics
from pysnn.neurons.base import NeuronModel
from pysnn.plasticity import PlasticityRule
from pysnn.sources import Source

N = 150  # three shards, as those hold multiples of 16
PARTS = (7.3, 0.1, 12.6, 15.0)
WEIGHT = {"mV": (6.0, 0.5), "pA": (300.0, 20.0), "nS": (12.0, 0.5)}
ENGINES = ["clock", "event", "steps", "both"]

# Of what has no parameters that let it do something by themselves.
SOURCES: dict[str, Callable[[], Source]] = {
    "Poisson": lambda: snn.Poisson(np.linspace(50.0, 400.0, N), dead_time=1.0),
    "Gamma": lambda: snn.Gamma(200.0, 0.7, start=3.0, stop=30.0),
    "PiecewisePoisson": lambda: snn.PiecewisePoisson([0.0, 9.0, 20.0], [300.0, 50.0, 500.0]),
    "PWM": lambda: snn.PWM(np.linspace(0.0, 1.0, N), period=4.0),
    "SpikeArray": lambda: snn.SpikeArray([[1.0 + 0.1 * i, 8.0, 21.0] for i in range(N)]),
}
CURRENTS: dict[str, Callable[[], Current]] = {
    "ConstantCurrent": lambda: snn.ConstantCurrent(150.0),
    "StepCurrent": lambda: snn.StepCurrent([5.0, 7.3, 30.0], [150.0, 250.0, -50.0]),
    "NoiseCurrent": lambda: snn.NoiseCurrent(200.0, 300.0, interval=0.5, start=2.0),
    "SineCurrent": lambda: snn.SineCurrent(250.0, 30.0, interval=0.5, start=1.0, stop=32.2),
}
RULES: dict[str, Callable[[], PlasticityRule]] = {
    "PairSTDP": lambda: snn.PairSTDP(a_plus=0.05, a_minus=0.05, mu_plus=0.5, mu_minus=0.5, w_max=60.0),
    "PowerLawSTDP": lambda: snn.PowerLawSTDP(a_plus=0.3),
    "BCM": lambda: snn.BCM(eta=1e-3, tau_theta=100.0, w_max=60.0),
    "RewardSTDP": lambda: snn.RewardSTDP(
        a_plus=1e-3, a_minus=1e-3, tau_c=50.0, tau_n=20.0, b=0.1, w_max=60.0
    ),
    "ClopathSTDP": lambda: snn.ClopathSTDP(
        a_ltd=2e-3, a_ltp=2e-3, theta_plus=-60.0, u_ref=10.0, tau_mean=50.0, w_max=60.0
    ),
    "DeltaRule": lambda: snn.DeltaRule(eta=0.05, tau_x=20.0),
    "ThreeFactorSTDP": lambda: snn.ThreeFactorSTDP(eta=0.5, tau_e=30.0, after="kept"),
    "DiehlCookSTDP": lambda: snn.DiehlCookSTDP(eta=0.05, w_max=60.0),
    "EProp": lambda: snn.EProp(eta=0.05, tau_out=10.0, c_reg=0.01, f_target=50.0, w_max=60.0),
    "Hebb": lambda: snn.Hebb(eta=0.02, w_in=-0.5, w_out=-0.2, w_max=60.0),
    "InstarSTDP": lambda: snn.InstarSTDP(eta=0.05, c=20.0),
    "Oja": lambda: snn.Oja(eta=0.05, c=20.0),
    "SynapticScaling": lambda: snn.SynapticScaling(
        f_target=20.0, tau_rate=50.0, tau_scaling=100.0, a_plus=0.5, a_minus=0.02, w_max=60.0
    ),
    "TripletBCM": lambda: snn.TripletBCM(a_plus=0.1, a_minus=0.1, tau_theta=100.0, w_max=60.0),
    "TripletSTDP": lambda: snn.TripletSTDP(a3_plus=0.1, a2_minus=0.02, a3_minus=0.05, w_max=60.0),
    "VogelsSTDP": lambda: snn.VogelsSTDP(eta=0.05, rho_0=20.0, w_max=60.0),
}


def names(registry: Registry[Any]) -> list[str]:
    """Of what is pysnn's own."""
    return [name for name in registry if registry.get(name, "test").__module__.startswith("pysnn.")]


def example(examples: dict[str, Callable[[], Any]], registry: Registry[Any], name: str) -> Any:
    return examples[name]() if name in examples else registry.get(name, "test")()


def refused(rule: PlasticityRule, backend: str, net: snn.Network) -> bool:
    """Whether the rule needs steps and there are none, which must then be said."""
    if not rule.watches or backend != "event":
        return False
    with pytest.raises(snn.errors.BackendUnsupported, match="must go in steps"):
        snn.Simulation(net, **options(backend))
    return True


def network(
    model: NeuronModel | None = None,
    source: Source | None = None,
    current: Current | None = None,
    rule: PlasticityRule | None = None,
    shortest: float = 0.5,
    **more: Any,
) -> snn.Network:
    """Neurons that are driven, connected by short and by long delays, and watched by every kind of probe."""
    if model is None:
        model = snn.CubaLIF() if rule is None or not rule.watches else snn.ALIF()
    outside, recurrent = WEIGHT[model.weight_unit]
    if type(model).__name__ == "HodgkinHuxley":
        outside = 40.0
    net = snn.Network(seed=4)
    cells = net.population("cells", N, model, init={"v": snn.Uniform(-70.0, -58.0)})
    others = net.population("others", 20, snn.LIF(), init={"v": snn.Uniform(-70.0, -58.0)})
    noise = net.source("noise", N, snn.Poisson(400.0) if source is None else source)
    drive = net.source("drive", N, snn.Poisson(4000.0))
    net.projection(noise, cells, snn.FixedIndegree(3), weight=outside, delay=[0.1, 0.7])
    net.projection(drive, cells, snn.OneToOne(), weight=outside / 4, delay=0.5)
    net.projection(cells, others, snn.FixedProbability(0.1), weight=2.0, delay=[0.5, 900.0])
    net.projection(
        cells, cells, snn.FixedProbability(0.1), weight=recurrent, delay=[shortest, 1.3, 8.0], name="static"
    )
    if rule is not None and rule.modulator:
        more["modulator"] = net.modulator("signal", of=cells if rule.modulator == "any" else None)
    net.projection(
        cells, cells, snn.FixedProbability(0.1), weight=snn.Uniform(0.0, recurrent), delay=[0.6, 4.0, 11.2],
        plasticity=rule, name="plastic", **more,
    )  # fmt: skip
    if current is not None:
        net.current(cells, current)
        net.current(cells[5:40:3], snn.ConstantCurrent(10.0))
    for group in (cells, others, noise):
        net.probe(group, "spikes", name=f"{group.name} spikes")
    net.probe(cells[::7], "v", every=0.7, name="v")
    net.probe(net.projections["plastic"], "weight", every=5.0, name="weights")
    return net


def options(backend: str) -> dict[str, Any]:
    if backend in ("clock", "event"):
        return {"backend": backend}
    engines = {"cells": "clock", "others": "event" if backend == "both" else "clock"}
    return {"backend": "auto", "engines": engines}


def shortest(backend: str) -> float:
    """A delay; with one that is no multiple of dt, "auto" steps on the axis of continuous time."""
    return 0.55 if backend == "steps" else 0.5


def shown(sim: snn.Simulation) -> dict[str, NDArray[Any]]:
    """Everything that can be read."""
    found: dict[str, NDArray[Any]] = {}
    for name in sim.data:
        data = sim.data[name]
        found[f"{name} t"] = data.t
        for part in ("i", "j", "k", "w", "values"):
            if hasattr(data, part):
                found[f"{name} {part}"] = getattr(data, part)
    for population in sim.spec.populations:
        for state in population.model.states:
            found[f"{population.name}.{state}"] = sim.state(population.name, state)
    for projection in sim.spec.projections:
        found[projection.name] = sim.weights(projection.name)
    found["delivered"] = np.array(list(sim.delivered().values()))
    found["counts"] = np.array(list(sim.spike_counts().values()))
    return found


def modulate(sim: snn.Simulation) -> None:
    """Moments that are to come, some before a checkpoint and some after it, two at one instant."""
    for modulator in sim.spec.modulators:
        for k, at in enumerate((3.0, 6.9, 7.3, 7.3, 15.5, 19.9, 28.0, 34.0)):
            sim.modulate(
                modulator.name, 0.3 * np.cos(np.arange(N) + k) if modulator.of else 1.0 - 0.4 * k, at=at
            )


def check(net: snn.Network, tmp_path: Path, parts: tuple[float, ...] = PARTS, **given: Any) -> None:
    """Resumed after each part with another number of threads it is as without."""
    with snn.Simulation(net, threads=2, **given) as sim:
        modulate(sim)
        sim.run(sum(parts))
        expected = shown(sim)
    fires = net.populations["cells"].model.fires
    assert (len(expected["cells spikes t"]) > 30) == fires, "they should fire"
    path = tmp_path / "at.h5"
    sim = snn.Simulation(net, threads=1, **given)
    modulate(sim)
    for part, threads in zip(parts, itertools.cycle([2, 3, 1, 5]), strict=False):
        sim.run(part)
        sim.save(path)
        sim.close()
        sim = snn.resume(path, threads=threads)
    found = shown(sim)
    sim.close()
    for name, values in expected.items():
        assert np.array_equal(found[name], values), name


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", names(NeuronModel.registry))
def test_every_model(name: str, dtype: str, backend: str, tmp_path: Path) -> None:
    model = NeuronModel.registry.get(name, "test")()
    check(network(model, shortest=shortest(backend)), tmp_path, dtype=dtype, **options(backend))


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("name", names(Source.registry))
def test_every_source(name: str, backend: str, tmp_path: Path) -> None:
    check(network(source=example(SOURCES, Source.registry, name)), tmp_path, **options(backend))


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("name", names(Current.registry))
def test_every_current(name: str, backend: str, tmp_path: Path) -> None:
    check(
        network(current=example(CURRENTS, Current.registry, name), shortest=shortest(backend)),
        tmp_path,
        **options(backend),
    )


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("rule", [None, snn.PairSTDP(a_plus=0.05, w_max=60.0)], ids=["static", "learns"])
@pytest.mark.parametrize("stochastic", [False, True])
@pytest.mark.parametrize("name", names(Dynamics.registry))
def test_every_dynamics(
    backend: str, rule: PlasticityRule | None, stochastic: bool, name: str, tmp_path: Path
) -> None:
    law = Dynamics.registry.get(name, "test")(stochastic=stochastic)
    check(network(rule=rule, dynamics=law), tmp_path, **options(backend))


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("dendritic", [0.0, 1.0])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", names(PlasticityRule.registry))
def test_every_rule(name: str, dtype: str, dendritic: float, backend: str, tmp_path: Path) -> None:
    rule = example(RULES, PlasticityRule.registry, name)
    net = network(rule=rule, dendritic_fraction=dendritic, shortest=shortest(backend))
    if refused(rule, backend, net):
        return
    check(net, tmp_path, dtype=dtype, **options(backend))


@pytest.mark.parametrize("backend", ["clock", "both"])
@pytest.mark.parametrize("tie", ["pre_first", "none"])
@pytest.mark.parametrize("pairing", ["nearest", "nearest_restricted", "nearest_pre_centred"])
def test_every_pairing(pairing: str, tie: str, backend: str, tmp_path: Path) -> None:
    rule = snn.PairSTDP(a_plus=0.05, a_minus=0.05, w_max=60.0, pairing=pairing, tie=tie)
    check(network(rule=rule, dendritic_fraction=1.0), tmp_path, **options(backend))


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_drawn_weights_that_were_looked_at_do_not_come_back(backend: str, tmp_path: Path) -> None:
    # weights without an end are held against w_max where they are drawn, in the resumed simulation too
    net = network(rule=RULES["PairSTDP"]())
    cells = net.populations["cells"]
    net.projection(
        cells, cells, snn.FixedProbability(0.1), weight=snn.Normal(20.0, 4.0, min=0.0), delay=4.0,
        plasticity=RULES["PairSTDP"](), dendritic_fraction=1.0, name="unbounded",
    )  # fmt: skip
    with snn.Simulation(net, **options(backend)) as sim:
        sim.run(30.0)
        sim.save(tmp_path / "saved.h5")
        learnt = sim.weights("unbounded")
    with snn.Simulation.resume(tmp_path / "saved.h5") as again:
        np.testing.assert_array_equal(again.weights("unbounded"), learnt)


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("name", names(PlasticityRule.registry))
def test_every_rule_whose_changes_are_recorded(name: str, backend: str, tmp_path: Path) -> None:
    rule = example(RULES, PlasticityRule.registry, name)
    net = network(rule=rule, dendritic_fraction=1.0)
    if refused(rule, backend, net):
        return
    net.probe(net.projections["plastic"], "weight", changes=True, name="changes")
    check(net, tmp_path, **options(backend))


@pytest.mark.parametrize("weight_dtype", ["float64", "float32", "float16"])
def test_narrow_weights(weight_dtype: str, tmp_path: Path) -> None:
    check(network(), tmp_path, weight_dtype=weight_dtype, dtype="float32")


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_delays_beyond_what_the_ring_of_runs_holds(backend: str, tmp_path: Path) -> None:
    check(network(), tmp_path, parts=(895.0, 4.9, 8.1, 3.0), **options(backend))


def test_epochs(tmp_path: Path) -> None:
    """Beyond 2,000 s, where continuous time begins to count anew."""
    epoch = 2_000_000.0
    net = snn.Network(seed=2)
    cells = net.population("cells", 70, snn.LIF(), init={"v": -60.0})
    others = net.population("others", 20, snn.SRM0(rho_0=1e-3))
    given = net.source(
        "given", 70, snn.SpikeArray([[1.0 + 0.1 * i, epoch + 5.0 + 0.1 * i] for i in range(70)])
    )
    net.projection(given, cells, snn.OneToOne(), weight=20.0, delay=1.5)
    for name, source in {
        "poisson": snn.Poisson(2e-3),
        "gamma": snn.Gamma(2e-3, 2.0, start=10.0),
        "pieces": snn.PiecewisePoisson([0.0, epoch + 2.0], [0.0, 100.0]),
        "pwm": snn.PWM(np.linspace(0.0, 1.0, 70), period=1.5e6),
    }.items():
        net.projection(net.source(name, 70, source), cells, snn.OneToOne(), weight=20.0, delay=1.5)
    net.projection(cells, others, snn.AllToAll(), weight=0.5, delay=[0.5, 30.0])
    net.projection(
        cells, cells, snn.FixedProbability(0.2), weight=0.5, delay=2.0,
        plasticity=snn.PairSTDP(w_max=1.0), name="plastic",
    )  # fmt: skip
    net.current(cells[:9], snn.StepCurrent([epoch + 3.0, epoch + 30.0], [600.0, 0.0]))
    net.probe(cells, "spikes", name="cells spikes")
    net.probe(cells[:3], "v", every=500_000.0, name="v")
    check(net, tmp_path, parts=(20.0, epoch - 22.0, 8.7, 40.0), backend="event")
