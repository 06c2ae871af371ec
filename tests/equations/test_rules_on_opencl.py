"""Rules from equations on an OpenCL device have the bits of the clock engine, all parts of the language.

What they are held to of their own is in test_rules.py and test_calcium.py, on every engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conformance.test_opencl import CUTS, cut_work
from numpy.typing import NDArray

import pysnn as snn

pytestmark = pytest.mark.opencl

BACKENDS = ("clock", "opencl")


class Everything(snn.RuleEquations):
    """Several traces, states that decay and that stay, closed forms, functions, a modulator that sees all."""

    tau_x = snn.param(default=17.0, unit="ms", above=0.0)
    tau_z = snn.param(default=90.0, unit="ms", above=0.0)
    tau_c = snn.param(default=25.0, unit="ms", above=0.0)
    tau_w = snn.param(default=700.0, unit="ms", above=0.0)
    eta = snn.param(default=0.06, low=0.0)
    w_max = snn.param(default=1.5, above=0.0)

    pre = """
        dx/dt = -x / tau_x : 1
        dz/dt = -z / tau_z : 1
    """
    post = """
        dy/dt = -y / (1.3 * tau_x) : 1
        dv/dt = -v / tau_z : 1
    """
    synapse = """
        dc/dt = -c / tau_c : 1
        dseen/dt = 0 : 1
        dfor_long/dt = 0 : 1
    """
    on_pre = """
        w -= eta * y * tanh(v) / (1 + exp(-c))
        c += 1 + 0.2 * min(z, 3); seen += 1
        x += 1 - 0.3 * x; z = where(z > 2, 0.5 * z, z + 1)
    """
    on_post = """
        w += eta * x * sqrt(1 + v) * (w_max - w)
        c *= 0.9; c += 0.5; y = 1; v += exprel(-v)
    """
    on_modulator = "w += 0.1 * signal * (x - y) * cosh(0.1 * c); seen -= 0.5 * abs(signal)"
    between = """
        above = min(max(tau_c * log(c / 0.8), 0), elapsed) : ms
        w = w_max / 3 + (w - w_max / 3) * exp(-above / tau_w)
        for_long += above / tau_c
    """
    bounds = "0.02 <= w <= w_max"


class Unbidden(snn.RuleEquations):
    """It acts before any presynaptic spike, may cross zero, and has no trace of the source."""

    tau = snn.param(default=30.0, unit="ms", above=0.0)
    post = "dy/dt = -y / tau : 1"
    synapse = "dq/dt = -q / (2 * tau) : 1"
    on_post = "w -= 0.03 * (1 + y); y += 1; q += w"
    on_modulator = "w += 0.2 * signal * y"
    between = "w += 0.002 * q * (1 - exp(-elapsed / (2 * tau)))"
    signed = True


class Still(snn.RuleEquations):
    """Neither trace nor parameter, and nothing at a postsynaptic spike."""

    on_pre = "w *= 0.98"


RULES = {"everything": Everything(), "unbidden": Unbidden(), "still": Still()}


def described(rule: snn.PlasticityRule, fraction: float, dtype: str = "float64") -> snn.Network:
    """Neurons that hear themselves and others, several synapses a pair; a signal of each target's own."""
    net = snn.Network(seed=9)
    cells = net.population("cells", 23, snn.LIF(t_ref=1.0), init={"v": snn.Uniform(-70.0, -55.0)})
    noise = net.source("noise", 23, snn.Poisson(rate=900.0))
    source = net.source("source", 17, snn.Poisson(rate=120.0))  # at times twice in a step
    net.projection(noise, cells, snn.OneToOne(), weight=2.2, delay=0.4)
    signal = net.modulator("signal", of=cells) if rule.modulator else None
    for name, pre, weight in (
        ("outside", source, snn.Uniform(0.1, 0.5)),
        ("within", cells, snn.Uniform(-0.5, -0.1) if rule.signed else snn.Uniform(0.1, 0.5)),
    ):
        learns = net.projection(
            pre, cells, snn.FixedProbability(0.5), weight=weight, delay=[0.4, 1.8, 4.0], plasticity=rule,
            dendritic_fraction=fraction, modulator=signal, name=name,
        )  # fmt: skip
        net.probe(learns, "weight", every=7.0, name=f"{name} weights")
        if name == "outside":
            net.probe(learns, "weight", changes=True, name="changes")
    net.probe(cells, "spikes", name="spikes")
    return net


