"""Currents injected, replaced and stopped while the network runs, against declared ones in the oracle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from oracle import Case, Current, Neurons, Result, cuba_lif, lif
from oracle.compare import assert_same_spikes
from oracle.pysnn_runner import collect, declare

import pysnn as snn

from .conftest import simulate

MODELS = {"delta": lif(v_th=15.0, t_ref=1.0), "exp": cuba_lif(t_ref=2.0)}


def course(case: Case, backend: str, threads: int) -> Result:
    """Currents that overlap in scattered neurons, replaced and stopped, beside one that is declared."""
    built = declare(case, sample_every=1.0)
    cells = built.groups["cells"]
    with snn.Simulation(built.net, backend=backend, threads=threads) as sim:
        sim.run(10.0)
        first = sim.inject(cells[[2, 60, 7, 99]], snn.ConstantCurrent(300.0))
        sim.run(5.0)
        second = sim.inject(cells[:70], snn.StepCurrent([0.0, 12.0, 25.0], [900.0, 100.0, 250.0]))
        sim.run(25.0)
        first.replace(snn.ConstantCurrent(450.0, start=50.0, stop=60.0))
        sim.run(5.0)
        second.stop()
        third = sim.inject(cells[50:], snn.ConstantCurrent(500.0))
        third.replace(snn.ConstantCurrent(320.0))
        sim.run(35.0)
        assert (first.stopped, second.stopped) == (False, True)
        return collect(case, built, sim)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("threads", [1, 3])
def test_currents_flow_from_and_to_the_moments_at_which_that_is_said(
    backend: str, kind: str, threads: int
) -> None:
    model = MODELS[kind]
    start = model.v_rest + 0.5 * (model.v_th - model.v_rest) * np.linspace(0.0, 1.0, 100)
    declared = (Current("cells", range(100), [0.0], [80.0]),)
    case = Case({"cells": Neurons(100, model, start)}, 80.0, currents=declared)
    said = [
        Current("cells", [2, 60, 7, 99], [10.0, 40.0, 50.0, 60.0], [300.0, 0.0, 450.0, 0.0]),
        Current("cells", range(70), [15.0, 25.0, 45.0], [100.0, 250.0, 0.0]),
        Current("cells", range(50, 100), [45.0], [320.0]),
    ]
    ours = course(case, backend, threads)
    oracle = simulate(Case(case.populations, 80.0, currents=(*declared, *said)), backend, 1.0)
    assert_same_spikes(ours, oracle, atol=1e-8, least=100)
    for state, values in oracle.states["cells"].items():
        assert ours.states["cells"][state] == pytest.approx(values, abs=1e-8)


def test_what_was_stopped_leaves_no_rounding_behind(cpu_backend: str) -> None:
    """1e9 pA and back: in float32 3 pA added to it would be lost."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 8, snn.LIF(v_th=1e12))
    probe = net.probe(cells, "v", every=1.0)
    states = []
    for disturbed in (False, True):
        with snn.Simulation(net, backend=cpu_backend, dtype="float32") as sim:
            sim.inject(cells, snn.ConstantCurrent(3.0))
            if disturbed:
                sim.inject(cells[:4], snn.ConstantCurrent(1e9)).stop()
            sim.run(30.0)
            states.append(sim.data[probe].values)
    assert np.array_equal(states[0], states[1])
    assert states[0][-1, 0] == pytest.approx(-70.0 + 3.0 * 10.0 / 250.0 * (1.0 - np.exp(-3.0)), abs=1e-3)


@pytest.mark.parametrize("change", ["set_parameters", "reset"])
def test_what_was_stopped_elsewhere_is_not_felt(cpu_backend: str, change: str) -> None:
    """By neurons that nothing connects with those into which it flowed, and that draw event by event."""
    fired = []
    for injected in (False, True):
        net = snn.Network(seed=1)
        apart = net.population("apart", 20, snn.SRM0(i_e=400.0))
        other = net.population("other", 20, snn.LIF())
        spikes = net.probe(apart, "spikes")
        with snn.Simulation(net, backend=cpu_backend) as sim:
            if injected:
                sim.inject(other, snn.ConstantCurrent(10.0)).stop()
            sim.run(5.0)
            if change == "set_parameters":
                sim.set_parameters(apart, i_e=420.0)
            else:
                sim.reset(keep="recordings", from_zero=False)
            sim.run(100.0)
            fired.append((sim.data[spikes].t.tobytes(), sim.data[spikes].i.tobytes()))
            assert sim.data[spikes].count > 50
    assert fired[0] == fired[1]


