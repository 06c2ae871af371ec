"""What is wrong with the declaration of a rule is shown where it was written."""

from __future__ import annotations

from typing import Any

import pytest

import pysnn as snn


def declared(**changed: Any) -> type[snn.RuleEquations]:
    """Pair STDP with some of its parts changed."""
    parts: dict[str, Any] = {
        "tau": snn.param(default=20.0, unit="ms"),
        "eta": snn.param(default=0.01),
        "w_max": snn.param(default=1.0),
        "pre": "dx/dt = -x / tau : 1",
        "post": "dy/dt = -y / tau : 1",
        "on_pre": "w -= eta * y; x += 1",
        "on_post": "w += eta * x; y += 1",
        "bounds": "0 <= w <= w_max",
    }
    return type("Wrong", (snn.RuleEquations,), {**parts, **changed})


# By what is changed: the message, and what is underlined in the text.
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"pre": "dx/dt = -x / tua : 1"}, r"unknown name 'tua'; did you mean 'tau'\?", "tua"),
    ({"pre": "dx/dt = -x : 1"}, r"dx/dt is in 1/ms \(got a pure number\)", "-x"),
    ({"pre": "dx/dt = (1 - x) / tau : 1"}, "divided by a time constant of parameters", "(1 - x) / tau"),
    ({"pre": "dx/dt = -x**2 / tau : 1"}, "followed from event to event in closed form", "-x**2 / tau"),
    ({"pre": "dw/dt = -w / tau : 1"}, "'w' has a meaning of its own", "w"),
    ({"pre": "dtau/dt = -tau / tau : 1"}, "there is another parameter 'tau'", "tau"),
    ({"pre": "dθ/dt = -θ / tau : 1"}, "'θ' is no name: expected letters", "θ"),
    ({"pre": "dif/dt = -x / tau : 1"}, "'if' is a word of Python's own", "if"),
    ({"on_pre": "1b = x : 1; w -= 1b"}, "'1b' is no name", "1b"),
    ({"post": "dx/dt = -x / tau : 1"}, "there is another equation 'x'", "x"),
    ({"pre": "dx/dt = -x / tau"}, "its unit is missing", "dx/dt = -x / tau"),
    ({"pre": "dx/dt = -x / tau : mVolt"}, "unknown unit 'mVolt'", "mVolt"),
    ({"on_pre": "w -= eta * z; x += 1"}, "unknown name 'z'", "z"),
    ({"on_pre": "w -= eta * tau; x += 1"}, r"taken from 'w' is in a pure number \(got ms\)", "eta * tau"),
    ({"on_pre": "v -= eta"}, "unknown weight or state 'v'", "v"),
    ({"on_pre": "y += 1"}, "a trace of 'post' changes at the spikes of its own neuron alone", "y"),
    ({"on_pre": "x += y"}, r"traces of 'pre' \(got 'y'\)", "y"),
    ({"on_pre": "x += w"}, r"traces of 'pre' \(got 'w'\)", "w"),
    ({"on_pre": "x := 1"}, "expected 'dname/dt = ... : unit' or 'name = ... : unit'", "x := 1"),
    ({"on_pre": "w *= tau"}, r"expected a pure number \(got ms\)", "tau"),
    ({"on_post": "w += signal * eta"}, "unknown name 'signal'", "signal"),
    ({"on_post": "w += eta * exq(x)"}, r"unknown function 'exq'; did you mean 'exp'\?", "exq"),
    ({"between": "w *= exp(-elapsed * x / tau)"}, "unknown name 'x'", "x"),
    ({"between": "w *= exp(-elapsed)"}, r"exp takes a pure number \(got ms\)", "-elapsed"),
    (
        {"synapse": "dc/dt = -c / tau : 1", "between": "c = 0"},
        r"goes by its own equation; expected dc/dt = 0 there",
        "c",
    ),
    ({"bounds": "0 < w < w_max"}, "expected 'low <= w <= high'", "0 < w < w_max"),
    ({"bounds": "0 <= v <= w_max"}, "expected 'low <= w <= high'", "0 <= v <= w_max"),
    ({"bounds": "w <= w_mix"}, r"unknown name 'w_mix'; did you mean 'w_max'\?", "w_mix"),
    ({"bounds": "w <= tau"}, r"a bound of the weight is in a pure number \(got ms\)", "tau"),
    ({"bounds": "-1 <= w"}, "about the absolute weight: expected >= 0", "-1"),
    ({"weight_unit": "mVolt"}, "unknown unit 'mVolt'", "mVolt"),
    ({"weight_unit": "pA"}, r"taken from 'w' is in pA \(got a pure number\)", "eta * y"),
]


