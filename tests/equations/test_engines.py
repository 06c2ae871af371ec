"""What every model owes on every engine, models from equations owe too."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn
from equations import example

BACKENDS = ["clock", "event", "auto"]
# An exact one, one that relaxes and one of Runge-Kutta.
MODELS = ["CubaLIF", "TwoCompartments", "AdEx"]
WEIGHT = {"pA": (150.0, 20.0), "nS": (12.0, 0.5)}


def described(name: str, **parameters: Any) -> snn.Network:
    model = getattr(example(), name)(**parameters)
    outside, within = WEIGHT[model.weight_unit]
    net = snn.Network(seed=4)
    cells = net.population("cells", 40, model, init={"v": snn.Uniform(-70.0, -58.0)})
    source = net.source("source", 40, snn.Poisson(rate=400.0))
    net.projection(source, cells, snn.FixedIndegree(4), weight=outside, delay=0.7)
    net.projection(cells, cells, snn.FixedProbability(0.3), weight=within, delay=[0.5, 1.3, 3.0])
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells, "v", every=1.0, name="v")
    return net


def seen(sim: snn.Simulation) -> tuple[NDArray[Any], ...]:
    spikes = sim.data["spikes"]
    return np.asarray(spikes.t), np.asarray(spikes.i), np.asarray(sim.data["v"].values)


def run(
    net: snn.Network, backend: str, pieces: tuple[float, ...] = (60.0,), **options: Any
) -> tuple[NDArray[Any], ...]:
    with snn.Simulation(net, backend=backend, **options) as sim:
        for piece in pieces:
            sim.run(piece)
        return seen(sim)


def same(a: tuple[NDArray[Any], ...], b: tuple[NDArray[Any], ...]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", MODELS)
def test_threads_and_divisions_of_a_run_change_no_bit(backend: str, name: str) -> None:
    whole = run(described(name), backend, threads=1)
    assert len(whole[0]) > 40
    assert same(whole, run(described(name), backend, threads=3))
    assert same(whole, run(described(name), backend, (7.3, 0.1, 22.6, 30.0)))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", MODELS)
def test_a_network_that_was_saved_is_the_same_network(backend: str, name: str, tmp_path: Path) -> None:
    net = described(name, v_reset=snn.Normal(-70.0, 1.0))
    whole = run(net, backend)
    for suffix in ("json", "h5"):
        path = tmp_path / f"net.{suffix}"
        net.spec().save(path)
        again = snn.NetworkSpec.load(path)
        assert again == net.spec()
        assert same(whole, run(snn.Network.from_spec(again), backend))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", MODELS)
def test_a_resumed_simulation_goes_on_with_the_same_bits(backend: str, name: str, tmp_path: Path) -> None:
    whole = run(described(name), backend)
    with snn.Simulation(described(name), backend=backend, threads=2) as sim:
        sim.run(23.4)
        sim.save(tmp_path / "here.ckpt")
    with snn.resume(tmp_path / "here.ckpt", threads=1) as sim:
        sim.run(36.6)
        assert same(whole, seen(sim))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", MODELS)
def test_reset_begins_again(backend: str, name: str) -> None:
    whole = run(described(name), backend)
    with snn.Simulation(described(name), backend=backend) as sim:
        sim.run(31.7)
        sim.reset()
        sim.run(60.0)
        assert same(whole, seen(sim))


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("name", MODELS)
def test_states_and_parameters_change_while_it_runs(backend: str, name: str) -> None:
    """A neuron whose rest is moved goes there; one that is set is where it was set."""
    model = getattr(example(), name)
    net = snn.Network(seed=1)
    cells = net.population("cells", 6, model())
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(1.0)
        values = np.linspace(-71.0, -69.0, 6)
        sim.set_state(cells, "v", values)
        np.testing.assert_allclose(sim.state(cells, "v"), values, atol=1e-12)
        sim.set_parameters(cells[:3], e_l=-75.0)
        sim.run(400.0)
        rest = model().e_l
        # (AdEx rests where its upswing and its adaptation leave it, close to e_l.)
        np.testing.assert_allclose(sim.state(cells, "v"), [-75.0] * 3 + [rest] * 3, atol=0.05)


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("name", MODELS)
def test_every_state_can_be_set_and_probed(backend: str, name: str) -> None:
    model = getattr(example(), name)
    net = snn.Network(seed=1)
    cells = net.population("cells", 5, model())
    for state in model.states:
        net.probe(cells, state, every=0.5, name=state)
    with snn.Simulation(net, backend=backend) as sim:
        for state in model.states:
            sim.set_state(cells, state, np.linspace(0.1, 0.5, 5) - (70.0 if state.startswith("v") else 0.0))
        before = {state: np.asarray(sim.state(cells, state)) for state in model.states}
        sim.run(2.0)
        for state in model.states:
            assert np.asarray(sim.data[state].values).shape == (5, 5) or len(sim.data[state].t) == 5
            assert not np.array_equal(np.asarray(sim.state(cells, state)), before[state])


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("name", MODELS)
def test_a_trial_is_the_run_that_a_fresh_simulation_makes(backend: str, name: str) -> None:
    with snn.Simulation(described(name), backend=backend, threads=2) as sim:
        trials = sim.run_trials(duration=40.0, keys=[0, 7, 0], counts="cells")
        counts = np.asarray(trials.counts("cells"))
    with snn.Simulation(described(name), backend=backend) as sim:
        sim.run(40.0)
        alone = np.bincount(np.asarray(sim.data["spikes"].i), minlength=40)
    np.testing.assert_array_equal(counts[0], alone)
    np.testing.assert_array_equal(counts[2], alone)
    assert not np.array_equal(counts[1], alone)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_rule_of_plasticity_learns_at_such_neurons_as_at_built_in_ones(backend: str) -> None:
    weights = []
    for model in (example().CubaLIF(), snn.CubaLIF()):
        plastic = snn.Network(seed=4)
        cells = plastic.population("cells", 30, model, init={"v": snn.Uniform(-70.0, -58.0)})
        source = plastic.source("source", 30, snn.Poisson(rate=200.0))
        learned = plastic.projection(
            source, cells, snn.FixedIndegree(8), weight=120.0, delay=0.7, plasticity=snn.PairSTDP(w_max=300.0)
        )
        with snn.Simulation(plastic, backend=backend) as sim:
            sim.run(80.0)
            weights.append(np.asarray(sim.weights(learned)))
    assert not np.array_equal(weights[0], np.full_like(weights[0], 120.0))
    np.testing.assert_allclose(weights[0], weights[1], rtol=1e-9)


def test_two_models_of_one_name_live_in_one_network(tmp_path: Path) -> None:
    def leak(tau: float) -> snn.NeuronModel:
        class Leak(snn.Equations):
            equations = f"dv/dt = -v / ({tau} * ms) : mV"
            initial = "v = 1 * mV"
            arrival = {"exc": "v += weight"}
            threshold = "v >= 9 * mV"
            reset = "v = 0"

        return Leak()

    net = snn.Network(seed=1)
    groups = [net.population(name, 1, leak(tau)) for name, tau in (("fast", 5.0), ("slow", 50.0))]
    path = tmp_path / "net.json"
    net.spec().save(path)
    for described in (net, snn.Network.from_spec(snn.NetworkSpec.load(path))):
        with snn.Simulation(described, backend="clock") as sim:
            sim.run(10.0)
            left = [float(sim.state(described.populations[group.name], "v")[0]) for group in groups]
        np.testing.assert_allclose(left, [np.exp(-2.0), np.exp(-0.2)], rtol=1e-13)


@pytest.mark.opencl
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["CubaLIF", "AdEx", "HodgkinHuxley"])
def test_opencl_gives_the_clocks_bits(name: str, dtype: str) -> None:
    """Of each scheme; in float32 with steps in single precision and, of what decays slowly, in pairs."""
    seen = []
    for backend in ("clock", "opencl"):
        with snn.Simulation(described(name), backend=backend, dt=0.02, dtype=dtype) as sim:
            sim.run(60.0)
            states = [sim.state(p.name, s) for p in sim.spec.populations for s in p.model.states]
            seen.append([*states, *(sim.data[p].t for p in sim.data if hasattr(sim.data[p], "t"))])
    for clock, opencl in zip(*seen, strict=True):
        np.testing.assert_array_equal(opencl, clock)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_parameters_that_leave_no_numbers_are_an_error(backend: str) -> None:
    class Divides(snn.Equations):
        a = snn.param(default=1.0, unit="ms")
        b = snn.param(default=1.0, unit="ms")
        equations = "dv/dt = -v / (a - b) : mV"
        arrival = {"exc": "v += weight"}
        threshold = "v >= 1 * mV"
        reset = "v = 0"

    named = r"its equations have no finite rates \(dv/dt has a coefficient of -?inf\)"
    for model, where in ((Divides(), "population 'cells'"), (Divides(a=[2.0, 1.0]), "'cells', neuron 1")):
        net = snn.Network(seed=1)
        net.population("cells", 2, model)
        with pytest.raises(snn.ParameterError, match=f"{where}: with these parameters {named}"):
            snn.Simulation(net, backend=backend)
    net = snn.Network(seed=1)
    cells = net.population("cells", 2, Divides(a=2.0))
    with snn.Simulation(net, backend=backend) as sim:
        with pytest.raises(snn.ParameterError, match=f"'cells', neuron 1: with these parameters {named}"):
            sim.set_parameters(cells[1:], b=2.0)
        sim.run(1.0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_no_number_is_named(backend: str) -> None:
    """The root of what is negative, in a term of its own and in the value that a state begins with."""

    class Root(snn.Equations):
        a = snn.param(default=1.0)
        equations = "dv/dt = (-v + v * v * sqrt(a) / mV) / (10 * ms) : mV"
        arrival = {"exc": "v += weight"}
        threshold = "v >= 15 * mV"
        reset = "v = 0"

    class Begins(snn.Equations):
        a = snn.param(default=1.0)
        equations = "dv/dt = -v / (10 * ms) : mV"
        arrival = {"exc": "v += weight"}
        threshold = "v >= 15 * mV"
        reset = "v = 0"
        initial = "v = sqrt(a) * mV"

    for model, said in (
        (Root(a=-1.0), r"population 'cells'.*: with these parameters .* no numbers \(.*sqrt\(a\)"),
        (Begins(a=[1.0, -1.0]), r"population 'cells': v of neuron 1 begins with -?nan, which is no finite"),
    ):
        net = snn.Network(seed=1)
        net.population("cells", 2, model)
        with pytest.raises(snn.ParameterError, match=said):
            snn.Simulation(net, backend=backend)


def test_where_a_propagator_leaves_all_numbers_a_neuron_still_fires_at_once() -> None:
    """Even the first level of its table overflows at such a capacitance; any charge reaches the threshold."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 2, example().CubaLIF(c_m=1e-306, tau_m=math.inf))
    source = net.source("source", 2, snn.SpikeArray([[1.0], [3.0]]))
    net.projection(source, cells, snn.OneToOne(), weight=100.0, delay=1.0)
    net.probe(cells, "spikes", name="spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(4.5)
        spikes = sim.data["spikes"]
        first = [spikes.t[spikes.i == neuron][0] for neuron in (0, 1)]
    np.testing.assert_allclose(first, [2.0, 4.0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("backend", [*BACKENDS, pytest.param("opencl", marks=pytest.mark.opencl)])
def test_sums_and_products_of_constants_alone_are_worked_out(backend: str) -> None:
    """1 - 1/e of a reset, and cosh(1) sinh(1) + log(3) of a rule."""

    class Resets(snn.Equations):
        tau = snn.param(default=1e9, unit="ms", above=0.0)
        equations = "dv/dt = -v / tau : mV"
        arrival = {"exc": "v += weight"}
        threshold = "v >= 15 * mV"
        reset = "v *= 1 - exp(-1)"

    class Adds(snn.RuleEquations):
        on_pre = "w += cosh(1) * sinh(1) + log(3)"

    net = snn.Network(seed=1)
    cells = net.population("cells", 1, Resets(), init={"v": 10.0})
    source = net.source("source", 1, snn.SpikeArray([[1.0]]))
    net.projection(source, cells, snn.AllToAll(), weight=10.0, delay=1.0, plasticity=Adds(), name="p")
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(5.0)
        weight = 10.0 + math.cosh(1.0) * math.sinh(1.0) + math.log(3.0)
        np.testing.assert_allclose(sim.weights("p"), weight, rtol=1e-14)
        np.testing.assert_allclose(
            sim.state("cells", "v"), (10.0 + weight) * (1.0 - math.exp(-1.0)), rtol=1e-6
        )
