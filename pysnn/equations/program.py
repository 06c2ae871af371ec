"""All functions of a model, as LLVM's text: its step for the clock engine, its field for the event engine."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from .code import Value
from .declaration import Declaration
from .embedded_pair import pair_functions
from .jump import Jump, jump_of
from .kernel import (
    Body,
    Column,
    Words,
    load,
    loop_function,
    plain_function,
    prepare_function,
    store,
    zero,
)
from .noise import held_for_a_step
from .schemes import Scheme, Stepper, linear_matrix, linear_part, slopes
from .symbols import Expr, affine, depends, slope, symbol, sympy

# Of the finite numbers, in floats of so many bits.
LARGEST = {32: (2.0 - 2.0**-23) * 2.0**127, 64: sys.float_info.max}
EXTERNAL = "".join(
    f"declare {kind} @llvm.{name}.f{bits}({kind})\n"
    for name in ("fabs", "sqrt")
    for kind, bits in (("double", 64), ("float", 32))
)


@dataclass(frozen=True)
class Program:
    """Functions in LLVM's text, by name, and the words that they take.

    ``linear`` : (row, column, word) of the matrix of linear equations and their threshold, which ``jump``.
    ``rates`` : words by which states go that decay, or grow, by themselves, in 1/ms.
    """

    text: str
    names: tuple[str, ...]
    words: Words
    linear: tuple[tuple[int, int, int], ...] = ()
    jump: Jump | None = None
    rates: tuple[int, ...] = ()


def step_program(d: Declaration, scheme: Scheme, bits: int) -> Program:
    """The step of a scheme, states in floats of so many ``bits``: of neurons that are alike, or not.

    Of 32 bits in two forms: in single precision, and ``paired``, in double precision with a second float for
    what is left of each state, for steps that are short beside the slowest of the ``rates``.
    """
    words, text, names = Words(), [EXTERNAL], ["prepare", "initial"]
    for paired in (False, True) if bits == 32 else (False,):
        body, columns, result, fires = step_of(d, scheme, words, bits, paired)
        for name in ("alike", "each"):
            names.append(f"{name}_paired" if paired else name)
            text.append(loop_function(names[-1], body, columns, result, fires, name == "each"))
    rates = tuple(words.value(rate) for rate in _own_rates(d))
    text.append(prepare_function("prepare", d.order, words.prepared()))
    text.append(prepare_function("initial", d.order, [d.initial[name] for name in d.states]))
    return Program("".join(text), tuple(names), words, rates=rates)


def _own_rates(d: Declaration) -> list[Expr]:
    """By which each state goes by itself, where that follows from parameters alone."""
    everything = {*d.symbols.values(), *d.driven_by}
    found = (affine(d.rates[name], [symbol(name)], everything) for name in d.states)
    return [slopes_and_rest[0][0] for slopes_and_rest in found if slopes_and_rest is not None]


def flow_program(d: Declaration) -> Program:
    """The field of one neuron, what an arrival and a spike do, and how far it is above its threshold."""
    text = [EXTERNAL]
    words = _flow(d, text)
    entries = jumps(d)
    names = ["field", "arrive", "reset", "look", "prepare"]
    linear: tuple[tuple[int, int, int], ...] = ()
    jump = None
    if entries is not None:
        linear = tuple((row, column, words.value(entry)) for (row, column), entry in entries.items())
        jump = jump_of(d)
        names.append("jump")
        text.append(jump.text)
    else:
        names += ["reach", "step"]
        text.append(pair_functions(len(d.states) + 1))
    text.append(prepare_function("prepare", d.order, words.prepared()))
    return Program("".join(text), tuple(names), words, linear, jump)


def jumps(d: Declaration) -> dict[tuple[int, int], Expr] | None:
    """Entries of the matrix by which a neuron jumps from event to event; None where it is not linear.

    Columns are the states, the current and 1; the last row is how far it is above its threshold.
    """
    names = tuple(d.states)
    if d.escape is not None or d.noises or len(names) > 15 or linear_part(d) != names or not d.resets:
        return None
    symbols = [symbol(name) for name in names]
    threshold = affine(d.left - d.right, symbols, set(symbols))
    if threshold is None:
        return None
    entries = dict(linear_matrix(d, names, held=False, means=False).entries)
    for column, entry in enumerate([*threshold[0], zero(), threshold[1]]):
        if entry != 0:
            entries[len(names), column] = entry
    return entries


def uses_current(d: Declaration) -> bool:
    """Whether an injected current changes anything."""
    return any(depends(rate, {symbol("I")}) for rate in d.rates.values())


def why_not_continuous(d: Declaration) -> str:
    """Why a model cannot run in continuous time, or nothing."""
    if d.escape is not None:
        return "its spikes come by chance (escape), which is drawn step by step"
    if d.noises:
        return f"its equations have noise ({', '.join(d.noises)}), which is drawn step by step"
    if len(d.states) > 31 or len(d.arrivals) > 8:
        return "it has more than 31 states or 8 receptors"
    for name in d.states:
        if slope(d.left - d.right, symbol(name)).has(sympy().Derivative, sympy().Subs):
            return "its threshold has no slope (of min, max or where)"
    return ""


# ---- a step of the clock engine ------------------------------------------------------------------------


def step_of(
    d: Declaration, scheme: Scheme, words: Words, bits: int, paired: bool
) -> tuple[Body, list[Column], dict[str, Value], Value]:
    """The instructions of a step, its arrays, what is written into them, and whether the neuron fires."""
    kind = "double" if bits == 64 else "float"
    body = Body(words, d.parameters.values(), "double" if paired else kind)
    b = body.block
    columns = [Column(f"x.{name}", kind) for name in d.states]
    before = {name: f"%in.x.{name}" for name in d.states}
    if d.refractory is not None:
        columns.append(Column("left", kind))
    if paired:  # what is left of each state beyond a float
        columns += [Column(f"rest.{name}", kind) for name in d.states]
        before = {name: b.add(value, f"%in.rest.{name}") for name, value in before.items()}
    columns += [Column(f"w.{receptor}", kind) for receptor in d.arrivals]
    columns.append(Column("current", kind, written=False))
    if d.escape is not None:
        columns.append(Column("uniform", kind, written=False))
    columns += [Column(name, kind, written=False) for name in d.noises]
    body.env[symbol("I")] = "%in.current"
    for name in d.noises:
        strength = body.word(words.value(held_for_a_step(d, name)))
        body.env[symbol(name)] = b.mul(f"%in.{name}", strength)
    free = None
    if d.refractory is not None:
        free = b.compare("ole", "%in.left", b.constant(0.0))
    moved = Stepper(d, scheme, body, free).step(before)
    moved = _arrived(d, body, moved, {r: f"%in.w.{r}" for r in d.arrivals}, free)
    fires = _escapes(d, body, moved) if d.escape is not None else _crosses(d, body, before, moved)
    fires = fires if free is None else b.bits("and", fires, free)
    if scheme.kind != "exact":
        # A reset must not clear what has left the finite numbers: it is found where it stays.
        largest = b.constant(LARGEST[bits])
        for name in d.reset:
            is_high = d.left == symbol(name)  # where the neuron fires
            size = moved[name] if is_high else b.absolute(moved[name])
            fires = b.bits("and", fires, b.compare("ole", size, largest))
    spiked = _reset(d, body, moved)
    after = {name: b.select(fires, spiked[name], moved[name]) for name in d.states}
    result: dict[str, Value] = {f"x.{name}": value for name, value in after.items()}
    result.update({f"w.{receptor}": b.constant(0.0) for receptor in d.arrivals})
    if free is not None:
        steps = body.word(words.ticks(d.refractory))
        waits = b.select(free, b.constant(0.0), b.sub("%in.left", b.constant(1.0)))
        result["left"] = b.select(fires, steps, waits)
    if paired:
        for name, value in after.items():
            nearest = b.op(f"fptrunc double {value} to float")
            result[f"rest.{name}"] = b.sub(value, b.op(f"fpext float {nearest} to double"))
    return body, columns, result, fires


def _env(x: Mapping[str, Value]) -> dict[Expr, Value]:
    return {symbol(name): value for name, value in x.items()}


def _escapes(d: Declaration, body: Body, x: Mapping[str, Value]) -> Value:
    """Whether the draw falls below the probability of a spike in a step, 1 - e^(-rate dt)."""
    expected = body.write(-d.escape * symbol("dt"), _env(x))
    return body.block.compare("ole", "%in.uniform", body.block.neg(body.block.expm1(expected)))


def _crosses(d: Declaration, body: Body, before: Mapping[str, Value], x: Mapping[str, Value]) -> Value:
    b = body.block
    above, was_above = _is_above(d, body, x), _is_above(d, body, before)
    if d.resets:
        return b.bits("or", above, was_above)
    return b.bits("and", above, b.bits("xor", was_above, "true"))


def _is_above(d: Declaration, body: Body, x: Mapping[str, Value]) -> Value:
    return body.block.compare("oge", body.write(d.left, _env(x)), body.write(d.right, _env(x)))


def _arrived(
    d: Declaration, body: Body, x: Mapping[str, Value], sums: Mapping[str, Value], free: Value | None
) -> dict[str, Value]:
    """The states with what has arrived; what is held takes nothing."""
    b, after = body.block, dict(x)
    for receptor, adds in d.arrivals.items():
        for name, each in adds.items():
            part = sums[receptor] if each == 1 else b.mul(body.write(each), sums[receptor])
            after[name] = b.add(after[name], part)
    if free is not None:
        after.update({name: b.select(free, after[name], x[name]) for name in d.held})
    return after


def _reset(d: Declaration, body: Body, x: Mapping[str, Value]) -> dict[str, Value]:
    return {**x, **{name: body.write(value, _env(x)) for name, value in d.reset.items()}}


# ---- continuous time -----------------------------------------------------------------------------------


def _flow(d: Declaration, text: list[str]) -> Words:
    """Functions of one neuron, whose state x has first how far left is above right, then the states."""
    words = Words()
    hold = words.value(d.refractory) if d.refractory is not None else None
    assert hold in (None, 0)  # where the core looks for it
    above = d.left - d.right

    def begin(held: bool) -> tuple[Body, dict[str, Value], Value | None]:
        body = Body(words, d.parameters.values())
        free = body.block.op("icmp eq i64 %held, 0") if held and d.refractory is not None else None
        return body, {name: load(body.block, "%x", k + 1) for k, name in enumerate(d.states)}, free

    body, x, free = begin(held=True)
    body.env[symbol("I")] = "%current"
    rates = slopes(d, body, x, free)
    total = body.block.constant(0.0)
    for name in d.states:
        by = slope(above, symbol(name))
        if by != 0:
            total = body.block.add(total, body.block.mul(body.write(by, _env(x)), rates[name]))
    for place, value in enumerate([total, *rates.values()]):
        store(body.block, "%out", place, value)
    arguments = "ptr noalias %x, double %current, ptr noalias %words, i64 %held, ptr noalias %out"
    text.append(plain_function("field", arguments, body))

    body, x, free = begin(held=True)
    sums = {receptor: load(body.block, "%sum", k) for k, receptor in enumerate(d.arrivals)}
    after = _arrived(d, body, x, sums, free)
    # By as much as it changes: where a spike set it to the threshold itself, no rounding may move it.
    change = body.block.sub(body.write(above, _env(after)), body.write(above, _env(x)))
    moved = body.block.add(load(body.block, "%x", 0), change)
    for place, value in enumerate([moved, *after.values()]):
        store(body.block, "%x", place, value)
    text.append(
        plain_function("arrive", "ptr noalias %x, ptr noalias %sum, ptr noalias %words, i64 %held", body)
    )

    body, x, _ = begin(held=False)
    after = _reset(d, body, x)
    there = body.write(above, _env(after)) if d.resets else load(body.block, "%x", 0)
    for place, value in enumerate([there, *after.values()]):
        store(body.block, "%x", place, value)
    text.append(plain_function("reset", "ptr noalias %x, ptr noalias %words", body))

    body, x, _ = begin(held=False)
    store(body.block, "%x", 0, body.write(above, _env(x)))
    text.append(plain_function("look", "ptr noalias %x, ptr noalias %words", body))
    return words
