"""From the text of an expression to a symbolic one, every name and unit checked on the way.

The grammar is that of Python's arithmetic, read from its syntax tree, so that every part of an expression
knows its place in the text.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..errors import EquationError, nearest
from .symbols import Expr, functions, number, sympy
from .text import Part
from .units import NUMBER, WRITTEN, Unit, unit

_ARITHMETIC: dict[type[ast.operator], Callable[[Expr, Expr], Expr]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
_OF_NUMBERS = ("exp", "log", "expm1", "exprel", "tanh", "sinh", "cosh")
FUNCTIONS = (*_OF_NUMBERS, "sqrt", "abs", "min", "max", "where")
# Names with a meaning of their own, which no state or parameter may have.
RESERVED = frozenset((*FUNCTIONS, "I", "weight", "dt", "t", "xi"))
_NOT_HERE = {
    "t": "equations do not depend on the time; what changes with it is injected as a current (I)",
    "xi": "noise is a part of the equations of neurons (dx/dt = ... xi) alone",
}
_BEYOND = f"no finite number (beyond {sys.float_info.max:.2g})"


_NOISE = re.compile(r"\bxi(?:_\w+)?\b")


def noises_in(text: str) -> list[str]:
    """The names in a text that may be those of noises, ``xi`` and ``xi_...``, each once."""
    return list(dict.fromkeys(_NOISE.findall(text)))


def why_no_name(name: str) -> str:
    """Why a state, parameter or receptor cannot be called so, or nothing.

    Names go into Python's syntax tree and into two compilers' texts, which share no more than this.
    """
    if keyword.iskeyword(name):
        return f"{name!r} is a word of Python's own; choose another name"
    if not (name.isascii() and name.isidentifier()):
        return f"{name!r} is no name: expected letters (a to z, A to Z), digits and _, no digit first"
    return ""


@dataclass(frozen=True)
class Quantity:
    """A symbolic expression, in coherent units, and what it measures."""

    expression: Expr
    unit: Unit


class Reader:
    """Reads expressions with these names."""

    def __init__(self, names: Mapping[str, Quantity]) -> None:
        self._names = dict(names)

    def add(self, name: str, quantity: Quantity) -> None:
        """Know a further name from here on."""
        self._names[name] = quantity

    def forget(self, name: str) -> None:
        """Know a name no longer."""
        del self._names[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def read(self, part: Part, expected: Unit | None = None, what: str = "the value") -> Quantity:
        """The quantity that a piece of text stands for, which must measure what ``expected`` does."""
        found = _Tree(part, self._names).quantity()
        if expected is not None and found.expression != 0 and not expected.alike(found.unit):
            raise part.error(f"{what} is in {expected} (got {found.unit})")
        return found

    def comparison(self, part: Part) -> tuple[Quantity, Quantity]:
        """Both sides of ``left >= right`` (or >)."""
        return _Tree(part, self._names).comparison()


_ASSIGNED = re.compile(r"(?<![<>=!])=(?!=)")


class _Tree:
    """One expression as Python's syntax tree."""

    def __init__(self, part: Part, names: Mapping[str, Quantity]) -> None:
        self._part, self._names = part, names
        try:
            self._root = ast.parse(f"({part.string}\n)", mode="eval").body
        except SyntaxError as err:
            if assigned := _ASSIGNED.search(part.string):
                why = "'=' assigns: expected an expression (a comparison is 'left >= right')"
                raise part.error(why, assigned.start(), 1) from None
            raise part.error(f"no expression ({err.msg})", *self._at_syntax_error(err)) from None
        if not part.string.strip():
            raise part.error("an expression is missing")

    def _at_syntax_error(self, err: SyntaxError) -> tuple[int, int | None]:
        lines = self._part.string.split("\n")
        row = (err.lineno or 1) - 1
        if row >= len(lines):
            return 0, None
        column = max(0, (err.offset or 1) - (2 if row == 0 else 1))
        at = sum(len(line) + 1 for line in lines[:row]) + min(column, max(0, len(lines[row]) - 1))
        return at, 1

    def _error(self, node: ast.expr, message: str) -> EquationError:
        begin, end = (
            self._index(node.lineno, node.col_offset),
            self._index(node.end_lineno, node.end_col_offset),
        )
        return self._part.error(message, begin, end - begin)

    def _index(self, line: int | None, column: int | None) -> int:
        """Of a place in the syntax tree (lines from 1, columns in bytes, after our bracket) in the piece."""
        lines = f"({self._part.string}".split("\n")
        row = (line or 1) - 1
        before = sum(len(text) + 1 for text in lines[:row])
        return before + len(lines[row].encode()[: column or 0].decode()) - 1

    def quantity(self) -> Quantity:
        return self._read(self._root)

    def comparison(self) -> tuple[Quantity, Quantity]:
        node = self._root
        if (
            not isinstance(node, ast.Compare)
            or len(node.ops) != 1
            or not isinstance(node.ops[0], (ast.GtE, ast.Gt))
        ):
            raise self._part.error("expected 'left >= right'")
        left, right = self._read(node.left), self._read(node.comparators[0])
        self._alike(node, left, right, "compares")
        return left, right

    def _alike(self, node: ast.expr, a: Quantity, b: Quantity, does: str) -> Unit:
        """The unit of both. (Nothing is nothing in any unit: a 0 needs none.)"""
        if a.expression == 0 or b.expression == 0:
            return b.unit if a.expression == 0 else a.unit
        if not a.unit.alike(b.unit):
            raise self._error(node, f"{does} {a.unit} and {b.unit}")
        return a.unit

    def _read(self, node: ast.expr) -> Quantity:
        match node:
            case ast.Constant(value=bool()):
                raise self._error(node, "expected a number")
            case ast.Constant(value=int() | float() as value):
                if abs(value) > sys.float_info.max:
                    raise self._error(node, _BEYOND)
                return Quantity(number(value), NUMBER)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self._read(operand)
                return Quantity(-inner.expression, inner.unit)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._read(operand)
            case ast.BinOp(op=ast.Pow(), left=left, right=right):
                return self._power(node, self._read(left), right)
            case ast.BinOp(op=ast.BitXor()):
                raise self._error(node, "a power is written with ** (got ^)")
            case ast.IfExp():
                raise self._error(node, "a choice is written where(condition, a, b)")
            case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
                return self._arithmetic(node, self._read(node.left), self._read(node.right))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(node, name, arguments)
        raise self._error(node, "no arithmetic (numbers, names, + - * / **, brackets and functions)")

    def _name(self, node: ast.expr, name: str) -> Quantity:
        if name in self._names:
            return self._names[name]
        if name in WRITTEN:
            measured = unit(name)
            return Quantity(number(measured.factor), Unit(measured.dimension))
        if name in _NOT_HERE:
            raise self._error(node, _NOT_HERE[name])
        if noises_in(name) == [name]:
            raise self._error(node, f"unknown name {name!r}{nearest(name, self._names)} ({_NOT_HERE['xi']})")
        raise self._error(node, f"unknown name {name!r}{nearest(name, self._names)}")

    def _arithmetic(self, node: ast.BinOp, a: Quantity, b: Quantity) -> Quantity:
        made = _ARITHMETIC[type(node.op)](a.expression, b.expression)
        if made.has(sympy().zoo, sympy().nan):
            raise self._error(node, "divides by zero")
        if isinstance(node.op, (ast.Add, ast.Sub)):
            return Quantity(
                made, self._alike(node, a, b, "adds" if isinstance(node.op, ast.Add) else "subtracts")
            )
        return Quantity(made, a.unit.times(b.unit, 1.0 if isinstance(node.op, ast.Mult) else -1.0))

    def _power(self, node: ast.expr, base: Quantity, right: ast.expr) -> Quantity:
        exponent = self._read(right)
        if not exponent.unit.plain:
            raise self._error(right, f"an exponent is a pure number (got {exponent.unit})")
        if _too_large(base.expression, exponent.expression):  # sympy would work out every digit
            raise self._error(node, _BEYOND)
        if base.unit.plain:
            return Quantity(base.expression**exponent.expression, NUMBER)
        if not exponent.expression.is_number:
            raise self._error(
                node, f"of what is in {base.unit}, only powers that are written as numbers have a unit"
            )
        return Quantity(
            base.expression**exponent.expression, NUMBER.times(base.unit, float(exponent.expression))
        )

    def _call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> Quantity:
        if name not in FUNCTIONS:
            raise self._error(node.func, f"unknown function {name!r}{nearest(name, FUNCTIONS)}")
        count = {"min": 2, "max": 2, "where": 3}.get(name, 1)
        if len(arguments) != count:
            raise self._error(node, f"{name} takes {count} value{'s' * (count > 1)} (got {len(arguments)})")
        if name == "where":
            condition = self._condition(arguments[0])
            a, b = self._read(arguments[1]), self._read(arguments[2])
            measured = self._alike(node, a, b, "chooses between")
            return Quantity(functions().where(condition, a.expression, b.expression), measured)
        values = [self._read(argument) for argument in arguments]
        if name in ("min", "max"):
            measured = self._alike(node, values[0], values[1], "compares")
            of = functions().minimum if name == "min" else functions().maximum
            return Quantity(of(*(v.expression for v in values)), measured)
        (value,) = values
        if name == "abs":
            return Quantity(sympy().Abs(value.expression), value.unit)
        if name == "sqrt":
            return Quantity(sympy().sqrt(value.expression), NUMBER.times(value.unit, 0.5))
        if not value.unit.plain:
            raise self._error(arguments[0], f"{name} takes a pure number (got {value.unit})")
        own = getattr(functions(), name, None)
        return Quantity((own or getattr(sympy(), name))(value.expression), NUMBER)

    def _condition(self, node: ast.expr) -> Expr:
        match node:
            case ast.Compare(ops=[_, _, *_]):
                raise self._error(node, "one comparison at a time: a < b and b < c")
            case ast.BoolOp(op=op, values=values):
                join = functions().all_of if isinstance(op, ast.And) else functions().any_of
                return join(*(self._condition(value) for value in values))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return functions().no(self._condition(operand))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                a, b = self._read(left), self._read(right)
                self._alike(node, a, b, "compares")
                if isinstance(op, (ast.Lt, ast.LtE)):
                    a, b = b, a
                if isinstance(op, (ast.GtE, ast.LtE)):
                    return functions().ge(a.expression, b.expression)
                if isinstance(op, (ast.Gt, ast.Lt)):
                    return functions().gt(a.expression, b.expression)
        raise self._error(node, "expected a condition: comparisons (> >= < <=), joined by and, or, not")


def _too_large(base: Expr, exponent: Expr) -> bool:
    """Whether a power of two numbers is beyond what a double can be."""
    if not (base.is_number and exponent.is_number):
        return False
    size, power = abs(float(base)), float(exponent)
    return size > 0.0 and power * math.log2(size) >= sys.float_info.max_exp
