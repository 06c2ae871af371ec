"""Linear equations from event to event, as LLVM's text: sparse products with the matrix exponential.

The core tabulates the exponential (csrc/neurons/linear_system.hpp says over which times), and this takes the
states through those that a time is made of. It knows which entries there can be: nothing is multiplied by 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from .code import Block, Value
from .declaration import Declaration
from .kernel import load, store
from .schemes import linear_matrix

DIGIT_BITS = 4  # as in csrc/neurons/linear_jump.hpp


@dataclass(frozen=True)
class Jump:
    """The function ``jump``, and which entries of a matrix it takes, one after the other.

    Columns are the states, the current and 1. From one matrix to the next there are ``stride`` numbers.
    """

    text: str
    entries: tuple[tuple[int, int], ...]
    stride: int


def jump_of(d: Declaration) -> Jump:
    """``void jump(x, current, ticks, unit, shift, levels, tables)``: x after so many ticks of ``unit`` ms.

    ``tables`` : the matrix of the equations, then of each level its exponential over 0 to 15 times
    16^level 2^shift ticks, and last the one for times that are longer than all levels together.
    """
    matrix = linear_matrix(d, tuple(d.states), held=False, means=False)
    n = len(d.states)
    reached = [(row, column) for row in range(n) for column in range(n + 2) if matrix.reaches(row, column)]
    stride = -(-len(reached) // 8) * 8  # of whole cache lines
    places = {entry: place for place, entry in enumerate(reached)}
    direct = {entry: places[entry] for entry in matrix.entries}

    b = Block()
    x = [load(b, "%x", k) for k in range(n)]
    spans = b.op("lshr i64 %ticks, %shift")
    rest = b.op(f"sub i64 %ticks, {b.op(f'shl i64 {spans}, %shift')}")
    h = b.mul(b.op(f"sitofp i64 {rest} to double"), "%unit")
    begun = _series(b, direct, x, h)
    none = b.op(f"icmp eq i64 {spans}, 0")
    entry, b.lines = b.lines, []

    within = b.op("icmp slt i64 %level, %levels")
    digit = b.op(f"and i64 %left, {2**DIGIT_BITS - 1}")
    ordinary = b.op(f"add i64 {b.op(f'shl i64 %level, {DIGIT_BITS}')}, {digit}")
    longest = b.op(f"shl i64 %levels, {DIGIT_BITS}")
    place = b.op(f"add i64 {b.op(f'select i1 {within}, i64 {ordinary}, i64 {longest}')}, 1")
    table = b.op(f"getelementptr double, ptr %tables, i64 {b.op(f'mul i64 {place}, {stride}')}")
    moved = _product(b, table, places, [f"%x{k}" for k in range(n)], driven=True)
    left = b.op(f"select i1 {within}, i64 {b.op(f'lshr i64 %left, {DIGIT_BITS}')}, i64 0")
    level = b.op("add i64 %level, 1")
    done = b.op(f"icmp eq i64 {left}, 0")
    loop, b.lines = b.lines, []

    for k in range(n):
        store(b, "%x", k, f"%end{k}")
    times = "i64 %ticks, double %unit, i64 %shift, i64 %levels"
    arguments = f"ptr noalias %x, double %current, {times}, ptr noalias %tables"
    lines = [
        f"define void @jump({arguments}) {{",
        "entry:",
        *entry,
        f"  br i1 {none}, label %exit, label %loop",
        "loop:",
        *(f"  %x{k} = phi double [ {begun[k]}, %entry ], [ {moved[k]}, %loop ]" for k in range(n)),
        f"  %left = phi i64 [ {spans}, %entry ], [ {left}, %loop ]",
        f"  %level = phi i64 [ 0, %entry ], [ {level}, %loop ]",
        *loop,
        f"  br i1 {done}, label %exit, label %loop",
        "exit:",
        *(f"  %end{k} = phi double [ {begun[k]}, %entry ], [ {moved[k]}, %loop ]" for k in range(n)),
        *b.lines,
        "  ret void",
        "}",
    ]
    return Jump("\n".join(lines) + "\n", tuple(reached), stride)


def _series(b: Block, places: dict[tuple[int, int], int], x: list[Value], h: Value) -> list[Value]:
    """x after a time h of which |A| h < 2^-17: x + h (x' + h (x''/2 + h x'''/6)), to the last bit."""
    first = _product(b, "%tables", places, x, driven=True)
    second = _product(b, "%tables", places, first, driven=False)
    third = _product(b, "%tables", places, second, driven=False)
    sixth, half = b.constant(1.0 / 6.0), b.constant(0.5)
    after = []
    for value, d1, d2, d3 in zip(x, first, second, third, strict=True):
        curved = b.add(b.mul(d2, half), b.mul(h, b.mul(d3, sixth)))
        after.append(b.add(value, b.mul(h, b.add(d1, b.mul(h, curved)))))
    return after


def _product(
    b: Block, matrix: Value, places: dict[tuple[int, int], int], x: list[Value], driven: bool
) -> list[Value]:
    """A matrix times the states, and if ``driven`` the current and 1.

    A state's own part is added last, as it is what a product waits for in the one before.
    """
    product = []
    for row in range(len(x)):
        total: Value | None = None
        for column in [*range(row), *range(row + 1, len(x) + (2 if driven else 0)), row]:
            if (row, column) not in places:
                continue
            part = load(b, matrix, places[row, column])
            if column <= len(x):
                part = b.mul(part, x[column] if column < len(x) else "%current")
            total = part if total is None else b.add(total, part)
        product.append(b.constant(0.0) if total is None else total)
    return product
