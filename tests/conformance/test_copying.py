"""Simulations that Python copies by itself, as estimators that are cloned do, or tries to pickle."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pysnn as snn


def simulation(backend: str) -> snn.Simulation:
    net = snn.Network(seed=3)
    noise = net.source("noise", 20, snn.Poisson(200.0))
    cells = net.population("cells", 10, snn.LIF())
    net.projection(noise, cells, snn.AllToAll(), weight=1.0, delay=1.0)
    net.probe(cells, "spikes", name="fired")
    return snn.Simulation(net, backend=backend)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_goes_on_by_itself_as_the_original_does(
    cpu_backend: str, copied: Callable[[snn.Simulation], snn.Simulation]
) -> None:
    with simulation(cpu_backend) as whole:
        whole.run(40.0)
        expected = whole.data["fired"]
    with simulation(cpu_backend) as sim:
        sim.run(20.0)
        other = copied(sim)
        sim.run(5.0)
    with other:  # which the original's end does not touch
        assert other.time == 20.0
        other.run(20.0)
        assert len(expected.t) > 20
        np.testing.assert_array_equal(other.data["fired"].t, expected.t)
        np.testing.assert_array_equal(other.data["fired"].i, expected.i)


@pytest.mark.parametrize(
    ("part", "way"),
    [
        (lambda sim: sim, r"Simulation: .*sim\.save\(path\).*snn\.resume\(path\)"),
        (lambda sim: sim.data, r"Data: .*data\[probe\]"),
        (
            lambda sim: sim.inject("cells", snn.ConstantCurrent(1.0)),
            r"Injection: .*sim\.copy\(\)\.injections",
        ),
    ],
)
def test_what_lives_cannot_be_pickled_and_says_what_can(
    part: Callable[[snn.Simulation], Any], way: str
) -> None:
    with simulation("clock") as sim:
        with pytest.raises(snn.PicklingError, match=way):
            pickle.dumps(part(sim))
        with pytest.raises(TypeError):  # as of anything else that cannot be pickled
            pickle.dumps(part(sim))


def test_a_handle_is_no_current_of_a_copy() -> None:
    with simulation("clock") as sim:
        handle = sim.inject("cells", snn.ConstantCurrent(1.0))
        for copied in (copy.copy, copy.deepcopy):
            with pytest.raises(snn.PicklingError):
                copied(handle)


def test_what_was_recorded_can_be_pickled() -> None:
    with simulation("clock") as sim:
        sim.run(20.0)
        fired = sim.data["fired"]
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(fired)).t, fired.t)
