"""The float32 option: what precision it promises."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import (
    Case,
    Neurons,
    PairStdp,
    PowerLawStdp,
    Source,
    Synapses,
    alpha_lif,
    cuba_lif,
    lif,
    simulate_grid,
)
from oracle.cases import plastic_pair, random_net
from oracle.pysnn_runner import run_pysnn

import pysnn as snn


@pytest.mark.parametrize("kind", ["delta", "exp", "alpha"])
def test_subthreshold_potential_stays_within_float32_rounding(kind: str) -> None:
    # v of some 60 mV has spacing 4e-6 mV; the rounding errors of a leaky step add up to about
    # spacing x sqrt(tau/dt) at random and spacing x tau/dt = 8e-4 mV at the very worst
    model = {"delta": lif, "exp": cuba_lif, "alpha": alpha_lif}[kind](v_th=1000.0)
    weight = 2.0 if kind == "delta" else 60.0
    rng = np.random.default_rng(51)
    trains = [sorted({float(round(0.1 * k, 9)) for k in rng.integers(10, 1900, 20)}) for _ in range(10)]
    case = Case(
        {"a": Neurons(10, model)},
        200.0,
        {"s": Source(trains)},
        (Synapses("s", "a", range(10), range(10), [weight] * 10, [1.0] * 10),),
    )
    ours = run_pysnn(case, "clock", dtype="float32", sample_every=1.0)
    oracle = simulate_grid(case, 1.0)
    assert np.ptp(oracle.states["a"]["v"]) > 2.0
    assert np.abs(ours.states["a"]["v"] - oracle.states["a"]["v"]).max() < 8e-4


@pytest.mark.parametrize("rule", [PairStdp(), PowerLawStdp()], ids=["pair", "power_law"])
def test_weights_are_kept_as_float32_and_learn_within_its_rounding(rule: PairStdp | PowerLawStdp) -> None:
    rng = np.random.default_rng(52)
    pre, post = (sorted({float(round(0.1 * k, 9)) for k in rng.integers(20, 2800, 40)}) for _ in range(2))
    case = plastic_pair(rule, pre, post)
    ours, oracle = run_pysnn(case, "clock", dtype="float32"), simulate_grid(case)
    # 80 updates of a weight of spacing 6e-8, each rounded a few times
    assert ours.weights[0][0] == pytest.approx(oracle.weights[0][0], abs=80 * 4 * 6e-8)
    assert float(np.float32(ours.weights[0][0])) == ours.weights[0][0]


def test_rates_of_a_network_agree_with_float64() -> None:
    case = random_net(lif(), seed=53, n=200, t_stop=300.0, rate=900.0, w_exc=0.6, w_inh=-3.0, w_ext=1.5)
    single, double = (run_pysnn(case, "clock", dtype=d).spikes["exc"][0].size for d in ("float32", "float64"))
    # trajectories separate, the count does not: within five times the square root of it
    assert double > 500
    assert abs(single - double) < 5 * np.sqrt(double)


def test_conductances_that_leave_nothing_of_v_in_a_step_are_no_overflow() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 5, snn.CobaLIF(e_rev_exc=-55.0))
    source = net.source("source", 1, snn.SpikeArray([[1.0]]))
    net.projection(source, cells, snn.AllToAll(), weight=1e7, delay=1.0)
    with snn.Simulation(net, backend="clock", dtype="float32") as sim:
        sim.run(2.5)
        np.testing.assert_allclose(sim.state(cells, "v"), -55.0, atol=1e-4)


def test_a_state_that_single_precision_cannot_hold_is_refused_where_it_is_given() -> None:
    """Its largest number is (2 - 2^-23) 2^127 = 3.4028e38: 1e39 would be kept as infinite."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 2, snn.Readout(), init={"v": [0.0, 1e39]})
    with snn.Simulation(net) as sim:
        sim.set_state(cells, "v", -1e39)
        assert (sim.state(cells, "v") == -1e39).all()
    message = r"population 'cells': v of neuron 1 begins with 1e\+39, which is no finite number in float32"
    with pytest.raises(snn.ParameterError, match=message):
        snn.Simulation(net, dtype="float32")
    net = snn.Network(seed=1)
    cells = net.population("cells", 2, snn.Readout())
    with snn.Simulation(net, dtype="float32") as sim:
        with pytest.raises(snn.ParameterError, match=r"set_state: 'cells'.v: must be .*<= 3.40282e\+38"):
            sim.set_state(cells, "v", 1e39, at=1.0)
        sim.run(2.0)
