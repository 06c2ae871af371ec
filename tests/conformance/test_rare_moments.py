"""Moments that a network seldom meets: ties, first steps, changes within one, ends of epochs, long silences.

Each was once the place of a change of the code that no test saw; the right values are closed forms.
"""

from __future__ import annotations

import numpy as np
import pytest

import pysnn as snn

# A membrane that hardly leaks, from 0 mV, far from its threshold: v counts what arrived (to a part in 10^6).
COUNTER = snn.LIF(tau_m=1e6, c_m=1.0, e_l=0.0, v_reset=0.0, v_th=1e6)


@pytest.mark.parametrize("recorded", [False, True], ids=["unrecorded", "recorded"])
@pytest.mark.parametrize("n_sources", [1, 40], ids=["a_run_alone", "many_at_once"])
@pytest.mark.parametrize("dendrite", [0.0, 1.0])
@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_presynaptic_spike_does_not_see_one_of_its_own_instant(
    backend: str, dendrite: float, n_sources: int, recorded: bool
) -> None:
    """Spikes of the target are at the synapses at 12 and 22 ms, the sources' at 22 ms: presynaptic first.

    Depression by the trace of the first alone, w - a_minus e^{-10/20}; then the potentiation by the second
    meets the fresh trace of the source, e^0.
    """
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, snn.LIF(t_ref=0.1))
    fires = np.array([12.0, 22.0]) - dendrite
    driver = net.source("driver", 1, snn.SpikeArray([fires - 1.0]))
    net.projection(driver, cell, snn.AllToAll(), weight=20.0, delay=1.0)
    sources = net.source("sources", n_sources, snn.SpikeArray([[21.0]] * n_sources))
    rule = snn.PairSTDP(a_plus=0.25, a_minus=0.125, tau_plus=20.0, tau_minus=20.0, w_max=1.0)
    p = net.projection(
        sources, cell, snn.AllToAll(), weight=0.5, delay=1.0 + dendrite, plasticity=rule,
        dendritic_fraction=dendrite / (1.0 + dendrite),
    )  # fmt: skip
    spikes = net.probe(cell, "spikes")
    if recorded:
        net.probe(p, "weight", changes=True)
    with snn.Simulation(net, backend=backend, dt=0.1, threads=1) as sim:
        sim.run(21.9)
        np.testing.assert_allclose(sim.weights(p), 0.5, rtol=0.0)
        sim.run(0.1)
        expected = 0.5 - 0.125 * np.exp(-0.5) + 0.25
        np.testing.assert_allclose(sim.weights(p), expected, rtol=1e-12)
        sim.run(1.0)
        np.testing.assert_allclose(sim.weights(p), expected, rtol=1e-12)
        assert sim.data[spikes].t[:2].tolist() == fires.tolist()


@pytest.mark.parametrize("backend", ["clock", "auto"])
def test_what_a_driven_source_fires_in_the_first_step_arrives_a_delay_later(backend: str) -> None:
    """After two steps each neuron holds its source's spikes of the first, with a delay of one."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 300, COUNTER)
    others = net.population("others", 1, COUNTER)
    noise = net.source("noise", 300, snn.Poisson(20_000.0))
    p = net.projection(noise, cells, snn.OneToOne(), weight=1.0, delay=0.1)
    spikes = net.probe(noise, "spikes")
    engines = {} if backend == "clock" else {cells: "clock", others: "event"}
    with snn.Simulation(net, backend=backend, dt=0.1, threads=1, engines=engines or None) as sim:
        sim.run(0.2)
        data = sim.data[spikes]
        first = np.bincount(data.i[data.t < 0.15], minlength=300)
        assert first.sum() > 400  # 600 expected
        np.testing.assert_allclose(sim.state(cells, "v"), first, rtol=1e-6)
        assert sim.delivered()[p.name] == first.sum()


@pytest.mark.parametrize("begin", [1_999_999.5, 3_999_995.25])
def test_rows_under_way_arrive_when_the_epoch_of_continuous_time_moves(begin: float) -> None:
    """Epochs are 2,000 s long. A row of forty delays, on its way across the end of one."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 40, snn.LIF())
    source = net.source("source", 1, snn.SpikeArray([[begin]]))
    delays = np.arange(1, 41) * 0.25
    net.projection(source, cells, snn.FromCOO([0] * 40, range(40)), weight=20.0, delay=snn.Array(delays))
    spikes = net.probe(cells, "spikes")
    with snn.Simulation(net, backend="event", threads=1) as sim:
        sim.run(begin + 20.0)
        data = sim.data[spikes]
        assert data.t.tolist() == (begin + delays).tolist()
        assert data.i.tolist() == list(range(40))


def test_a_current_that_changes_within_a_step_counts_from_the_next_on_where_a_population_steps() -> None:
    """1 pA into 1 pF is 1 mV/ms: from 0.25 ms on where it jumps, from 0.3 ms on in steps of 0.1 ms."""
    net = snn.Network(seed=1)
    steps, jumps = net.population("steps", 1, COUNTER), net.population("jumps", 1, COUNTER)
    for cells in (steps, jumps):
        net.current(cells, snn.StepCurrent([0.25], [1.0]))
    engines = {steps: "clock", jumps: "event"}
    with snn.Simulation(net, backend="auto", dt=0.1, threads=1, engines=engines) as sim:
        sim.run(0.3)
        assert sim.state(steps, "v")[0] == 0.0
        np.testing.assert_allclose(sim.state(jumps, "v"), 0.05, rtol=1e-6)
        sim.run(0.7)
        np.testing.assert_allclose(sim.state(steps, "v"), 0.7, rtol=1e-6)
        np.testing.assert_allclose(sim.state(jumps, "v"), 0.75, rtol=1e-6)


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("mean_interval", [600e3, 6_000e3], ids=["ten_minutes", "hundred_minutes"])
def test_sources_that_fire_seldom_keep_their_rate(mean_interval: float, backend: str) -> None:
    """3,000 sources for twice their mean interval [ms]: 3,000 spikes each, within 5 standard deviations."""
    net = snn.Network(seed=3)
    source = net.source("source", 3000, snn.Poisson(1000.0 / mean_interval))
    net.population("cell", 1, snn.LIF())
    spikes = net.probe(source, "spikes")
    with snn.Simulation(net, backend=backend, dt=1000.0, threads=1, off_grid="round") as sim:
        sim.run(2.0 * mean_interval)
        t = sim.data[spikes].t
    for half in (t <= mean_interval, t > mean_interval):
        assert abs(int(half.sum()) - 3000) < 5.0 * np.sqrt(3000.0)
