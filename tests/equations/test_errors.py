"""What is wrong with a declaration is shown where it was written."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import pysnn as snn
from pysnn.equations import _extra


def declared(**changed: Any) -> type[snn.Equations]:
    """A leaky integrator with some of its parts changed."""
    parts: dict[str, Any] = {
        "tau": snn.param(default=10.0, unit="ms"),
        "c": snn.param(default=250.0, unit="pF"),
        "equations": "dv/dt = -v / tau + I / c : mV",
        "arrival": {"exc": "v += weight"},
        "threshold": "v >= 10 * mV",
        "reset": "v = 0 * mV",
    }
    return type("Wrong", (snn.Equations,), {**parts, **changed})


# By what is changed: the message, and what is underlined in the text.
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"equations": "dv/dt = -v / tua : mV"}, r"unknown name 'tua'; did you mean 'tau'\?", "tua"),
    ({"equations": "dv/dt = -v / tau + I : mV"}, "adds mV/ms and pA", "-v / tau + I"),
    ({"equations": "dv/dt = -v / tau + v : mV"}, "adds mV/ms and mV", "-v / tau + v"),
    ({"equations": "dv/dt = -v : mV"}, r"dv/dt is in mV/ms \(got mV\)", "-v"),
    ({"equations": "dv/dt = -v / tau"}, "its unit is missing", "dv/dt = -v / tau"),
    ({"equations": "dv/dt = -v / tau : mVolt"}, "unknown unit 'mVolt'", "mVolt"),
    ({"equations": "dv/dt = (-v / tau : mV"}, "never closed", "("),
    ({"equations": "dv/dt = -v^2 / tau / mV : mV"}, r"a power is written with \*\*", "-v^2 / tau / mV"),
    ({"equations": "dv/dt = mV * exq(1) / tau : mV"}, r"unknown function 'exq'; did you mean 'exp'\?", "exq"),
    ({"equations": "dv/dt = mV * exp(v) / tau : mV"}, r"exp takes a pure number \(got mV\)", "v"),
    ({"equations": "dv/dt = v / tau / 0 : mV"}, "divides by zero", "v / tau / 0"),
    ({"equations": "dv/dt = v * t / tau : mV"}, "do not depend on the time", "t"),
    ({"equations": "dv/dt = v**tau / tau : mV"}, "an exponent is a pure number", "tau"),
    ({"equations": "dtau/dt = -tau / tau : ms"}, "there is another parameter 'tau'", "tau"),
    ({"equations": "dI/dt = -I / tau : pA"}, "'I' has a meaning of its own", "I"),
    ({"threshold": "v >= 10"}, "compares mV and a pure number", "v >= 10"),
    ({"threshold": "v = 10 * mV"}, "'=' assigns: expected an expression", "="),
    ({"threshold": "v == 10 * mV"}, "expected 'left >= right'", "v == 10 * mV"),
    ({"threshold": "c >= c"}, "no state occurs in it", "c >= c"),
    ({"reset": "v = 3 * ms"}, r"is in mV \(got ms\)", "3 * ms"),
    ({"reset": "u = 0"}, "unknown state 'u'", "u"),
    ({"reset": "v := 0"}, "expected 'name = ...'", "v := 0"),
    ({"arrival": {"exc": "g += weight"}}, "unknown state 'g'", "g"),
    ({"arrival": {"exc": "v = weight"}}, "arrivals add up", "v"),
    ({"arrival": {"exc": "v += weight * v / mV"}}, "unknown name 'v'", "v"),
    ({"arrival": {"exc": "v += weight + mV"}}, "the weight times what depends on parameters", "weight + mV"),
    ({"refractory": "3"}, "the refractory time is in ms", "3"),
    ({"refractory": "v * ms / mV"}, "depends on parameters alone", "v * ms / mV"),
    ({"refractory": "-3 * ms"}, "a refractory time is not negative", "-3 * ms"),
    ({"equations": "dv/dt = mV * 1e400 / tau : mV"}, "no finite number", "1e400"),
    ({"equations": "dv/dt = mV * 9**9**9 / tau : mV"}, "no finite number", "9**9**9"),
    ({"equations": "dv/dt = mV * 0.5**-1e9 / tau : mV"}, "no finite number", "0.5**-1e9"),
    ({"equations": "dv/dt = (v if v > 0 else 0) / tau : mV"}, "written where", "v if v > 0 else 0"),
    ({"equations": "dv/dt = where(0 < v < mV, v, 0) / tau : mV"}, "a < b and b < c", "0 < v < mV"),
    ({"equations": "dlambda/dt = -lambda / tau : mV"}, "'lambda' is a word of Python's own", "lambda"),
    ({"equations": "dθ/dt = -θ / tau : mV"}, "'θ' is no name: expected letters", "θ"),
    ({"initial": "v = v + 1 * mV"}, "must have its own value further up", "v + 1 * mV"),
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


def test_an_error_in_a_longer_text_says_in_which_line() -> None:
    text = """
        dv/dt = -v / tau   # it leaks,
                + I * c : mV
        du/dt = -u / taw : mV
    """
    with pytest.raises(snn.EquationError, match=r"Wrong.equations, line 2: adds mV/ms and"):
        declared(equations=text)
    with pytest.raises(snn.EquationError, match=r"line 4: unknown name 'taw'"):
        declared(equations=text.replace("I * c", "I / c"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"treshold": "v >= 1 * mV"}, r"unknown part 'treshold'; did you mean 'threshold'\?"),
        ({"scheme": "exat"}, r"unknown scheme 'exat'; did you mean 'exact'\?"),
        ({"order": 5}, r"order: expected 1, 2, 3 or 4 \(got 5\)"),
        ({"parts": 0}, r"parts: expected a whole number from 1 to 64 \(got 0\)"),
        ({"arrival": {}}, "expected what an arrival adds to"),
        ({"equations": "x = 3 : 1"}, "there is no 'dname/dt"),
        ({"held": "v"}, "there is no refractory time"),
        ({"refractory": "3 * ms", "held": "w"}, r"unknown state 'w'"),
        (
            {"scheme": "exact", "equations": "dv/dt = -v**2 / tau / mV : mV"},
            "'exact' needs equations that are linear",
        ),
        (
            {"scheme": "exponential", "equations": "dv/dt = -v**2 / tau / mV : mV"},
            "to be linear in its own state",
        ),
        ({"I": snn.param(default=1.0, unit="pA")}, "the parameter 'I' has a name that is taken"),
        ({"τ": snn.param(default=1.0, unit="ms")}, "parameter: 'τ' is no name: expected letters"),
        ({"arrival": {"a b": "v += weight"}}, "arrival: receptor: 'a b' is no name"),
        ({"arrival": {1: "v += weight"}}, r"expected names of receptors \(got 1\)"),
    ],
)
def test_what_concerns_no_place_in_a_text_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(snn.EquationError, match=message):
        declared(**changed)


def test_the_base_itself_is_no_model() -> None:
    with pytest.raises(snn.EquationError, match="derive a class from it"):
        snn.Equations()


def test_a_class_that_was_derived_from_has_the_parts_that_it_does_not_change() -> None:
    class Faster(declared(weight_unit="V")):  # type: ignore[misc]  # a base made here
        tau = snn.param(default=2.0, unit="ms")
        threshold = "v >= 20 * mV"

    assert Faster().tau == 2.0
    assert Faster.receptors == ("exc",)
    assert Faster.weight_unit == "V"
    assert str(Faster.declaration.right) == "20"


def test_a_missing_part_of_the_extra_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    how = r"need llvmlite.binding.*pip install 'pysnn-sim\[equations\]'"
    with pytest.raises(ModuleNotFoundError, match=how):
        _extra.needs("llvmlite.binding")


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("power", [1, 2])  # linear, and not
def test_a_refractory_time_that_parameters_make_negative_is_refused(backend: str, power: int) -> None:
    model = declared(
        equations=f"dv/dt = -v**{power} / tau / mV**{power - 1} : mV",
        t_ref=snn.param(default=1.0, unit="ms"),
        refractory="t_ref - 2 * ms",
    )
    net = snn.Network(seed=1)
    net.population("cells", 3, model(t_ref=snn.Array([2.0, 3.0, 1.0])))
    with pytest.raises(snn.ParameterError, match=r"'cells'.* refractory time is negative \(-1 ms\)"):
        snn.Simulation(net, backend=backend)


def test_a_high_power_of_a_sum_is_not_multiplied_out() -> None:
    """A thousand terms of thousands of digits, over which a declaration took minutes."""
    model = declared(equations="dv/dt = -v / tau * (1 + v / (100 * mV))**1000 : mV")
    assert "Runge-Kutta" in str(model.chosen_scheme)


@pytest.mark.parametrize("backend", ["clock", pytest.param("opencl", marks=pytest.mark.opencl)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("equations", "scheme", "neuron"),
    [
        ("dv/dt = -v / tau + mV * mV / (tau * v) : mV", "Runge-Kutta", 1),
        ("dv/dt = -v / tau + mV * mV / (tau * u) : mV\n du/dt = -u / tau : mV", "exponential", 0),
    ],
)
def test_a_reset_clears_no_infinite_state(
    equations: str, scheme: str, neuron: int, dtype: str, backend: str
) -> None:
    """1 / 0 in the first step is above any threshold: a neuron that is set back would fire in every step."""
    model = declared(equations=equations)
    assert scheme in str(model.chosen_scheme)
    net = snn.Network(seed=1)
    net.population("cells", 3, model(), init={"v": snn.Array([5.0, 0.0, 5.0])})
    with (
        snn.Simulation(net, backend=backend, dtype=dtype) as sim,
        pytest.raises(
            snn.ParameterError, match=f"'cells': v of neuron {neuron} is no finite number any more"
        ),
    ):
        sim.run(5.0)
