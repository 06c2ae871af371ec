"""To hear neurons without a delay is as if their spikes were given a step earlier, and came a step later.

The upper population has all that a population may have; whatever it does must be the same bits either way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

from .test_opencl_rules import RULES

Spikes = tuple[NDArray[np.float64], NDArray[np.uint32]]
DT, T, N, M = 0.1, 120.0, 40, 30
ONLY_STEPS = ("e-prop", "Clopath", "Clopath without a delay")
BOUNDS = {"w_max": 60.0}
ALL_RULES: dict[str, snn.PlasticityRule | None] = {
    "static": None,
    "pairs": snn.PairSTDP(a_plus=0.03, a_minus=0.032, **BOUNDS),
    "scaling": snn.SynapticScaling(f_target=20.0, tau_rate=80.0, tau_scaling=400.0, **BOUNDS),
    "BCM": snn.BCM(eta=2e-4, tau_theta=300.0, **BOUNDS),
    "reward": snn.RewardSTDP(a_plus=0.1, a_minus=0.1, **BOUNDS),
    "three factors": snn.ThreeFactorSTDP(eta=0.05, tau_e=15.0, **BOUNDS),
    "e-prop": snn.EProp(eta=0.02, tau_out=7.0, w_min=-60.0, **BOUNDS),
    "delta": snn.DeltaRule(eta=0.02, **BOUNDS),
    **RULES,
}
MODELS: dict[str, snn.NeuronModel] = {
    "CubaLIF": snn.CubaLIF(), "SRM0": snn.SRM0(), "AlphaLIF": snn.AlphaLIF(), "Izhikevich": snn.Izhikevich(),
}  # fmt: skip
SCALE = {"CubaLIF": 1.0, "AlphaLIF": 1.0, "SRM0": 0.02, "Izhikevich": 0.06}


def network(given: Spikes | None, rule: snn.PlasticityRule | None, **options: Any) -> snn.Network:
    """Neurons below and above; or, in place of those below, what they have fired, a step earlier."""
    net = snn.Network(seed=5)
    noise = net.source("noise", N, snn.Poisson(800.0))
    if given is None:
        below: Any = net.population("below", N, snn.LIF(t_ref=1.0))
        net.projection(noise, below, snn.OneToOne(), weight=4.0, delay=0.0)
    else:
        times, which = given
        trains = [np.round(times[which == k] - DT, 12) for k in range(N)]
        below = net.source("below", N, snn.SpikeArray(trains))
    later = 0.0 if given is None else DT
    eprop = isinstance(rule, snn.EProp)
    model: snn.NeuronModel = options.get("model", snn.LIF(t_ref=1.0) if eprop else snn.CubaLIF())
    factor = options.get("scale", 0.05 if eprop else 1.0)
    above = net.population(
        "above", M, model, homeostasis=options.get("homeostasis"), winner_takes_all=options.get("winner")
    )
    modulator = None
    if rule is not None and rule.modulator:
        modulator = (
            net.modulator("signal", of=above) if isinstance(rule, snn.EProp) else net.modulator("signal")
        )
    drive = net.source("drive", M, snn.Poisson(500.0))
    net.projection(drive, above, snn.OneToOne(), weight=200.0 * factor, delay=0.3)
    net.projection(
        below, above, snn.FixedProbability(0.4), weight=snn.Uniform(20.0 * factor, 50.0 * factor),
        delay=[later, 0.4 + later], plasticity=rule, modulator=modulator, dynamics=options.get("dynamics"),
        name="up",
    )  # fmt: skip
    net.projection(above, above, snn.FixedIndegree(4), weight=15.0 * factor, delay=0.7)
    net.current(above[: M // 2], snn.StepCurrent([7.35, 60.0], [90.0 * factor, 0.0]))
    net.current(above[M // 3 :], snn.NoiseCurrent(mean=20.0 * factor, std=80.0 * factor, interval=1.3))
    net.probe(below, "spikes", name="below")
    net.probe(above, "spikes", name="above")
    net.probe(above, "v", every=0.9, name="v")
    if rule is not None:
        net.probe(net.projections["up"], "weight", every=11.0, name="w")
    return net


def seen(net: snn.Network, backend: str, **options: Any) -> dict[str, NDArray[Any]]:
    parts, threads = options.pop("parts", (T,)), options.pop("threads", 1)
    with snn.Simulation(net, dt=DT, backend=backend, threads=threads, off_grid="round", **options) as sim:
        if net.modulators:
            rng = np.random.default_rng(1)
            each = isinstance(net.projections["up"].spec.plasticity, snn.EProp)
            for t in (20.0, 55.5, 90.3):
                sim.modulate("signal", rng.normal(size=M) if each else float(rng.normal()), at=t)
        for ms in parts:
            sim.run(ms)
        found = {"t": sim.data["above"].t, "i": sim.data["above"].i, "v": sim.data["v"].values}
        found["w"] = sim.weights("up")
        if "w" in net.probes:
            found["w then"] = sim.data["w"].values
        found["below t"], found["below i"] = sim.data["below"].t, sim.data["below"].i
        return {name: np.array(values) for name, values in found.items()}


def check_same(backend: str, rule: snn.PlasticityRule | None, dtype: str = "float64", **options: Any) -> None:
    heard = seen(network(None, rule, **options), backend, dtype=dtype)
    below = heard.pop("below t"), heard.pop("below i")
    given = seen(network(below, rule, **options), backend, dtype=dtype)
    for name, values in heard.items():
        np.testing.assert_array_equal(values, given[name], err_msg=name)
    assert len(heard["t"]) > 15
    assert len(below[0]) > 200
    if rule is not None:
        assert np.ptp(heard["w"] - seen(network(below, rule, **options), backend, parts=(DT,))["w"]) > 1e-4


@pytest.mark.parametrize("name", ALL_RULES)
def test_rules(backend: str, name: str) -> None:
    if backend == "event" and name in ONLY_STEPS:
        pytest.skip("it sees its targets between spikes, so that they go in steps")
    check_same(backend, ALL_RULES[name])


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("engine", "dtype"),
    [("clock", "float64"), ("clock", "float32"), ("event", "float64")],
)
def test_models(name: str, engine: str, dtype: str) -> None:
    check_same(engine, None, dtype, model=MODELS[name], scale=SCALE[name])


@pytest.mark.parametrize(
    "options",
    [
        {"homeostasis": snn.Homeostasis(delta=0.5, tau=30.0, every=3.0)},
        {"winner": 1.0},
        {"dynamics": snn.TsodyksMarkram(U=0.4, tau_rec=50.0, tau_fac=20.0)},
    ],
    ids=["homeostasis", "winner takes all", "dynamics"],
)
@pytest.mark.parametrize("name", ["static", "pairs"])
def test_parts_of_a_population(backend: str, name: str, options: dict[str, Any]) -> None:
    check_same(backend, ALL_RULES[name], **options)
