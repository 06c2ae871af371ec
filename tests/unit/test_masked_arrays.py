"""Masked arrays: what is under a mask is nobody's value, so that it is asked for and never taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pysnn as snn
from pysnn import analysis, encoders, interop
from pysnn.encoders import SpikeTrains, TrialSpikes
from pysnn.io import SpikeLog

MASKED = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])
WHOLE = np.ma.array([0, 1, 2], mask=[0, 1, 0], dtype=np.uint32)
MATRIX = np.ma.array(np.ones((3, 3)), mask=np.eye(3))


def network() -> snn.Network:
    net = snn.Network(seed=1)
    cells = net.population("cells", 3, snn.LIF())
    net.projection(net.source("fed", 3, snn.Input()), cells, snn.OneToOne(), weight=1.0, delay=1.0, name="p")
    net.modulator("m", of=cells)
    net.error("e", cells, loss="squared")
    return net


def declared(**given: Any) -> Any:
    net = network()
    cells, given = net.populations["cells"], {"rule": snn.OneToOne(), "weight": 1.0, "delay": 1.0, **given}
    return net.projection(cells, cells, **given)


def running(call: Callable[[snn.Simulation], Any]) -> Any:
    with snn.Simulation(network()) as sim:
        return call(sim)


CALLS: dict[str, Callable[[], Any]] = {
    "parameter": lambda: snn.LIF(tau_m=MASKED),
    "number": lambda: snn.LIF(tau_m=MASKED[1]),
    "init": lambda: snn.Network().population("cells", 3, snn.LIF(), init={"v": MASKED}),
    "current": lambda: snn.StepCurrent([1.0, 2.0, 3.0], MASKED),
    "times": lambda: snn.SpikeArray(MASKED, [0, 0, 0]),
    "indices": lambda: snn.SpikeArray([1.0, 2.0, 3.0], WHOLE),
    "trains": lambda: snn.SpikeArray([[1.0], MASKED]),
    "events x": lambda: snn.SpikeArray.from_events(WHOLE, [0, 1, 2], [1, 2, 3], shape=(3, 3)),
    "events t": lambda: snn.SpikeArray.from_events([0, 1, 2], [0, 1, 2], MASKED, shape=(3, 3)),
    "events p": lambda: snn.SpikeArray.from_events([0, 1, 2], [0, 1, 2], [1, 2, 3], WHOLE > 1, shape=(3, 3)),
    "events": lambda: snn.SpikeArray.from_events(
        np.ma.array(
            np.zeros(3, [("x", int), ("y", int), ("t", int)]), mask=[(0, 0, 0), (0, 0, 1), (0, 0, 0)]
        ),
        shape=(3, 3),
    ),
    "view": lambda: network().populations["cells"][WHOLE],
    "view by mask": lambda: network().populations["cells"][WHOLE > 1],
    "COO": lambda: snn.FromCOO(WHOLE, [0, 1, 2]),
    "CSR": lambda: snn.FromCSR([0, 1, 2, 3], WHOLE),
    "dense": lambda: snn.FromDense(MATRIX),
    "rows": lambda: snn.FromDense(list(MATRIX)),
    "all to all": lambda: declared(rule=snn.AllToAll(), weight=MATRIX),
    "weights": lambda: declared(rule=snn.FromCOO([0, 1, 2], [0, 1, 2]), weight=MASKED),
    "delays": lambda: declared(delay=MASKED),
    "dendritic": lambda: declared(rule=snn.FromCOO([0, 1, 2], [0, 1, 2]), dendritic_fraction=MASKED / 4.0),
    "feedback": lambda: (net := network()).feedback(
        "f", net.modulators["e"], net.populations["cells"], MATRIX
    ),
    "set_weights": lambda: running(lambda sim: sim.set_weights("p", MASKED)),
    "set_delays": lambda: running(lambda sim: sim.set_delays("p", MASKED)),
    "normalise": lambda: running(lambda sim: sim.normalise("p", MASKED)),
    "set_state": lambda: running(lambda sim: sim.set_state("cells", "v", MASKED)),
    "set_parameters": lambda: running(lambda sim: sim.set_parameters("cells", tau_m=MASKED)),
    "modulate": lambda: running(lambda sim: sim.modulate("m", MASKED)),
    "teach": lambda: running(lambda sim: sim.teach("e", MASKED)),
    "feed": lambda: running(lambda sim: sim.feed("fed", (MASKED, [0, 1, 2]))),
    "feed indices": lambda: running(lambda sim: sim.feed("fed", ([1.0, 2.0, 3.0], WHOLE))),
    "keys": lambda: running(lambda sim: sim.run_trials(duration=1.0, keys=WHOLE)),
    "lesson": lambda: snn.Lesson(WHOLE),
    "gain": lambda: snn.Lesson([0, 1, 2], gain=MASKED),
    "SpikeTrains": lambda: SpikeTrains(np.arange(1.0, 4.0), WHOLE, 3, 10.0),
    "TrialSpikes": lambda: TrialSpikes(np.arange(1.0, 4.0), WHOLE, [0, 3], 3, 10.0),
    "encode": lambda: encoders.Latency().encode(MASKED / 4.0, 100.0),
    "encode samples": lambda: encoders.PoissonRate().encode_samples(np.ones((3, 1)), 10.0, 1, samples=WHOLE),
    "pixels": lambda: encoders.Pixels(3, 3).values(MATRIX),
    "from_ann": lambda: interop.from_ann([MATRIX], samples=np.ones((2, 3))),
    "rates": lambda: analysis.rates([1.0, 2.0, 3.0], WHOLE, 3, 0.0, 5.0),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_masked_is_refused_by_name(name: str) -> None:
    with pytest.raises(
        snn.ParameterError, match=r"\w+.*: \d of \d values are masked: give those that are not"
    ):
        CALLS[name]()


def test_a_log_takes_nothing_masked(tmp_path: Any) -> None:
    with SpikeLog(tmp_path / "log.h5", {"cells": 3}) as log:
        for times, nodes in ((MASKED, [0, 1, 2]), ([1.0, 2.0, 3.0], WHOLE)):
            with pytest.raises(snn.ParameterError, match="1 of 3 values are masked"):
                log.append("cells", times, nodes)


def test_a_mask_that_hides_nothing_changes_nothing() -> None:
    plain = np.ma.array([1.0, 2.0, 3.0])
    assert snn.LIF(tau_m=plain) == snn.LIF(tau_m=[1.0, 2.0, 3.0])
    whole = np.ma.array([0, 1, 2], dtype=np.uint32)
    assert snn.FromCOO(whole, whole) == snn.FromCOO([0, 1, 2], [0, 1, 2])
    given = snn.SpikeArray.from_events(whole, whole, plain, shape=(3, 3))
    assert given == snn.SpikeArray.from_events([0, 1, 2], [0, 1, 2], [1.0, 2.0, 3.0], shape=(3, 3))
