"""The oracle against numbers worked out by hand: only what is right may judge the engines."""

from __future__ import annotations

import math

import numpy as np
import pytest

from oracle import (
    Bcm,
    Case,
    Current,
    Neurons,
    PairStdp,
    PowerLawStdp,
    Source,
    Synapses,
    alpha_lif,
    cuba_lif,
    lif,
    simulate_exact,
    simulate_grid,
)
from oracle.cases import plastic_pair
from oracle.crossing import roots


def test_roots_of_a_cubic_in_exp_are_all_found() -> None:
    # (z - .9)(z - .5)(z - .2) with z = exp(-h): roots at -ln z
    coefficients = np.poly([0.9, 0.5, 0.2])[::-1]
    terms = {float(k): [float(c)] for k, c in enumerate(coefficients)}
    assert roots(terms, 0.0, 10.0) == pytest.approx([-math.log(z) for z in (0.9, 0.5, 0.2)], abs=1e-12)


def test_roots_with_polynomial_factor() -> None:
    # h exp(-h) = 0.2: Lambert W gives 0.259171101819074 and 2.542641357773526
    assert roots({0.0: [-0.2], 1.0: [0.0, 1.0]}, 0.0, 10.0) == pytest.approx(
        [0.2591711018190738, 2.5426413577735264], abs=1e-12
    )


def test_constant_current_gives_the_textbook_interval() -> None:
    model = lif(tau_m=20.0, c_m=250.0, i_e=375.0, v_th=20.0, v_reset=10.0, t_ref=2.0)  # v_inf 30 mV
    spikes, _ = simulate_exact(Case({"a": Neurons(1, model)}, 200.0)).spikes["a"]
    first = 20.0 * math.log(30.0 / 10.0)
    interval = 2.0 + 20.0 * math.log(20.0 / 10.0)
    assert spikes == pytest.approx(first + interval * np.arange(len(spikes)), abs=1e-10)
    assert len(spikes) == 1 + int((200.0 - first) / interval)


def test_grid_fires_at_the_first_step_at_or_after_the_crossing() -> None:
    model = lif(i_e=375.0)
    exact, _ = simulate_exact(Case({"a": Neurons(1, model)}, 22.0)).spikes["a"]
    grid, _ = simulate_grid(Case({"a": Neurons(1, model)}, 22.0)).spikes["a"]
    assert grid[0] == pytest.approx(math.ceil(exact[0] / 0.1) * 0.1)


@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_delta_arrival_decays_with_the_membrane(simulate) -> None:
    model = lif(tau_m=10.0)
    case = Case(
        {"a": Neurons(1, model)}, 8.0, {"s": Source([[1.0]])}, (Synapses("s", "a", [0], [0], [5.0], [1.5]),)
    )
    kwargs = {"sample_every": 0.5} if simulate is simulate_grid else {"sample_times": (2.0, 2.5, 6.5)}
    result = simulate(case, **kwargs)
    at = dict(zip(result.sample_times, result.states["a"]["v"][:, 0], strict=True))
    assert at[2.0] == 0.0
    assert at[2.5] == 5.0
    assert at[6.5] == pytest.approx(5.0 * math.exp(-0.4), abs=1e-14)


@pytest.mark.parametrize("tau_exc", [5.0, 20.0])  # 20 is the resonance with tau_m
@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_postsynaptic_potential_is_the_difference_of_exponentials(simulate, tau_exc: float) -> None:
    model = cuba_lif(tau_m=20.0, tau_exc=tau_exc, c_m=200.0)
    case = Case(
        {"a": Neurons(1, model)},
        30.0,
        {"s": Source([[1.0]])},
        (Synapses("s", "a", [0], [0], [100.0], [1.0]),),
    )
    kwargs = {"sample_every": 1.0} if simulate is simulate_grid else {"sample_times": tuple(range(31))}
    result = simulate(case, **kwargs)
    h = np.maximum(np.arange(31.0) - 2.0, 0.0)
    if tau_exc == 20.0:
        psp = 0.5 * h * np.exp(-h / 20.0)
    else:
        psp = 0.5 * 20.0 * 5.0 / (5.0 - 20.0) * (np.exp(-h / 5.0) - np.exp(-h / 20.0))
    assert result.states["a"]["v"][:, 0] == pytest.approx(-60.0 + psp, abs=1e-12)
    current = np.where(np.arange(31.0) >= 2.0, 100.0 * np.exp(-h / tau_exc), 0.0)
    assert result.states["a"]["i_exc"][:, 0] == pytest.approx(current, abs=1e-11)