def test_injected_noise_has_draws_of_its_own_and_the_same_on_both_engines() -> None:
    voltages = {}
    for backend in ("clock", "event", "auto"):
        net = snn.Network(seed=1)
        cells = net.population("cells", 50, snn.LIF(v_th=1e12))
        with snn.Simulation(net, backend=backend, threads=2) as sim:
            sim.run(5.0)
            for part in (cells, cells[10:30]):
                sim.inject(part, snn.NoiseCurrent(0.0, 100.0, interval=1.0))
            sim.run(20.0)
            voltages[backend] = sim.state("cells", "v")
    assert np.unique(voltages["clock"]).size == 50
    assert voltages["event"] == pytest.approx(voltages["clock"], abs=1e-9)
    assert voltages["auto"] == pytest.approx(voltages["clock"], abs=1e-9)


def test_ten_thousand_currents_one_after_the_other_leave_nothing(cpu_backend: str) -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 2, snn.LIF(v_th=1e12))
    with snn.Simulation(net, backend=cpu_backend) as sim:
        for k in range(2000):
            flowing = sim.inject(cells, snn.ConstantCurrent(float(k)))
            flowing.stop()
        last = sim.inject(cells, snn.ConstantCurrent(25.0))
        sim.run(200.0)
        assert sim.state(cells, "v") == pytest.approx(-70.0 + 25.0 * 10.0 / 250.0, abs=1e-6)
        assert len(sim._injections.flowing) == 1
        assert repr(last) == "<Injection into 'cells': ConstantCurrent(amplitude=25.0, start=0.0, stop=inf)>"


def test_what_cannot_be_injected_is_refused() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 4, snn.LIF())
    source = net.source("source", 4, snn.Poisson(1.0))
    other = snn.Network(seed=1).population("cells", 5, snn.LIF())
    sim = snn.Simulation(net)
    current = snn.ConstantCurrent(1.0)
    with pytest.raises(snn.ParameterError, match="'source' is a source"):
        sim.inject(source, current)  # type: ignore[arg-type]
    with pytest.raises(snn.ParameterError, match="expected a Current"):
        sim.inject(cells, 5.0)  # type: ignore[arg-type]
    with pytest.raises(snn.ParameterError, match="belongs to another network"):
        sim.inject(other, current)
    with pytest.raises(snn.ParameterError, match="at least one neuron"):
        sim.inject(cells[[]], current)
    with pytest.raises(snn.ParameterError, match="3 columns for 2 neurons"):
        sim.inject(cells[:2], snn.StepCurrent([1.0], [[1.0, 2.0, 3.0]]))
    with pytest.raises(snn.UnknownNameError, match="did you mean 'cells'"):
        sim.inject("cell", current)
    flowing = sim.inject("cells", current)
    with pytest.raises(snn.ParameterError, match="3 columns for 4 neurons"):
        flowing.replace(snn.StepCurrent([1.0], [[1.0, 2.0, 3.0]]))
    assert flowing.current is current
    flowing.stop()
    stopped: list[Callable[[], object]] = [flowing.stop, lambda: flowing.replace(current)]
    for call in stopped:
        with pytest.raises(snn.ParameterError, match="this current was stopped"):
            call()
    still = sim.inject(cells, current)
    sim.close()
    closed: list[Callable[[], object]] = [
        still.stop,
        lambda: still.replace(current),
        lambda: sim.inject(cells, current),
    ]
    for call in closed:
        with pytest.raises(snn.ClosedError):
            call()


