"""All functions of a rule, as LLVM's text: what each event does to the synapses of a run, and to traces.

A synapse goes through the time since its last event and through the event in one function. Columns are those
of csrc/plasticity/equation_rule.hpp: weight, states, elapsed time, traces of both sides, signal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .code import Value
from .kernel import Body, Words, load, plain_function, prepare_function, store
from .program import EXTERNAL
from .rule_declaration import EVENTS, SIDES, RuleDeclaration, depends_on
from .symbols import Expr, symbol, sympy

_EXTERNAL = EXTERNAL + "declare double @llvm.copysign.f64(double, double)\n"


@dataclass(frozen=True)
class RuleProgram:
    """Functions in LLVM's text, by name, and what the core has to know of them.

    ``words`` : what follows from parameters alone. ``taus`` : by side, words with the time constants of
    traces. ``reads`` : by event, which traces of the source and of the target it asks for.
    """

    text: str
    names: tuple[str, ...]
    words: Words
    taus: dict[str, list[int]]
    reads: dict[str, tuple[list[int], list[int]]]


def rule_program(d: RuleDeclaration, bits: int) -> RuleProgram:
    """The functions of a rule, weights and states in floats of so many ``bits``."""
    words, text, names = Words(), [_EXTERNAL], ["prepare"]
    taus = {side: [words.value(d.time_constant(name)) for name in d.traces[side]] for side in SIDES}
    reads: dict[str, tuple[list[int], list[int]]] = {}
    for event in EVENTS[:-1]:
        values = [d.becomes(event, name) for name in ("w", *d.states)]
        source, target = (
            sorted({k for value in values for k in depends_on(value, d.traces[side])}) for side in SIDES
        )
        reads[event] = (source, target)
        if d.moves or d.changes[event]:
            names.append(event)
            text.append(_change(d, words, event, bits))
    if d.moves:
        names.append("gap")
        text.append(_change(d, words, "", bits))
    for side in SIDES:
        if d.jumps[side]:
            names.append(f"{side}_jump")
            text.append(_jump(d, words, side))
    text.append(prepare_function("prepare", d.order, words.prepared()))
    return RuleProgram("".join(text), tuple(names), words, taus, reads)


def _jump(d: RuleDeclaration, words: Words, side: str) -> str:
    """A spike of a neuron changes its traces, in place."""
    body = Body(words, d.parameters.values())
    after = jumped(d, body, side, [load(body.block, "%traces", k) for k in range(len(d.traces[side]))])
    for k, name in enumerate(d.traces[side]):
        if name in after:
            store(body.block, "%traces", k, after[name])
    return plain_function(f"{side}_jump", "ptr noalias %traces, ptr noalias %words", body)


def jumped(d: RuleDeclaration, body: Body, side: str, traces: Sequence[Value]) -> dict[str, Value]:
    """What a spike makes of those of its neuron's traces that it changes."""
    before = {symbol(name): trace for name, trace in zip(d.traces[side], traces, strict=True)}
    return {name: body.write(value, before) for name, value in d.jumps[side].items()}


def _change(d: RuleDeclaration, words: Words, event: str, bits: int) -> str:
    """A loop over synapses: the time without events, then the event (if it is one)."""
    body, columns, result = changed(d, words, event)
    return _loop(event or "gap", body, columns, ["w", *d.states], result, list(d.traces["pre"]), bits)


def changed(d: RuleDeclaration, words: Words, event: str) -> tuple[Body, list[str], dict[str, Value]]:
    """The instructions of one synapse, what they read by name (%in.NAME, or %all.NAME of the one source), and
    what becomes of the weight as it is stored and of states."""
    body = Body(words, d.parameters.values())
    b = body.block
    pre, post = list(d.traces["pre"]), list(d.traces["post"])
    columns = ["w", *d.states, "elapsed", *pre, *post, "signal"]
    uniform = (
        () if event == "on_post" else pre
    )  # at a postsynaptic spike each synapse has met them at its own time
    now: dict[str, Value] = {name: f"%in.{name}" for name in columns}
    now.update({name: f"%all.{name}" for name in uniform})
    if not d.signed:
        now["w"] = b.absolute("%in.w")
    now = _over_time(d, body, now) if d.moves else now
    if event:
        now = _after(d, body, event, now)
    result = dict(now)
    if not d.signed:
        result["w"] = b.op(f"call double @llvm.copysign.f64(double {now['w']}, double %in.w)")
    return body, columns, result


def _env(now: dict[str, Value]) -> dict[Expr, Value]:
    return {symbol(name): value for name, value in now.items()}


