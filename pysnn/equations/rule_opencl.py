"""What a rule does to synapses and traces in OpenCL C, as kernels/equation_rows.cl asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from .code import Value
from .kernel import Body
from .opencl import Printed
from .rule_declaration import SIDES, RuleDeclaration
from .rule_program import RuleProgram, changed, jumped, rule_program

# By event: the function that is printed of it, and what is said where there is none.
_FUNCTIONS = {
    "on_pre": ("at_pre", "NOT_AT_PRE"),
    "on_post": ("at_post", "NOT_AT_POST"),
    "on_modulator": ("at_moment", "NOT_AT_MOMENT"),
}
_TRACES = {"pre": "x", "post": "y"}  # of the source, of the target


def rule_text(d: RuleDeclaration) -> str:
    """Definitions and functions of a rule. Their arithmetic is in double precision, whatever is stored."""
    program = rule_program(d, 64)  # which counts the words
    source, target = (len(d.traces[side]) for side in SIDES)
    said = {
        "SIGNED": True,  # the functions take weights as they are stored
        "ACTS_WITHOUT_PRE": d.without_pre,
        "DRIFTS": d.moves,
        "PRE_SEES_TARGET": bool(program.reads["on_pre"][1]),
        "MOMENT_SEES_TARGET": bool(program.reads["on_modulator"][1]),
        **{absent: event not in program.names for event, (_, absent) in _FUNCTIONS.items()},
    }
    fields = "".join(f", {_state(k)}" for k in range(len(d.states)))
    return "".join(
        [
            *(f"#define {name}\n" for name, holds in said.items() if holds),
            f"#define N_SOURCE {source}\n#define N_TARGET {target}\n",
            f"#define N_PRE {max(source, 1)}\n#define N_POST {2 * max(target, 1)}\n",
            f"#define N_STATE {len(d.states)}\n",
            f"typedef struct {{\n  double w{fields};\n}} Synapse;\n",
            *(_jump(d, program, side) for side in SIDES),
            *(
                _change(d, program, event, function)
                for event, (function, _) in _FUNCTIONS.items()
                if event in program.names
            ),
            _change(d, program, "", "over_time") if d.moves else "",
        ]
    )


def _state(k: int) -> str:
    """A name that no macro or keyword has."""
    return f"s_{k}"


def _words(body: Body) -> dict[str, str]:
    return {f"%w{place}": f"words[{place}]" for place in body.used}


def _function(name: str, arguments: str, lines: Sequence[str]) -> str:
    return "\n".join([f"static inline void {name}({arguments}) {{", *lines, "}\n"])


def _jump(d: RuleDeclaration, program: RuleProgram, side: str) -> str:
    """A spike of a neuron changes its traces, in place."""
    body, traces = Body(program.words, d.parameters.values()), list(d.traces[side])
    after = jumped(d, body, side, [f"%in.{k}" for k in range(len(traces))])
    printed = Printed(
        body.block.lines, {f"%in.{k}": f"trace[{k}]" for k in range(len(traces))} | _words(body)
    )
    moved = {f"trace[{traces.index(name)}]": value for name, value in after.items()}
    return _function(
        f"{side}_jump", "double* trace, global const double* words", [*printed.lines, *_set(printed, moved)]
    )


def _change(d: RuleDeclaration, program: RuleProgram, event: str, function: str) -> str:
    """The time without events, then the event (if it is one)."""
    body, _, result = changed(d, program.words, event)
    stored = {"w": "s->w", **{name: f"s->{_state(k)}" for k, name in enumerate(d.states)}}
    places = {f"%in.{name}": place for name, place in stored.items()}
    places |= {"%in.elapsed": "elapsed", "%in.signal": "signal", "%all.rate": "rate"}
    for side in SIDES:
        for k, name in enumerate(d.traces[side]):
            places |= {f"%{kind}.{name}": f"{_TRACES[side]}[{k}]" for kind in ("in", "all")}
    printed = Printed(body.block.lines, places | _words(body))
    met = "const double* x, const double* y, double elapsed, double signal" if event else "double elapsed"
    after = {place: result[name] for name, place in stored.items()}
    return _function(
        function,
        f"Synapse* s, {met}, double rate, global const double* words",
        [*printed.lines, *_set(printed, after)],
    )


def _set(printed: Printed, after: dict[str, Value]) -> list[str]:
    """All at once: each is worked out before the first is written."""
    values = list(after.values())
    return [
        *(f"  const double after_{k} = {printed.value(value, 'double')};" for k, value in enumerate(values)),
        *(f"  {place} = after_{k};" for k, place in enumerate(after)),
    ]