@pytest.mark.parametrize("tau_exc", [2.0, 20.0])  # 20 is the resonance with tau_m
@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_alpha_shaped_current_and_its_potential(simulate, tau_exc: float) -> None:
    # c_m dv/dt + c_m v/tau_m = w (h/tau) e^{1 - h/tau}, solved by hand with b = 1/tau - 1/tau_m
    case = Case(
        {"a": Neurons(1, alpha_lif(tau_m=20.0, tau_exc=tau_exc, c_m=200.0))},
        30.0,
        {"s": Source([[1.0]])},
        (Synapses("s", "a", [0], [0], [100.0], [1.0]),),
    )
    kwargs = {"sample_every": 1.0} if simulate is simulate_grid else {"sample_times": tuple(range(31))}
    result = simulate(case, **kwargs)
    h = np.maximum(np.arange(31.0) - 2.0, 0.0)
    slow, fast = np.exp(-h / 20.0), np.exp(-h / tau_exc)
    if tau_exc == 20.0:
        psp = h * h / 2.0 * slow
    else:
        b = 1.0 / tau_exc - 1.0 / 20.0
        psp = (slow - fast) / b**2 - h * fast / b
    psp *= math.e * 100.0 / (200.0 * tau_exc)
    assert result.states["a"]["v"][:, 0] == pytest.approx(-60.0 + psp, abs=1e-12)
    current = 100.0 * (h / tau_exc) * np.exp(1.0 - h / tau_exc)
    assert result.states["a"]["i_exc"][:, 0] == pytest.approx(current, abs=1e-11)
    if tau_exc == 2.0:
        assert current.max() == current[4] == 100.0  # the weight, tau after the arrival


@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_arrivals_meet_a_refractory_neuron_up_to_its_end(simulate) -> None:
    # fired at 2; t_ref 2: arrivals at 3 and 4 vanish, the one at 4.1 counts
    model = lif(v_th=20.0, v_reset=0.0, t_ref=2.0, tau_m=1e9)
    case = Case(
        {"a": Neurons(4, model)},
        10.0,
        {"s": Source([[1.0], [2.0], [3.0], [3.1]])},
        (Synapses("s", "a", [0] * 4 + [1, 2, 3], [0, 1, 2, 3, 1, 2, 3], [25.0] * 7, [1.0] * 7),),
    )
    result = simulate(case)
    assert [list(result.train("a", k)) for k in range(4)] == [[2.0], [2.0], [2.0], [2.0, 4.1]]


@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_inputs_of_an_instant_are_summed_before_the_test(simulate) -> None:
    model = lif(v_th=20.0, v_reset=0.0)
    case = Case(
        {"a": Neurons(1, model)},
        5.0,
        {"s": Source([[1.0], [0.5]])},
        (Synapses("s", "a", [0, 1], [0, 0], [30.0, -15.0], [1.0, 1.5]),),
    )
    assert simulate(case).spikes["a"][0].size == 0


@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_step_current_charges_the_membrane_while_it_lasts(simulate) -> None:
    case = Case(
        {"a": Neurons(1, lif(tau_m=20.0, c_m=250.0))},
        20.0,
        currents=(Current("a", [0], [5.0, 10.0], [100.0, 0.0]),),
    )
    kwargs = (
        {"sample_every": 5.0} if simulate is simulate_grid else {"sample_times": (0.0, 5.0, 10.0, 15.0, 20.0)}
    )
    v = simulate(case, **kwargs).states["a"]["v"][:, 0]
    top = 8.0 * (1.0 - math.exp(-0.25))
    assert v == pytest.approx([0.0, 0.0, top, top * math.exp(-0.25), top * math.exp(-0.5)], abs=1e-12)


@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_additive_pair_stdp_by_hand(simulate, fraction: float) -> None:
    # delay 4: T = 10 + 4(1-f), s = 20 + 4f; then a post spike at 40 and a pre spike at 60
    rule = PairStdp(tau_plus=20.0, tau_minus=30.0, a_plus=0.01, a_minus=0.02, w_max=2.0)
    result = simulate(plastic_pair(rule, [10.0, 60.0], [20.0, 40.0], delay=4.0, dendritic_fraction=fraction))
    pre = np.array([10.0, 60.0]) + 4.0 * (1.0 - fraction)
    post = np.array([20.0, 40.0]) + 4.0 * fraction
    rise = 0.01 * np.exp(-(post - pre[0]) / 20.0).sum()
    fall = 0.02 * np.exp(-(pre[1] - post) / 30.0).sum()
    assert result.weights[0][0] == pytest.approx(0.5 + 2.0 * (rise - fall), abs=1e-12)
    assert [t for t, _, _ in result.changes[0]] == pytest.approx([post[0], post[1], pre[1]])


