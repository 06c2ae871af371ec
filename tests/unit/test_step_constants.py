"""What the core tells of its steps and rules, for devices: closed forms, and the order of the kernels."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import pysnn as snn
from pysnn import _core

KERNELS = Path(__file__).resolve().parents[2] / "kernels"
CUBA = snn.CubaLIF(tau_m=20.0, tau_syn_exc=5.0, tau_syn_inh=10.0, c_m=200.0, t_ref=2.0, i_e=30.0)
STDP = snn.PairSTDP(tau_plus=16.8, tau_minus=33.7, a_plus=0.02, a_minus=0.03, w_max=80.0, mu_minus=0.4)


def cuba(dtype: str = "float64", dt: float = 0.1, **changed: float) -> dict[str, float]:
    params = {**CUBA.as_numbers(), **changed}
    return _core.step_constants("CubaLIF", params, dt, dtype, False, "population 'p'")


def enum_of(stem: str) -> list[str]:
    """The names by which a kernel takes its constants, in their order."""
    found = re.search(r"enum \{(.*?)\}", (KERNELS / f"{stem}.cl").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return [name.strip().lower() for name in found[1].split(",")]


def test_kernels_take_the_constants_in_the_order_in_which_they_are_told() -> None:
    assert list(cuba()) == enum_of("cuba_lif")
    assert list(_core.rule_constants("PairSTDP", STDP.as_numbers(), 0.1)) == enum_of("pair_stdp")


def test_a_step_of_cuba_lif_is_the_exact_propagator() -> None:
    """Rotter & Diesmann 1999: tau tau_m / (c_m (tau - tau_m)) (e^{-dt/tau} - e^{-dt/tau_m}) mV/pA."""
    m, e, i, c, dt = 20.0, 5.0, 10.0, 200.0, 0.1

    def transfer(tau: float) -> float:
        return tau * m / (c * (tau - m)) * (np.exp(-dt / tau) - np.exp(-dt / m))

    gain = m / c * -np.expm1(-dt / m)
    expected = {
        "decay_v": np.exp(-dt / m), "decay_exc": np.exp(-dt / e), "decay_inh": np.exp(-dt / i),
        "from_exc": transfer(e), "from_inh": transfer(i), "gain": gain, "drive": 30.0 * gain,
        "e_l": -70.0, "v_th": -55.0, "v_reset": -70.0, "refractory": 20.0,
    }  # fmt: skip
    constants = cuba()
    for name, value in expected.items():
        assert constants[name] == pytest.approx(value, rel=1e-12), name


def test_single_precision_is_double_precision_rounded_once() -> None:
    double, single = cuba(), cuba("float32")
    assert single == {name: float(np.float32(value)) for name, value in double.items()}


def test_rates_and_amplitudes_of_pair_stdp() -> None:
    expected = [80.0, 0.02 * 80.0, 0.03 * 80.0, 0.0, 0.4, 0.0, 0.0, 0.1 / 16.8, 0.1 / 33.7]
    constants = _core.rule_constants("PairSTDP", STDP.as_numbers(), 0.1)
    np.testing.assert_allclose(list(constants.values()), expected, rtol=1e-15)


def test_what_cannot_be_told_is_refused_with_its_owner() -> None:
    with pytest.raises(snn.BackendUnsupported, match="population 'p': AdEx tells no constants"):
        _core.step_constants("AdEx", snn.AdEx().as_numbers(), 0.1, "float64", False, "population 'p'")
    with pytest.raises(snn.BackendUnsupported, match="BCM tells no constants"):
        _core.rule_constants("BCM", snn.BCM().as_numbers(), 0.1)
    with pytest.raises(snn.OffGridError, match="population 'p': t_ref"):
        cuba(t_ref=2.05)


def test_steps_that_single_precision_would_round_away_are_refused_in_it() -> None:
    """Below 1/4096 of the slowest time constant, 20 ms: 0.00488 ms."""
    with pytest.raises(snn.BackendUnsupported, match=r"0\.0048 ms are too short.* 20 ms.*float64"):
        cuba("float32", 0.0048, t_ref=0.0)
    assert cuba("float64", 0.0048, t_ref=0.0)["decay_v"] == pytest.approx(np.exp(-0.0048 / 20.0), rel=1e-14)
    assert cuba("float32", 0.005, t_ref=0.0)["decay_v"] == float(np.float32(np.exp(-0.005 / 20.0)))
