"""What engines are told of models and rules, in text and numbers; worked out once (remembered.py)."""

from __future__ import annotations

from typing import Any

from ..base.params import shortened
from .kernel import Words
from .model import Equations
from .opencl import step_text
from .program import flow_program, step_program
from .remembered import recall
from .rule import RuleEquations
from .rule_opencl import rule_text
from .rule_program import rule_program


def model_as_made(kind: type[Equations], dtype: str, continuous: bool) -> dict[str, Any]:
    """What the core is told of a model beside its parameters, and the functions it calls, as LLVM's text."""
    return recall(
        ["model", kind.digest(), dtype, continuous, "core"], lambda: _model(kind, dtype, continuous)
    )


def rule_as_made(kind: type[RuleEquations], dtype: str) -> dict[str, Any]:
    """The same of a rule."""
    return recall(["rule", kind.digest(), dtype, "core"], lambda: _rule(kind, dtype))


def model_in_opencl(kind: type[Equations], bits: int, paired: bool) -> str:
    """The step of a model in OpenCL C."""
    made = recall(
        ["model", kind.digest(), bits, paired, "OpenCL"],
        lambda: {"text": step_text(kind.declaration, kind.chosen_scheme, bits, paired)},
    )
    return str(made["text"])


def rule_in_opencl(kind: type[RuleEquations]) -> str:
    """What a rule does in OpenCL C."""
    made = recall(["rule", kind.digest(), "OpenCL"], lambda: {"text": rule_text(kind.declaration)})
    return str(made["text"])


def _model(kind: type[Equations], dtype: str, continuous: bool) -> dict[str, Any]:
    d = kind.declaration
    step = step_program(d, kind.chosen_scheme, 32 if dtype == "float32" else 64)
    flow = flow_program(d) if continuous else None
    declared = {
        "states": list(kind.states.items()),
        "receptors": list(kind.receptors),
        "holds": d.refractory is not None,
        "resets": d.resets,
        "draws": d.escape is not None,
        "noises": len(d.noises),
        "held": [list(d.states).index(state) for state in d.held],
        "rates": list(step.rates),
        "linear": [] if flow is None else list(flow.linear),
        "jump": None if flow is None or flow.jump is None else (flow.jump.entries, flow.jump.stride),
    }
    return {
        "declared": declared,
        "step_words": _words(step.words),
        "step": (step.text, list(step.names)),
        "flow_words": None if flow is None else _words(flow.words),
        "flow": None if flow is None else (flow.text, list(flow.names)),
    }


def _words(words: Words) -> dict[str, Any]:
    return {
        "values": _texts(words),
        "matrices": [(m.names, m.parts, list(m.entries)) for m in words.matrices],
        "sources": words.sources,
    }


def _texts(words: Words) -> list[str]:
    """The expressions of values, by which errors tell them."""
    return [shortened(str(value)) for value in words.values]


def _rule(kind: type[RuleEquations], dtype: str) -> dict[str, Any]:
    d = kind.declaration
    program = rule_program(d, 32 if dtype == "float32" else 64)
    declared = {
        "states": len(d.states),
        "words": _texts(program.words),
        "pre_taus": program.taus["pre"],
        "post_taus": program.taus["post"],
        "moves": d.moves,
        "fades": d.fades,
        "without_pre": d.without_pre,
        "reads": program.reads,
    }
    return {"declared": declared, "functions": (program.text, list(program.names))}
