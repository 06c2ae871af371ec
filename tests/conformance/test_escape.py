"""A neuron that draws gives the same bits wherever one stops, looks or cuts, and goes on from what is set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn

MODEL = snn.SRM0(i_e=250.0, t_ref=1.0)


def network(n: int = 301) -> snn.Network:
    """Recurrent, with delays shorter and longer than windows, drawn input and a current that steps."""
    net = snn.Network(seed=21)
    # three more, so that shards begin anywhere in the population that is looked at
    net.population("some", 3, MODEL)
    cells = net.population("cells", n, MODEL, init={"v": snn.Uniform(-70.0, -55.0)})
    noise = net.source("noise", n, snn.Poisson(rate=600.0))
    net.projection(noise, cells, snn.OneToOne(), weight=1.0, delay=1.0)
    net.projection(
        cells, cells, snn.FixedProbability(0.05), weight=snn.Normal(0.5, 2.0), delay=[0.3, 2.5, 14.0]
    )
    net.current(cells[20:70], snn.StepCurrent([10.0, 33.3], [200.0, -50.0]))
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells[:9], "v", every=0.7, name="v")
    net.probe(cells[:9], "eta", every=1.3, name="eta")
    return net


def outcome(backend: str, parts: list[float], **options: Any) -> list[np.ndarray]:
    if backend == "clock":
        options["dt"] = 0.1
    with snn.Simulation(network(), backend=backend, **options) as sim:
        for part in parts:
            sim.run(part)
        spikes, v, eta = (sim.data[name] for name in ("spikes", "v", "eta"))
        order = np.lexsort((spikes.i, spikes.t))
        return [np.asarray(spikes.t)[order], np.asarray(spikes.i)[order], v.values, eta.values]


def assert_same(got: list[np.ndarray], expected: list[np.ndarray]) -> None:
    assert expected[0].size > 300
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_divided_runs_draw_the_same(cpu_backend: str) -> None:
    whole = outcome(cpu_backend, [60.0], threads=1)
    assert_same(outcome(cpu_backend, [30.0, 30.0], threads=1), whole)
    assert_same(outcome(cpu_backend, [0.1, 7.3, 0.1, 0.2, 25.0, 27.3], threads=1), whole)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_draw_the_same(cpu_backend: str, threads: int) -> None:
    assert_same(outcome(cpu_backend, [60.0], threads=threads), outcome(cpu_backend, [60.0], threads=1))


def test_float32_draws_the_same_for_any_threads_too() -> None:
    one = outcome("clock", [60.0], threads=1, dtype="float32")
    assert_same(outcome("clock", [20.0, 40.0], threads=2, dtype="float32"), one)


@pytest.mark.parametrize("order", [("v", "eta"), ("eta", "v")])
def test_v_and_eta_are_what_they_were_set_to_and_decay_from_there(
    cpu_backend: str, order: tuple[str, str]
) -> None:
    model = snn.SRM0(i_e=100.0, v_th=1000.0, tau_m=12.0, tau_eta=30.0)
    net = snn.Network(seed=1)
    cells = net.population("a", 2, model)
    options = {} if cpu_backend == "event" else {"dt": 0.1}
    with snn.Simulation(net, backend=cpu_backend, threads=1, **options) as sim:
        sim.run(5.0)
        values = {"v": np.array([-60.0, -40.0]), "eta": np.array([-7.0, 3.0])}
        for state in order:
            sim.set_state(cells, state, values[state])
        for state in order:
            np.testing.assert_allclose(sim.state(cells, state), values[state], rtol=0.0, atol=1e-13)
        sim.run(4.0)
        eta = values["eta"] * np.exp(-4.0 / 30.0)
        inf = -70.0 + 12.0 / 250.0 * 100.0
        h = inf + (values["v"] - values["eta"] - inf) * np.exp(-4.0 / 12.0)
        np.testing.assert_allclose(sim.state(cells, "eta"), eta, rtol=0.0, atol=1e-11)
        np.testing.assert_allclose(sim.state(cells, "v"), h + eta, rtol=0.0, atol=1e-11)


def test_a_spike_replaces_the_kernel_and_arrivals_count_while_refractory(cpu_backend: str) -> None:
    # The arrivals of 400 mV, at 2.0 and 9.0, fire it at once (event: 1e-12 ms later), what is left never.
    model = snn.SRM0(tau_m=10.0, tau_eta=20.0, eta_0=30.0, t_ref=6.0, delta_u=0.05, v_th=-20.0)
    net = snn.Network(seed=1)
    cells = net.population("a", 1, model)
    source = net.source("s", 2, snn.SpikeArray([[1.0, 8.0], [1.5, 4.0]]))
    net.projection(source[:1], cells, snn.AllToAll(), weight=400.0, delay=1.0)
    net.projection(source[1:], cells, snn.AllToAll(), weight=-350.0, delay=1.0)
    probes = (
        net.probe(cells, "spikes"),
        net.probe(cells, "eta", every=10.5),
        net.probe(cells, "v", every=10.5),
    )
    options = {} if cpu_backend == "event" else {"dt": 0.1}
    with snn.Simulation(net, backend=cpu_backend, threads=1, **options) as sim:
        sim.run(10.5)
        spikes, eta, v = (sim.data[probe] for probe in probes)
    assert spikes.t == pytest.approx([2.0, 9.0], abs=1e-9)
    last = -30.0 * np.exp(-1.5 / 20.0)
    assert eta.values[-1, 0] == pytest.approx(last, abs=1e-9)
    at = np.array([2.0, 9.0, 2.5, 5.0])
    h = -70.0 + np.array([400.0, 400.0, -350.0, -350.0]) @ np.exp(-(10.5 - at) / 10.0)
    assert v.values[-1, 0] == pytest.approx(h + last, abs=1e-9)