def _over_time(d: RuleDeclaration, body: Body, now: dict[str, Value]) -> dict[str, Value]:
    b, after = body.block, dict(now)
    env = _env(now)
    if d.changes["between"]:
        some = b.compare("ogt", now["elapsed"], b.constant(0.0))
        for name in d.changes["between"]:
            value = d.becomes("between", name)
            moved = _weight(d, body, value, now) if name == "w" else body.write(value, env)
            after[name] = b.select(some, moved, now[name])
    for name in d.states:
        if d.rates[name] != 0:
            left = body.write(sympy().exp(d.rates[name] * symbol("elapsed")), env)
            after[name] = b.mul(now[name], left)
    return after


def _after(d: RuleDeclaration, body: Body, event: str, now: dict[str, Value]) -> dict[str, Value]:
    after = {}
    for name, value in d.changes[event].items():
        after[name] = _weight(d, body, value, now) if name == "w" else body.write(value, _env(now))
    return {**now, **after}


def _weight(d: RuleDeclaration, body: Body, after: Expr, now: dict[str, Value]) -> Value:
    """What the weight becomes if so many times its change are taken, within its bounds."""
    b, w = body.block, symbol("w")
    if after.is_Add and w in after.args:  # what is added has the rate, which 1 does not change by a bit
        value = b.add(now["w"], b.mul("%all.rate", body.write(after - w, _env(now))))
    else:
        whole, plain = b.compare("oeq", "%all.rate", b.constant(1.0)), body.write(after, _env(now))
        value = b.select(whole, plain, b.add(now["w"], b.mul("%all.rate", b.sub(plain, now["w"]))))
    if d.low is not None:
        value = b.larger(value, body.write(d.low))
    return value if d.high is None else b.smaller(value, body.write(d.high))


def _loop(
    name: str,
    body: Body,
    columns: list[str],
    stored: list[str],
    result: dict[str, Value],
    pre: list[str],
    bits: int,
) -> str:
    """``void name(i64 n, ptr columns[], ptr words, ptr all)``; those ``stored`` are read and written."""
    real = "double" if bits == 64 else "float"
    outer, loads, reads, writes = [], [], [], []
    for place in body.used:
        loads += [
            f"  %wa{place} = getelementptr double, ptr %words, i64 {place}",
            f"  %w{place} = load double, ptr %wa{place}",
        ]
    for place, trace in enumerate(["rate", *pre]):
        loads += [
            f"  %alla{place} = getelementptr double, ptr %all, i64 {place}",
            f"  %all.{trace} = load double, ptr %alla{place}",
        ]
    for place, column in enumerate(columns):
        outer += [
            f"  %a{place} = getelementptr ptr, ptr %columns, i64 {place}",
            f"  %p{place} = load ptr, ptr %a{place}",
        ]
        kind = real if column in stored else "double"
        reads.append(f"  %at{place} = getelementptr {kind}, ptr %p{place}, i64 %k")
        if kind == "double":
            reads.append(f"  %in.{column} = load double, ptr %at{place}")
        else:
            reads.append(f"  %raw.{column} = load float, ptr %at{place}")
            reads.append(f"  %in.{column} = fpext float %raw.{column} to double")
        if column not in stored:
            continue
        value = result[column]
        if kind == "float":
            writes.append(f"  %out.{column} = fptrunc double {value} to float")
            value = f"%out.{column}"
        writes.append(f"  store {kind} {value}, ptr %at{place}")
    pointers = [f"ptr %p{place}" for place in range(len(columns))]
    taken = [f"ptr noalias %p{place}" for place in range(len(columns))]
    arguments = ", ".join(["i64 %n", *taken, "ptr noalias %words", "ptr noalias %all"])
    lines = [
        f"define internal void @{name}.loop({arguments}) noinline {{",
        "entry:",
        *loads,
        "  br label %loop",
        "loop:",
        "  %k = phi i64 [ 0, %entry ], [ %next, %loop ]",
        *reads,
        *body.block.lines,
        *writes,
        "  %next = add nuw nsw i64 %k, 1",
        "  %done = icmp eq i64 %next, %n",
        "  br i1 %done, label %exit, label %loop",
        "exit:",
        "  ret void",
        "}",
        f"define void @{name}(i64 %n, ptr %columns, ptr %words, ptr %all) {{",
        *outer,
        f"  call void @{name}.loop(i64 %n, {', '.join(pointers)}, ptr %words, ptr %all)",
        "  ret void",
        "}",
    ]
    return "\n".join(lines) + "\n"
