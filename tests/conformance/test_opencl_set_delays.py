"""Delays of synapses that learn or tire, set on OpenCL after they have heard spikes: the clock's bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pysnn as snn

from .test_opencl import CUTS, assert_same_bits, cut_work, network
from .test_opencl_rules import RULES, learning
from .test_set_delays import same
from .test_set_delays_of_learning import KINDS, events, learning_network, seen

pytestmark = pytest.mark.opencl

BITS = [kind for kind in KINDS if kind != "drifts"]  # whose exponential is the device's own
PARTS = (5.3, 1.0, 0.1, 0.7, 2.4, 10.7, 0.2, 19.6)


def run(kind: str, backend: str, parts: tuple[float, ...] = (40.0,), **options: Any) -> list[Any]:
    with snn.Simulation(learning_network(kind), backend=backend, dt=0.1, **options) as sim:
        events(sim, 0.0)
        for part in parts:
            sim.run(part)
            if len(parts) > 1:
                sim.weights("wires")
        return seen(sim)


@pytest.mark.parametrize("kind", BITS)
def test_synapses_of_every_kind_have_the_clocks_bits(kind: str) -> None:
    ours = run(kind, "opencl", PARTS)
    assert same(ours, run(kind, "clock", threads=2))
    assert ours[0].size > 1000


@pytest.mark.parametrize("kind", ["eprop", "both"])
def test_single_precision_has_too(kind: str) -> None:
    assert same(run(kind, "opencl", dtype="float32"), run(kind, "clock", dtype="float32"))


def test_weights_that_drift_agree_but_for_the_devices_exponential() -> None:
    ours, clock = run("drifts", "opencl", PARTS), run("drifts", "clock")
    assert same(ours[:2], clock[:2])
    for a, b in zip(ours[3:5], clock[3:5], strict=True):
        np.testing.assert_allclose(a, b, rtol=0.0, atol=1e-9 * float(b.max()))


@pytest.mark.parametrize("kind", BITS)
def test_copies_and_checkpoints_go_on_in_strands(kind: str, tmp_path: Path) -> None:
    """Saved while spikes are under way by delays that their synapses have no more."""
    whole = run(kind, "opencl")
    sim = snn.Simulation(learning_network(kind), backend="opencl", dt=0.1)
    events(sim, 0.0)
    for part in (6.2, 0.3, 3.0, 11.0, 19.5):
        sim.run(part)
        sim.save(tmp_path / "at.h5")
        with sim.copy() as other:
            assert same(seen(other), seen(sim))
        sim.close()
        sim = snn.resume(tmp_path / "at.h5")
    assert same(seen(sim), whole)
    sim.close()


def random_delays(sim: Any, name: str, longest: int) -> None:
    draw = np.random.default_rng(round(10 * sim.time))
    least = 8
    sim.set_delays(name, np.round(0.1 * draw.integers(least, longest, len(sim.synapses(name))), 9))


def told(net: snn.Network, backend: str, **options: Any) -> dict[str, Any]:
    """What is recorded where delays are set four times, twice within the longest of them."""
    with snn.Simulation(net, backend=backend, dt=0.1, **options) as sim:
        for part, longest in ((12.0, 90), (6.0, 12), (2.0, 60), (9.0, 30)):
            sim.run(part)
            for name in ("learns", "bursts"):
                random_delays(sim, name, longest)
        sim.run(15.0)
        found: dict[str, Any] = {"delivered": sim.delivered(), "v": sim.state("exc", "v")}
        for name in sim.data:
            record = sim.data[name]
            found |= {f"{name} {part}": getattr(record, part) for part in ("t", "i") if hasattr(record, part)}
        for name in ("learns", "bursts"):
            found[name] = sim.weights(name)
        return found


@pytest.mark.parametrize("name", RULES)
def test_every_rule_tells_the_changes_of_the_clock(name: str) -> None:
    net = learning(RULES[name], 0.0)
    ours = told(net, "opencl")
    assert_same_bits(ours, told(net, "clock", threads=2))
    assert len(ours["learns changes t"]) > 1000


@pytest.mark.parametrize("cut", CUTS)
def test_no_bit_depends_on_how_work_is_cut(cut: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = run("both", "opencl", PARTS[:5])
    cut_work(cut, monkeypatch)
    assert same(run("both", "opencl", PARTS[:5]), usual)


@settings(max_examples=12)
@given(
    kind=st.sampled_from(["pairs", "reward", "equations", "eprop", "releases"]),
    sets=st.lists(
        st.tuples(st.integers(0, 90), st.integers(0, 3), st.integers(5, 120)), min_size=1, max_size=5
    ),
)
def test_whenever_they_are_set_the_bits_are_the_clocks(kind: str, sets: list[tuple[int, int, int]]) -> None:
    """Sources that fire several times in a step, cells without a refractory time, delays of any length."""
    rule = KINDS[kind].get("plasticity")

    def outcome(backend: str) -> list[Any]:
        net = snn.Network(seed=4)
        eye = net.source("eye", 12, snn.Poisson(3000.0))
        cells = net.population("cells", 9, snn.LIF(t_ref=0.0), init={"v": snn.Uniform(-70.0, -50.0)})
        signal = net.modulator("signal") if rule is not None and rule.modulator else None
        wires = [
            net.projection(
                source, cells, snn.FixedProbability(0.7), snn.Uniform(0.2, 1.0), delay=[0.5, 0.5, 1.4],
                name=name, modulator=signal, **KINDS[kind],
            )
            for source, name in ((eye, "in"), (cells, "among"))
        ]  # fmt: skip
        spikes = net.probe(cells, "spikes")
        with snn.Simulation(net, backend=backend, dt=0.1) as sim:
            for at, how, longest in sets:
                draw = np.random.default_rng(at + 100 * longest)
                for p in wires[how % 2 :][: 1 + how // 2]:
                    delays = draw.integers(5, longest + 1, len(sim.synapses(p)))
                    sim.set_delays(p, np.round(0.1 * delays, 9), at=0.1 * at)
            if signal is not None:
                sim.modulate(signal, 0.5, at=7.0)
            sim.run(12.0)
            return [
                sim.data[spikes].t, sim.data[spikes].i, sim.state(cells, "v"), *map(sim.weights, wires),
                *sim.delivered().values(),
            ]  # fmt: skip

    ours = outcome("opencl")
    assert same(ours, outcome("clock"))
    assert ours[0].size > 5


def test_room_for_what_is_under_way_is_made_as_it_is_needed() -> None:
    """A source that falls silent and then fires a hundred times in a step, over delays of a second."""

    def outcome(backend: str) -> list[Any]:
        net = snn.Network(seed=4)
        eye = net.source("eye", 3, snn.Input())
        cells = net.population("cells", 4, snn.LIF(v_th=np.inf))
        rule = snn.TripletSTDP(w_max=2.0)
        wires = net.projection(eye, cells, snn.AllToAll(), snn.Uniform(0.5, 1.0), [1.0, 2.0], plasticity=rule)
        with snn.Simulation(net, backend=backend, dt=1.0) as sim:
            sim.feed(eye, ([1.0, 2.0, 3.0], [0, 1, 2]))
            sim.run(3.0)
            sim.set_delays(wires, np.arange(24) * 40.0 + 5.0)
            for t in (4.0, 400.0, 401.0, 950.0):
                sim.feed(eye, (np.full(100, t), np.arange(100) % 3))
            sim.run(500.0)
            sim.set_delays(wires, 7.0)
            sim.run(700.0)
            return [sim.state(cells, "v"), sim.weights(wires), *sim.delivered().values()]

    assert same(outcome("opencl"), outcome("clock"))


@pytest.mark.parametrize("kind", ["pairs", "both", "eprop"])
@pytest.mark.parametrize("from_zero", [True, False])
def test_after_a_reset_rows_are_whole_again(kind: str, from_zero: bool) -> None:
    def outcome(backend: str) -> list[Any]:
        with snn.Simulation(learning_network(kind), backend=backend, dt=0.1) as sim:
            events(sim, 0.0)
            sim.run(21.0)
            sim.reset(keep=["weights"], from_zero=from_zero)
            sim.run(9.0)
            sim.set_delays("wires", sim.synapses("wires").delay[::-1].copy())
            sim.run(9.0)
            return seen(sim)

    assert same(outcome("opencl"), outcome("clock"))


@pytest.mark.parametrize("in_order", [True, False])
def test_trials_begin_with_the_delays_that_were_set(in_order: bool) -> None:
    def outcome(backend: str) -> list[Any]:
        with snn.Simulation(learning_network("pairs"), backend=backend, dt=0.1) as sim:
            events(sim, 0.0)
            sim.run(10.0)
            counts = []
            for _ in range(2):
                if not in_order:
                    sim.set_learning("wires", False)
                    sim.set_learning("back", False)
                trials = sim.run_trials(duration=15.0, keys=[1, 2, 3], counts=["cells"])
                counts.append(trials.counts("cells"))
                sim.set_delays("wires", sim.synapses("wires").delay % 3.0 + 1.0)
            sim.run(5.0)
            return [*counts, *seen(sim)]

    assert same(outcome("opencl"), outcome("clock"))


def test_dendritic_delays_are_refused_as_on_the_clock_once_neurons_have_fired() -> None:
    said = []
    for backend in ("opencl", "clock"):
        net = network(RULES["triplet"], 0.5)
        with snn.Simulation(net, backend=backend, dt=0.1) as sim:
            before = sim.delays("learns")
            with pytest.raises(
                snn.OffGridError, match=r"dendritic_fraction 0.5 of a delay of 1.1 ms"
            ) as error:
                sim.set_delays("learns", 1.1)
            said.append(str(error.value))
            assert np.array_equal(sim.delays("learns"), before)
            sim.set_delays("learns", 1.2)  # nothing has fired
            sim.run(20.0)
            with pytest.raises(snn.ParameterError, match="hears its targets by dendritic delays") as later:
                sim.set_delays("learns", 1.4)
            said.append(str(later.value))
            sim.reset()
            sim.set_delays("learns", 2.0)
    assert said[:2] == said[2:]


def test_potentials_that_a_rule_watches_are_kept_for_dendrites_set_before_the_first_step() -> None:
    """As long as the longest of them, which may be longer than any was."""

    def outcome(backend: str) -> dict[str, Any]:
        net = learning(RULES["Clopath"], 0.5)
        with snn.Simulation(net, backend=backend, dt=0.1) as sim:
            n = len(sim.synapses("learns"))
            sim.set_delays("learns", np.round(0.2 * np.random.default_rng(3).integers(8, 60, n), 9))
            sim.run(60.0)
            return {"w": sim.weights("learns"), "v": sim.state("exc", "v")}

    assert_same_bits(outcome("opencl"), outcome("clock"))
