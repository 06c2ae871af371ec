"""Functions for the core to call, put together from blocks of instructions.

``Words`` are the numbers that a step is made of: what follows from a neuron's parameters alone, worked out
once (``prepare``) and by the core's matrix exponential, before any step is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .code import Block, Value, Writer
from .symbols import Expr, symbol, sympy

VALUE, TICKS = -1, -2  # what a word is, other than an entry of a matrix


@dataclass
class Matrix:
    """dx/dt = M x over a time of dt / ``parts``: entries by (row, column), of parameters (and dt) alone."""

    names: list[str]
    entries: dict[tuple[int, int], Expr]
    parts: int = 1

    def reaches(self, row: int, column: int) -> bool:
        """Whether what ``column`` begins with shows in ``row`` after a while."""
        return row in self._from(column)

    def _from(self, column: int) -> set[int]:
        met, new = {column}, [column]
        while new:
            at = new.pop()
            for row, by in self.entries:
                if by == at and row not in met:
                    met.add(row)
                    new.append(row)
        return met


@dataclass
class Words:
    """Numbers by place: values of expressions, and entries of matrix exponentials."""

    values: list[Expr] = field(default_factory=list)
    matrices: list[Matrix] = field(default_factory=list)
    # Of each word: (VALUE or TICKS, place in values, 0), or (matrix, row, column).
    sources: list[tuple[int, int, int]] = field(default_factory=list)
    _known: dict[object, int] = field(default_factory=dict)

    def value(self, expression: Expr) -> int:
        """The place of the word with this value."""
        return self._place(VALUE, expression)

    def ticks(self, expression: Expr) -> int:
        """The place of the word with how many steps this time in ms is."""
        return self._place(TICKS, expression)

    def _place(self, kind: int, expression: Expr) -> int:
        key = (kind, expression)
        if key not in self._known:
            self._known[key] = len(self.sources)
            self.sources.append((kind, len(self.values), 0))
            self.values.append(expression)
        return self._known[key]

    def matrix(self, matrix: Matrix) -> int:
        """The number of a matrix."""
        if matrix not in self.matrices:
            self.matrices.append(matrix)
        return self.matrices.index(matrix)

    def entry(self, matrix: int, row: int, column: int) -> int:
        """The place of the word with an entry of a matrix's exponential."""
        key = (matrix, row, column)
        if key not in self._known:
            self._known[key] = len(self.sources)
            self.sources.append((matrix, row, column))
        return self._known[key]

    def prepared(self) -> list[Expr]:
        """What ``prepare`` gives: the values, then the entries of each matrix."""
        return [*self.values, *(e for matrix in self.matrices for e in matrix.entries.values())]


class Body:
    """The instructions for one neuron: symbols have values, words are loaded by place."""

    def __init__(self, words: Words, parameters: Iterable[Expr], kind: str = "double") -> None:
        self.block = Block(kind)
        self.words = words
        self.env: dict[Expr, Value] = {}
        self._free = {*parameters, symbol("dt")}
        self._write = Writer(self.block, self._value, self._is_common)
        self.used: dict[int, None] = {}

    def _is_common(self, expression: Expr) -> bool:
        return bool(expression.free_symbols <= self._free)

    def _value(self, expression: Expr) -> Value | None:
        if expression in self.env:
            return self.env[expression]
        if expression.free_symbols and self._is_common(expression):
            return self.word(self.words.value(expression))
        return None

    def word(self, place: int) -> Value:
        """The value of a word."""
        self.used[place] = None
        return f"%w{place}"

    def write(self, expression: Expr, env: Mapping[Expr, Value] | None = None) -> Value:
        """The value of an expression, with symbols as in ``env``."""
        if env is not None:
            before, self.env = self.env, {**self.env, **env}
            try:
                return self._write(expression)
            finally:
                self.env = before
        return self._write(expression)


def prepare_function(name: str, parameters: Iterable[str], values: list[Expr]) -> str:
    """``void name(const double* parameters, double dt, double* out)``: the values of expressions."""
    block = Block()
    env: dict[Expr, Value] = {symbol("dt"): "%dt"}
    needed = set().union(*(value.free_symbols for value in values)) if values else set()
    for place, parameter in enumerate(parameters):
        if symbol(parameter) in needed:
            address = block.op(f"getelementptr double, ptr %parameters, i64 {place}")
            env[symbol(parameter)] = block.op(f"load double, ptr {address}")
    write = Writer(block, env.get)
    for place, value in enumerate(values):
        result = write(value)
        address = block.op(f"getelementptr double, ptr %out, i64 {place}")
        block.do(f"store double {result}, ptr {address}")
    lines = "\n".join(block.lines)
    return (
        f"define void @{name}(ptr noalias %parameters, double %dt, ptr noalias %out) {{\n"
        f"{lines}\n  ret void\n}}\n"
    )