@pytest.mark.parametrize(("changed", "message", "underlined"), WRONG, ids=[str(case[0]) for case in WRONG])
def test_an_error_says_what_is_wrong_and_underlines_it(
    changed: dict[str, Any], message: str, underlined: str
) -> None:
    with pytest.raises(snn.EquationError, match=message) as caught:
        declared(**changed)
    *_, line, marks = str(caught.value).splitlines()
    begin = marks.index("^")
    assert line[begin : begin + marks.count("^")] == underlined


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"on_psot": ""}, r"unknown part 'on_psot'; did you mean 'on_post'\?"),
        ({"on_pre": 3}, r"on_pre: expected text \(got 3\)"),
        ({"on_pre": "x += 1", "on_post": "y += 1"}, "nothing changes a weight or a state"),
        ({"elapsed": snn.param(default=1.0)}, "'elapsed' has a name that is taken"),
        ({"kind": snn.param(default="a", choices=("a", "b"))}, "a parameter of equations is a number"),
        ({"signed": 1}, r"signed: expected True or False \(got 1\)"),
        (
            {"pre": "\n".join(f"dx{k or ''}/dt = -x{k or ''} / tau : 1" for k in range(5))},
            r"at most 4 traces of a neuron \(got 5\)",
        ),
    ],
)
def test_an_error_without_a_place_names_the_part(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(snn.EquationError, match=message):
        declared(**changed)


def test_the_class_itself_is_no_rule() -> None:
    with pytest.raises(snn.EquationError, match="derive a class from it"):
        snn.RuleEquations()


def test_parameters_are_held_to_their_ranges_and_to_each_other() -> None:
    kind = declared(tau=snn.param(default=20.0, unit="ms", above=0.0), bounds="w_max / 4 <= w <= w_max**2")
    with pytest.raises(snn.ParameterError, match=r"Wrong\.tau: must be > 0 ms"):
        kind(tau=-1.0)
    with pytest.raises(snn.ParameterError, match=r"least weight is 0\.05, above the greatest, 0\.04"):
        kind(w_max=0.2)
    rule = kind(w_max=2.0)
    assert (rule.smallest, rule.largest) == (0.5, 4.0)
    assert repr(rule) == "Wrong(tau=20.0, eta=0.01, w_max=2.0)"


@pytest.mark.parametrize("backend", ["clock", "event", pytest.param("opencl", marks=pytest.mark.opencl)])
def test_a_trace_that_grows_is_an_error(backend: str) -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 2, snn.LIF())
    net.projection(cells, cells, snn.AllToAll(), weight=0.5, delay=1.0, plasticity=declared()(tau=-20.0))
    with pytest.raises(snn.ParameterError, match=r"Wrong: with these parameters a trace grows"):
        snn.Simulation(net, backend=backend)


def test_weights_are_in_the_unit_of_the_rule() -> None:
    rule = declared(weight_unit="pA", on_pre="x += 1", on_post="y += 1; w += eta * pA", bounds="0 <= w")()
    for model, good in ((snn.CubaLIF(), True), (snn.LIF(), False), (snn.CobaLIF(), False)):
        net = snn.Network(seed=1)
        cells = net.population("cells", 2, model)

        def connect(net: snn.Network = net, cells: snn.Population = cells) -> None:
            net.projection(cells, cells, snn.AllToAll(), weight=0.5, delay=1.0, plasticity=rule)
            net.spec()

        if good:
            connect()
            continue
        with pytest.raises(snn.ParameterError, match=r"Wrong counts weights in pA \(those onto \w+ are in"):
            connect()