@pytest.mark.parametrize("threads", [1, 3])
def test_a_current_that_differs_by_neuron_is_one_of_each_value(cpu_backend: str, threads: int) -> None:
    """The membrane without a leak adds up what flows: pA ms / pF are mV."""
    net = snn.Network(seed=5)
    model = snn.LIF(tau_m=np.inf, c_m=1.0, v_th=np.inf, e_l=0.0, v_reset=0.0)
    cells = net.population("cells", 60, model)
    which = [40, 3, 17, 59]
    with snn.Simulation(net, backend=cpu_backend, threads=threads) as sim:
        first = sim.inject(cells[which], snn.ConstantCurrent(snn.Array([1.0, 2.0, 3.0, 4.0]), start=2.0))
        sim.inject(cells, snn.ConstantCurrent(snn.Uniform(10.0, 20.0)))
        sim.run(10.0)
        drawn = sim.state(cells, "v") / 10.0
        drawn[which] -= np.array([1.0, 2.0, 3.0, 4.0]) * 0.8
        assert np.all((drawn > 10.0 - 1e-9) & (drawn < 20.0))
        assert np.unique(drawn.round(6)).size == 60
        first.replace(snn.ConstantCurrent(1.0, stop=np.array([11.0, 12.0, 13.0, 10.0])))
        before = sim.state(cells, "v")
        sim.run(10.0)
        grown = sim.state(cells, "v") - before - 10.0 * drawn
        expected = np.zeros(60)
        expected[which] = [1.0, 2.0, 3.0, 0.0]
        assert grown == pytest.approx(expected, abs=1e-9)
    with snn.Simulation(net, backend=cpu_backend, noise_seed=7) as sim:
        sim.inject(cells, snn.ConstantCurrent(0.0)).stop()
        sim.inject(cells, snn.ConstantCurrent(snn.Uniform(10.0, 20.0)))
        sim.run(10.0)
        assert sim.state(cells, "v") / 10.0 == pytest.approx(drawn, abs=1e-9)  # other noise, the same draws
        for wrong, message in [
            (snn.ConstantCurrent([1.0, 2.0]), "expected 60 values"),
            (snn.NoiseCurrent(0.0, std=snn.Normal(0.0, 1.0)), "std"),
        ]:
            with pytest.raises(snn.ParameterError, match=message):
                sim.inject(cells, wrong)


def test_a_resumed_simulation_has_the_handles_of_what_flows(cpu_backend: str, tmp_path: Path) -> None:
    net = snn.Network(seed=5)
    model = snn.LIF(tau_m=np.inf, c_m=1.0, v_th=np.inf, e_l=0.0, v_reset=0.0)
    cells = net.population("cells", 60, model)
    net.current(cells, snn.ConstantCurrent(0.5))
    with snn.Simulation(net, backend=cpu_backend) as sim:
        over = sim.inject(cells, snn.ConstantCurrent(7.0))
        some = sim.inject(cells[[4, 2]], snn.ConstantCurrent(snn.Array([1.0, 2.0])))
        whole = sim.inject(cells, snn.ConstantCurrent(3.0))
        over.stop()
        assert sim.injections == (some, whole)
        sim.save(tmp_path / "at.h5")
        sim.reset()
        assert sim.injections == ()
        assert whole.stopped
    with snn.resume(tmp_path / "at.h5", threads=3) as sim:
        some, whole = sim.injections
        assert (some.population, some.indices.tolist(), whole.indices.tolist()) == (
            "cells",
            [4, 2],
            [*range(60)],
        )
        assert whole.current == snn.ConstantCurrent(3.0)
        whole.replace(snn.ConstantCurrent(5.0))
        some.stop()
        assert sim.injections == (whole,)
        with sim.copy() as other:
            (also,) = other.injections
            also.stop()
            assert not whole.stopped
            other.run(10.0)
            assert other.state(cells, "v") == pytest.approx(5.0)
        sim.run(10.0)
        assert sim.state(cells, "v") == pytest.approx(55.0)
    with pytest.raises(snn.ClosedError):
        whole.stop()
