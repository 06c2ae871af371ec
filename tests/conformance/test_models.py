"""What every neuron model owes on every engine that runs it, also a model that comes later."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn
from pysnn.neurons.base import NeuronModel

MODELS = [
    name
    for name in NeuronModel.registry
    if NeuronModel.registry.get(name, "test").__module__.startswith("pysnn.")
]
# What one arrival weighs, by unit: (from outside, recurrent).
WEIGHT = {"mV": (4.0, 0.5), "pA": (150.0, 20.0), "nS": (12.0, 0.5)}
T_STOP = 60.0


def described(name: str, **probes: float) -> snn.Network:
    """30 neurons, recurrently connected, that fire by given input."""
    model = NeuronModel.registry.get(name, "test")()
    assert isinstance(model, NeuronModel)
    outside, recurrent = WEIGHT[model.weight_unit]
    if name == "HodgkinHuxley":
        outside = 40.0  # with 12 nS few of its neurons fire
    rng = np.random.default_rng(8)
    net = snn.Network(seed=4)
    cells = net.population("cells", 30, model, init={"v": snn.Uniform(-70.0, -58.0)})
    trains = [np.unique(rng.integers(1, 590, 40)) / 10 for _ in range(30)]
    source = net.source("source", 30, snn.SpikeArray(trains))
    net.projection(source, cells, snn.FixedIndegree(3), weight=outside, delay=0.7)
    net.projection(cells, cells, snn.FixedProbability(0.3), weight=recurrent, delay=[0.5, 1.3, 3.0])
    net.probe(cells, "spikes", name="spikes")
    for state, every in probes.items():
        net.probe(cells, state, every=every, name=state)
    return net


def run(
    net: snn.Network, backend: str, pieces: tuple[float, ...] = (T_STOP,), **options: Any
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    with snn.Simulation(net, backend=backend, **options) as sim:
        for piece in pieces:
            sim.run(piece)
        spikes = sim.data["spikes"]
        return np.asarray(spikes.t), np.asarray(spikes.i)


def same(a: tuple[NDArray[Any], ...], b: tuple[NDArray[Any], ...]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_it_fires_and_threads_change_no_bit(cpu_backend: str, name: str) -> None:
    one = run(described(name), cpu_backend, threads=1)
    assert (len(one[0]) > 30) == NeuronModel.registry.get(name, "test").fires
    assert same(one, run(described(name), cpu_backend, threads=3))


@pytest.mark.parametrize("name", MODELS)
def test_a_run_in_pieces_is_the_same_run(cpu_backend: str, name: str) -> None:
    whole = run(described(name), cpu_backend)
    assert same(whole, run(described(name), cpu_backend, (7.3, 0.1, 22.6, 30.0)))


@pytest.mark.parametrize("name", MODELS)
def test_looking_at_a_state_changes_no_bit(cpu_backend: str, name: str) -> None:
    whole = run(described(name), cpu_backend)
    states = dict.fromkeys(NeuronModel.registry.get(name, "test").states, 0.7)
    assert same(whole, run(described(name, **states), cpu_backend))


@pytest.mark.parametrize("name", MODELS)
def test_what_is_set_is_what_is_read(cpu_backend: str, name: str) -> None:
    net = described(name)
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(10.0)
        for state in NeuronModel.registry.get(name, "test").states:
            values = np.linspace(-0.3, 0.4, 30) + (-65.0 if state == "v" else 0.5)
            sim.set_state(net.populations["cells"], state, values)
            np.testing.assert_allclose(sim.state(net.populations["cells"], state), values, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_single_precision_fires_about_as_often(name: str) -> None:
    double, single = (len(run(described(name), "clock", dtype=d)[0]) for d in ("float64", "float32"))
    assert abs(double - single) <= 0.03 * double
