"""What is no number, no name and no switch, handed to the calls of a simulation: an error of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pysnn as snn

LARGE = 10_000  # neurons; NumPy would take each for an array of arrays, 64 deep: hours for a million


@pytest.fixture(scope="module")
def net() -> snn.Network:
    net = snn.Network(seed=1)
    cells = net.population("cells", 3, snn.LIF(), homeostasis=snn.Homeostasis(delta=0.1))
    source = net.source("source", 2, snn.Input())
    modulator = net.modulator("modulator")
    rule = snn.RewardSTDP(w_max=2.0)
    net.projection(source, cells, snn.AllToAll(), weight=1.0, delay=1.0, plasticity=rule, modulator=modulator)
    net.population("large", LARGE, snn.LIF())
    return net


NUMBERS: dict[str, Callable[[snn.Simulation, Any], Any]] = {
    "set_weights": lambda sim, value: sim.set_weights("source->cells", value),
    "set_delays": lambda sim, value: sim.set_delays("source->cells", value),
    "normalise": lambda sim, value: sim.normalise("source->cells", value),
    "rewire": lambda sim, value: sim.rewire("source->cells", value),
    "modulate": lambda sim, value: sim.modulate("modulator", value),
    "set_state": lambda sim, value: sim.set_state("cells", "v", value),
    "set_parameters": lambda sim, value: sim.set_parameters("cells", tau_m=value),
    "at": lambda sim, value: sim.set_state("cells", "v", -60.0, at=value),
    "feed": lambda sim, value: sim.feed("source", (value, value)),
    "run": lambda sim, value: sim.run(value),
    "current": lambda sim, value: snn.ConstantCurrent(value),
    "distribution": lambda sim, value: snn.Uniform(0.0, value),
    "trains": lambda sim, value: snn.SpikeArray([value]),
}


@pytest.mark.parametrize("call", NUMBERS)
def test_what_is_no_number_is_refused_at_once(net: snn.Network, call: str) -> None:
    with snn.Simulation(net) as sim:
        large = net.populations["large"]
        odd = (
            large,
            large[1:],
            large[::2],
            [[1.0], [2.0, 3.0]],
            [[[1.0], [2.0, 3.0]]],
            np.array("a"),
            [large],
        )
        for value in (*odd, "1", np.timedelta64(5, "ms"), np.array(5, "m8[s]"), None):
            if value is None and call == "at":
                continue
            with pytest.raises(snn.PysnnError):
                NUMBERS[call](sim, value)
        sim.run(1.0)


def test_a_population_is_no_array() -> None:
    cells = snn.Network().population("cells", LARGE, snn.LIF())
    for group in (cells, cells[5:], cells[::3]):
        with pytest.raises(snn.ParameterError, match=r"is no array of numbers: sim.state\('cells', ...\)"):
            np.asarray(group)


@pytest.mark.parametrize(
    "name", [["v"], {}, {"v"}, np.array(["v"]), np.array([1.0, 2.0]), slice(None), None, 1]
)
def test_what_is_no_name_is_refused(net: snn.Network, name: Any) -> None:
    with snn.Simulation(net) as sim:
        for ask in (
            lambda: sim.state("cells", name),
            lambda: sim.set_state("cells", name, 1.0),
            lambda: sim.parameter("cells", name),
        ):
            with pytest.raises(snn.PysnnError, match="expected the name of a"):
                ask()


@pytest.mark.parametrize("value", [1, 0, "no", None, [True], np.array([True, False])])
def test_a_switch_is_true_or_false(net: snn.Network, value: Any) -> None:
    with snn.Simulation(net) as sim:
        sim.run(1.0)
        with pytest.raises(snn.ParameterError, match=r"reset: from_zero: expected True or False"):
            sim.reset(from_zero=value)
        assert sim.time == 1.0
        sim.run(1.0)
        sim.reset(from_zero=np.bool_(True))
        assert sim.time == 0.0
    with pytest.raises(snn.ParameterError, match=r"Simulation.profile: expected True or False"):
        snn.Simulation(net, profile=value)


def test_what_is_no_index_is_refused() -> None:
    cells = snn.Network().population("cells", 10, snn.LIF())
    assert cells[np.array(3)].indices.tolist() == cells[3].indices.tolist() == [3]
    for index in (
        np.array(1.5),
        np.array("a"),
        np.array(True),
        slice(0.5, 2),
        slice("a", None),
        slice(0, 5, 0),
    ):
        with pytest.raises(snn.ParameterError, match="'cells': "):
            cells[index]


def test_what_is_kept_are_names(net: snn.Network) -> None:
    with snn.Simulation(net) as sim:
        for keep in (np.array(1.0), np.array("v"), 3, [1], None):
            with pytest.raises(snn.ParameterError, match="expected a name or a list of names"):
                sim.reset(keep=keep)
        sim.reset(keep=np.array(["v", "weights"]))


def test_what_was_recorded_is_asked_for_by_number_or_name() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 3, snn.LIF(i_e=500.0))
    spikes, v = net.probe(cells, "spikes"), net.probe(cells, "v", every=1.0)
    with snn.Simulation(net) as sim:
        sim.run(20.0)
        for odd in ([0, 1], np.arange(3), range(3), "0", None, True, 0.5):
            with pytest.raises(snn.ParameterError, match="train: i: "):
                sim.data[spikes].train(odd)
            with pytest.raises(snn.ParameterError, match="trace: i: "):
                sim.data[v].trace(odd)
        assert len(sim.data[spikes].train(np.int8(2))) == len(sim.data[spikes].train(2.0)) > 0
        with pytest.raises(snn.ParameterError, match="log: expected the path of a file"):
            sim.copy(log=3)


def test_parts_of_trains_are_trains() -> None:
    trains = snn.SpikeTrains(np.array([1.0]), np.array([0]), 1, 5.0)
    for odd in (3.0, None, "ab", np.array([1.0, 2.0]), [None], [trains, 1], snn.LIF()):
        for join in (snn.SpikeTrains.beside, snn.SpikeTrains.joined, snn.SpikeTrains.one_after_another):
            with pytest.raises(snn.ParameterError, match="expected a list of SpikeTrains"):
                join(odd)
        with pytest.raises(snn.ParameterError, match="expected a list with one SpikeTrains a trial"):
            snn.TrialSpikes.of(odd)
    trials = snn.TrialSpikes.of([trains, trains])
    assert snn.SpikeTrains.one_after_another(trials) == trials.one_after_another()
    for odd in (True, np.bool_(False)):
        with pytest.raises(snn.OutOfRangeError):
            trials[odd]


@pytest.mark.parametrize("several", [["v", "theta"], ("v", "spikes"), {"v"}])
def test_a_probe_is_of_one_thing(net: snn.Network, several: Any) -> None:
    """Monitors of Brian2 and PyNN's record() take lists."""
    message = "what: expected one name of spikes, v, theta, as each has a probe of its own"
    with pytest.raises(snn.ParameterError, match=message):
        net.probe(net.populations["cells"], several, every=1.0)
    with snn.Simulation(net) as sim, pytest.raises(snn.ParameterError, match=message):
        sim.probe(net.populations["cells"], several, every=1.0)
