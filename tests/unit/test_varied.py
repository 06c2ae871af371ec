"""What may differ from neuron to neuron, and what is refused, with the neuron named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn


def build(model: Any, n: int = 3) -> snn.Simulation:
    net = snn.Network(seed=1)
    net.population("cells", n, model)
    return snn.Simulation(net, backend="clock")


def test_arrays_lists_and_distributions_are_kept() -> None:
    model = snn.LIF(tau_m=[10.0, 20.0], i_e=np.array([1.0, 2.0]), v_th=snn.Normal(-50.0, 1.0))
    assert model.tau_m == snn.Array([10.0, 20.0])
    assert set(model.varied()) == {"tau_m", "i_e", "v_th"}
    assert model == snn.LIF(tau_m=snn.Array([10.0, 20.0]), i_e=[1.0, 2.0], v_th=snn.Normal(-50.0, 1.0))
    assert hash(model) == hash(model.replace())
    assert snn.LIF(tau_m=snn.Constant(12.0)).tau_m == 12.0
    assert "Normal" in repr(model)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau_m": [10.0, -1.0]}, r"LIF.tau_m\[1\]: must be >= 1e-12 ms \(got -1.0\)"),
        ({"tau_m": snn.Uniform(-1.0, 5.0)}, "LIF.tau_m: must be >= 1e-12 ms .*which may be -1"),
        ({"tau_m": snn.Normal(-5.0, 1.0)}, "LIF.tau_m: must be >= 1e-12 ms"),
        ({"tau_m": [1.0, 2.0], "c_m": [1.0, 2.0, 3.0]}, "LIF: arrays of different lengths .tau_m 2, c_m 3"),
        ({"v_reset": [-70.0, -50.0]}, "entry 1: LIF.v_reset: must be < v_th = -55 mV .got -50"),
        ({"v_reset": [-70.0, -60.0], "v_th": [-50.0, -65.0]}, "entry 1: LIF.v_reset: must be < v_th = -65"),
        ({"v_reset": snn.Normal(-40.0, 1.0)}, "LIF.v_reset: must be < v_th = -55 mV .got -40"),
        ({"tau_m": [[1.0, 2.0]]}, "LIF.tau_m: expected a 1-D array"),
        ({"tau_m": []}, r"LIF\.tau_m: expected at least one value \(got an empty sequence\)"),
        ({"tau_m": "fast"}, "LIF.tau_m: must be|LIF.tau_m: expected"),
        ({"i_e": [1.0, np.nan]}, r"LIF.i_e\[1\]: must be a finite number pA"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_given(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        snn.LIF(**parameters)


def test_an_array_has_one_value_a_neuron() -> None:
    with pytest.raises(snn.ParameterError, match=r"population 'cells': LIF.tau_m: expected 3 values.*got 2"):
        snn.Network().population("cells", 3, snn.LIF(tau_m=[10.0, 11.0]))
    with pytest.raises(snn.ParameterError, match=r"source 's': Poisson.start: expected 3 values.*got 2"):
        snn.Network().source("s", 3, snn.Poisson(1.0, start=[0.0, 1.0]))
    net = snn.Network()
    cells = net.population("cells", 3, snn.LIF())
    with pytest.raises(snn.ParameterError, match=r"ConstantCurrent.amplitude: expected 2 values.*got 3"):
        net.current(cells[:2], snn.ConstantCurrent([1.0, 2.0, 3.0]))


def test_draws_from_a_tail_are_looked_at() -> None:
    """One neuron in six draws a tau_m below 0."""
    with pytest.raises(snn.ParameterError, match=r"population 'cells': LIF.tau_m of neuron \d+: must be >="):
        build(snn.LIF(tau_m=snn.Normal(1.0, 1.0)), 50)
    with pytest.raises(snn.ParameterError, match=r"neuron \d+: LIF.v_reset: must be < v_th"):
        build(snn.LIF(v_th=snn.Normal(-55.0, 10.0)), 50)
    build(snn.LIF(tau_m=snn.LogNormal(2.0, 0.5), v_th=snn.Normal(-50.0, 5.0, min=-65.0)), 50)


def test_a_refractory_time_off_the_grid_names_the_neuron() -> None:
    with pytest.raises(snn.OffGridError, match=r"population 'cells', neuron 2: t_ref"):
        build(snn.LIF(t_ref=[1.0, 2.0, 2.05]))


def test_sources_and_currents_are_checked_one_by_one() -> None:
    with pytest.raises(snn.ParameterError, match=r"entry 1: Poisson.stop: must be > start = 30"):
        snn.Poisson(5.0, start=[0.0, 30.0], stop=20.0)
    with pytest.raises(snn.ParameterError, match=r"entry 1: NoiseCurrent.stop: must be > start"):
        snn.NoiseCurrent(0.0, 1.0, start=[0.0, 30.0], stop=20.0)
    net = snn.Network()
    net.source("s", 40, snn.Poisson(snn.Normal(150.0, 40.0), dead_time=5.0))
    with pytest.raises(
        snn.ParameterError, match=r"source \d+: Poisson.dead_time.*must be < 1 / rate|rate of"
    ):
        snn.Simulation(net, backend="clock")


def test_they_come_back_from_files(tmp_path: Path) -> None:
    net = snn.Network(seed=5)
    long = np.linspace(5.0, 20.0, 100)
    cells = net.population(
        "cells", 100, snn.CubaLIF(tau_m=snn.Normal(20.0, 2.0, min=5.0), i_e=snn.Array(long))
    )
    net.source("source", 2, snn.Poisson(snn.Uniform(1.0, 2.0), start=[0.0, 3.0]))
    net.current(cells[:2], snn.NoiseCurrent([0.0, 1.0], 2.0))
    spec = net.spec()
    assert snn.NetworkSpec.from_json(spec.to_json()) == spec
    for name in ("net.json", "net.h5"):
        spec.save(tmp_path / name)
        assert snn.NetworkSpec.load(tmp_path / name) == spec
