"""Parameters that differ from neuron to neuron: each is as one of a population all like it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn
from pysnn.neurons.base import NeuronModel

from .test_models import MODELS, WEIGHT

N, T_STOP = 12, 40.0
Floats = NDArray[np.float64]


def differing(name: str, seed: int = 3) -> dict[str, Floats]:
    """Values of every number a model has, some per cent about the default; of some a third are alike."""
    model = NeuronModel.registry.get(name, "test")
    rng = np.random.default_rng(seed)
    values: dict[str, Floats] = {}
    for parameter in model.number_names():
        default = float(getattr(model(), parameter))
        spread = 0.02 * max(abs(default), 1.0)
        if parameter == "t_ref":
            values[parameter] = np.round(rng.uniform(0.0, 3.0, N), 1)
        elif parameter == "i_e":
            values[parameter] = rng.uniform(0.0, 300.0 if name != "Izhikevich" else 5.0, N)
        elif parameter == "tolerance":
            values[parameter] = 10.0 ** rng.uniform(-9.0, -7.0, N)
        elif parameter in ("v_r", "a", "b") and name in ("Izhikevich",):
            values[parameter] = default + rng.uniform(-0.1, 0.1, N) * abs(default)
        else:
            values[parameter] = default + rng.uniform(-spread, spread, N)
        values[parameter][::3] = default
    return values


def described(name: str, parameters: dict[str, Any], n: int = N) -> snn.Network:
    """Neurons that hear nobody but trains of their own."""
    kind = NeuronModel.registry.get(name, "test")
    outside = 40.0 if name == "HodgkinHuxley" else WEIGHT[kind.weight_unit][0]
    rng = np.random.default_rng(8)
    net = snn.Network(seed=4)
    cells = net.population("cells", n, kind(**parameters))
    trains = [np.unique(rng.integers(1, 390, 60)) / 10 for _ in range(n)]
    source = net.source("source", n, snn.SpikeArray(trains))
    net.projection(source, cells, snn.OneToOne(), weight=outside, delay=0.7)
    net.current(cells, snn.StepCurrent([10.0, 20.0], [30.0, 0.0]))
    net.probe(cells, "spikes", name="spikes")
    for state in kind.states:
        net.probe(cells, state, every=1.7, name=state)
    return net


def run(
    net: snn.Network, backend: str, pieces: tuple[float, ...] = (T_STOP,), **options: Any
) -> dict[str, Any]:
    """What was recorded: spikes as (times, indices), states by name."""
    with snn.Simulation(net, backend=backend, **options) as sim:
        for piece in pieces:
            sim.run(piece)
        spikes = sim.data["spikes"]
        states = {name: sim.data[name].values for name in net.populations["cells"].model.states}
        return {"spikes": (np.asarray(spikes.t), np.asarray(spikes.i)), **states}


def assert_same(a: dict[str, Any], b: dict[str, Any]) -> None:
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_each_neuron_is_one_of_a_population_like_it(cpu_backend: str, name: str, dtype: str) -> None:
    """The same bits: uniform populations are the reference, whose answers other tests hold against theory."""
    if dtype == "float32" and cpu_backend == "event":
        pytest.skip("float32 is of steps")
    values = differing(name)
    whole = run(described(name, values), cpu_backend, dtype=dtype)
    fired = 0
    for k in range(N):
        alone = run(described(name, {p: float(v[k]) for p, v in values.items()}), cpu_backend, dtype=dtype)
        t, i = whole["spikes"]
        t_alone, i_alone = alone["spikes"]
        np.testing.assert_array_equal(t[i == k], t_alone[i_alone == k])
        fired += int((i == k).sum())
        for state in described(name, {}).populations["cells"].model.states:
            np.testing.assert_array_equal(whole[state][:, k], alone[state][:, k], err_msg=f"{state} of {k}")
    assert (fired > N) == NeuronModel.registry.get(name, "test").fires


@pytest.mark.parametrize("name", MODELS)
def test_neither_threads_nor_pieces_nor_looking_change_a_bit(cpu_backend: str, name: str) -> None:
    n = 200
    values = {p: np.resize(v, n) for p, v in differing(name).items()}
    one = run(described(name, values, n), cpu_backend, threads=1)
    assert (len(one["spikes"][0]) > n) == NeuronModel.registry.get(name, "test").fires
    assert_same(one, run(described(name, values, n), cpu_backend, threads=3))
    assert_same(one, run(described(name, values, n), cpu_backend, (7.3, 0.1, 22.6, 10.0), threads=2))


@pytest.mark.parametrize("name", MODELS)
def test_equal_values_in_an_array_are_a_number(cpu_backend: str, name: str) -> None:
    model = NeuronModel.registry.get(name, "test")()
    alike = {p: np.full(N, float(getattr(model, p))) for p in model.number_names()}
    assert_same(run(described(name, {}), cpu_backend), run(described(name, alike), cpu_backend))


@pytest.mark.parametrize("name", ["LIF", "CubaLIF", "AlphaLIF", "ALIF", "SRM0"])
def test_steps_too_short_for_single_precision_are_paired(name: str) -> None:
    """dt / tau_m = 1/5000: what a step adds is kept beside the float, as in uniform populations."""
    values = {p: v for p, v in differing(name).items() if p in ("tau_m", "v_th", "i_e")}
    values["tau_m"] = values["tau_m"] * 5.0
    whole = run(described(name, values), "clock", (3.0,), dtype="float32", dt=0.01)
    for k in (1, 5):
        alone = run(
            described(name, {p: float(v[k]) for p, v in values.items()}),
            "clock",
            (3.0,),
            dtype="float32",
            dt=0.01,
        )
        np.testing.assert_array_equal(whole["v"][:, k], alone["v"][:, k])


def test_draws_go_by_seed_population_parameter_and_neuron() -> None:
    def drawn(seed: int, name: str, n: int, parameter: str = "tau_m", **more: Any) -> Floats:
        net = snn.Network(seed=seed)
        net.population("other", 3, snn.LIF(tau_m=snn.Uniform(5.0, 6.0)))
        cells = net.population(name, n, snn.LIF(**{parameter: snn.Normal(20.0, 2.0, min=5.0)}, **more))
        with snn.Simulation(net, backend="clock") as sim:
            return sim.parameter(cells, parameter)

    first = drawn(1, "cells", 50)
    assert len(np.unique(first)) == 50
    np.testing.assert_array_equal(first, drawn(1, "cells", 50, v_th=snn.Normal(-50.0, 0.1)))
    np.testing.assert_array_equal(first[:20], drawn(1, "cells", 20))
    for other in (drawn(2, "cells", 50), drawn(1, "others", 50), drawn(1, "cells", 50, "c_m")):
        assert not np.isin(first, other).any()


def test_draws_follow_their_law() -> None:
    """Mean and deviation within five standard errors of the truncated Gaussian's (SciPy)."""
    stats = pytest.importorskip("scipy.stats")
    net = snn.Network(seed=3)
    cells = net.population("cells", 20_000, snn.CubaLIF(tau_m=snn.Normal(20.0, 4.0, min=15.0)))
    with snn.Simulation(net, backend="clock", threads=2) as sim:
        drawn = sim.parameter(cells, "tau_m")
    law = stats.truncnorm(-1.25, np.inf, 20.0, 4.0)
    assert abs(drawn.mean() - law.mean()) < 5.0 * law.std() / np.sqrt(drawn.size)
    assert abs(drawn.std() - law.std()) < 5.0 * law.std() / np.sqrt(2.0 * drawn.size)
    assert stats.kstest(drawn, law.cdf).pvalue > 1e-4