def load(block: Block, array: Value, place: int) -> Value:
    """A double of an array."""
    return block.op(f"load double, ptr {block.op(f'getelementptr double, ptr {array}, i64 {place}')}")


def store(block: Block, array: Value, place: int, value: Value) -> None:
    """Into an array of doubles."""
    address = block.op(f"getelementptr double, ptr {array}, i64 {place}")
    block.do(f"store double {value}, ptr {address}")


def plain_function(name: str, arguments: str, body: Body) -> str:
    """``void name(arguments)``, among them ``words``, without a loop."""
    words = [
        line
        for place in body.used
        for line in (
            f"  %wa{place} = getelementptr double, ptr %words, i64 {place}",
            f"  %w{place} = load double, ptr %wa{place}",
        )
    ]
    return (
        "\n".join([f"define void @{name}({arguments}) {{", *words, *body.block.lines, "  ret void", "}"])
        + "\n"
    )


@dataclass(frozen=True)
class Column:
    """An array of the loop over neurons: its name, the type of its numbers, and what is done with it."""

    name: str
    kind: str
    read: bool = True
    written: bool = True


def loop_function(
    name: str, body: Body, columns: list[Column], result: Mapping[str, Value], fires: Value, each: bool
) -> str:
    """``int name(i64 n, ptr columns[], ptr words, i64 stride, int flags[])``: whether any of n neurons fires.

    ``columns`` are read as %in.NAME and written from ``result``. ``words`` are one for all, or where ``each``
    columns too, ``stride`` apart.
    """
    # Flags are as wide as the numbers: narrower ones would have to be packed.
    real, whole = body.block.kind, "i64" if body.block.kind == "double" else "i32"
    arguments = [f"ptr noalias %p{c}" for c in range(len(columns))]
    outer = []
    for place in range(len(columns)):
        outer += [
            f"  %a{place} = getelementptr ptr, ptr %columns, i64 {place}",
            f"  %p{place} = load ptr, ptr %a{place}",
        ]
    words, loads = [], []
    for place in body.used:
        if each:
            loads += [
                f"  %wo{place} = mul i64 %stride, {place}",
                f"  %wp{place} = getelementptr {real}, ptr %words, i64 %wo{place}",
            ]
            words += [
                f"  %wa{place} = getelementptr {real}, ptr %wp{place}, i64 %k",
                f"  %w{place} = load {real}, ptr %wa{place}",
            ]
        else:
            loads += [
                f"  %wa{place} = getelementptr {real}, ptr %words, i64 {place}",
                f"  %w{place} = load {real}, ptr %wa{place}",
            ]
    reads, writes = [], []
    for place, column in enumerate(columns):
        reads.append(f"  %at{place} = getelementptr {column.kind}, ptr %p{place}, i64 %k")
        if column.read and column.kind != real:
            reads.append(f"  %raw.{column.name} = load float, ptr %at{place}")
            reads.append(f"  %in.{column.name} = fpext float %raw.{column.name} to double")
        elif column.read:
            reads.append(f"  %in.{column.name} = load {real}, ptr %at{place}")
        if not column.written:
            continue
        value = result[column.name]
        if column.kind != real:
            writes.append(f"  %out.{column.name} = fptrunc double {value} to float")
            writes.append(f"  store float %out.{column.name}, ptr %at{place}")
        else:
            writes.append(f"  store {real} {value}, ptr %at{place}")
    inner_arguments = ", ".join(
        ["i64 %n", *arguments, "ptr noalias %words", "i64 %stride", "ptr noalias %flags"]
    )
    call_arguments = ", ".join(
        ["i64 %n", *(f"ptr %p{c}" for c in range(len(columns))), "ptr %words", "i64 %stride", "ptr %flags"]
    )
    lines = [
        f"define internal {whole} @{name}.loop({inner_arguments}) noinline {{",
        "entry:",
        *loads,
        "  br label %loop",
        "loop:",
        "  %k = phi i64 [ 0, %entry ], [ %next, %loop ]",
        f"  %any = phi {whole} [ 0, %entry ], [ %either, %loop ]",
        *words,
        *reads,
        *body.block.lines,
        *writes,
        f"  %flag = zext i1 {fires} to {whole}",
        f"  %flag.at = getelementptr {whole}, ptr %flags, i64 %k",
        f"  store {whole} %flag, ptr %flag.at",
        f"  %either = or {whole} %any, %flag",
        "  %next = add nuw nsw i64 %k, 1",
        "  %done = icmp eq i64 %next, %n",
        "  br i1 %done, label %exit, label %loop",
        "exit:",
        f"  ret {whole} %either",
        "}",
        f"define {whole} @{name}(i64 %n, ptr %columns, ptr %words, i64 %stride, ptr %flags) {{",
        *outer,
        f"  %any = call {whole} @{name}.loop({call_arguments})",
        f"  ret {whole} %any",
        "}",
    ]
    return "\n".join(lines) + "\n"


def zero() -> Expr:
    """The number 0."""
    return sympy().Integer(0)