@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_power_law_stdp_by_hand(simulate) -> None:
    # T = 11, post spikes at 20 and 40, T = 61; mu = 1/2 and w_0 = 4: w += 0.1 sqrt(4 w) x
    rule = PowerLawStdp(tau_plus=20.0, tau_minus=30.0, a_plus=0.1, a_minus=0.02, mu=0.5, w_0=4.0)
    result = simulate(plastic_pair(rule, [10.0, 60.0], [20.0, 40.0], weight=9.0))
    first = 9.0 + 0.1 * 6.0 * math.exp(-9.0 / 20.0)
    second = first + 0.1 * 2.0 * math.sqrt(first) * math.exp(-29.0 / 20.0)
    third = second - 0.02 * second * (math.exp(-41.0 / 30.0) + math.exp(-21.0 / 30.0))
    assert [w for _, _, w in result.changes[0]] == pytest.approx([first, second, third], abs=1e-13)


@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_presynaptic_spike_is_first_at_a_tie(simulate) -> None:
    rule = PairStdp(a_plus=0.01, a_minus=0.02, w_max=1.0)
    result = simulate(plastic_pair(rule, [9.0], [10.0], delay=1.0))  # T = s = 10
    assert result.weights[0][0] == pytest.approx(0.51, abs=1e-15)


@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_rules_act_on_the_magnitude(simulate) -> None:
    rule = PairStdp(w_max=1.0)
    case = plastic_pair(rule, [10.0, 30.0], [20.0, 50.0])
    mirrored = plastic_pair(rule, [10.0, 30.0], [20.0, 50.0], weight=-0.5)
    assert simulate(mirrored).weights[0][0] == -simulate(case).weights[0][0]


@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_effect_carries_the_weight_as_of_the_arrival_at_the_synapse(simulate) -> None:
    # half of the delay is dendritic: potentiated at s = 22 by the arrival T = 12; the arrival T = 42
    # (spike 40) is depressed by it and reaches the membrane at 44 with that weight
    rule = PairStdp(a_plus=0.1, a_minus=0.1, w_max=1.0)
    case = plastic_pair(rule, [10.0, 40.0], [20.0], delay=4.0, dendritic_fraction=0.5, t_stop=44.0)
    sampled = {"sample_every": 44.0} if simulate is simulate_grid else {"sample_times": (44.0,)}
    result = simulate(case, **sampled)
    w = 0.5 + 0.1 * math.exp(-10.0 / 20.0) - 0.1 * math.exp(-20.0 / 20.0)
    assert result.weights[0][0] == pytest.approx(w, abs=1e-14)
    assert result.states["post"]["v"][-1, 0] == pytest.approx(w, abs=1e-12)  # v was reset at 20


@pytest.mark.parametrize("simulate", [simulate_grid, simulate_exact])
def test_bcm_over_one_gap_by_hand(simulate) -> None:
    # one pre (T = 11) and one post spike (20), rates in units of r_0: from 20 on x = e^{-(9 + h)/tau_x},
    # r = k e^{-h/tau_r}, theta = c (e^{-2h/tau_r} - e^{-h/tau_theta}), c = k^2 l_th/(l_th - 2 l_r)
    rule = Bcm(eta=1e-3, tau_x=30.0, tau_r=40.0, tau_theta=100.0, r_0=20.0, w_max=2.0)
    result = simulate(plastic_pair(rule, [10.0], [20.0], t_stop=80.0))
    k, gap = 1000.0 / (40.0 * 20.0), 60.0
    l_x, l_r, l_th = 1 / 30.0, 1 / 40.0, 1 / 100.0
    c = k * k * l_th / (l_th - 2 * l_r)

    def area(rate: float) -> float:
        return (1.0 - math.exp(-rate * gap)) / rate

    du = (
        1e-3
        * math.exp(-9.0 / 30.0)
        * k
        * (k * area(l_x + 2 * l_r) - c * area(l_x + 3 * l_r) + c * area(l_x + l_r + l_th))
    )
    assert abs(du) > 1e-3
    assert result.weights[0][0] == pytest.approx(0.5 + 2.0 * du, abs=1e-11)
