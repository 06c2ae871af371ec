"""Delays that are set and synapses that are rewired on OpenCL: the clock's bits, whatever is under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pysnn as snn

from .test_opencl import CELL, CUTS, assert_same_bits, cut_work
from .test_rewiring import averaged

pytestmark = pytest.mark.opencl

CELL = CELL.replace(t_ref=1.6)  # a multiple of dt = 0.2 ms
Act = Callable[[Any], None]


def network() -> snn.Network:
    """Every way in which spikes are sent, whose sums depend on their order."""
    net = snn.Network(seed=6)
    exc = net.population("exc", 80, CELL, init={"v": snn.Uniform(-60.0, -50.0)})
    inh = net.population("inh", 30, CELL, init={"v": snn.Uniform(-60.0, -50.0)})
    counts, waits = net.source("counts", 80, snn.Poisson(3000.0)), net.source("waits", 50, snn.Poisson(60.0))
    sparse = snn.FixedProbability(0.15)
    net.projection(counts, exc, snn.OneToOne(), weight=44.7, delay=0.6, name="drive")
    net.projection(counts, inh, sparse, weight=snn.Uniform(1.0, 9.0), delay=1.2, name="bursts")
    net.projection(waits, exc, sparse, weight=55.3, delay=[0.8, 2.4], name="fan")
    net.projection(
        exc, exc, sparse, snn.Normal(20.0, 8.0, min=0.0), snn.Uniform(0.6, 6.0, step=0.2), name="drawn",
        synapses_per_pair=2,
    )  # fmt: skip
    net.projection(exc, inh, sparse, weight=21.3, delay=0.8, name="alike")
    net.projection(inh, exc, sparse, weight=-21.3, delay=0.6, receptor="inh", name="back")
    net.projection(
        exc, inh, sparse, snn.Uniform(1.0, 30.0), snn.Uniform(0.8, 3.0, step=0.2), name="learns",
        plasticity=snn.PairSTDP(a_plus=0.03, a_minus=0.032, w_max=60.0), dendritic_fraction=0.0,
    )  # fmt: skip
    net.projection(
        waits, inh, sparse, snn.Uniform(1.0, 60.0), snn.Uniform(0.8, 3.0, step=0.2), name="tires",
        dynamics=snn.TsodyksMarkram(U=0.4, tau_rec=100.0),
    )  # fmt: skip
    for group in (exc, inh, counts):
        net.probe(group, "spikes", name=f"{group.name} spikes")
    net.probe(net.projections["learns"], "weight", changes=True, name="changes")
    return net


def shown(sim: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"delivered": sim.delivered()}
    for name in sim.data:
        found |= {f"{name} {part}": getattr(sim.data[name], part) for part in ("t", "i")}
    for p in sim.spec.projections:
        table = sim.synapses(p.name)
        found |= {f"{p.name} {part}": getattr(table, part) for part in ("i", "j", "k", "delay")}
        found[f"{p.name} w"] = sim.weights(p.name)
    return found | {f"{name} v": sim.state(name, "v") for name in ("exc", "inh")}


def delays(sim: Any, name: str, longest: int, seed: int) -> None:
    n = len(sim.synapses(name))
    sim.set_delays(name, 0.2 * np.random.default_rng(seed).integers(6, longest, n))


def both(sim: Any) -> None:
    """Several times, so that spikes of several moments are under way with delays of their own."""
    seed = round(sim.time * 10)
    for name in ("drawn", "alike", "fan", "learns", "tires"):
        delays(sim, name, 60 if seed < 200 else 20, seed)
    sim.rewire("drawn", 17.0, below=12.0)
    sim.set_delays("drive", 0.2 * (1 + seed % 40))
    if seed > 300:
        sim.set_weights("alike", np.linspace(1.0, 40.0, len(sim.weights("alike"))))
        sim.set_weights("drive", np.linspace(30.0, 60.0, 80))


PARTS = (20.0, 2.6, 0.4, 9.0, 30.0)


def outcome(
    backend: str, act: Act = both, parts: tuple[float, ...] = PARTS, **options: Any
) -> dict[str, Any]:
    with snn.Simulation(network(), backend=backend, dt=0.2, **options) as sim:
        for part in parts:
            sim.run(part)
            act(sim)
        sim.run(15.0)
        return shown(sim)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_is_under_way_arrives_as_on_the_clock(dtype: str) -> None:
    ours = outcome("opencl", dtype=dtype)
    assert_same_bits(ours, outcome("clock", dtype=dtype, threads=2))
    assert len(ours["exc spikes t"]) > 300
    assert len(ours["changes t"]) > 1000


@pytest.mark.parametrize("cut", CUTS)
def test_no_bit_depends_on_how_work_is_cut(cut: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = outcome("opencl", parts=PARTS[:3])
    cut_work(cut, monkeypatch)
    assert_same_bits(outcome("opencl", parts=PARTS[:3]), usual)


def test_a_copy_goes_on_with_what_is_under_way() -> None:
    with snn.Simulation(network(), backend="opencl", dt=0.2) as sim:
        for part in PARTS[:3]:
            sim.run(part)
            both(sim)
        with sim.copy() as other:
            for one in (sim, other):
                one.run(7.0)
                both(one)
                one.run(15.0)
            theirs = shown(other)
        # Recordings of a copy are those of both.
        assert_same_bits(shown(sim), theirs)


def test_synapses_that_learn_or_tire_change_before_they_hear_anything() -> None:
    """Before the first spike and after resets, in either of which time begins again or goes on."""

    def act(sim: Any) -> None:
        if sim.time not in (0.2, 20.2):
            return
        sim.reset(from_zero=sim.time > 20.0)
        for name in ("learns", "tires"):
            delays(sim, name, 30, 1)
            sim.rewire(name, 20.0, below=7.0)

    def run(backend: str) -> dict[str, Any]:
        with snn.Simulation(network(), backend=backend, dt=0.2) as sim:
            for name in ("learns", "tires"):
                delays(sim, name, 20, 2)
                sim.rewire(name, 25.0, below=5.0)
            for part in (0.2, 20.0, 25.0):
                sim.run(part)
                act(sim)
            return shown(sim)

    ours = run("opencl")
    assert_same_bits(ours, run("clock"))
    assert len(ours["changes t"]) > 500


def test_what_a_rule_keeps_of_synapses_goes_with_them() -> None:
    """Averages of Adam and half a batch, from one call of run_trials to the next."""
    assert averaged("some", backend="opencl") == averaged("some")


def test_what_a_readout_gathers_goes_with_its_synapses() -> None:
    def run(backend: str) -> list[Any]:
        net = snn.Network(seed=5)
        eye = net.source("eye", 20, snn.Input())
        out = net.population("out", 3, snn.Readout(tau_m=np.inf), init={"v": 0.0})
        error = net.error("error", out, loss="softmax")
        rule = snn.DeltaRule(eta=0.1, batch=3, optimiser="adam")
        net.projection(
            eye, out, snn.FixedProbability(0.5), snn.Normal(0.0, 0.3), snn.Uniform(1.0, 4.0, step=1.0),
            name="wires", plasticity=rule, modulator=error,
        )  # fmt: skip
        rng = np.random.default_rng(1)
        with snn.Simulation(net, dt=1.0, backend=backend) as sim:
            for call in range(3):
                trial, t, i = np.nonzero(rng.random((4, 20, 20)) < 0.2)
                begins = np.searchsorted(trial, np.arange(5))
                spikes = snn.encoders.TrialSpikes(1.0 + t.astype(np.float64), i, begins, 20, 25.0)
                sim.run_trials(spikes, counts=(), teach={"error": rng.integers(0, 3, 4)})
                sim.rewire("wires", 0.3, below=0.15)
                sim.set_delays("wires", sim.synapses("wires").delay % 3 + 1 + call)
            return [sim.weights("wires").tolist(), sim.synapses("wires").i.tolist()]

    assert run("opencl") == run("clock")


def test_what_cannot_be_is_refused_as_on_the_clock() -> None:
    def tries(sim: Any) -> list[Callable[[], object]]:
        n = len(sim.synapses("drawn"))
        return [
            lambda: sim.set_delays("drawn", 0.4),
            lambda: sim.set_delays("fan", 0.4),
            lambda: sim.set_delays("drawn", [1.0, 2.0]),
            lambda: sim.set_delays("drawn", np.full(n, 1.1)),
            lambda: sim.set_delays("drive", np.linspace(1.0, 16.8, 80)),
            lambda: sim.rewire("learns", 2.0, below=10.0),
            lambda: sim.rewire("tires", 3.0, below=100.0),
            lambda: sim.rewire("drive", 3.0, below=100.0),
        ]

    said: list[list[tuple[type, str]]] = []
    for backend in ("opencl", "clock"):
        with snn.Simulation(network(), backend=backend, dt=0.2) as sim:
            sim.run(20.0)
            before = shown(sim)
            said.append([])
            for attempt in tries(sim):
                with pytest.raises(snn.ParameterError) as error:
                    attempt()
                said[-1].append((type(error.value), str(error.value)))
            assert_same_bits(shown(sim), before)
    assert said[0] == said[1]
