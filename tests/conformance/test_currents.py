"""Constant and step currents against closed forms and the oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle import Case, Current, Neurons, alpha_lif, cuba_lif, lif
from oracle.compare import assert_same_spikes
from oracle.pysnn_runner import run_pysnn

import pysnn as snn

from .conftest import simulate

MODELS = {"delta": lif, "exp": cuba_lif, "alpha": alpha_lif}


@pytest.mark.parametrize("kind", MODELS)
def test_constant_current_fires_at_the_textbook_interval(backend: str, kind: str) -> None:
    # v_inf 15 mV above rest, threshold 10 mV: T = t_ref + tau ln((15 - 0)/(15 - 10))
    model = MODELS[kind](tau_m=20.0, c_m=200.0, v_rest=-60.0, v_th=-50.0, v_reset=-60.0, t_ref=5.0, i_e=150.0)
    result = run_pysnn(Case({"a": Neurons(1, model)}, 500.0), backend)
    interval = 20.0 * math.log(3.0)
    if backend == "event":
        expected = interval + (interval + 5.0) * np.arange(18)
        assert result.train("a", 0) == pytest.approx(expected, abs=1e-9)
    else:
        step = math.ceil(interval / 0.1) * 0.1
        expected = step + (step + 5.0) * np.arange(result.train("a", 0).size)
        assert result.train("a", 0) == pytest.approx(expected, abs=1e-9)
        assert len(expected) == 18


@pytest.mark.parametrize("kind", MODELS)
def test_current_just_below_and_just_above_rheobase(backend: str, kind: str) -> None:
    common = {"tau_m": 20.0, "c_m": 200.0, "v_rest": 0.0, "v_th": 10.0, "v_reset": 0.0}
    below = run_pysnn(Case({"a": Neurons(1, MODELS[kind](i_e=99.999, **common))}, 1000.0), backend)
    above = run_pysnn(Case({"a": Neurons(1, MODELS[kind](i_e=100.001, **common))}, 1000.0), backend)
    assert below.train("a", 0).size == 0
    assert above.train("a", 0)[0] == pytest.approx(20.0 * math.log(100.001 / 0.001), abs=0.1 + 1e-6)


@pytest.mark.parametrize("kind", MODELS)
def test_step_currents_add_and_end(backend: str, kind: str) -> None:
    case = Case(
        {"a": Neurons(4, MODELS[kind](v_th=1e6))},
        60.0,
        currents=(
            Current("a", [0, 1], [5.0, 20.0, 30.0], [100.0, -50.0, 0.0]),
            Current("a", [1, 2], [10.0, 40.0], [75.0, 0.0]),
            Current("a", [3], [0.0], [60.0]),
        ),
    )
    ours, oracle = run_pysnn(case, backend, sample_every=1.0), simulate(case, backend, 1.0)
    assert np.abs(ours.states["a"]["v"] - oracle.states["a"]["v"]).max() < 1e-11


@pytest.mark.parametrize("kind", MODELS)
def test_step_currents_make_the_oracles_spikes(backend: str, kind: str) -> None:
    times = np.round(np.arange(0.0, 200.0, 12.5), 9)
    rng = np.random.default_rng(7)
    case = Case(
        {"a": Neurons(10, MODELS[kind]())},
        220.0,
        currents=tuple(Current("a", [j], times, rng.uniform(-100.0, 700.0, times.size)) for j in range(10)),
    )
    assert_same_spikes(run_pysnn(case, backend), simulate(case, backend), atol=1e-9, least=40)


def test_current_after_a_refractory_time_starts_from_reset(backend: str) -> None:
    # t_ref 5 ends while the current flows: v(t) = v_inf (1 - exp(-(t - t_spike - 5)/tau)) from reset 0
    model = lif(tau_m=10.0, c_m=100.0, v_th=15.0, v_reset=0.0, t_ref=5.0, i_e=200.0)  # v_inf 20
    result = run_pysnn(Case({"a": Neurons(1, model)}, 40.0), backend, sample_every=0.5)
    t = result.sample_times
    spike = result.train("a", 0)[0]
    inside = (t > spike) & (t < spike + 5.0)
    after = (t > spike + 5.0 + 1e-9) & (t < result.train("a", 0)[1])
    assert inside.sum() >= 9
    assert (result.states["a"]["v"][inside, 0] == 0.0).all()
    expected = 20.0 * (1.0 - np.exp(-(t[after] - spike - 5.0) / 10.0))
    assert result.states["a"]["v"][after, 0] == pytest.approx(expected, abs=1e-9)


def passive_v(backend: str, table: NDArray[np.float64], first: int, threads: int = 1) -> NDArray[np.float64]:
    """V each ms of 12 passive neurons, a table of levels at 0, 5, 10 ms into those from ``first`` on."""
    net = snn.Network(seed=1)
    model = snn.CubaLIF(tau_m=20.0, c_m=200.0, e_l=0.0, v_th=1e6, v_reset=0.0)
    cells = net.population("cells", 12, model, init={"v": 0.0})
    net.current(cells[first : first + table.shape[1]], snn.StepCurrent([0.0, 5.0, 10.0], table))
    net.current(cells[2:4], snn.ConstantCurrent(30.0))
    probe = net.probe(cells, "v", every=1.0)
    grid = {} if backend == "event" else {"dt": 0.1}
    with snn.Simulation(net, backend=backend, threads=threads, **grid) as sim:
        sim.run(15.0)
        return np.asarray(sim.data[probe].values)


@pytest.mark.parametrize("columns", [1, 3, 9])
def test_a_table_gives_each_neuron_levels_of_its_own(backend: str, columns: int) -> None:
    # as many columns as times too: nothing but the layout tells which is which
    table = np.random.default_rng(3).uniform(-100.0, 100.0, (3, columns))
    expected = np.zeros((16, 12))
    pA = np.zeros((15, 12))
    pA[:, 1 : 1 + columns] = np.repeat(table, 5, axis=0)
    pA[:, 2:4] += 30.0
    q = math.exp(-1.0 / 20.0)
    for k in range(15):  # tau / c_m = 0.1 mV/pA
        expected[k + 1] = q * expected[k] + (1.0 - q) * 0.1 * pA[k]
    assert np.abs(passive_v(backend, table, 1) - expected).max() < 1e-11


@pytest.mark.parametrize("neurons", [[1, 4, 5, 9], [9, 1, 5, 4]])
def test_the_columns_of_a_table_go_with_scattered_neurons(backend: str, neurons: list[int]) -> None:
    table = np.random.default_rng(4).uniform(-100.0, 100.0, (3, 4))
    expected, pA = np.zeros((16, 12)), np.zeros((15, 12))
    net = snn.Network(seed=1)
    model = snn.CubaLIF(tau_m=20.0, c_m=200.0, e_l=0.0, v_th=1e6, v_reset=0.0)
    cells = net.population("cells", 12, model, init={"v": 0.0})
    view = cells[neurons]
    net.current(view, snn.StepCurrent([0.0, 5.0, 10.0], table))
    probe = net.probe(cells, "v", every=1.0)
    pA[:, np.asarray(view.indices)] = np.repeat(table, 5, axis=0)
    q = math.exp(-1.0 / 20.0)
    for k in range(15):
        expected[k + 1] = q * expected[k] + (1.0 - q) * 0.1 * pA[k]
    grid = {} if backend == "event" else {"dt": 0.1}
    for threads in (1,) if backend == "opencl" else (1, 3):
        with snn.Simulation(net, backend=backend, threads=threads, **grid) as sim:
            sim.run(15.0)
            assert np.abs(np.asarray(sim.data[probe].values) - expected).max() < 1e-11


def test_a_table_is_cut_where_the_threads_are(cpu_backend: str) -> None:
    table = np.random.default_rng(3).uniform(-100.0, 100.0, (3, 9))
    one = passive_v(cpu_backend, table, 2)
    for threads in (2, 3, 5):
        assert np.array_equal(passive_v(cpu_backend, table, 2, threads), one)


def test_a_table_in_a_file_is_the_same_current() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 40, snn.LIF())
    net.current(cells, snn.StepCurrent([0.0, 1.0], np.arange(80.0).reshape(2, 40)))
    again = snn.NetworkSpec.from_json(net.spec().to_json())
    assert again == net.spec()
    assert np.array_equal(again.currents[0].current.amplitudes, np.arange(80.0).reshape(2, 40))


def test_a_table_that_does_not_fit_is_refused() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 4, snn.LIF())
    net.current(cells[1:], snn.StepCurrent([0.0, 1.0], np.zeros((2, 3))))
    with pytest.raises(
        snn.ParameterError,
        match=r"current into 'cells': StepCurrent\.amplitudes has 3 columns for 4 neurons",
    ):
        net.current(cells, snn.StepCurrent([0.0, 1.0], np.zeros((2, 3))))
    with pytest.raises(
        snn.ParameterError, match=r"amplitudes: expected 2 rows, one a time \(got 4; it has .* transpose it\)"
    ):
        snn.StepCurrent([0.0, 1.0], np.zeros((4, 2)))
    with pytest.raises(snn.ParameterError, match=r"amplitudes: expected a 1-D or 2-D array"):
        snn.StepCurrent([0.0], np.zeros((1, 2, 3)))
