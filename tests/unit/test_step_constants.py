"""What the core tells of its steps and rules, for devices: closed forms, and the order of the kernels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn
from pysnn import _core

KERNELS = Path(__file__).resolve().parents[2] / "kernels"
CUBA = snn.CubaLIF(tau_m=20.0, tau_syn_exc=5.0, tau_syn_inh=10.0, c_m=200.0, t_ref=2.0, i_e=30.0)
STDP = snn.PairSTDP(tau_plus=16.8, tau_minus=33.7, a_plus=0.02, a_minus=0.03, w_max=80.0, mu_minus=0.4)


def cuba(dtype: str = "float64", dt: float = 0.1, **changed: float) -> dict[str, float]:
    names, values, _ = told(dtype, dt, **changed)
    return dict(zip(names, values[:, 0].tolist(), strict=True))


def told(dtype: str, dt: float, **changed: float) -> tuple[list[str], Any, bool]:
    params = {**CUBA.as_numbers(), **changed}
    return _core.step_constants("CubaLIF", params, {}, dt, dtype, False, "population 'p'")


@pytest.mark.parametrize("table", [_core.neuron_models(), _core.plasticity_rules()], ids=["neurons", "rules"])
def test_kernels_name_constants_that_are_told_and_no_others(table: dict[str, Any]) -> None:
    """What a kernel's file calls C(NAME) or c(NAME), or decay(RATE, ...), the core tells under that name."""
    for name, entry in table.items():
        package = "neurons" if entry["receptors"] else "plasticity"
        stem = getattr(snn, name).__module__.rpartition(".")[2] if hasattr(snn, name) else ""
        file = KERNELS / f"{stem}.cl"
        if not stem or not file.is_file():
            continue
        params = {param: 1.0 if np.isnan(default) else default for param, _, default in entry["params"]}
        if package == "neurons":
            constants = _core.step_constants(name, params, {}, 0.01, "float64", False, "population 'p'")[0]
        elif name == "EProp":  # whose numbers follow from the model of its targets too
            constants = []
        else:
            constants = list(_core.rule_constants(name, params, 0.1))
        text = file.read_text(encoding="utf-8")
        named = set(re.findall(r"\b[cC][(\[](\w+)[)\]]", text)) | set(re.findall(r"\bdecay\((\w+),", text))
        assert {constant.lower() for constant in named} <= set(constants), name


def test_a_step_of_cuba_lif_is_the_exact_propagator() -> None:
    """Rotter & Diesmann 1999: tau tau_m / (c_m (tau - tau_m)) (e^{-dt/tau} - e^{-dt/tau_m}) mV/pA."""
    m, e, i, c, dt = 20.0, 5.0, 10.0, 200.0, 0.1

    def transfer(tau: float) -> float:
        return tau * m / (c * (tau - m)) * (np.exp(-dt / tau) - np.exp(-dt / m))

    gain = m / c * -np.expm1(-dt / m)
    expected = {
        "decay_v": np.exp(-dt / m), "decay_exc": np.exp(-dt / e), "decay_inh": np.exp(-dt / i),
        "from_exc": transfer(e), "from_inh": transfer(i), "gain": gain, "drive": 30.0 * gain,
        "e_l": -70.0, "v_th": -55.0, "v_reset": -70.0, "refractory": 20.0, "fall": 15.0,
        "subtracts": 0.0,
    }  # fmt: skip
    constants = cuba()
    for name, value in expected.items():
        assert constants[name] == pytest.approx(value, rel=1e-12), name


def test_single_precision_is_double_precision_rounded_once() -> None:
    double, single = cuba(), cuba("float32")
    assert single == {name: float(np.float32(value)) for name, value in double.items()}


def test_rates_and_amplitudes_of_pair_stdp() -> None:
    expected = [0.1 / 16.8, 0.1 / 33.7, 80.0, 0.02 * 80.0, 0.03 * 80.0, 0.0, 0.4, 0.0, 0.0, 0.0]
    constants = _core.rule_constants("PairSTDP", STDP.as_numbers(), 0.1)
    np.testing.assert_allclose(list(constants.values()), expected, rtol=1e-15)


def test_what_cannot_be_told_is_refused_with_its_owner() -> None:
    with pytest.raises(snn.BackendUnsupported, match="EProp tells no constants"):
        _core.rule_constants("EProp", snn.EProp().as_numbers(), 0.1)
    with pytest.raises(snn.OffGridError, match="population 'p': t_ref"):
        cuba(t_ref=2.05)


def test_steps_that_single_precision_would_round_away_are_told_in_double() -> None:
    """Below 1/4096 of the slowest time constant, 20 ms: 0.00488 ms."""
    names, values, pairs = told("float32", 0.0048, t_ref=0.0)
    assert pairs
    assert values[names.index("decay_v"), 0] == pytest.approx(np.exp(-0.0048 / 20.0), rel=1e-14)
    assert not told("float64", 0.0048, t_ref=0.0)[2]
    assert not told("float32", 0.005, t_ref=0.0)[2]
    assert cuba("float32", 0.005, t_ref=0.0)["decay_v"] == float(np.float32(np.exp(-0.005 / 20.0)))


def test_constants_of_each_neuron_are_those_of_its_parameters() -> None:
    columns = {"c_m": np.array([100.0, 200.0, 400.0])}
    names, values, _ = _core.step_constants(
        "CubaLIF", CUBA.as_numbers(), columns, 0.1, "float64", False, "population 'p'"
    )
    for k, c_m in enumerate(columns["c_m"]):
        assert dict(zip(names, values[:, k].tolist(), strict=True)) == cuba(c_m=float(c_m))
