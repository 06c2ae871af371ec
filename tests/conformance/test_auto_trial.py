"""How auto chooses: a trial of what arrives, and what one engine cannot."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn
from pysnn import networks
from pysnn.backends._cpu import CoreBackend
from pysnn.neurons.base import NeuronModel

from .test_auto import busy_and_quiet, mixed


def volley(then: float) -> snn.Network:
    """1.44 million arrivals at 1.5 ms onto 1,200 neurons; later 10 spikes every ``then`` ms onto each."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 1200, snn.CubaLIF())
    first = net.source("first", 1200, snn.SpikeArray([[0.5]] * 1200))
    net.projection(first, cells, snn.AllToAll(), weight=1e-3, delay=1.0)
    train = net.source("train", 10, snn.SpikeArray([np.arange(then, 2000.0, then)] * 10))
    net.projection(train, cells, snn.AllToAll(), weight=1e-3, delay=1.0)
    return net


@pytest.mark.parametrize(("then", "engine"), [(600.0, "event"), (4.0, "clock")])
def test_a_million_arrivals_at_once_do_not_decide(then: float, engine: str) -> None:
    """What comes after them does: nothing in some hundred ms, or 10 trains of 250 Hz."""
    with snn.Simulation(volley(then), backend="auto") as sim:
        choice = sim.engines["cells"]
    assert choice.engine == engine
    assert choice.arrivals <= 20.0 if engine == "event" else choice.arrivals == pytest.approx(2500.0, rel=0.1)
    assert math.isfinite(choice.event_cost)
    assert math.isfinite(choice.clock_cost)