def test_all_engines_draw_the_same(cpu_backend: str) -> None:
    def drawn(backend: str) -> Floats:
        net = snn.Network(seed=9)
        cells = net.population("cells", 30, snn.LIF(i_e=snn.LogNormal(5.0, 0.3)))
        with snn.Simulation(net, backend=backend) as sim:
            return sim.parameter(cells, "i_e")

    np.testing.assert_array_equal(drawn(cpu_backend), drawn("auto"))


def test_parameters_of_views_and_sources_can_be_read() -> None:
    net = snn.Network()
    cells = net.population("cells", 4, snn.LIF(tau_m=[10.0, 11.0, 12.0, 13.0]))
    source = net.source("source", 3, snn.Poisson([1.0, 2.0, 3.0], start=[0.0, 5.0, 10.0]))
    with snn.Simulation(net, backend="clock") as sim:
        np.testing.assert_array_equal(sim.parameter(cells[[3, 1]], "tau_m"), [13.0, 11.0])
        np.testing.assert_array_equal(sim.parameter(cells, "c_m"), [250.0] * 4)
        np.testing.assert_array_equal(sim.parameter("source", "rate"), [1.0, 2.0, 3.0])
        np.testing.assert_array_equal(sim.parameter(source[1:], "start"), [5.0, 10.0])
        with pytest.raises(snn.UnknownNameError, match=r"tau_mm.*did you mean 'tau_m'"):
            sim.parameter(cells, "tau_mm")


def test_rest_is_each_neurons_own(cpu_backend: str) -> None:
    """Nothing arrives: v stays at e_l, which the model starts from."""
    e_l = np.array([-70.0, -65.0, -71.5])
    net = snn.Network()
    cells = net.population("cells", 3, snn.CubaLIF(e_l=e_l))
    with snn.Simulation(net, backend=cpu_backend) as sim:
        np.testing.assert_array_equal(sim.state(cells, "v"), e_l)
        sim.run(20.0)
        np.testing.assert_array_equal(sim.state(cells, "v"), e_l)
