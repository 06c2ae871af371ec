"""A step of the embedded pair of Dormand & Prince (1980, J. Comput. Appl. Math. 6:19), as LLVM's text.

What csrc/neurons/runge_kutta_flow.hpp does with the field of a built-in model, in one call. (The compiler
puts the field's own instructions in place of its calls where they are few.)
"""

from __future__ import annotations

import functools

from .code import Block, Value
from .kernel import load, store

_STAGES = [
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
]
_WEIGHTS = [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]
_ERRORS = [71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40]


def pair_functions(n: int) -> str:
    """Of ``n`` numbers. ``void reach(x, current, h, words, held, to)``: where a step of h ms comes to.

    ``double step(x, current, h, words, held, tolerance, to, slope)``: the same, with the slope there; the
    error in units of the tolerance, infinite where it is no number.
    """
    arguments = "ptr noalias %x, double %current, double %h, ptr noalias %words, i64 %held"
    b, _ = _stages(n)
    reach = [f"define void @reach({arguments}, ptr noalias %to) {{", *b.lines, "  ret void", "}"]

    b, slopes = _stages(n)
    slopes.append(_slope(b, n, "%to", "%slope"))
    worst, infinite = b.constant(0.0), b.constant(float("inf"))
    for i in range(n):
        error = b.div(b.absolute(b.mul("%h", _sum(b, _ERRORS, slopes, i))), "%tolerance")
        worst = b.larger(worst, b.smaller(infinite, error))
    step = [
        f"define double @step({arguments}, double %tolerance, ptr noalias %to, ptr noalias %slope) {{",
        *b.lines,
        f"  ret double {worst}",
        "}",
    ]
    return "\n".join([*reach, *step]) + "\n"


def _stages(n: int) -> tuple[Block, list[list[Value]]]:
    """The six slopes of a step, at whose end %to is where it comes to."""
    b = Block()
    x = [load(b, "%x", i) for i in range(n)]
    slopes = [_slope(b, n, "%x", "%k0")]
    for stage, weights in enumerate(_STAGES, start=1):
        b.do(f"%y{stage} = alloca [{n} x double]")
        _ahead(b, x, weights, slopes, f"%y{stage}")
        slopes.append(_slope(b, n, f"%y{stage}", f"%k{stage}"))
    _ahead(b, x, _WEIGHTS, slopes, "%to")
    return b, slopes


def _slope(b: Block, n: int, at: Value, slope: Value) -> list[Value]:
    """The slope at ``at``, which goes to ``slope`` as well."""
    if slope != "%slope":
        b.do(f"{slope} = alloca [{n} x double]")
    b.do(f"call void @field(ptr {at}, double %current, ptr %words, i64 %held, ptr {slope})")
    return [load(b, slope, i) for i in range(n)]


def _ahead(b: Block, x: list[Value], weights: list[float], slopes: list[list[Value]], to: Value) -> None:
    """Store x + h times a weighted sum of slopes."""
    for i, value in enumerate(x):
        store(b, to, i, b.add(value, b.mul("%h", _sum(b, weights, slopes, i))))


def _sum(b: Block, weights: list[float], slopes: list[list[Value]], i: int) -> Value:
    parts = [
        b.mul(b.constant(weight), slope[i])
        for weight, slope in zip(weights, slopes, strict=True)
        if weight != 0.0
    ]
    return functools.reduce(b.add, parts)
