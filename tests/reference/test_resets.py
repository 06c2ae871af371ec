"""No threshold, no leak, or subtraction at a spike: closed forms on both engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn
from pysnn.neurons.base import NeuronModel

Floats = NDArray[np.float64]
ENGINES = ["clock", "event"]
NEVER = ["LIF", "CubaLIF", "AlphaLIF", "ALIF", "CobaLIF", "SRM0", "HodgkinHuxley"]
SUBTRACT = ["LIF", "CubaLIF", "AlphaLIF", "ALIF"]


def model(name: str, **parameters: Any) -> NeuronModel:
    made = NeuronModel.registry.get(name, "test")(**parameters)
    assert isinstance(made, NeuronModel)
    return made


def run(
    neuron: NeuronModel,
    engine: str,
    t_stop: float,
    arrivals: tuple[tuple[float, float, str], ...] = (),
    every: float = 0.5,
    **options: Any,
) -> tuple[Floats, Floats, Floats]:
    """Spikes, and the times and values of v; arrivals are (time, weight, receptor)."""
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, neuron)
    for number, (time, weight, receptor) in enumerate(arrivals):
        source = net.source(f"source{number}", 1, snn.SpikeArray([[time - 0.1]]))
        net.projection(source, cell, snn.OneToOne(), weight=weight, delay=0.1, receptor=receptor)
    net.probe(cell, "spikes", name="spikes")
    net.probe(cell, "v", every=every, name="v")
    with snn.Simulation(net, backend=engine, **options) as sim:
        sim.run(t_stop)
        v = sim.data["v"]
        return np.asarray(sim.data["spikes"].t), v.t, v.values[:, 0]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NEVER)
def test_an_infinite_threshold_is_never_reached(engine: str, name: str) -> None:
    """Driven as strongly, all of them fire with the threshold that they have by default."""
    receptor = model(name).receptors[0]
    weight = {"mV": 20.0, "pA": 2000.0, "nS": 200.0}[model(name).weight_unit]
    arrivals = tuple((5.0 * k, weight, receptor) for k in range(1, 9))
    assert len(run(model(name), engine, 50.0, arrivals)[0]) > 2
    t, _, v = run(model(name, v_th=np.inf), engine, 50.0, arrivals)
    assert len(t) == 0
    assert np.isfinite(v).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_what_never_fires_relaxes(engine: str) -> None:
    """tau_m dv/dt = -(v - e_l) + tau_m i_e/c_m, far beyond where it would have fired."""
    t_spike, t, v = run(snn.LIF(i_e=1000.0, v_th=np.inf), engine, 60.0, ((20.0, 7.0, "delta"),))
    assert len(t_spike) == 0
    expected = (
        -70.0 + 40.0 * -np.expm1(-t / 10.0) + np.where(t >= 20.0, 7.0 * np.exp(-(t - 20.0) / 10.0), 0.0)
    )
    np.testing.assert_allclose(v, expected, atol=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_without_a_leak_charge_is_kept(engine: str, dtype: str) -> None:
    """c_m dv/dt = i: v is what has come in, for as long as one likes."""
    if engine == "event" and dtype == "float32":
        pytest.skip("float32 is of steps")
    neuron = snn.LIF(tau_m=np.inf, i_e=2.0, v_th=np.inf)
    _, t, v = run(neuron, engine, 900.0, ((100.0, 3.0, "delta"), (300.0, -1.0, "delta")), 50.0, dtype=dtype)
    expected = -70.0 + 2.0 * t / 250.0 + np.where(t >= 100.0, 3.0, 0.0) - np.where(t >= 300.0, 1.0, 0.0)
    np.testing.assert_allclose(v, expected, atol=1e-9 if dtype == "float64" else 1e-5)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_integrator_fires_at_even_intervals(engine: str) -> None:
    """15 mV at 0.4 mV/ms are 37.5 ms, and t_ref."""
    t, _, _ = run(snn.LIF(tau_m=np.inf, i_e=100.0), engine, 400.0)
    np.testing.assert_allclose(t, 37.5 + 39.5 * np.arange(10), atol=0.11 if engine == "clock" else 1e-9)
    assert len(t) == 10


@pytest.mark.parametrize("engine", ENGINES)
def test_an_integrator_of_currents(engine: str) -> None:
    """v = sum of w tau/c (1 - e^{-h/tau}) from each arrival on."""
    neuron = snn.CubaLIF(tau_m=np.inf, tau_syn_exc=4.0, tau_syn_inh=9.0, i_e=-3.0, v_th=np.inf)
    arrivals = ((5.0, 100.0, "exc"), (12.0, -70.0, "inh"), (30.0, 40.0, "exc"))
    _, t, v = run(neuron, engine, 80.0, arrivals)
    expected = -70.0 - 3.0 * t / 250.0
    for time, weight, receptor in arrivals:
        tau = 4.0 if receptor == "exc" else 9.0
        expected += np.where(t > time, weight * tau / 250.0 * -np.expm1(-(t - time) / tau), 0.0)
    np.testing.assert_allclose(v, expected, atol=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_first_crossings_of_an_integrator(seed: int) -> None:
    """Against the closed form of v on a fine mesh, whose first crossing is refined by bisection."""
    rng = np.random.default_rng(seed)
    tau_e, tau_i = rng.uniform(0.5, 20.0, 2) if seed % 5 else np.repeat(rng.uniform(1.0, 10.0), 2)
    w_e, w_i = rng.uniform(-1000.0, 3000.0), rng.uniform(-3000.0, 1000.0)
    i_e = rng.choice([0.0, rng.uniform(-60.0, 60.0)])

    def v(h: Floats) -> Floats:
        charge = w_e * tau_e * -np.expm1(-h / tau_e) + w_i * tau_i * -np.expm1(-h / tau_i)
        return np.asarray(-70.0 + i_e * (1.0 + h) / 250.0 + charge / 250.0)

    mesh = np.linspace(0.0, 300.0, 3_000_001)
    above = v(mesh) >= -55.0
    got, _, _ = run(
        snn.CubaLIF(tau_m=np.inf, tau_syn_exc=tau_e, tau_syn_inh=tau_i, i_e=i_e),
        "event",
        300.0,
        ((1.0, w_e, "exc"), (1.0, w_i, "inh")),
        every=50.0,
    )
    if not above.any():
        assert len(got) == 0
        return
    low, high = mesh[max(int(above.argmax()) - 1, 0)], mesh[int(above.argmax())]
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if v(np.asarray(middle)) >= -55.0 else (middle, high)
    assert got[0] == pytest.approx(1.0 + high, abs=1e-7)


@pytest.mark.parametrize("engine", ENGINES)
def test_subtraction_loses_no_charge(engine: str) -> None:
    """An integrator that subtracts fires floor(charge / 15 mV) times, whatever the step."""
    neuron = snn.LIF(tau_m=np.inf, reset="subtract", t_ref=0.0, i_e=137.0)
    arrivals = tuple((7.3 * k, 4.0, "delta") for k in range(1, 60))
    t, at, v = run(neuron, engine, 1000.0, arrivals, every=100.0)
    charge = 137.0 * 1000.0 / 250.0 + 4.0 * 59
    assert len(t) == int(charge // 15.0)
    assert v[at == 1000.0] == pytest.approx(-70.0 + charge % 15.0, abs=1e-8)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["LIF", "ALIF"])
def test_what_v_had_above_the_threshold_stays(engine: str, name: str) -> None:
    """An arrival of 20 mV at -60 mV: 15 mV, v_th - v_reset, are taken, and -55 is held for t_ref."""
    neuron = model(name, reset="subtract", v_th=-50.0, v_reset=-65.0, e_l=-60.0)
    t, at, v = run(neuron, engine, 20.0, ((5.0, 20.0, "delta"),))
    assert len(t) == 1
    assert t[0] == pytest.approx(5.0)
    np.testing.assert_allclose(v[(at >= 5.0) & (at <= 7.0)], -55.0, atol=1e-9)
    later = at > 7.0
    np.testing.assert_allclose(v[later], -60.0 + 5.0 * np.exp(-(at[later] - 7.0) / 10.0), atol=1e-8)


@pytest.mark.parametrize("name", SUBTRACT)
def test_on_steps_the_overshoot_stays(name: str) -> None:
    """At the step of the first spike v is that of a neuron that never fires, less v_th - v_reset."""
    common = {"i_e": 700.0, "t_ref": 1.0, "v_reset": -68.0}
    _, _at, free = run(model(name, **common, v_th=np.inf), "clock", 20.0, every=0.1)
    t, _, v = run(model(name, **common, reset="subtract"), "clock", 20.0, every=0.1)
    first = round(t[0] / 0.1)
    assert free[first] > -55.0
    assert v[first] == pytest.approx(free[first] - 13.0, abs=1e-12)


@pytest.mark.parametrize("name", ["LIF", "CubaLIF", "AlphaLIF"])
def test_in_continuous_time_a_crossing_leaves_nothing_over(name: str) -> None:
    """v comes to v_th and no further: subtracted or set, it is v_reset."""
    common = {"i_e": 700.0, "v_reset": -68.0}
    subtracted, _, _ = run(model(name, **common, reset="subtract"), "event", 60.0)
    was_set, _, _ = run(model(name, **common), "event", 60.0)
    assert len(was_set) > 5
    np.testing.assert_allclose(subtracted, was_set, atol=1e-6)


def test_an_adaptive_threshold_is_what_a_crossing_leaves_over() -> None:
    """ALIF fires at v_th + b and loses v_th - v_reset: v is v_reset + b then, with b of before the spike."""
    neuron = snn.ALIF(i_e=700.0, v_reset=-68.0, beta=3.0, tau_adapt=50.0, reset="subtract")
    t, at, v = run(neuron, "event", 90.0, every=0.01)
    b = 0.0
    for k, spike in enumerate(t):
        b *= np.exp(-(spike - t[k - 1]) / 50.0) if k else 1.0
        held = (at > spike) & (at < spike + 2.0)
        np.testing.assert_allclose(v[held], -68.0 + b, atol=1e-8)
        b += 3.0
    assert len(t) > 3


def test_a_threshold_below_everything_is_refused() -> None:
    with pytest.raises(snn.ParameterError, match=r"v_reset: must be < v_th = -inf"):
        snn.LIF(v_th=-np.inf)
    with pytest.raises(snn.ParameterError, match=r"LIF.reset: unknown choice 'substract'; did you mean"):
        snn.LIF(reset="substract")
    with pytest.raises(snn.ParameterError, match=r"AlphaLIF.tau_m"):
        snn.AlphaLIF(tau_m=np.inf)
