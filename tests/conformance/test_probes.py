"""What probes record: spikes, states, weights by time and by change, of whole groups and of views."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import PairStdp, lif
from oracle.cases import plastic_pair, random_net
from oracle.pysnn_runner import declare

import pysnn as snn

from .conftest import simulate

CASE = random_net(lif(), seed=31, t_stop=60.0, rate=600.0, w_exc=1.2, w_inh=-5.0, w_ext=2.5)


def options(backend: str) -> dict[str, float]:
    return {} if backend == "event" else {"dt": 0.1}


def test_a_view_records_its_own_cells_alone(backend: str) -> None:
    built = declare(CASE)
    part = built.net.probe(built.groups["exc"][5:12], "spikes")
    scattered = built.net.probe(built.groups["exc"][[20, 3]], "v", every=1.0)
    whole = built.net.probe(built.groups["exc"], "v", every=1.0)
    with snn.Simulation(built.net, backend=backend, **options(backend)) as sim:
        sim.run(60.0)
        everything, some = sim.data[built.spikes["exc"]], sim.data[part]
        inside = (everything.i >= 5) & (everything.i < 12)
        assert inside.sum() > 5
        assert np.array_equal(some.t, everything.t[inside])
        assert np.array_equal(some.i, everything.i[inside])
        assert np.array_equal(sim.data[scattered].values, sim.data[whole].values[:, [20, 3]])


def test_spikes_are_ordered_by_time_then_index(backend: str) -> None:
    built = declare(CASE)
    with snn.Simulation(built.net, backend=backend, **options(backend)) as sim:
        for _ in range(6):
            sim.run(10.0)
        spikes = sim.data[built.spikes["exc"]]
    keys = list(zip(spikes.t, spikes.i, strict=True))
    assert keys == sorted(keys)
    assert len(keys) > 50


def test_trains_and_rate_agree_with_the_flat_arrays(backend: str) -> None:
    built = declare(CASE)
    with snn.Simulation(built.net, backend=backend, **options(backend)) as sim:
        sim.run(60.0)
        spikes = sim.data[built.spikes["exc"]]
    oracle = simulate(CASE, backend)
    for i in range(32):
        assert spikes.train(i) == pytest.approx(oracle.train("exc", i), abs=1e-9)
    assert spikes.rate() == pytest.approx(oracle.spikes["exc"][0].size / 32 / 0.060)


@pytest.mark.parametrize("every", [0.1, 0.3, 2.5, 7.0])
def test_states_are_sampled_at_multiples_of_the_interval(backend: str, every: float) -> None:
    built = declare(CASE, sample_every=every)
    with snn.Simulation(built.net, backend=backend, **options(backend)) as sim:
        sim.run(10.0)
        sim.run(11.3)
        samples = sim.data[built.states["exc", "v"]]
    count = int(np.floor(21.3 / every + 1e-9)) + 1
    assert samples.t == pytest.approx(every * np.arange(count), abs=1e-9)
    assert samples.values.shape == (count, 32)


def test_a_state_sample_comes_after_the_events_of_its_instant(backend: str) -> None:
    # arrival at 2.0 and spike at 3.0 (reset to 0): the samples at 2.0 and 3.0 show both
    net = snn.Network(seed=1)
    cell = net.population("c", 1, snn.LIF(tau_m=1e9, e_l=0.0, v_th=20.0, v_reset=0.0))
    source = net.source("s", 1, snn.SpikeArray([[1.0, 2.0]]))
    net.projection(source, cell, snn.AllToAll(), weight=12.0, delay=1.0)
    probe = net.probe(cell, "v", every=1.0)
    with snn.Simulation(net, backend=backend, **options(backend)) as sim:
        sim.run(4.0)
        assert sim.data[probe].values[:, 0] == pytest.approx([0.0, 0.0, 12.0, 0.0, 0.0], abs=1e-6)


def test_weights_by_time_follow_the_changes(backend: str) -> None:
    rng = np.random.default_rng(32)
    pre, post = (sorted({float(round(0.1 * k, 9)) for k in rng.integers(20, 2800, 40)}) for _ in range(2))
    case = plastic_pair(PairStdp(a_plus=0.03, a_minus=0.02), pre, post)
    built = declare(case)
    by_time = built.net.probe(built.projections[0], "weight", every=25.0)
    with snn.Simulation(built.net, backend=backend, **options(backend)) as sim:
        for _ in range(3):
            sim.run(100.0)
        samples, changes = sim.data[by_time], sim.data[built.changes[0]]
    assert samples.t == pytest.approx(25.0 * np.arange(13))
    assert len(changes) > 40
    assert (np.diff(changes.t) >= 0).all()
    for t, w in zip(samples.t, samples.values[:, 0], strict=True):
        until = changes.t <= t + 1e-9
        assert w == (changes.w[until][-1] if until.any() else 0.5)


def test_weights_come_in_ijk_order_and_the_view_shows_the_same(backend: str) -> None:
    rng = np.random.default_rng(33)
    i, j = rng.integers(0, 7, 60), rng.integers(0, 5, 60)
    weight, delay = rng.uniform(1.0, 2.0, 60), np.round(rng.integers(1, 30, 60) * 0.1, 9)
    net = snn.Network(seed=1)
    model = snn.CubaLIF()
    source, cells = net.source("s", 7, snn.SpikeArray([[]] * 7)), net.population("c", 5, model)
    arrays = {"weight": snn.Array(weight), "delay": snn.Array(delay)}
    projection = net.projection(source, cells, snn.FromCOO(i, j), **arrays)
    with snn.Simulation(net, backend=backend, **options(backend)) as sim:
        sim.run(1.0)
        listed, weights = sim.synapses(projection), sim.weights(projection)
        blocks = sim.weights_view(projection)
        order = np.lexsort((np.arange(60), delay, j, i))
        assert np.array_equal(listed["i"], i[order])
        assert np.array_equal(listed["j"], j[order])
        assert listed["delay"] == pytest.approx(delay[order], abs=1e-12)
        assert np.array_equal(weights, weight[order])
        pairs = i[order] * 5 + j[order]
        assert np.array_equal(listed["k"], [np.sum(pairs[:m] == pairs[m]) for m in range(60)])
        stored = sorted(
            (int(a), int(b), round(float(d), 9), float(w))
            for block in blocks
            for a, b, d, w in zip(block.i(), block.j(), block.delay(), block.weight, strict=True)
        )
        given = zip(i.tolist(), j.tolist(), delay.tolist(), weight.tolist(), strict=True)
        assert stored == sorted(given)


def test_setting_weights_counts_from_then_on(backend: str) -> None:
    net = snn.Network(seed=1)
    model = snn.CubaLIF(tau_syn_exc=1e12, v_th=1e9)
    source = net.source("s", 2, snn.SpikeArray([[1.0, 11.0], [1.0, 11.0]]))
    cells = net.population("c", 2, model)
    projection = net.projection(source, cells, snn.OneToOne(), weight=snn.Uniform(1.0, 2.0), delay=1.0)
    with snn.Simulation(net, backend=backend, **options(backend)) as sim:
        sim.run(5.0)
        first = sim.state(cells, "i_exc").copy()
        assert first == pytest.approx(sim.weights(projection), abs=1e-9)
        sim.set_weights(projection, np.array([30.0, 40.0]))
        sim.run(10.0)
        assert sim.state(cells, "i_exc") - first == pytest.approx([30.0, 40.0], abs=1e-6)
        assert np.array_equal(sim.weights(projection), [30.0, 40.0])


def test_weights_that_are_set_count_for_what_is_on_its_way(backend: str) -> None:
    net = snn.Network(seed=1)
    source = net.source("s", 1, snn.SpikeArray([[1.0]]))
    cells = net.population("c", 60, snn.CubaLIF(tau_syn_exc=1e12, v_th=1e9))
    delay = snn.Uniform(1.0, 20.0, step=0.1)
    projection = net.projection(source, cells, snn.AllToAll(), weight=1.0, delay=delay)
    with snn.Simulation(net, backend=backend, **options(backend)) as sim:
        sim.run(10.0)
        weights = np.arange(2.0, 62.0)
        sim.set_weights(projection, weights)
        sim.run(20.0)
        delays = sim.synapses(projection).delay
        expected = np.where(delays < 9.0, 1.0, weights)
        apart = np.abs(delays - 9.0) > 0.15
        assert sim.state(cells, "i_exc")[apart] == pytest.approx(expected[apart], abs=1e-6)
