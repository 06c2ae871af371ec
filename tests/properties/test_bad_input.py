"""Odd values never crash: what comes is a result, or a PysnnError, TypeError or ValueError.

Warnings count as failures (filterwarnings = error), and a crash of the core ends the test run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import decimal
import fractions
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pysnn as snn
from pysnn.base.params import Parameters

MANY = settings(max_examples=150)

NUMBERS: list[Any] = [
    0, -1, 1, 2, 0.5, -0.0, 1e-320, 5e-324, 1e-9, 1e300, -1e300, float("nan"), float("inf"), -float("inf"),
    2**31, 2**32, 2**53 + 1, 2**63, 2**64, -(2**70), 10**400, np.float32(0.1), np.int8(-3), np.uint64(2**63),
    np.float64("nan"), np.longdouble(2), True, np.bool_(False), 1 + 2j, decimal.Decimal("0.1"),
    fractions.Fraction(1, 3),
]  # fmt: skip
OBJECTS: list[Any] = [
    None, "", "x", "0.1", "nan", "\0", "a/b", "é", b"1", [], (), {}, set(), [1.0], [0.1, float("nan")],
    [[1.0]], [[1.0], [2.0, 3.0]], [None], ["a"], [1e400], range(3), range(0), slice(None), slice(2, 1),
    object(), np.zeros(0), np.zeros((2, 2)), np.array(1.0), np.array(["a"]), np.array([1, None]),
    np.array([1 + 1j]),
    np.array([True, False]), np.arange(3, dtype=np.int8), np.array([np.inf, 1.0]),
    np.datetime64("2020-01-01"), lambda: 1, snn.LIF, snn.LIF(), snn.Poisson(1.0), snn.Uniform(0.0, 1.0),
    snn.Uniform, snn.AllToAll(),
    snn.PairSTDP(), snn.StepCurrent([1.0], [1.0]), Ellipsis, NotImplemented, type, 3 * [2**40],
]  # fmt: skip
odd = st.sampled_from(NUMBERS) | st.sampled_from(OBJECTS) | st.integers() | st.floats() | st.text(max_size=4)

BASES = (
    snn.NeuronModel,
    snn.PlasticityRule,
    snn.Source,
    snn.Current,
    snn.ConnectionRule,
    snn.Distribution,
)
CLASSES: list[type[Parameters]] = [getattr(snn, name) for base in BASES for name in base.registry]


@contextlib.contextmanager
def refusal() -> Iterator[None]:
    """A declared error, with a sentence in it, is as good as a result."""
    try:
        yield
    except (snn.PysnnError, TypeError, ValueError) as error:
        if not str(error):
            raise AssertionError(f"{type(error).__name__} without a message") from error


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=40)
@given(data=st.data())
def test_parameters_of_every_class(cls: type[Parameters], data: st.DataObject) -> None:
    names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    chosen = data.draw(st.lists(st.sampled_from([*names, "tau", "x"]), unique=True, min_size=1))
    values = {name: data.draw(odd) for name in chosen}
    with refusal():
        made = cls(**values)
        assert made == made.replace()
        repr(made)
        hash(made)


def network() -> tuple[snn.Network, Any, Any, Any]:
    net = snn.Network(seed=1)
    cells = net.population("cells", 3, snn.LIF())
    source = net.source("source", 2, snn.SpikeArray([[1.0], [2.0]]))
    return net, cells, source, net.projection(source, cells, snn.AllToAll(), weight=1.0, delay=1.0)


CALLS: dict[str, tuple[str, ...]] = {
    "population": ("name", "n", "model", "init"),
    "source": ("name", "n", "source"),
    "projection": (
        "pre", "post", "rule", "weight", "delay", "receptor", "plasticity", "synapses_per_pair",
        "dendritic_fraction", "name",
    ),
    "current": ("target", "current"),
    "probe": ("target", "what", "every", "changes", "name"),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@MANY
@given(data=st.data())
def test_declarations(call: str, data: st.DataObject) -> None:
    net, cells, source, projection = network()
    good: dict[str, Any] = {
        "name": "new", "n": 3, "model": snn.CubaLIF(), "init": {}, "source": snn.Poisson(5.0), "pre": source,
        "post": cells, "rule": snn.AllToAll(), "weight": 1.0, "delay": 1.0, "receptor": None,
        "plasticity": None, "synapses_per_pair": 1, "dendritic_fraction": 0.0, "target": cells,
        "what": "spikes", "every": None,
        "changes": False, "current": snn.ConstantCurrent(10.0),
    }  # fmt: skip
    arguments = {name: good[name] for name in CALLS[call]}
    handles = st.sampled_from([cells, source, projection, cells[1:], cells[[0, 2]], source[:1], net])
    for name in data.draw(st.lists(st.sampled_from(CALLS[call]), unique=True, min_size=1, max_size=2)):
        arguments[name] = data.draw(odd | handles)
    with refusal():
        getattr(net, call)(**arguments)
    # whatever was refused left nothing behind that cannot be described and built
    small = all(p.n < 1000 for p in net.spec().populations) and all(s.n < 1000 for s in net.spec().sources)
    text = net.spec().to_json()
    assert snn.NetworkSpec.from_json(text).to_json() == text
    copies = max(p.synapses_per_pair for p in net.spec().projections)
    if small and copies < 1000:
        with refusal(), snn.Simulation(net, backend="clock", threads=1) as sim:
            sim.run(0.5)


@MANY
@given(index=odd | st.slices(10))
def test_views(index: Any) -> None:
    _, cells, source, _ = network()
    for group in (cells, source):
        with refusal(), contextlib.suppress(IndexError):  # the language's own error for an index
            assert len(group[index]) <= len(group)


@pytest.mark.parametrize("backend", ["clock", "event"])
@MANY
@given(
    name=st.sampled_from(["backend", "dt", "threads", "dtype", "log", "off_grid", "network"]),
    value=odd.filter(lambda v: not isinstance(v, str) or len(v) != 1),
)
def test_options_of_a_simulation(backend: str, name: str, value: Any) -> None:
    if name == "log" and isinstance(value, (str, bytes)):
        return  # a path is a path: tests of the logs try those in folders of their own
    if name == "threads" and isinstance(value, (int, np.integer)) and value > 8:
        return
    options: dict[str, Any] = {"network": network()[0], "backend": backend, "threads": 1, name: value}
    with refusal(), snn.Simulation(**options) as sim:
        # One step at least; "event" has no steps, and a span of 1e12 ms would take it as long as it takes.
        sim.run(sim.dt if backend == "clock" and sim.dt >= 1.0 else min(1.0, 20 * sim.dt))


SIMULATION_CALLS = [
    "run",
    "weights",
    "weights_view",
    "synapses",
    "set_weights",
    "state",
    "set_state",
    "data",
]


@pytest.mark.parametrize("backend", ["clock", "event"])
@MANY
@given(
    call=st.sampled_from(SIMULATION_CALLS),
    one=odd,
    two=odd,
)
def test_calls_of_a_simulation(backend: str, call: str, one: Any, two: Any) -> None:
    net, cells, _, projection = network()
    with snn.Simulation(net, backend=backend, threads=1) as sim:
        with refusal(), contextlib.suppress(KeyError):
            if call == "run":
                if isinstance(one, (int, float, np.number, np.ndarray)) and np.all(np.abs(one) > 100.0):
                    return  # would be asked to run for long
                sim.run(one)
            elif call == "data":
                sim.data[one]
            elif call == "set_weights":
                sim.set_weights(projection, one)
            elif call == "state":
                sim.state(cells, one)
            elif call == "set_state":
                sim.set_state(cells, "v", one)
            else:
                getattr(sim, call)(one)
        # it still runs
        sim.run(1.0)
        assert sim.weights(projection).shape == (6,)


ODD_FLOATS = [1e-300, 1e-12, 1e-3, 1.0, 3.0, 1e3, 1e9, 1e300]


@pytest.mark.parametrize("backend", ["clock", "event"])
@MANY
@given(data=st.data())
def test_extreme_but_allowed_numbers_end_in_a_result_or_a_refusal(backend: str, data: st.DataObject) -> None:
    positive = st.sampled_from(ODD_FLOATS)
    signed = positive | positive.map(lambda x: -x) | st.just(0.0)
    cls = data.draw(st.sampled_from([snn.LIF, snn.CubaLIF]))
    values = {}
    for name, (unit, _) in cls.parameter_table().items():
        if data.draw(st.booleans()):
            values[name] = data.draw(signed if unit in ("mV", "pA") else positive)
    # without a refractory time a huge current asks for a spike at every instant
    values["t_ref"] = max(values.get("t_ref", 2.0), 0.1)
    weight, delay = (
        data.draw(signed),
        data.draw(st.sampled_from([1e-9, 0.1, 1.0, 50.0, 1e4, 1e15, 1e300])),
    )
    with refusal():
        model = cls(**values)
        net = snn.Network(seed=data.draw(st.integers(0, 5)))
        cells = net.population("cells", 4, model)
        source = net.source("source", 3, snn.SpikeArray([[0.1, 0.3], [0.1], []]))
        net.projection(source, cells, snn.AllToAll(), weight=weight, delay=delay)
        rule = data.draw(st.sampled_from([None, snn.PairSTDP(w_max=1e300), snn.BCM(w_max=1e300)]))
        net.projection(cells, cells, snn.AllToAll(), weight=weight, delay=1.0, plasticity=rule)
        spikes, v = net.probe(cells, "spikes"), net.probe(cells, "v", every=0.5)
        with snn.Simulation(net, backend=backend, threads=1, off_grid="round") as sim:
            sim.run(2.0)
            assert sim.data[v].values.shape == (5, 4)
            assert np.isfinite(sim.data[spikes].t).all()
            assert (np.diff(sim.data[spikes].t) >= 0).all()


@settings(max_examples=200)
@given(data=st.data())
def test_damaged_descriptions_are_refused(data: st.DataObject) -> None:
    net, cells, _, _ = network()
    net.projection(cells, cells, snn.FixedProbability(0.5), weight=snn.Normal(1.0, 1.0), delay=[1.0, 2.0])
    text = net.spec().to_json()
    kind = data.draw(st.sampled_from(["cut", "replace", "token"]))
    at = data.draw(st.integers(0, len(text) - 1))
    if kind == "cut":
        broken = text[:at]
    elif kind == "replace":
        broken = text[:at] + data.draw(st.text(max_size=3)) + text[at + data.draw(st.integers(0, 4)) :]
    else:
        tokens = ["null", "NaN", "-1", "1e999", "[]", "{}", '"x"', "true"]
        broken = text[:at] + data.draw(st.sampled_from(tokens)) + text[at:]
    with refusal():
        spec = snn.NetworkSpec.from_json(broken)
        assert isinstance(spec, snn.NetworkSpec)
