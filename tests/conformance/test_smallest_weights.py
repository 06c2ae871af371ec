"""w_min: depression stops there, whatever the rule, the sign and the engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

# Rules under which the protocol below depresses.
RULES = {
    "PairSTDP": {"a_plus": 0.0, "a_minus": 0.05, "w_max": 2.0},
    "PowerLawSTDP": {"a_plus": 0.0, "a_minus": 0.1},
    "BCM": {"eta": 2e-5, "w_max": 2.0, "r_0": 10.0, "tau_theta": 20.0},
    "DiehlCookSTDP": {"eta": 0.03, "w_max": 2.0, "x_target": 2.0, "mu": 0.0},
    "Hebb": {"eta": 0.02, "w_in": -4.0, "w_out": -1.0, "w_max": 2.0},
    "InstarSTDP": {"eta": 0.05, "c": 0.01, "tau": 5.0},
    "Oja": {"eta": 0.1, "c": 0.01, "tau_plus": 5.0},
    "SynapticScaling": {"f_target": 1.0, "tau_rate": 100.0, "tau_scaling": 5000.0},
    "TripletBCM": {"a_plus": 0.0, "a_minus": 1e-3, "w_max": 2.0, "tau_theta": 200.0},
    "TripletSTDP": {"a2_plus": 0.0, "a3_plus": 0.0, "a2_minus": 0.05, "w_max": 2.0},
    "VogelsSTDP": {"eta": 0.02, "w_max": 2.0, "tau": 0.4, "rho_0": 1000.0},
}


def weights(
    rule: str, w_min: float, backend: str, weight: float = 1.0, t_stop: float = 600.0, **options: Any
) -> NDArray[np.float64]:
    """After so long: the target fires 3 ms before each presynaptic spike, every 20 ms."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 4, snn.LIF())
    pre = net.source("pre", 4, snn.SpikeArray([np.arange(1, 40) * 20.0] * 4))
    teacher = net.source("teacher", 4, snn.SpikeArray([np.arange(1, 40) * 20.0 - 3.0] * 4))
    net.projection(teacher, cells, snn.OneToOne(), weight=50.0, delay=1.0)
    made = snn.plasticity.PlasticityRule.registry.get(rule, "test")(**RULES[rule], w_min=w_min)
    learning = net.projection(pre, cells, snn.OneToOne(), weight=weight, delay=1.0, plasticity=made)
    with snn.Simulation(net, backend=backend, **options) as sim:
        sim.run(t_stop)
        return np.asarray(sim.weights(learning), np.float64)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("rule", RULES)
def test_depression_stops_at_w_min(cpu_backend: str, rule: str, sign: float, dtype: str) -> None:
    free = weights(rule, 0.0, cpu_backend, sign, dtype=dtype)
    assert (np.abs(free) < 0.6).all()
    bounded = weights(rule, 0.625, cpu_backend, sign, dtype=dtype)
    np.testing.assert_array_equal(bounded, 0.625 * sign)


@pytest.mark.parametrize("rule", RULES)
def test_above_it_nothing_is_different(cpu_backend: str, rule: str) -> None:
    early = weights(rule, 0.0, cpu_backend, t_stop=70.0)
    assert ((early > 0.3) & (early < 1.0)).all()
    np.testing.assert_array_equal(early, weights(rule, 0.3, cpu_backend, t_stop=70.0))


def test_pair_stdp_steps_down_to_it(cpu_backend: str) -> None:
    """Additive, with traces that last 20 ms: a pair takes a_minus w_max sum e^{-(3 + 20 k)/20}."""
    w = 1.0
    for pairs in range(1, 11):
        y = sum(np.exp(-(3.0 + 20.0 * k) / 20.0) for k in range(pairs))
        w = max(w - 0.05 * 2.0 * y, 0.4)
        got = weights("PairSTDP", 0.4, cpu_backend, t_stop=20.0 * pairs + 5.0)
        np.testing.assert_allclose(got, w, rtol=1e-12)
    assert w == 0.4


def test_what_lies_below_it_is_refused() -> None:
    with pytest.raises(snn.ParameterError, match=r"PairSTDP.w_min: must be <= w_max = 1"):
        snn.PairSTDP(w_min=1.5)
    net = snn.Network()
    cells = net.population("cells", 50, snn.LIF())
    with pytest.raises(snn.ParameterError, match=r"must be >= w_min = 0.5 of PairSTDP .got .*0.2"):
        net.projection(
            cells, cells, snn.AllToAll(), weight=0.2, delay=1.0, plasticity=snn.PairSTDP(w_min=0.5), name="a"
        )
    tail = net.projection(
        cells, cells, snn.AllToAll(), weight=snn.Normal(0.6, 0.1), delay=1.0,
        plasticity=snn.PairSTDP(w_min=0.5, w_max=5.0),
    )  # fmt: skip
    with pytest.raises(snn.ParameterError, match=r"less than w_min = 0.5 of PairSTDP; truncate it there"):
        snn.Simulation(net, backend="clock")
    net = snn.Network()
    cells = net.population("cells", 5, snn.LIF())
    learning = net.projection(
        cells, cells, snn.AllToAll(), weight=0.6, delay=1.0, plasticity=snn.PairSTDP(w_min=0.5)
    )
    with snn.Simulation(net, backend="clock") as sim:
        with pytest.raises(snn.ParameterError, match=r"must be >= w_min = 0.5"):
            sim.set_weights(learning, 0.4)
        sim.set_weights(learning, 0.5)
    assert tail.name
