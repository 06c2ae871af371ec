"""The functions that are compiled into a model, against mpmath with forty digits."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from pysnn.equations.binary import addresses
from pysnn.equations.kernel import prepare_function
from pysnn.equations.reader import Quantity, Reader
from pysnn.equations.symbols import symbol
from pysnn.equations.text import Text
from pysnn.equations.units import NUMBER

_DECLARED = "declare double @llvm.fabs.f64(double)\ndeclare double @llvm.sqrt.f64(double)\n"


def compiled(text: str) -> Callable[[float], float]:
    """A function of x, as a model's would be compiled."""
    reader = Reader({"x": Quantity(symbol("x"), NUMBER)})
    value = reader.read(Text("test", text).whole())
    written = _DECLARED + prepare_function("f", ["x"], [value.expression])
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_double, ctypes.c_void_p)(
        addresses(written, ["f"])["f"]
    )

    def call(x: float) -> float:
        given, out = ctypes.c_double(x), ctypes.c_double()
        function(ctypes.addressof(given), 0.0, ctypes.addressof(out))
        return out.value

    return call


def numbers(low: float, high: float, n: int = 400) -> list[float]:
    rng = np.random.default_rng(5)
    small = 10.0 ** rng.uniform(-12, 0, 50) * rng.choice([-1.0, 1.0], 50)
    return [x for x in [*rng.uniform(low, high, n), *small, low, high] if low <= x <= high]


# The error that the docs state, in units of the last place of the result (of max(|log x|, 1) for log).
@pytest.mark.parametrize(
    ("text", "low", "high", "exact", "ulps"),
    [
        ("exp(x)", -700.0, 700.0, mpmath.exp, 1.5),
        ("expm1(x)", -40.0, 700.0, mpmath.expm1, 3.0),
        ("exprel(x)", -40.0, 700.0, lambda x: mpmath.expm1(x) / x, 4.0),
        ("tanh(x)", -30.0, 30.0, mpmath.tanh, 5.0),
        ("sinh(x)", -700.0, 700.0, mpmath.sinh, 5.0),
        ("cosh(x)", -700.0, 700.0, mpmath.cosh, 3.0),
        ("sqrt(x)", 0.0, 1e6, mpmath.sqrt, 0.5),
        ("x**3", -50.0, 50.0, lambda x: x**3, 2.0),
        ("x**-2", 0.1, 50.0, lambda x: 1 / x**2, 2.0),
    ],
)
def test_a_function_is_within_its_stated_error(
    text: str, low: float, high: float, exact: Callable[[mpmath.mpf], mpmath.mpf], ulps: float
) -> None:
    function = compiled(text)
    with mpmath.workdps(40):
        for x in numbers(low, high):
            if x == 0.0:
                continue
            true = exact(mpmath.mpf(float(x)))
            assert abs(function(x) - true) <= ulps * math.ulp(float(true)), x


def test_the_logarithm_is_within_its_stated_error() -> None:
    function = compiled("log(x)")
    with mpmath.workdps(40):
        for x in [
            *10.0 ** np.random.default_rng(1).uniform(-320, 308, 500),
            1.0,
            1.0 + 1e-12,
            0.7,
            1.4,
            5e-324,
        ]:
            true = mpmath.log(mpmath.mpf(float(x)))
            assert abs(function(x) - true) <= 3.0 * math.ulp(max(abs(float(true)), 1.0)), x


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("exprel(x)", 0.0, 1.0),
        ("expm1(x)", 0.0, 0.0),
        ("tanh(x)", 0.0, 0.0),
        ("log(x)", 0.0, -math.inf),
        ("log(x)", math.inf, math.inf),
        ("exp(x)", -1e9, math.exp(-708.0)),
        ("abs(x)", -2.5, 2.5),
        ("min(x, 3)", 4.0, 3.0),
        ("max(x, 3)", 4.0, 4.0),
        ("where(x > 1 and not x >= 5, 2 * x, -x)", 2.0, 4.0),
        ("where(x > 1 and not x >= 5, 2 * x, -x)", 6.0, -6.0),
        ("x**2.5", 4.0, 32.0),
        ("2**x", 10.0, 1024.0),
    ],
)
def test_a_function_has_the_value_that_it_must_have(text: str, x: float, expected: float) -> None:
    assert compiled(text)(x) == pytest.approx(expected, rel=1e-15)


def test_the_logarithm_of_a_negative_number_is_none() -> None:
    assert math.isnan(compiled("log(x)")(-1.0))
