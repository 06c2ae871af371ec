"""Expressions as LLVM's instructions: one basic block in double or single precision, without branches.

Every operation is IEEE's, in the order that is written here and never contracted, so that all processors and
vector widths give the same bits. e^x and log x are polynomials of our own (those of csrc/math/exp.hpp and
power.hpp), as a library's would neither vectorise nor be the same everywhere.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

from .symbols import Expr, functions, sympy

Value = str  # %12, or a constant


def constant(value: float) -> Value:
    """A double as LLVM reads it back to the last bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def single(value: float) -> Value:
    """The nearest float, as LLVM writes it: in the digits of a double."""
    return constant(struct.unpack("<f", struct.pack("<f", value))[0] if math.isfinite(value) else value)


class Block:
    """Instructions one after another; the same operation on the same values is written once."""

    def __init__(self, kind: str = "double") -> None:
        self.kind = kind  # of its numbers: double or float
        self.lines: list[str] = []
        self._known: dict[str, Value] = {}

    def constant(self, value: float) -> Value:
        """A number of its kind."""
        return constant(value) if self.kind == "double" else single(value)

    def op(self, text: str) -> Value:
        """The value of an instruction without effects."""
        if text not in self._known:
            name = f"%t{len(self._known)}"
            self._known[text] = name
            self.lines.append(f"  {name} = {text}")
        return self._known[text]

    def do(self, text: str) -> None:
        """An instruction for its effect."""
        self.lines.append(f"  {text}")

    # ---- arithmetic ---------------------------------------------------------------------------------

    def add(self, a: Value, b: Value) -> Value:
        """a + b."""
        return self.op(f"fadd {self.kind} {a}, {b}")

    def sub(self, a: Value, b: Value) -> Value:
        """a - b."""
        return self.op(f"fsub {self.kind} {a}, {b}")

    def mul(self, a: Value, b: Value) -> Value:
        """a b."""
        return self.op(f"fmul {self.kind} {a}, {b}")

    def div(self, a: Value, b: Value) -> Value:
        """a / b."""
        return self.op(f"fdiv {self.kind} {a}, {b}")

    def neg(self, a: Value) -> Value:
        """-a."""
        return self.op(f"fneg {self.kind} {a}")

    def compare(self, how: str, a: Value, b: Value) -> Value:
        """A bit: ``how`` is oge, ogt, olt or ole; never where either is no number."""
        return self.op(f"fcmp {how} {self.kind} {a}, {b}")

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """``a`` where the bit is set, else ``b``."""
        return a if a == b else self.op(f"select i1 {condition}, {self.kind} {a}, {self.kind} {b}")

    def bits(self, how: str, a: Value, b: Value) -> Value:
        """``and``, ``or`` or ``xor`` of two bits."""
        return self.op(f"{how} i1 {a}, {b}")

    def smaller(self, a: Value, b: Value) -> Value:
        """The smaller one, ``a`` where they are no numbers."""
        return self.select(self.compare("olt", b, a), b, a)

    def larger(self, a: Value, b: Value) -> Value:
        """The larger one, ``a`` where they are no numbers."""
        return self.select(self.compare("ogt", b, a), b, a)

    def power(self, a: Value, n: int) -> Value:
        """a^n for n >= 1, by squaring."""
        if n == 1:
            return a
        half = self.power(self.mul(a, a), n // 2)
        return self.mul(half, a) if n % 2 else half

    def series(self, x: Value, coefficients: list[float]) -> Value:
        """Horner's scheme, the highest power first."""
        total = self.constant(coefficients[0])
        for coefficient in coefficients[1:]:
            total = self.add(self.mul(total, x), self.constant(coefficient))
        return total

    # ---- transcendental functions -------------------------------------------------------------------

    @property
    def _short(self) -> str:
        return "f64" if self.kind == "double" else "f32"

    def _exponential(self, x: Value) -> tuple[Value, Value]:
        """(scale, rest) of e^x = scale (1 + rest), x within what a number can hold."""
        return self._exponential_64(x) if self.kind == "double" else self._exponential_32(x)

    def _exponential_32(self, x: Value) -> tuple[Value, Value]:
        c = self.constant
        x = self.smaller(self.larger(x, c(-87.0)), c(88.0))
        high, low = float.fromhex("0x1.62e4p-1"), float.fromhex("0x1.7f7d1cp-20")
        whole = c(float.fromhex("0x1.8p23"))
        shifted = self.add(self.mul(x, c(float.fromhex("0x1.715476p0"))), whole)
        k = self.sub(shifted, whole)
        r = self.sub(self.sub(x, self.mul(k, c(high))), self.mul(k, c(low)))
        r2 = self.mul(r, r)
        a = self.add(
            self.add(c(0.5), self.mul(r, c(1.0 / 6))),
            self.mul(r2, self.add(c(1.0 / 24), self.mul(r, c(1.0 / 120)))),
        )
        end = self.mul(self.mul(r2, r2), self.add(c(1.0 / 720), self.mul(r, c(1.0 / 5040))))
        rest = self.add(r, self.mul(r2, self.add(a, end)))
        as_bits = self.op(f"bitcast float {shifted} to i32")
        exponent = self.op(f"shl i32 {self.op(f'add i32 {as_bits}, 127')}, 23")
        return self.op(f"bitcast i32 {exponent} to float"), rest

    def _exponential_64(self, x: Value) -> tuple[Value, Value]:
        x = self.smaller(self.larger(x, self.constant(-708.0)), self.constant(709.0))
        high, low = float.fromhex("0x1.62e42fefa0000p-1"), float.fromhex("0x1.cf79abc9e3b39p-40")
        whole = self.constant(float.fromhex("0x1.8p52"))
        shifted = self.add(self.mul(x, self.constant(float.fromhex("0x1.71547652b82fep0"))), whole)
        k = self.sub(shifted, whole)
        r = self.sub(self.sub(x, self.mul(k, self.constant(high))), self.mul(k, self.constant(low)))
        r2 = self.mul(r, r)
        r4 = self.mul(r2, r2)

        def four(c0: float, c1: float, c2: float, c3: float) -> Value:
            first = self.add(self.constant(1.0 / c0), self.mul(r, self.constant(1.0 / c1)))
            second = self.add(self.constant(1.0 / c2), self.mul(r, self.constant(1.0 / c3)))
            return self.add(first, self.mul(r2, second))

        a = four(2.0, 6.0, 24.0, 120.0)
        b = four(720.0, 5040.0, 40320.0, 362880.0)
        c = four(3628800.0, 39916800.0, 479001600.0, 6227020800.0)
        inner = self.add(a, self.mul(r4, self.add(b, self.mul(r4, c))))
        rest = self.add(r, self.mul(r2, inner))
        as_bits = self.op(f"bitcast double {shifted} to i64")
        exponent = self.op(f"shl i64 {self.op(f'add i64 {as_bits}, 1023')}, 52")
        return self.op(f"bitcast i64 {exponent} to double"), rest

    def exp(self, x: Value) -> Value:
        """e^x within 1.5 units in the last place; x is taken into [-708, 709], a float within [-87, 88]."""
        scale, rest = self._exponential(x)
        return self.add(scale, self.mul(scale, rest))

    def expm1(self, x: Value) -> Value:
        """e^x - 1, to its last bits where x is small, too."""
        scale, rest = self._exponential(x)
        return self.add(self.sub(scale, self.constant(1.0)), self.mul(scale, rest))

    def exprel(self, x: Value) -> Value:
        """(e^x - 1) / x, and 1 at 0."""
        zero = self.compare("oeq", x, self.constant(0.0))
        quotient = self.div(self.expm1(x), self.select(zero, self.constant(1.0), x))
        return self.select(zero, self.constant(1.0), quotient)

    def log(self, x: Value) -> Value:
        """log x within 3 units in the last place of max(|log x|, 1); -infinity at 0, no number below."""
        if self.kind == "double":
            return self._log_64(x)
        wide = Block()
        wide.lines, wide._known = self.lines, self._known
        value = wide._log_64(self.op(f"fpext float {x} to double"))
        return self.op(f"fptrunc double {value} to float")

    def _log_64(self, x: Value) -> Value:
        half_root, upper, lower = 0x3FE6A09E667F3BCD, "0x1.62e42fefa3800p-1", "0x1.ef35793c76730p-45"
        least = self.constant(2.0**-1022)
        tiny = self.compare("olt", x, least)
        scaled = self.select(tiny, self.mul(x, self.constant(2.0**54)), x)
        as_bits = self.op(f"bitcast double {scaled} to i64")
        e = self.op(f"ashr i64 {self.op(f'sub i64 {as_bits}, {half_root}')}, 52")
        mantissa = self.op(f"sub i64 {as_bits}, {self.op(f'shl i64 {e}, 52')}")
        m = self.op(f"bitcast i64 {mantissa} to double")
        t = self.div(self.sub(m, self.constant(1.0)), self.add(m, self.constant(1.0)))
        s = self.mul(t, t)
        series = self.series(s, [1.0 / n for n in range(23, 2, -2)])
        short = self.op(f"trunc i64 {e} to i32")
        exact = self.op(f"sitofp i32 {short} to double")
        power = self.sub(exact, self.select(tiny, self.constant(54.0), self.constant(0.0)))
        twice = self.mul(self.constant(2.0), t)
        inner = self.add(
            self.mul(twice, self.mul(s, series)), self.mul(power, self.constant(float.fromhex(lower)))
        )
        value = self.add(self.mul(power, self.constant(float.fromhex(upper))), self.add(twice, inner))
        infinite = self.compare("oeq", x, self.constant(float("inf")))
        value = self.select(infinite, x, value)
        value = self.select(self.compare("oeq", x, self.constant(0.0)), self.constant(float("-inf")), value)
        return self.select(self.compare("oge", x, self.constant(0.0)), value, self.constant(float("nan")))

    def tanh(self, x: Value) -> Value:
        """From e^2|x| - 1, with the sign of x."""
        size = self.smaller(self.absolute(x), self.constant(20.0))
        e = self.expm1(self.mul(self.constant(2.0), size))
        value = self.div(e, self.add(e, self.constant(2.0)))
        return self.select(self.compare("olt", x, self.constant(0.0)), self.neg(value), value)

    def sinh(self, x: Value) -> Value:
        """From e^|x| - 1, with the sign of x."""
        e = self.expm1(self.absolute(x))
        value = self.mul(self.constant(0.5), self.add(e, self.div(e, self.add(e, self.constant(1.0)))))
        return self.select(self.compare("olt", x, self.constant(0.0)), self.neg(value), value)

    def cosh(self, x: Value) -> Value:
        """From e^|x|."""
        e = self.exp(self.absolute(x))
        return self.mul(self.constant(0.5), self.add(e, self.div(self.constant(1.0), e)))

    def absolute(self, x: Value) -> Value:
        """|x|."""
        return self.op(f"call {self.kind} @llvm.fabs.{self._short}({self.kind} {x})")

    def sqrt(self, x: Value) -> Value:
        """The square root, rounded as IEEE says."""
        return self.op(f"call {self.kind} @llvm.sqrt.{self._short}({self.kind} {x})")


class Writer:
    """Writes expressions into a block.

    ``known`` gives the value of a symbol, or of a whole expression; what ``common`` holds for is worked out
    apart from the rest, once.
    """

    def __init__(
        self,
        block: Block,
        known: Callable[[Expr], Value | None],
        common: Callable[[Expr], bool] = lambda _: False,
    ) -> None:
        self._block, self._known, self._common = block, known, common

    def __call__(self, expression: Expr) -> Value:
        """The value of an expression."""
        b = self._block
        if expression.is_Number or expression.is_NumberSymbol:
            return self._block.constant(float(expression))
        value = self._known(expression)
        if value is not None:
            return value
        if expression.is_Add:
            return self._sum(expression)
        if expression.is_Mul:
            return self._product(expression)
        if expression.is_Pow:
            return self._power(expression)
        f, name = functions(), expression.func.__name__
        if expression.func in (f.minimum, f.maximum):
            values = [self(argument) for argument in expression.args]
            return b.smaller(*values) if expression.func == f.minimum else b.larger(*values)
        if expression.func == f.where:
            condition, yes, no = expression.args
            return b.select(self.condition(condition), self(yes), self(no))
        if name == "Abs":
            return b.absolute(self(expression.args[0]))
        if name in ("exp", "log", "tanh", "sinh", "cosh", "expm1", "exprel"):
            value = getattr(b, name)(self(expression.args[0]))
            assert value is not None
            return str(value)
        # What may be written is checked before: this is a fault of ours, not of the user.
        raise NotImplementedError(f"{expression} ({expression.func})")

    def condition(self, expression: Expr) -> Value:
        """The bit of a comparison."""
        b, f = self._block, functions()
        if expression.func in (f.ge, f.gt):
            return b.compare("oge" if expression.func == f.ge else "ogt", *map(self, expression.args))
        values = [self.condition(argument) for argument in expression.args]
        if expression.func == f.no:
            return b.bits("xor", values[0], "true")
        total = values[0]
        for value in values[1:]:
            total = b.bits("and" if expression.func == f.all_of else "or", total, value)
        return total

    def _sum(self, expression: Expr) -> Value:
        total: Value | None = None
        for part in self._grouped(expression):
            minus = part.is_Mul and part.args[0] == -1 and self._known(part) is None
            value = self(-part) if minus else self(part)
            if total is None:
                total = self._block.neg(value) if minus else value
            else:
                total = self._block.sub(total, value) if minus else self._block.add(total, value)
        assert total is not None
        return total

    def _product(self, expression: Expr) -> Value:
        b = self._block
        above: Value | None = None
        below: Value | None = None
        minus = False
        for part in self._grouped(expression):
            if part == -1:
                minus = True
            elif part.is_Pow and part.exp.is_number and part.exp < 0 and self._known(part) is None:
                value = self(1 / part)
                below = value if below is None else b.mul(below, value)
            else:
                value = self(part)
                above = value if above is None else b.mul(above, value)
        above = b.constant(1.0) if above is None else above
        value = above if below is None else b.div(above, below)
        return b.neg(value) if minus else value

    def _power(self, expression: Expr) -> Value:
        b, base, exponent = self._block, expression.base, expression.exp
        if exponent.is_number and exponent < 0:
            return b.div(b.constant(1.0), self(1 / expression))
        if exponent.is_Integer:
            return b.power(self(base), int(exponent))
        if exponent.is_number and (2 * exponent).is_integer:
            root = b.sqrt(self(base))
            whole = int(exponent - sympy().Rational(1, 2))
            return root if whole == 0 else b.mul(b.power(self(base), whole), root)
        if base == sympy().E:
            return b.exp(self(exponent))
        return b.exp(b.mul(self(exponent), b.log(self(base))))

    def _grouped(self, expression: Expr) -> list[Expr]:
        """The arguments of a sum or product; those that are common to all neurons as one."""
        common = [argument for argument in expression.args if self._common(argument)]
        rest = [argument for argument in expression.args if not self._common(argument)]
        if len(common) < 2 or not rest:
            return list(expression.args)
        return [expression.func(*common), *rest]