def test_arrivals_and_spikes_of_the_trial_are_those_of_a_closed_form() -> None:
    """v_inf = 30 mV above rest, threshold 15, t_ref 1 ms: a spike each 10 ln 2 + 1 ms, onto 4 neurons."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 400, snn.LIF(i_e=750.0, t_ref=1.0), init={"v": snn.Uniform(-70.0, -55.0)})
    hears = net.population("hears", 100, snn.LIF())
    net.projection(cells, hears, snn.FixedOutdegree(4), weight=0.01, delay=1.0)
    rate = 1000.0 / (10.0 * math.log(2.0) + 1.0)
    with snn.Simulation(net, backend="auto", dt=0.01) as sim:
        cells_choice, hears_choice = sim.engines["cells"], sim.engines["hears"]
    assert cells_choice.spikes == pytest.approx(rate, rel=0.02)
    assert cells_choice.arrivals == 0.0
    assert hears_choice.arrivals == pytest.approx(16.0 * rate, rel=0.02)
    assert hears_choice.spikes == 0.0


BUSY_LEARNER = snn.PairSTDP(w_max=40.0, a_plus=0.1)


def learning_on_the_grid() -> snn.Network:
    """Busy enough that all of it steps, as its indegree makes one think beforehand."""
    net = snn.Network(seed=5)
    cells = net.population("cells", 200, snn.CubaLIF(i_e=420.0), init={"v": snn.Uniform(-70.0, -56.0)})
    weight = snn.Uniform(0.0, 2.0)
    net.projection(cells, cells, snn.FixedIndegree(150), weight=weight, delay=1.5, plasticity=BUSY_LEARNER)
    net.probe(cells, "spikes", name="a")
    net.probe(cells, "v", every=1.0, name="v")
    return net


def test_a_trial_in_steps_leaves_no_trace_either() -> None:
    results = []
    for backend in ("clock", "auto"):
        with snn.Simulation(learning_on_the_grid(), backend=backend) as sim:
            assert sim.time == 0.0
            assert sim.spike_counts()["cells"] == 0
            assert sim.delivered()["cells->cells"] == 0
            before = sim.weights("cells->cells")
            sim.run(60.0)
            spikes = sim.data["a"]
            results.append((before, spikes.t, spikes.i, sim.data["v"].values, sim.weights("cells->cells")))
            assert backend == "clock" or "arrivals" in str(sim.engines["cells"])
    assert len(results[0][1]) > 200
    assert np.abs(results[0][4] - results[0][0]).max() > 1e-3
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("describe", [busy_and_quiet, learning_on_the_grid, lambda: volley(4.0)])
def test_the_choice_is_the_same_for_any_number_of_threads(describe: Callable[[], snn.Network]) -> None:
    choices = []
    for threads in (1, 2, 5):
        with snn.Simulation(describe(), backend="auto", threads=threads) as sim:
            choices.append(dict(sim.engines))
    assert choices[0] == choices[1] == choices[2]


@pytest.mark.parametrize(
    ("describe", "times"),
    [
        (learning_on_the_grid, 1),
        (lambda: volley(600.0), 2),
        (lambda: mixed(snn.CubaLIF()), 1),
        (lambda: networks.cuba(scale=0.25), 1),  # whose neurons fire by themselves
    ],
)
def test_a_network_is_drawn_once_where_the_guess_was_right(
    describe: Callable[[], snn.Network], times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = []
    original = CoreBackend.compile

    def counting(*args: Any, **options: Any) -> Any:
        compiled.append(options["grid"])
        return original(*args, **options)

    monkeypatch.setattr(CoreBackend, "compile", staticmethod(counting))
    with snn.Simulation(describe(), backend="auto"):
        pass
    assert len(compiled) == times


@pytest.mark.parametrize("share", [0.99, 1.01])  # of the current that brings it to its threshold
@pytest.mark.parametrize(
    ("model", "pa"),
    [
        (snn.LIF, 375.0),  # (v_th - e_l) c_m / tau_m
        (snn.CubaLIF, 375.0),
        (snn.ALIF, 375.0),
        (snn.AlphaLIF, 375.0),
        (snn.CobaLIF, 100.0),  # (v_th - e_l) g_l
    ],
)
def test_a_neuron_says_whether_it_fires_alone(
    model: Callable[..., NeuronModel], pa: float, share: float
) -> None:
    neuron = model(i_e=share * pa)
    net = snn.Network()
    alone = net.population("alone", 1, neuron)
    net.probe(alone, "spikes")
    with snn.Simulation(net, backend="clock") as sim:
        sim.run(500.0)
    assert neuron.fires_alone() == (sim.spike_counts()["alone"] > 0) == (share > 1.0)


# ---- Where one engine cannot ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", [snn.CubaLIF(i_e=1e12, t_ref=0.0), snn.AlphaLIF(i_e=1e12, t_ref=0.0), snn.AdEx(i_e=1e12)]
)
def test_what_fails_as_events_steps(model: snn.NeuronModel) -> None:
    net = snn.Network(seed=1)
    net.population("wild", 10, model)
    with snn.Simulation(net, backend="auto") as sim:
        assert sim.engines["wild"].engine == "clock"
        assert "as events it fails: population 'wild'" in str(sim.engines["wild"])
        assert sim.time == 0.0


def test_what_fails_as_events_jumps_where_it_is_told_to() -> None:
    net = snn.Network(seed=1)
    net.population("wild", 10, snn.CubaLIF(i_e=1e12, t_ref=0.0))
    with (
        snn.Simulation(net, backend="auto", engines={"wild": "event"}) as sim,
        pytest.raises(snn.ParameterError, match="neuron 0 fires without end"),
    ):
        sim.run(10.0)


def test_the_one_that_can_is_taken_where_a_neighbour_must_jump() -> None:
    """t_ref = 2.05 ms is no multiple of dt, so that the tame ones jump whatever they hear."""
    net = snn.Network(seed=1)
    net.population("wild", 10, snn.CubaLIF(i_e=1e12, t_ref=0.0))
    net.population("tame", 10, snn.CubaLIF(t_ref=2.05))
    with snn.Simulation(net, backend="auto") as sim:
        assert {name: choice.engine for name, choice in sim.engines.items()} == {
            "wild": "clock",
            "tame": "event",
        }
        sim.run(5.0)
        assert sim.spike_counts()["wild"] == 10 * 50  # each step, as t_ref is 0


def test_busy_populations_step_in_continuous_time_where_a_delay_is_off_the_grid() -> None:
    net = snn.Network(seed=5)
    cells = net.population("cells", 200, snn.CubaLIF(i_e=420.0), init={"v": snn.Uniform(-70.0, -56.0)})
    net.projection(cells, cells, snn.FixedIndegree(120), weight=snn.Uniform(0.0, 2.0), delay=1.234)
    with snn.Simulation(net, backend="auto") as sim:
        assert sim.engines["cells"].engine == "clock"
        sim.run(50.0)
        assert sim.spike_counts()["cells"] > 0


def test_weights_of_a_type_that_only_steps_store_make_all_step() -> None:
    net = snn.Network(seed=1)
    net.population("quiet", 10, snn.CubaLIF())
    with snn.Simulation(net, backend="auto", weight_dtype="float32") as sim:
        assert "only steps store weights as 'float32'" in str(sim.engines["quiet"])


@pytest.mark.parametrize("threads", [1, 3])
def test_networks_of_nothing_much_run(threads: int) -> None:
    empty = snn.Network(seed=1)
    unconnected = snn.Network(seed=1)
    unconnected.population("cells", 3, snn.CubaLIF())
    unconnected.source("noise", 5, snn.Poisson(100.0))
    silent = snn.Network(seed=1)
    silent_cells = silent.population("cells", 3, snn.CubaLIF())
    silent.projection(
        silent.source("noise", 5, snn.Poisson(0.0)), silent_cells, snn.AllToAll(), weight=1.0, delay=1.0
    )
    no_synapse = snn.Network(seed=1)
    lonely = no_synapse.population("cells", 1, snn.CubaLIF())
    no_synapse.projection(lonely, lonely, snn.FixedProbability(0.0), weight=1.0, delay=1.0)
    for net in (empty, unconnected, silent, no_synapse):
        with snn.Simulation(net, backend="auto", threads=threads) as sim:
            assert {choice.engine for choice in sim.engines.values()} <= {"event"}
            sim.run(0.0)
            assert sim.time == 0.0
            sim.run(10.0)
            assert sim.time == 10.0


@pytest.mark.parametrize("dt", [0.001, 0.3, 1.0, 2.5, 2000.0])
def test_a_trial_goes_by_any_step(dt: float) -> None:
    net = snn.Network(seed=1)
    model = snn.CubaLIF(i_e=420.0, t_ref=0.0)
    cells = net.population("cells", 50, model, init={"v": snn.Uniform(-70.0, -56.0)})
    net.projection(cells, cells, snn.FixedIndegree(40), weight=0.1, delay=max(dt, 1.0), name="loop")
    with snn.Simulation(net, backend="auto", dt=dt) as sim:
        choice = sim.engines["cells"]
        assert (
            choice.event_cost < choice.clock_cost
            if choice.engine == "event"
            else choice.event_cost >= choice.clock_cost
        )
        sim.run(2.0 * dt)


@pytest.mark.parametrize("learning", ["none", "some", "all"])
@pytest.mark.parametrize("piece", [0.3, 1.0, 2.5])
def test_where_runs_end_within_a_step_changes_no_bit(piece: float, learning: str) -> None:
    """Sums of a step go in the order of the spikes, wherever windows end and however far ahead they are."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 30, snn.CubaLIF())
    for name, rate in (("a", 800.0), ("b", 900.0)):
        source = net.source(name, 40, snn.Poisson(rate=rate))
        learns = learning == "all" or (learning == "some" and name == "a")
        net.projection(
            source,
            cells,
            snn.FixedProbability(0.5),
            weight=snn.Uniform(1.0, 20.0),
            delay=snn.Uniform(0.31, 2.77),  # of its own for each synapse: next to none arrives as a step ends
            plasticity=snn.PairSTDP(w_max=30.0) if learns else None,
            name=f"from {name}",
        )

    def states(piece: float) -> list[NDArray[Any]]:
        with snn.Simulation(net, backend="auto", dt=1.0, engines={"cells": "clock"}) as sim:
            for _ in range(round(30.0 / piece)):
                sim.run(piece)
            weights = [sim.weights(name) for name in ("from a", "from b")]
            return [sim.state("cells", name) for name in snn.CubaLIF().states] + weights

    whole, divided = states(30.0), states(piece)
    assert np.ptp(whole[0]) > 0.0
    for one, other in zip(whole, divided, strict=True):
        assert np.array_equal(one, other)
