"""What a simulation shows of its synapses, weights and states, and how they are set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import pysnn as snn

# A synapse of 100 mV makes a cell at rest, 15 mV below its threshold, fire on arrival.
KICK = 100.0


def fan(engine: str, **options: Any) -> tuple[snn.Simulation, snn.Projection]:
    """Two sources and three cells; pair (1, 2) is listed twice."""
    net = snn.Network(seed=1)
    source, cells = net.source("s", 2, snn.SpikeArray([[1.0], [1.0]])), net.population("c", 3, snn.CubaLIF())
    rule = snn.FromCOO([1, 0, 1, 1], [2, 1, 2, 0])
    weights = snn.Array([10.0, 20.0, 30.0, 40.0])
    projection = net.projection(source, cells, rule, weight=weights, delay=snn.Array([3.0, 1.0, 2.0, 1.0]))
    return snn.Simulation(net, backend=engine, **options), projection


@pytest.mark.parametrize("threads", [1, 3])
def test_synapses_are_listed_by_source_target_and_delay(engine: str, threads: int) -> None:
    sim, projection = fan(engine, threads=threads)
    listed = sim.synapses(projection)
    assert listed.tolist() == [(0, 1, 0, 1.0), (1, 0, 0, 1.0), (1, 2, 0, 2.0), (1, 2, 1, 3.0)]
    assert listed["delay"].tolist() == listed.delay.tolist()
    assert sim.weights(projection).tolist() == [20.0, 40.0, 30.0, 10.0]
    assert sim.weights("s->c").tolist() == [20.0, 40.0, 30.0, 10.0]


def test_the_view_shows_what_the_copy_does_and_cannot_be_written(engine: str) -> None:
    sim, projection = fan(engine, threads=2)
    sim.run(1.0)
    blocks = sim.weights_view(projection)
    shown = sorted(
        (int(i), int(j), float(d), float(w))
        for block in blocks
        for i, j, d, w in zip(block.i(), block.j(), block.delay(), block.weight, strict=True)
    )
    listed = sim.synapses(projection)
    assert shown == sorted(zip(listed.i, listed.j, listed.delay, sim.weights(projection), strict=True))
    largest = max(blocks, key=len)
    with pytest.raises(ValueError, match="read-only"):
        largest.weight[0] = 1.0


def test_the_view_follows_the_weights(engine: str) -> None:
    sim, projection = fan(engine)
    blocks = sim.weights_view(projection)
    sim.set_weights(projection, [1.0, 2.0, 3.0, 4.0])
    assert sorted(np.concatenate([block.weight for block in blocks])) == [1.0, 2.0, 3.0, 4.0]
    assert sim.weights(projection).tolist() == [1.0, 2.0, 3.0, 4.0]


def test_indices_of_views_are_those_of_the_whole_groups(engine: str) -> None:
    net = snn.Network(seed=1)
    source, cells = net.source("s", 6, snn.SpikeArray([[1.0]] * 6)), net.population("c", 40, snn.LIF())
    projection = net.projection(source[4:], cells[35:37], snn.OneToOne(), weight=KICK, delay=1.0)
    spikes = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=engine, threads=2) as sim:
        sim.run(5.0)
        listed = sim.synapses(projection)
        assert listed.i.tolist() == [4, 5]
        assert listed.j.tolist() == [35, 36]
        assert sorted(j for block in sim.weights_view(projection) for j in block.j()) == [35, 36]
        assert sorted(i for block in sim.weights_view(projection) for i in block.i()) == [4, 5]
    assert sorted(sim.data[spikes].i.tolist()) == [35, 36]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_have_the_precision_asked_for(engine: str, dtype: str) -> None:
    sim, projection = fan(engine, dtype=dtype)
    assert sim.weights(projection).dtype == np.dtype(dtype)
    assert sim.weights_view(projection)[0].weight.dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    "weights", [[1.0, 2.0], [[1.0] * 4], [1.0, 2.0, 3.0, np.nan], "1234", [1.0, 2.0, 3.0, 1e3]]
)
def test_impossible_weights_are_refused_and_leave_the_old_ones(engine: str, weights: Any) -> None:
    net = snn.Network(seed=1)
    cells = net.population("c", 4, snn.LIF())
    stdp = snn.PairSTDP(w_max=5.0)
    projection = net.projection(cells, cells, snn.OneToOne(), weight=0.5, delay=1.0, plasticity=stdp)
    with snn.Simulation(net, backend=engine) as sim:
        with pytest.raises(snn.ParameterError, match="set_weights: 'c->c'"):
            sim.set_weights(projection, weights)
        assert sim.weights(projection).tolist() == [0.5] * 4
        sim.set_weights(projection, 2.5)
        assert sim.weights(projection).tolist() == [2.5] * 4


def test_states_are_read_and_set_by_population_and_view(engine: str) -> None:
    net = snn.Network(seed=1)
    cells = net.population("c", 5, snn.CubaLIF(), init={"v": [-60.0, -61.0, -62.0, -63.0, -64.0]})
    with snn.Simulation(net, backend=engine, threads=2) as sim:
        assert sim.state(cells, "v") == pytest.approx([-60.0, -61.0, -62.0, -63.0, -64.0])
        assert sim.state(cells, "i_exc") == pytest.approx(0.0)
        sim.set_state(cells[1:3], "v", -58.0)
        sim.set_state(cells[[4, 0]], "v", [-57.0, -59.0])
        assert sim.state("c", "v") == pytest.approx([-59.0, -58.0, -58.0, -63.0, -57.0])
        assert sim.state(cells[3:], "v") == pytest.approx([-63.0, -57.0])
        with pytest.raises(snn.ParameterError, match=r"set_state: 'c'\.v: expected 5 values.*\(got 2\)"):
            sim.set_state(cells, "v", [1.0, 2.0])
        with pytest.raises(snn.ParameterError, match="must be a finite number"):
            sim.set_state(cells, "v", np.nan)
        with pytest.raises(snn.UnknownNameError, match="did you mean 'i_exc'"):
            sim.state(cells, "i_ex")
        with pytest.raises(snn.UnknownNameError, match="unknown population 'd'"):
            sim.state("d", "v")


def test_initial_weights_drawn_above_the_bound_of_a_rule_are_refused(engine: str) -> None:
    """(1 - w / w_max)^mu has no value there; an unbounded tail shows it only when it is drawn."""
    net = snn.Network(seed=1)
    cells = net.population("c", 50, snn.LIF())
    stdp = snn.PairSTDP(w_max=5.0)
    tail = snn.Normal(4.0, 2.0, min=0.0)  # 2,500 draws, 31 % above 5
    net.projection(cells, cells, snn.AllToAll(), weight=tail, delay=1.0, plasticity=stdp)
    with pytest.raises(
        snn.ParameterError, match=r"more than w_max = 5 of PairSTDP; truncate it there \(max=5\)"
    ):
        snn.Simulation(net, backend=engine)
    far = snn.Network(seed=1)
    cells = far.population("c", 50, snn.LIF())
    far.projection(cells, cells, snn.AllToAll(), weight=snn.Normal(1.0, 0.1), delay=1.0, plasticity=stdp)
    assert snn.Simulation(far, backend=engine).weights("c->c").max() < 5.0


def test_delays_drawn_in_steps_reach_both_bounds_with_their_probabilities() -> None:
    """Rounded to a step, then truncated: each multiple has the mass of its own bin, in units of all."""
    net = snn.Network(seed=1)
    cells = net.population("c", 300, snn.LIF())
    delay = snn.Normal(0.5, 0.2, min=0.3, max=0.7, step=0.1)
    net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=delay)
    drawn = snn.Simulation(net, dt=0.1).synapses("c->c").delay
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == [0.3, 0.4, 0.5, 0.6, 0.7]
    mass = np.diff(stats.norm(0.5, 0.2).cdf([0.25, 0.35, 0.45, 0.55, 0.65, 0.75]))
    assert stats.chisquare(counts, mass / mass.sum() * counts.sum()).pvalue > 1e-4
