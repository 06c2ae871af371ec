"""Symbolic expressions, by sympy, and the functions that an equation may use beside its own.

Comparisons and choices are plain function symbols here: sympy's own would be rewritten and reordered,
where they are to be computed as they were written.
"""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any

from ._extra import needs

Expr = Any  # sympy ships no types


def sympy() -> Any:
    """The library, imported when the first model is declared."""
    return needs("sympy")


@functools.cache
def functions() -> SimpleNamespace:
    """Function symbols by name: those that are only computed, and never rewritten."""
    names = ("exprel", "expm1", "minimum", "maximum", "where", "ge", "gt", "all_of", "any_of", "no")
    return SimpleNamespace(**{name: sympy().Function(name, real=True) for name in names})


def symbol(name: str) -> Expr:
    """The symbol of a state, a parameter, the current ``I``, a ``weight`` or the step ``dt``."""
    return sympy().Symbol(name, real=True)


def number(value: float) -> Expr:
    """A number with all of its bits."""
    whole = isinstance(value, int) or float(value).is_integer()
    return sympy().Integer(int(value)) if whole and abs(value) < 2**53 else sympy().Float(value)


def depends(expression: Expr, symbols: frozenset[Expr] | set[Expr]) -> bool:
    """Whether any of ``symbols`` occurs in it."""
    return not expression.free_symbols.isdisjoint(symbols)


def slope(expression: Expr, by: Expr) -> Expr:
    """The partial derivative."""
    return sympy().diff(expression, by)


def affine(expression: Expr, by: list[Expr], free_of: set[Expr]) -> tuple[list[Expr], Expr] | None:
    """Slopes by each of ``by`` and what is left where all are 0, if it is linear in them.

    None where a slope still depends on one of ``free_of``.
    """
    slopes = [_simplest(slope(expression, x), free_of) for x in by]
    if any(depends(s, free_of) for s in slopes):
        return None
    rest = expression.xreplace({x: sympy().Integer(0) for x in by})
    if rest.has(sympy().nan, sympy().zoo, sympy().oo):
        return None
    return slopes, rest


def _simplest(expression: Expr, free_of: set[Expr]) -> Expr:
    """Multiplied out, where that makes unwanted symbols cancel."""
    if not depends(expression, free_of) or _has_high_power(expression):
        return expression
    return sympy().expand(expression)


def _has_high_power(expression: Expr) -> bool:
    """Whether multiplying it out takes a sum to a power whose terms nobody wants to wait for."""
    return any(
        power.base.is_Add and power.exp.is_Integer and abs(power.exp) > 32
        for power in expression.atoms(sympy().Pow)
    )
