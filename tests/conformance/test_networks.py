"""Recurrent networks with given input, spike for spike against the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import alif, alpha_lif, cuba_lif, lif
from oracle.cases import random_net
from oracle.compare import assert_same_spikes
from oracle.pysnn_runner import run_pysnn

from .conftest import simulate

DELTA = {"w_exc": 1.2, "w_inh": -5.0, "w_ext": 2.5}
EXP = {"w_exc": 60.0, "w_inh": -200.0, "w_ext": 150.0}
NETS = {
    "delta": (lif(), DELTA),
    "adaptive": (alif(), DELTA),
    "adaptive_driven": (alif(i_e=300.0, beta=1.0), DELTA),
    "exp": (cuba_lif(), EXP),
    "exp_driven": (cuba_lif(i_e=120.0), EXP),
    "alpha": (alpha_lif(), EXP),
    "alpha_driven": (alpha_lif(tau_inh=2.0, i_e=120.0), EXP),
}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("seed", [11, 12])
def test_recurrent_network_fires_as_the_oracle(backend: str, name: str, seed: int) -> None:
    model, weights = NETS[name]
    case = random_net(model, seed=seed, t_stop=80.0, **weights)
    assert_same_spikes(run_pysnn(case, backend), simulate(case, backend), atol=1e-9, least=50)


@pytest.mark.parametrize("name", NETS)
def test_input_off_the_grid_in_continuous_time(name: str) -> None:
    model, weights = NETS[name]
    case = random_net(model, seed=13, t_stop=60.0, grid=None, **weights)
    assert_same_spikes(run_pysnn(case, "event"), simulate(case, "event"), atol=1e-9, least=50)


@pytest.mark.parametrize("dt", [0.05, 0.25, 1.0])
def test_other_step_widths(dt: float) -> None:
    case = random_net(lif(), seed=14, dt=dt, grid=dt, delay_steps=(1, 9), t_stop=100.0, **DELTA)
    assert_same_spikes(run_pysnn(case, "clock"), simulate(case, "clock"), atol=1e-9, least=50)


@pytest.mark.parametrize("name", NETS)
def test_potentials_and_currents_on_the_way(backend: str, name: str) -> None:
    model, weights = NETS[name]
    case = random_net(model, seed=15, t_stop=40.0, **weights)
    ours, oracle = run_pysnn(case, backend, sample_every=0.5), simulate(case, backend, 0.5)
    for population in case.populations:
        for state, values in ours.states[population].items():
            difference = np.abs(values - oracle.states[population][state])
            assert difference.max() < 1e-9, f"{state} of {population}"


def test_long_delays_beyond_any_ring(backend: str) -> None:
    case = random_net(lif(), seed=16, delay_steps=(1, 700), t_stop=150.0, **DELTA)
    assert_same_spikes(run_pysnn(case, backend), simulate(case, backend), atol=1e-9, least=50)
