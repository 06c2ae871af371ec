"""Spike times and potentials against closed forms evaluated to 40 digits."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, localcontext

import numpy as np
import pytest
from oracle import Case, Current, Neurons, PairStdp, Source, Synapses, alpha_lif, cuba_lif, lif
from oracle.model import Model
from oracle.pysnn_runner import run_pysnn

import pysnn as snn

DIGITS = 40


def exact(x: float) -> Decimal:
    """The decimal that a human wrote."""
    return Decimal(repr(float(x)))


def potential(model: Model, arrivals: list[tuple[float, str, float]], t: Decimal) -> Decimal:
    """v(t) from rest, arrivals (time, receptor, weight) in any order, never above the threshold before t."""
    tau_m, c_m = exact(model.tau_m), exact(model.c_m)
    v = exact(model.v_rest) + exact(model.i_e) * tau_m / c_m * (1 - (-t / tau_m).exp())
    for at, receptor, w in arrivals:
        h = t - exact(at)
        if h <= 0:
            continue
        tau = exact(model.tau_exc if receptor == "exc" else model.tau_inh)
        if model.alpha:  # the current w (h/tau) e^{1 - h/tau} through the membrane
            b = 1 / tau - 1 / tau_m
            slow, fast = (-h / tau_m).exp(), (-h / tau).exp()
            shape = h * h / 2 * slow if b == 0 else (slow - fast) / b / b - h * fast / b
            v += exact(w) / c_m * Decimal(1).exp() / tau * shape
        elif tau == tau_m:
            v += exact(w) / c_m * h * (-h / tau).exp()
        else:
            scale = exact(w) / c_m * tau * tau_m / (tau - tau_m)
            v += scale * ((-h / tau).exp() - (-h / tau_m).exp())
    return v


def crossing(model: Model, arrivals: list[tuple[float, str, float]], low: float, high: float) -> float:
    """The only crossing of the threshold in (low, high), by bisection."""
    with localcontext(Context(prec=DIGITS)):
        left, right, v_th = exact(low), exact(high), exact(model.v_th)
        assert potential(model, arrivals, left) < v_th < potential(model, arrivals, right)
        while right - left > Decimal("1e-16"):
            middle = (left + right) / 2
            if potential(model, arrivals, middle) < v_th:
                left = middle
            else:
                right = middle
        return float(right)


def one_neuron(model: Model, arrivals: list[tuple[float, str, float]], t_stop: float) -> Case:
    groups = tuple(
        Synapses(
            f"s_{receptor}",
            "a",
            [k for k, a in enumerate(chosen)],
            [0] * len(chosen),
            [w for _, _, w in chosen],
            [1.0] * len(chosen),
            receptor,
        )
        for receptor in ("exc", "inh")
        if (chosen := [a for a in arrivals if a[1] == receptor])
    )
    sources = {
        f"s_{receptor}": Source([[round(t - 1.0, 12)] for t, r, _ in arrivals if r == receptor])
        for receptor in ("exc", "inh")
        if any(r == receptor for _, r, _ in arrivals)
    }
    return Case({"a": Neurons(1, model)}, t_stop, sources, groups)


@pytest.mark.parametrize("kind", ["delta", "exp"])
def test_event_keeps_constant_current_intervals_for_a_second(kind: str) -> None:
    # T = t_ref + tau ln((v_inf - v_reset)/(v_inf - v_th)): errors of single spikes would add up
    factory = lif if kind == "delta" else cuba_lif
    model = factory(tau_m=20.0, c_m=200.0, v_rest=-60.0, v_th=-50.0, v_reset=-65.0, t_ref=2.5, i_e=180.0)
    result = run_pysnn(Case({"a": Neurons(1, model)}, 1000.0), "event")
    with localcontext(Context(prec=DIGITS)):
        first = 20 * (Decimal(18) / 8).ln()
        interval = Decimal("2.5") + 20 * (Decimal(23) / 8).ln()
        expected = np.array([float(first + k * interval) for k in range(result.train("a", 0).size)])
    assert len(expected) == 1 + int((1000.0 - float(first)) / float(interval))
    assert np.abs(result.train("a", 0) - expected).max() < 1e-9


@pytest.mark.parametrize("tau_exc", [0.5, 5.0, 20.0, 45.0])
def test_event_finds_the_crossing_of_one_postsynaptic_potential(tau_exc: float) -> None:
    model = cuba_lif(tau_m=20.0, tau_exc=tau_exc, c_m=200.0, t_ref=100.0)
    weight = {0.5: 5000.0, 5.0: 900.0, 20.0: 400.0, 45.0: 250.0}[tau_exc]
    arrivals = [(2.5, "exc", weight)]
    with localcontext(Context(prec=DIGITS)):
        peak = 20.0 if tau_exc == 20.0 else float(np.log(20 / tau_exc) / (1 / tau_exc - 1 / 20))
        assert potential(model, arrivals, exact(2.5 + peak)) > -50
    expected = crossing(model, arrivals, 2.5, 2.5 + peak)
    result = run_pysnn(one_neuron(model, arrivals, 80.0), "event")
    assert result.train("a", 0) == pytest.approx([expected], abs=1e-9)


@pytest.mark.parametrize("tau_exc", [0.5, 5.0, 19.999, 20.0, 45.0])
def test_event_finds_the_crossing_of_an_alpha_shaped_current(tau_exc: float) -> None:
    model = alpha_lif(tau_m=20.0, tau_exc=tau_exc, c_m=200.0, t_ref=500.0)
    weight = {0.5: 2000.0, 5.0: 400.0, 19.999: 180.0, 20.0: 180.0, 45.0: 120.0}[tau_exc]
    arrivals = [(2.5, "exc", weight)]
    # before its peak the potential crosses once
    expected = crossing(model, arrivals, 2.5, 2.5 + 1.2 * (tau_exc + 2.0))
    result = run_pysnn(one_neuron(model, arrivals, 200.0), "event")
    assert result.train("a", 0) == pytest.approx([expected], abs=1e-9)


@pytest.mark.parametrize("margin", [1e-3, 1e-6, 1e-8])
def test_event_sees_a_potential_that_barely_crosses(margin: float) -> None:
    # the peak of a postsynaptic potential is put margin mV above and below the threshold
    model = cuba_lif(tau_m=20.0, tau_exc=5.0, c_m=200.0, t_ref=100.0)
    peak = float(np.log(20 / 5) / (1 / 5 - 1 / 20))
    with localcontext(Context(prec=DIGITS)):
        unit = float(potential(model, [(2.0, "exc", 1.0)], exact(2.0) + exact(peak)) + 60)
    above, below = (10.0 + margin) / unit, (10.0 - margin) / unit
    assert run_pysnn(one_neuron(model, [(2.0, "exc", below)], 60.0), "event").train("a", 0).size == 0
    found = run_pysnn(one_neuron(model, [(2.0, "exc", above)], 60.0), "event").train("a", 0)
    expected = crossing(model, [(2.0, "exc", above)], 2.0 + 0.7 * peak, 2.0 + peak)
    # dv/dt at the crossing is sqrt(2 v'' margin): a rounding of v of 1e-13 mV moves the time by 1e-13 / that
    assert found == pytest.approx([expected], abs=1e-9 if margin > 1e-7 else 1e-8)


@pytest.mark.parametrize("shaped", [cuba_lif, alpha_lif], ids=["exp", "alpha"])
@pytest.mark.parametrize("seed", range(8))
def test_event_finds_the_first_crossing_under_mixed_input(seed: int, shaped: Callable[..., Model]) -> None:
    rng = np.random.default_rng(seed)
    model = shaped(tau_m=15.0, tau_exc=3.0, tau_inh=8.0, c_m=200.0, t_ref=500.0, i_e=80.0)
    arrivals = [
        (float(np.round(t, 6)), *((("exc", 260.0)) if rng.random() < 0.7 else ("inh", -120.0)))
        for t in np.sort(rng.uniform(1.5, 60.0, 40))
    ]
    result = run_pysnn(one_neuron(model, arrivals, 100.0), "event")
    (found,) = result.train("a", 0)
    with localcontext(Context(prec=DIGITS)):
        assert abs(potential(model, arrivals, exact(found)) + 50) < 1e-9
        slope = potential(model, arrivals, exact(found + 1e-6)) - potential(
            model, arrivals, exact(found - 1e-6)
        )
        assert slope > 0
        # nothing crossed before: v on a dense grid, and dense around each arrival
        early = np.concatenate([np.linspace(0, found - 1e-7, 600)])
        assert max(potential(model, arrivals, exact(t)) for t in early) < -50
        near = crossing(model, arrivals, found - 1e-4, found + 1e-4)
    assert found == pytest.approx(near, abs=1e-9)


def test_event_step_current_crossing() -> None:
    # 150 pA from 10 ms on a 200 pF, 20 ms membrane: v = 15 (1 - e^{-(t-10)/20}) reaches 10 at 10 + 20 ln 3;
    # charged to half of it, the drop to 0 at 20 ms and the return at 30 ms shift it
    case = Case(
        {"a": Neurons(2, cuba_lif(t_ref=500.0))},
        100.0,
        currents=(
            Current("a", [0], [10.0], [150.0]),
            Current("a", [1], [10.0, 20.0, 30.0], [150.0, 0.0, 150.0]),
        ),
    )
    result = run_pysnn(case, "event")
    with localcontext(Context(prec=DIGITS)):
        first = float(10 + 20 * Decimal(3).ln())
        half = (Decimal(-10) / 20).exp()
        v = 15 * (1 - half) * half
        second = float(30 + 20 * ((15 - v) / 5).ln())
    assert result.train("a", 0) == pytest.approx([first], abs=1e-9)
    assert result.train("a", 1) == pytest.approx([second], abs=1e-9)


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("shaped", [cuba_lif, alpha_lif], ids=["exp", "alpha"])
@pytest.mark.parametrize("tau_exc", [5.0, 20.0])
def test_potentials_are_the_superposition_of_closed_forms(
    backend: str, tau_exc: float, shaped: Callable[..., Model]
) -> None:
    rng = np.random.default_rng(61)
    model = shaped(tau_m=20.0, tau_exc=tau_exc, tau_inh=10.0, c_m=200.0, v_th=0.0, i_e=50.0)
    size = 0.25 if model.alpha else 1.0  # an alpha-shaped current brings e times the charge
    arrivals = [
        (float(np.round(0.1 * k, 9)), receptor, size * w)
        for k, receptor, w in zip(
            np.sort(rng.integers(15, 900, 30)),
            ["exc", "inh", "exc"] * 10,
            [60.0, -45.0, 80.0] * 10,
            strict=True,
        )
    ]
    result = run_pysnn(one_neuron(model, arrivals, 100.0), backend, sample_every=2.5)
    with localcontext(Context(prec=DIGITS)):
        expected = [float(potential(model, arrivals, exact(round(2.5 * k, 9)))) for k in range(41)]
    assert np.ptp(expected) > 5.0
    # a step rounds v (60 mV, spacing 7e-15) about three times, by half a spacing at most, and the membrane
    # remembers tau_m/dt = 200 steps: 2e-12 at the very worst
    assert np.abs(result.states["a"]["v"][:, 0] - expected).max() < 2e-12


@pytest.mark.parametrize("dt", [0.01, 0.1, 1.0])
@pytest.mark.parametrize("tau_exc", [0.5, 5.0, 20.0, 100.0])
def test_clock_propagators_are_right_to_the_last_digits(tau_exc: float, dt: float) -> None:
    # one step of v from 1 mV, of i_exc from 1 pA, and of v from 0 by the current; e_l 0 rounds nothing
    times = {"tau_m": 20.0, "tau_syn_exc": tau_exc, "tau_syn_inh": 10.0}
    model = snn.CubaLIF(**times, c_m=1.0, e_l=0.0, v_th=1e3, v_reset=0.0)
    net = snn.Network(seed=1)
    cells = net.population("c", 2, model, init={"v": snn.Array([1.0, 0.0]), "i_exc": snn.Array([0.0, 1.0])})
    with snn.Simulation(net, backend="clock", dt=dt) as sim:
        sim.run(dt)
        v, current = sim.state(cells, "v"), sim.state(cells, "i_exc")
    with localcontext(Context(prec=DIGITS)):
        h, tau_m, tau = exact(dt), Decimal(20), exact(tau_exc)
        of_v, of_i = (-h / tau_m).exp(), (-h / tau).exp()
        passed = h * of_v if tau == tau_m else tau * tau_m / (tau - tau_m) * (of_i - of_v)
        expected = [float(of_v), float(passed), float(of_i)]
    assert [v[0], v[1], current[1]] == pytest.approx(expected, rel=4e-16, abs=0.0)


@pytest.mark.parametrize("dt", [0.01, 0.1, 1.0])
@pytest.mark.parametrize("tau_exc", [0.5, 5.0, 20.0, 100.0])
def test_clock_propagators_of_alpha_shaped_currents_are_right_to_the_last_digits(
    tau_exc: float, dt: float
) -> None:
    # one step from a rise of 1 pA alone: of the rise, of the current and of v, which e_l 0 does not round
    times = {"tau_m": 20.0, "tau_syn_exc": tau_exc, "tau_syn_inh": 10.0}
    model = snn.AlphaLIF(**times, c_m=1.0, e_l=0.0, v_th=1e3, v_reset=0.0)
    net = snn.Network(seed=1)
    cells = net.population("c", 1, model, init={"rise_exc": 1.0})
    with snn.Simulation(net, backend="clock", dt=dt) as sim:
        sim.run(dt)
        stepped = [float(sim.state(cells, state)[0]) for state in ("rise_exc", "i_exc", "v")]
    with localcontext(Context(prec=DIGITS)):
        h, tau = exact(dt), exact(tau_exc)
        fast = (-h / tau).exp()
        model_of = alpha_lif(tau_m=20.0, tau_exc=tau_exc, c_m=1.0, v_rest=0.0, v_th=1e3)
        mv = potential(model_of, [(0.0, "exc", 1.0)], h) / Decimal(1).exp()
        expected = [float(fast), float(h / tau * fast), float(mv)]
    # two last bits: the matrix exponential squares what it has summed
    assert stepped == pytest.approx(expected, rel=8e-16, abs=0.0)


def test_clock_delta_potential_is_a_sum_of_decays() -> None:
    times = [1.0, 3.7, 4.2, 30.1]
    case = Case(
        {"a": Neurons(1, lif(tau_m=13.0, v_th=1e3))},
        60.0,
        {"s": Source([times])},
        (Synapses("s", "a", [0], [0], [3.0], [1.3]),),
    )
    result = run_pysnn(case, "clock", sample_every=0.1)
    t = result.sample_times[:, None]
    h = t - (np.array(times) + 1.3)
    expected = np.where(h > -1e-9, 3.0 * np.exp(-np.maximum(h, 0.0) / 13.0), 0.0).sum(axis=1)
    assert np.abs(result.states["a"]["v"][:, 0] - expected).max() < 1e-12


def test_event_goes_on_exactly_where_64_bits_of_its_ticks_end() -> None:
    # 2^63 ticks of 1e-12 ms are 9.2e6 ms; one neuron fires each second, another by its spikes through the
    # delays of plastic synapses
    t_stop = 2.0e7
    slow = lif(tau_m=20.0, c_m=200.0, v_th=10.0, v_reset=0.0, t_ref=997.0, i_e=150.0)
    follower = lif(v_th=10.0, v_reset=0.0, t_ref=1.0)
    rule = PairStdp(a_plus=1e-5, a_minus=0.0, w_max=40.0)
    case = Case(
        {"slow": Neurons(1, slow), "follower": Neurons(1, follower)},
        t_stop,
        {},
        (Synapses("slow", "follower", [0, 0], [0, 0], [15.0, 15.0], [3.25, 500.5], "exc", rule),),
    )
    result = run_pysnn(case, "event")
    with localcontext(Context(prec=DIGITS)):
        first = 20 * Decimal(3).ln()
        interval = 997 + first
        count = int((Decimal(t_stop) - first) / interval) + 1
        expected = np.array([float(first + k * interval) for k in range(count)])
    slow_train = result.train("slow", 0)
    assert len(slow_train) == count
    # a double of 2e7 ms has spacing 3.7e-9; 2e4 times half a tick is 1e-8 at the very worst
    assert np.abs(slow_train - expected).max() < 1e-8
    both = np.sort(np.concatenate([slow_train + 3.25, slow_train + 500.5]))
    fired = result.train("follower", 0)
    assert fired == pytest.approx(both[both <= t_stop], abs=1e-8)
    # each follower spike is caused by the arrival of that instant, and meets earlier traces too
    grown = np.array([w for _, _, w in result.changes[0]])
    assert grown.max() <= 40.0
    assert result.weights[0].min() > 15.0