def signals(sim: snn.Simulation, duration: float, every: float) -> None:
    """A run with moments of the modulator at even steps."""
    if sim.spec.modulators:
        begin = sim.time
        for k in range(int(duration / every)):
            at = round(begin + every * (k + 1), 6)
            sim.modulate("signal", np.cos(0.3 * k + np.arange(23.0)), at=at)
    sim.run(duration)


def shown(sim: snn.Simulation) -> dict[str, NDArray[Any]]:
    seen = {f"weights {name}": np.array(sim.weights(name)) for name in ("outside", "within")}
    for name in sim.data:
        data = sim.data[name]
        seen |= {
            f"{name} {f}": np.array(getattr(data, f)) for f in ("t", "i", "w", "values") if hasattr(data, f)
        }
    return seen


def on_both(
    net: snn.Network, act: Callable[[snn.Simulation], object], **options: Any
) -> dict[str, NDArray[Any]]:
    """What is seen on both engines, which is the same to the last bit."""
    found = []
    for backend in BACKENDS:
        with snn.Simulation(net, backend=backend, **options) as sim:
            act(sim)
            found.append(shown(sim))
    clock, opencl = found
    assert clock.keys() == opencl.keys()
    assert [name for name in clock if not np.array_equal(clock[name], opencl[name])] == []
    return opencl


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", RULES)
def test_a_rule_gives_the_clocks_bits(name: str, fraction: float, dtype: str) -> None:
    def act(sim: snn.Simulation) -> None:
        for duration in (40.0, 0.1, 60.0):
            signals(sim, duration, 2.5)

    seen = on_both(described(RULES[name], fraction), act, dtype=dtype)
    assert len(seen["spikes t"]) > 100
    assert len(seen["changes t"]) > 1000
    assert np.ptp(seen["weights within"] - seen["within weights values"][0]) > 0.05


@pytest.mark.parametrize("cut", CUTS)
def test_no_bit_depends_on_how_work_is_cut(cut: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_work(cut, monkeypatch)
    on_both(described(RULES["everything"], 0.5), lambda sim: signals(sim, 40.0, 2.5))


@pytest.mark.parametrize("name", RULES)
def test_what_changes_while_it_runs_gives_the_clocks_bits(name: str) -> None:
    """Learning off and on, at other rates, weights replaced, a reset, trials, many moments at once."""

    def act(sim: snn.Simulation) -> None:
        signals(sim, 20.0, 1.0)
        sim.set_learning("outside", False)
        sim.set_learning("within", rate=0.4)
        signals(sim, 12.3, 0.7)
        sim.set_learning("outside", True)
        signals(sim, 9.7, 5.0)
        sim.set_weights("within", 0.7 * np.array(sim.weights("within")))
        sim.set_learning("within", rate=3.0)
        signals(sim, 25.0, 0.2)
        sim.reset()
        signals(sim, 15.0, 1.0)
        sim.set_learning("within", False)
        sim.run_trials(duration=10.0, keys=[1, 1, 5])
        sim.set_learning("within", True)
        signals(sim, 15.0, 1.0)

    on_both(described(RULES[name], 0.5), act)


@pytest.mark.parametrize("name", RULES)
def test_a_copy_goes_on_with_the_same_bits(name: str) -> None:
    """One that was taken while learning was slow, with spikes under way and moments to come."""
    with snn.Simulation(described(RULES[name], 0.5), backend="opencl") as sim:
        sim.set_learning("within", rate=0.6)
        signals(sim, 31.1, 1.3)
        with sim.copy() as copy:
            for each in (sim, copy):
                signals(each, 20.0, 0.9)
            ours, theirs = shown(sim), shown(copy)
    assert [
        name for name in ("weights outside", "weights within") if not np.array_equal(ours[name], theirs[name])
    ] == []


def test_a_weight_that_leaves_all_bounds_is_an_error() -> None:
    class Grows(snn.RuleEquations):
        on_pre = "w *= 1e30"

    said = []
    for backend in BACKENDS:
        net = snn.Network(seed=1)
        source = net.source("source", 2, snn.SpikeArray([[1.0, 2.0, 3.0, 4.0], []]))
        cells = net.population("cells", 2, snn.LIF())
        net.projection(source, cells, snn.AllToAll(), weight=1.0, delay=1.0, plasticity=Grows(), name="grows")
        with (
            snn.Simulation(net, backend=backend) as sim,
            pytest.raises(snn.ParameterError, match="'grows': a weight has grown") as error,
        ):
            sim.run(10.0)
        said.append(str(error.value))
    assert said[0] == said[1]
