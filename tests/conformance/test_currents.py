"""Constant and step currents against closed forms and the oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from oracle import Case, Current, Neurons, alpha_lif, cuba_lif, lif
from oracle.compare import assert_same_spikes
from oracle.pysnn_runner import run_pysnn

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
