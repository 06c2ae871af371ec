"""Expressions as LLVM's instructions: one basic block, in double precision, without calls or branches.

Every operation is IEEE's, in the order that is written here and never contracted, so that all processors and
vector widths give the same bits. e^x and log x are polynomials of our own (those of csrc/math/exp.hpp and
power.hpp), as a library's would neither vectorise nor be the same everywhere.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from .symbols import Expr, functions, sympy

Value = str  # %12, or a constant


def constant(value: float) -> Value:
    """A double as LLVM reads it back to the last bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Block:
    """Instructions one after another; the same operation on the same values is written once."""

    def __init__(self, prefix: str = "t") -> None:
        self.lines: list[str] = []
        self._prefix = prefix
        self._known: dict[str, Value] = {}

    def op(self, text: str) -> Value:
        """The value of an instruction without effects."""
        if text not in self._known:
            name = f"%{self._prefix}{len(self._known)}"
            self._known[text] = name
            self.lines.append(f"  {name} = {text}")
        return self._known[text]

    def do(self, text: str) -> None:
        """An instruction for its effect."""
        self.lines.append(f"  {text}")

    # ---- arithmetic ---------------------------------------------------------------------------------

    def add(self, a: Value, b: Value) -> Value:
        """a + b."""
        return self.op(f"fadd double {a}, {b}")

    def sub(self, a: Value, b: Value) -> Value:
        """a - b."""
        return self.op(f"fsub double {a}, {b}")

    def mul(self, a: Value, b: Value) -> Value:
        """a b."""
        return self.op(f"fmul double {a}, {b}")

    def div(self, a: Value, b: Value) -> Value:
        """a / b."""
        return self.op(f"fdiv double {a}, {b}")

    def neg(self, a: Value) -> Value:
        """-a."""
        return self.op(f"fneg double {a}")

    def compare(self, how: str, a: Value, b: Value) -> Value:
        """A bit: ``how`` is oge, ogt, olt or ole; never where either is no number."""
        return self.op(f"fcmp {how} double {a}, {b}")

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """``a`` where the bit is set, else ``b``."""
        return a if a == b else self.op(f"select i1 {condition}, double {a}, double {b}")

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
        total = constant(coefficients[0])
        for coefficient in coefficients[1:]:
            total = self.add(self.mul(total, x), constant(coefficient))
        return total

    # ---- transcendental functions -------------------------------------------------------------------

    def _exponential(self, x: Value) -> tuple[Value, Value]:
        """(scale, rest) of e^x = scale (1 + rest), x within what a double can hold."""
        x = self.smaller(self.larger(x, constant(-708.0)), constant(709.0))
        high, low = float.fromhex("0x1.62e42fefa0000p-1"), float.fromhex("0x1.cf79abc9e3b39p-40")
        whole = constant(float.fromhex("0x1.8p52"))
        shifted = self.add(self.mul(x, constant(float.fromhex("0x1.71547652b82fep0"))), whole)
        k = self.sub(shifted, whole)
        r = self.sub(self.sub(x, self.mul(k, constant(high))), self.mul(k, constant(low)))
        r2 = self.mul(r, r)
        r4 = self.mul(r2, r2)

        def four(c0: float, c1: float, c2: float, c3: float) -> Value:
            first = self.add(constant(1.0 / c0), self.mul(r, constant(1.0 / c1)))
            second = self.add(constant(1.0 / c2), self.mul(r, constant(1.0 / c3)))
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
        """e^x within 1.5 units in the last place; x counts as no less than -708 and no more than 709."""
        scale, rest = self._exponential(x)
        return self.add(scale, self.mul(scale, rest))

    def expm1(self, x: Value) -> Value:
        """e^x - 1, to its last bits where x is small, too."""
        scale, rest = self._exponential(x)
        return self.add(self.sub(scale, constant(1.0)), self.mul(scale, rest))

    def exprel(self, x: Value) -> Value:
        """(e^x - 1) / x, and 1 at 0."""
        zero = self.compare("oeq", x, constant(0.0))
        quotient = self.div(self.expm1(x), self.select(zero, constant(1.0), x))
        return self.select(zero, constant(1.0), quotient)

    def log(self, x: Value) -> Value:
        """log x within 3 units in the last place of max(|log x|, 1); -infinity at 0, no number below."""
        half_root, upper, lower = 0x3FE6A09E667F3BCD, "0x1.62e42fefa3800p-1", "0x1.ef35793c76730p-45"
        least = constant(2.0**-1022)
        tiny = self.compare("olt", x, least)
        scaled = self.select(tiny, self.mul(x, constant(2.0**54)), x)
        as_bits = self.op(f"bitcast double {scaled} to i64")
        e = self.op(f"ashr i64 {self.op(f'sub i64 {as_bits}, {half_root}')}, 52")
        mantissa = self.op(f"sub i64 {as_bits}, {self.op(f'shl i64 {e}, 52')}")
        m = self.op(f"bitcast i64 {mantissa} to double")
        t = self.div(self.sub(m, constant(1.0)), self.add(m, constant(1.0)))
        s = self.mul(t, t)
        series = self.series(s, [1.0 / n for n in range(23, 2, -2)])
        short = self.op(f"trunc i64 {e} to i32")
        exact = self.op(f"sitofp i32 {short} to double")
        power = self.sub(exact, self.select(tiny, constant(54.0), constant(0.0)))
        twice = self.mul(constant(2.0), t)
        inner = self.add(
            self.mul(twice, self.mul(s, series)), self.mul(power, constant(float.fromhex(lower)))
        )
        value = self.add(self.mul(power, constant(float.fromhex(upper))), self.add(twice, inner))
        infinite = self.compare("oeq", x, constant(float("inf")))
        value = self.select(infinite, x, value)
        value = self.select(self.compare("oeq", x, constant(0.0)), constant(float("-inf")), value)
        return self.select(self.compare("oge", x, constant(0.0)), value, constant(float("nan")))

    def tanh(self, x: Value) -> Value:
        """From e^2|x| - 1, with the sign of x."""
        size = self.smaller(self.absolute(x), constant(20.0))
        e = self.expm1(self.mul(constant(2.0), size))
        value = self.div(e, self.add(e, constant(2.0)))
        return self.select(self.compare("olt", x, constant(0.0)), self.neg(value), value)

    def sinh(self, x: Value) -> Value:
        """From e^|x| - 1, with the sign of x."""
        e = self.expm1(self.absolute(x))
        value = self.mul(constant(0.5), self.add(e, self.div(e, self.add(e, constant(1.0)))))
        return self.select(self.compare("olt", x, constant(0.0)), self.neg(value), value)

    def cosh(self, x: Value) -> Value:
        """From e^|x|."""
        e = self.exp(self.absolute(x))
        return self.mul(constant(0.5), self.add(e, self.div(constant(1.0), e)))

    def absolute(self, x: Value) -> Value:
        """|x|."""
        return self.op(f"call double @llvm.fabs.f64(double {x})")

    def sqrt(self, x: Value) -> Value:
        """The square root, rounded as IEEE says."""
        return self.op(f"call double @llvm.sqrt.f64(double {x})")


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
            return constant(float(expression))
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
        above = constant(1.0) if above is None else above
        value = above if below is None else b.div(above, below)
        return b.neg(value) if minus else value

    def _power(self, expression: Expr) -> Value:
        b, base, exponent = self._block, expression.base, expression.exp
        if exponent.is_number and exponent < 0:
            return b.div(constant(1.0), self(1 / expression))
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
        if len(common) < 2:
            return list(expression.args)
        rest = [argument for argument in expression.args if not self._common(argument)]
        return [expression.func(*common), *rest]
