"""Assigning to what nothing would heed is an error that names the way; so is declaring too late."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import pysnn as snn


class Everything:
    """One of each thing that a user holds."""

    def __init__(self) -> None:
        self.net = snn.Network(seed=1)
        self.exc = self.net.population("exc", 10, snn.LIF())
        self.src = self.net.source("noise", 10, snn.Poisson(rate=5.0))
        self.wires = self.net.projection(
            self.src, self.exc, snn.FixedProbability(0.5), weight=0.5, delay=1.0,
            plasticity=snn.PairSTDP(w_max=1.0),
        )  # fmt: skip
        self.spikes = self.net.probe(self.exc, "spikes")
        self.v = self.net.probe(self.exc, "v", every=0.5)
        self.sim = snn.Simulation(self.net)
        self.flowing = self.sim.inject(self.exc, snn.ConstantCurrent(3.0))


HELD: dict[str, Callable[[Everything], Any]] = {
    "exc": lambda e: e.exc,
    "view": lambda e: e.exc[2:4],
    "src": lambda e: e.src,
    "net": lambda e: e.net,
    "wires": lambda e: e.wires,
    "probe": lambda e: e.v,
    "sim": lambda e: e.sim,
    "flowing": lambda e: e.flowing,
    "data": lambda e: e.sim.data,
    "fired": lambda e: e.sim.data[e.spikes],
    "trace": lambda e: e.sim.data[e.v],
    "model": lambda e: e.exc.spec.model,
    "rule": lambda e: e.wires.spec.plasticity,
}


@pytest.mark.parametrize(
    ("held", "name", "value", "way"),
    [
        ("exc", "v_th", -45, r"net\.population\('exc', 10, LIF\(v_th=-45\)\).*build the simulation anew"),
        ("exc", "v_thr", -45, r"did you mean 'v_th'.*LIF\(v_th=-45\)"),
        ("exc", "v", -60.0, r"sim\.set_state\(exc, 'v', -60"),
        ("exc", "n", 20, r"net\.population\('exc', 20, "),
        ("exc", "name", "e", "there to be read"),
        ("view", "v_th", -45, r"LIF\(v_th=-45\)"),
        ("src", "rate", 10, r"net\.source\('noise', 10, Poisson\(rate=10\)\)"),
        ("src", "rte", 10, "did you mean 'rate'"),
        ("net", "seed", 3, r"Network\(seed=3\)"),
        ("net", "sed", 3, r"did you mean 'seed'.*Network\(seed=3\)"),
        ("net", "current", 3, r"net\.current\(\.\.\.\)"),
        ("wires", "weight", 3.0, r"sim\.set_weights\(projection, 3\.0\)"),
        ("wires", "delay", 3.0, r"net\.projection\(pre, post, rule, delay=3\.0\)"),
        ("wires", "a_plus", 0.1, r"plasticity=PairSTDP\(a_plus=0\.1\)"),
        ("wires", "p", 0.1, r"net\.projection\(pre, post, FixedProbability\(p=0\.1\)\)"),
        ("probe", "every", 1.0, r"net\.probe\(target, what, every=1\.0\)"),
        ("sim", "dt", 1.0, r"Simulation\(net, dt=1\.0\)"),
        ("sim", "thread", 3, "did you mean 'threads'"),
        ("sim", "time", 0.0, r"it goes on with run\(\)"),
        ("flowing", "amplitude", 5.0, r"\.replace\(ConstantCurrent\(amplitude=5\.0\)\)"),
        ("flowing", "amplitud", 5.0, r"did you mean 'amplitude'"),
        ("flowing", "current", 5.0, r"\.replace\(5\.0\)"),
        ("flowing", "stopped", True, "there to be read"),
        ("data", "spikes", 3, "there is no 'spikes' to assign"),
        ("fired", "t", [], "what was recorded"),
        ("trace", "values", [], "what was recorded"),
        ("model", "v_th", -45, r"\.replace\(v_th=-45\)"),
        ("model", "v_t", -45, r"did you mean 'v_th'.*\.replace\(v_th=-45\)"),
        ("rule", "w_max", 2.0, r"\.replace\(w_max=2\.0\)"),
    ],
)
def test_an_assignment_names_the_way(held: str, name: str, value: object, way: str) -> None:
    thing = HELD[held](Everything())
    before = getattr(thing, name, None)
    with pytest.raises(snn.ReadOnlyError, match=way) as caught:
        setattr(thing, name, value)
    assert isinstance(caught.value, AttributeError)  # as of any attribute that is read-only
    assert getattr(thing, name, None) is before or getattr(thing, name) == before


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("name", ["colour", "v_th_of_all", "x"])
def test_no_public_name_at_all_can_be_assigned(held: str, name: str) -> None:
    thing = HELD[held](Everything())
    with pytest.raises(snn.ReadOnlyError, match=f"there is no '{name}' to assign"):
        setattr(thing, name, 1)


def test_what_is_sealed_can_be_derived_from_copied_and_pickled() -> None:
    class Named(snn.Network):
        def __init__(self, seed: int, title: str) -> None:
            super().__init__(seed)
            self.title = title

    net = Named(3, "mine")
    assert (net.seed, net.title) == (3, "mine")
    with pytest.raises(snn.ReadOnlyError, match="title cannot be assigned"):
        net.title = "yours"
    fired = snn.SpikeData([1.0], [0], 1, 5.0)  # type: ignore[arg-type]
    for other in (copy.copy(fired), pickle.loads(pickle.dumps(fired))):
        assert other.t.tolist() == [1.0]
        with pytest.raises(snn.ReadOnlyError):
            other.t = []
    assert copy.deepcopy(snn.LIF(v_th=-40.0)) == pickle.loads(pickle.dumps(snn.LIF(v_th=-40.0)))


@pytest.mark.parametrize(
    ("declare", "named"),
    [
        (lambda e: e.net.current(e.exc, snn.ConstantCurrent(100.0)), "current into 'exc'"),
        (lambda e: e.net.probe(e.exc, "v"), r"probe 'exc\.v#2'"),
        (lambda e: e.net.population("more", 3, snn.LIF()), "population 'more'"),
        (lambda e: e.net.source("other", 3, snn.Poisson(3.0)), "source 'other'"),
        (
            lambda e: e.net.projection(e.src, e.exc, snn.OneToOne(), weight=0.5, delay=1.0),
            "projection 'noise->exc#2'",
        ),
    ],
)
def test_what_is_declared_after_building_is_no_silent_part_of_a_run(
    declare: Callable[[Everything], Any], named: str
) -> None:
    everything = Everything()
    taken = everything.net.spec()
    everything.sim.run(1.0)
    declare(everything)
    with pytest.raises(snn.ParameterError, match=rf"{named}; build it anew with Simulation\(net\)"):
        everything.sim.run(1.0)
    assert everything.sim.time == 1.0
    assert len(everything.sim.state("exc", "v")) == 10  # what is there can still be read
    for network in (everything.net, taken):  # both ways that the message names
        with snn.Simulation(network) as sim:
            sim.run(1.0)
        assert sim.time == 1.0


def test_a_late_projection_has_no_weights_in_an_earlier_simulation() -> None:
    everything = Everything()
    late = everything.net.projection(everything.src, everything.exc, snn.OneToOne(), weight=0.5, delay=1.0)
    with pytest.raises(snn.UnknownNameError, match=r"declared after.*unknown projection 'noise->exc#2'"):
        everything.sim.weights(late)
    more = everything.net.population("more", 3, snn.LIF())
    with pytest.raises(snn.UnknownNameError, match=r"declared after.*unknown population 'more'"):
        everything.sim.state(more, "v")
