"""Neurons of clock may be taken through several steps at once, some after the others: no bit tells when.

Who looks at a state at every step, or runs step by step, has all neurons take each step together; those
of uniform populations that hear somebody always do. They are the reference: other tests hold them to theory.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import pysnn as snn
from pysnn.neurons.base import NeuronModel

from .test_models import MODELS, WEIGHT
from .test_parameters_of_each import Floats, differing
from .test_parameters_of_each import N as KINDS

N = 25 * KINDS  # more than one strip, and no whole number of them
T_STOP = 30.0
STEPS = tuple(np.diff(np.round(np.arange(0.0, T_STOP + 0.05, 0.1), 1)).round(1))


def described(name: str, heard: bool, looked_at: bool = False) -> snn.Network:
    """Neurons with parameters of their own, each kind 25 times, that hear something or nothing."""
    kind = NeuronModel.registry.get(name, "test")
    outside, recurrent = WEIGHT[kind.weight_unit]
    net = snn.Network(seed=4)
    cells = net.population("cells", N, kind(**{p: np.resize(v, N) for p, v in differing(name).items()}))
    if heard:
        trains = [np.unique(np.random.default_rng(k % KINDS).integers(1, 290, 60)) / 10 for k in range(N)]
        source = net.source("source", N, snn.SpikeArray(trains))
        strong = 40.0 if name == "HodgkinHuxley" else outside
        net.projection(source, cells, snn.OneToOne(), weight=strong, delay=0.7)
        net.projection(cells, cells, snn.FixedIndegree(5), weight=recurrent, delay=[1.5, 3.2])
    level = {"Izhikevich": 15.0, "HodgkinHuxley": 900.0, "AdEx": 1500.0}.get(name, 500.0)
    net.current(cells, snn.StepCurrent([1.0, 9.3, 20.0], [level, 0.0, level]))
    net.probe(cells, "spikes", name="spikes")
    if looked_at:
        net.probe(cells[:1], next(iter(kind.states)), every=0.1)
    return net


def run(net: snn.Network, pieces: tuple[float, ...] = (T_STOP,), **options: Any) -> dict[str, Floats]:
    """Its spikes, and all states at the end."""
    with snn.Simulation(net, backend="clock", **options) as sim:
        for piece in pieces:
            sim.run(piece)
        cells = net.populations["cells"]
        states = {state: sim.state(cells, state) for state in cells.model.states}
        return {"t": sim.data["spikes"].t, "i": sim.data["spikes"].i, **states}


def assert_same(a: dict[str, Floats], b: dict[str, Floats]) -> None:
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "unheard"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_steps_at_once_are_the_steps_one_by_one(name: str, dtype: str, heard: bool) -> None:
    at_once = run(described(name, heard), dtype=dtype, threads=1)
    assert (len(at_once["t"]) > N / 10) == NeuronModel.registry.get(name, "test").fires
    assert all(a <= b for a, b in pairwise(at_once["t"]))
    assert_same(at_once, run(described(name, heard, looked_at=True), dtype=dtype, threads=1))
    assert_same(at_once, run(described(name, heard), STEPS, dtype=dtype, threads=1))


@pytest.mark.parametrize("name", [name for name in MODELS if name != "SRM0"])  # whose neurons draw
def test_neurons_alike_do_alike(name: str) -> None:
    """Wherever they stand in what is taken at once: unheard, each kind's neurons fire at the same times."""
    spikes = run(described(name, heard=False))
    trains = [spikes["t"][spikes["i"] == k] for k in range(N)]
    for k in range(KINDS, N):
        np.testing.assert_array_equal(trains[k], trains[k % KINDS])


def test_neurons_too_many_for_the_first_cache_and_short_steps() -> None:
    """In float32 with what is left of each state beside it (dt / tau_m = 1/5000)."""
    rng = np.random.default_rng(1)
    net = snn.Network(seed=1)
    tau_m, i_e = snn.Array(rng.uniform(49.0, 51.0, 3000)), snn.Array(rng.uniform(500.0, 900.0, 3000))
    model = snn.CubaLIF(tau_m=tau_m, i_e=i_e)
    cells = net.population("cells", 3000, model, init={"v": snn.Uniform(-70.0, -55.0)})
    net.probe(cells, "spikes", name="spikes")
    whole = run(net, (3.0,), dtype="float32", dt=0.01)
    assert len(whole["t"]) > 100
    assert_same(whole, run(net, (0.01,) * 300, dtype="float32", dt=0.01))


def test_populations_that_go_at_once_and_step_by_step_side_by_side() -> None:
    """Unheard, heard, with parameters of their own, learning, homeostatic: spikes keep their steps."""
    net = snn.Network(seed=2)
    own: dict[str, Any] = {p: np.resize(v, N) for p, v in differing("CubaLIF").items()}
    drivers = net.population("drivers", N, snn.CubaLIF(i_e=snn.Uniform(500.0, 1500.0)))
    cells = net.population("cells", N, snn.CubaLIF(**own))
    alike = net.population("alike", N, snn.LIF())
    moving = net.population("moving", N, snn.LIF(), homeostasis=snn.Homeostasis(delta=0.5, tau=50.0))
    fan = snn.FixedIndegree(20)
    net.projection(drivers, cells, fan, weight=40.0, delay=[0.7, 2.1])
    net.projection(drivers, alike, fan, weight=3.0, delay=1.0)
    net.projection(drivers, moving, fan, weight=3.0, delay=0.9)
    net.projection(cells, alike, fan, weight=0.5, delay=1.3)
    learning = net.projection(cells, moving, fan, weight=0.5, delay=1.5, plasticity=snn.PairSTDP(w_max=1.0))
    noise = net.source("noise", N, snn.Poisson(400.0))
    net.projection(noise, cells, snn.OneToOne(), weight=30.0, delay=0.5)
    for group in (drivers, cells, alike, moving):
        net.probe(group, "spikes", name=group.name)

    def spikes(pieces: tuple[float, ...], **options: Any) -> dict[str, Floats]:
        with snn.Simulation(net, backend="clock", **options) as sim:
            for piece in pieces:
                sim.run(piece)
            found = {"weights": sim.weights(learning)}
            for group in ("drivers", "cells", "alike", "moving"):
                found |= {group + ".t": sim.data[group].t, group + ".i": sim.data[group].i}
            return found

    whole = spikes((T_STOP,), threads=1)
    assert all(len(whole[f"{group}.t"]) > N / 4 for group in ("drivers", "cells", "alike", "moving"))
    assert_same(whole, spikes(STEPS, threads=1))
    assert_same(whole, spikes((11.3, 0.2, T_STOP - 11.5), threads=3))
