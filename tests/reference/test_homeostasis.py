"""Thresholds that homeostasis moves, against closed forms of one neuron and recursions in NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pysnn as snn

DRIVE = 250.0  # pA into 250 pF: a membrane without a leak climbs by 1 mV a ms
CLIMBS: dict[str, Any] = {
    "tau_m": math.inf,
    "e_l": 0.0,
    "v_th": 10.0,
    "v_reset": 0.0,
    "i_e": DRIVE,
    "t_ref": 2.0,
}
ENGINES: dict[str, dict[str, Any]] = {
    "clock": {"backend": "clock", "dt": 0.5},
    "clock in float32": {"backend": "clock", "dt": 0.5, "dtype": "float32"},
    "event": {"backend": "event"},
    "steps": {"backend": "auto", "dt": 0.5, "engines": {"a": "clock", "other": "event"}},
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> dict[str, Any]:
    return ENGINES[request.param]


def network(
    homeostasis: snn.Homeostasis, model: snn.NeuronModel | None = None, n: int = 1, **init: Any
) -> snn.Network:
    net = snn.Network(seed=3)
    cells = net.population("a", n, model or snn.LIF(**CLIMBS), init=init, homeostasis=homeostasis)
    net.population("other", 1, snn.LIF())
    net.probe(cells, "spikes", name="spikes")
    return net


def spikes(sim: snn.Simulation) -> list[np.ndarray[Any, Any]]:
    data = sim.data["spikes"]
    n = sim.spec.populations[0].n
    return [np.asarray(data.t)[np.asarray(data.i) == k] for k in range(n)]


@pytest.mark.parametrize("reset", ["to_v_reset", "subtract"])
def test_a_spike_of_its_own_raises_the_threshold_at_once(engine: dict[str, Any], reset: str) -> None:
    # spike k comes t_ref and v_th + k delta after the one before, at 1 mV a ms
    model = snn.LIF(**CLIMBS, reset=reset)
    with snn.Simulation(network(snn.Homeostasis(delta=1.5, share=0.0), model), **engine) as sim:
        sim.run(200.0)
        gaps = np.diff(spikes(sim)[0], prepend=-2.0)
        np.testing.assert_allclose(gaps, 2.0 + 10.0 + 1.5 * np.arange(len(gaps)), atol=1e-9)
        assert len(gaps) > 8
        np.testing.assert_allclose(sim.state("a", "theta"), 1.5 * len(gaps))


@pytest.mark.parametrize("name", ["CubaLIF", "AlphaLIF", "ALIF", "CobaLIF"])
def test_every_model_with_a_threshold_takes_it(name: str, engine: dict[str, Any]) -> None:
    # a constant current: the membrane comes to theta after tau ln(v_inf / (v_inf - threshold)), from rest
    kind = {"CubaLIF": snn.CubaLIF, "AlphaLIF": snn.AlphaLIF, "ALIF": snn.ALIF, "CobaLIF": snn.CobaLIF}[name]
    common = {"e_l": -70.0, "v_th": -60.0, "v_reset": -70.0, "t_ref": 0.5, "i_e": 400.0}
    more: dict[str, Any] = {"beta": 0.0} if name == "ALIF" else {}
    own = {"c_m": 200.0, "g_l": 20.0} if name == "CobaLIF" else {"tau_m": 10.0, "c_m": 200.0}
    model = kind(**common, **own, **more)
    with snn.Simulation(network(snn.Homeostasis(delta=1.0, share=0.0), model), **engine) as sim:
        sim.run(150.0)
        gaps = np.diff(spikes(sim)[0], prepend=-0.5)
        exact = 0.5 + 10.0 * np.log(20.0 / (20.0 - (10.0 + np.arange(len(gaps)))))
        assert len(gaps) > 6
        dt = engine.get("dt", 0.0)
        # on steps a spike waits for the end of its step
        assert (gaps > exact - 1e-5).all()
        assert (gaps < exact + dt + 1e-5).all()


def test_each_spike_of_the_population_lowers_all_at_the_next_moment(engine: dict[str, Any]) -> None:
    # recursion: own spike + delta at once; at each ms - share delta / n times the spikes of the ms
    delta, share, n, every = 1.0, 0.5, 4, 1.0
    drive = snn.Array([250.0, 375.0, 500.0, 125.0])
    model = snn.LIF(**{**CLIMBS, "i_e": drive})
    net = network(snn.Homeostasis(delta=delta, share=share, every=every), model, n)
    with snn.Simulation(net, **engine) as sim:
        sim.run(60.0)
        got = spikes(sim)
        theta = sim.state("a", "theta")
    fired = sum(map(len, got))
    assert fired > 15
    expected = delta * np.array([len(t) for t in got]) - share * delta / n * fired
    np.testing.assert_allclose(theta, expected, atol=1e-9)
    # and every spike came where the threshold stood then: between two spikes the climb is known
    for k, times in enumerate(got):
        speed = np.asarray([250.0, 375.0, 500.0, 125.0])[k] / 250.0
        for number, t in enumerate(times):
            begun = times[number - 1] + 2.0 if number else 0.0
            heard = sum(int((other <= every * math.floor((t - 1e-9) / every)).sum()) for other in got)
            threshold = 10.0 + delta * number - share * delta / n * heard
            climbed = speed * (t - begun)
            late = speed * engine.get("dt", 0.0)
            # what fell at a moment may leave v above: then it fires at once
            assert climbed >= threshold - 1e-5
            assert climbed <= threshold + late + share * delta + 1e-5


def test_a_target_holds_the_rate(engine: dict[str, Any]) -> None:
    # theta falls by delta target a s: it stays where the neuron fires at the target, 20 Hz, and comes there
    # as e^(-t / .5 s), as of its interval of 12 ms + theta a ms a mV, 50 ms there
    net = network(snn.Homeostasis(delta=5.0, share=0.0, target=20.0), n=2, theta=snn.Array([0.0, 60.0]))
    with snn.Simulation(net, **engine) as sim:
        sim.run(4000.0)
        before = [len(t) for t in spikes(sim)]
        sim.run(4000.0)
        rates = [(len(t) - b) / 4.0 for t, b in zip(spikes(sim), before, strict=True)]
    assert rates == pytest.approx([20.0, 20.0], abs=0.5)


def test_without_spikes_theta_decays_and_falls_as_its_equation_at_moments_has_it(
    engine: dict[str, Any],
) -> None:
    model = snn.LIF(v_th=1e4)
    rule = snn.Homeostasis(delta=0.5, target=10.0, tau=50.0, low=-0.1, every=2.0)
    net = network(rule, model, 3, theta=snn.Array([8.0, 2.0, 0.0]))
    probe = net.probe(net.populations["a"], "theta", every=1.0)
    with snn.Simulation(net, **engine) as sim:
        sim.run(41.0)
        values = sim.data[probe].values
    expected = [np.array([8.0, 2.0, 0.0])]
    for t in range(1, 42):
        theta = expected[-1]
        if t % 2 == 0:
            theta = np.maximum(theta * math.exp(-2.0 / 50.0) - 0.5 * 10.0 * 2e-3, -0.1)
        expected.append(theta)
    np.testing.assert_allclose(values, expected, rtol=1e-5 if engine.get("dtype") else 1e-12, atol=1e-12)


def test_frozen_thresholds_stay_and_a_step_may_change(engine: dict[str, Any]) -> None:
    with snn.Simulation(network(snn.Homeostasis(delta=2.0, share=0.0)), **engine) as sim:
        sim.set_homeostasis("a", False, at=20.0)
        sim.run(100.0)
        theta = sim.state("a", "theta")[0]
        assert theta == 2.0  # the spike at 10 ms; the second comes at 24
        assert np.diff(spikes(sim)[0])[1:] == pytest.approx(2.0 + 10.0 + 2.0)
        sim.set_homeostasis("a", True, delta=0.5)
        sim.run(40.0)
        more = np.diff(spikes(sim)[0])[-2:]
        assert more[1] - more[0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "model",
    [snn.AdEx(), snn.HodgkinHuxley(), snn.Izhikevich(), snn.Readout()],
    ids=lambda m: type(m).__name__,
)
def test_models_without_such_a_threshold_are_refused_by_name(model: snn.NeuronModel) -> None:
    with pytest.raises(snn.PysnnError, match=f"'a'.*{type(model).__name__}"):
        snn.Simulation(network(snn.Homeostasis(), model))
