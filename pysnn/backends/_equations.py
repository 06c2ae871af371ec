"""Models and rules from equations, compiled and made known to the core when a network of theirs is built."""

from __future__ import annotations

from typing import Any

from ..equations.binary import addresses
from ..equations.kernel import Words
from ..equations.model import Equations
from ..equations.program import flow_program, step_program, why_not_continuous
from ..equations.rule import RuleEquations
from ..equations.rule_program import rule_program
from ..neurons import NeuronModel
from ..plasticity import PlasticityRule
from ._core_module import core

_added: set[str] = set()


def core_name(model: NeuronModel, dtype: str, continuous: bool) -> str:
    """The name by which the core knows a model, in ``dtype`` and perhaps in continuous time too."""
    kind = type(model)
    if not issubclass(kind, Equations):
        return kind.__name__
    continuous = continuous and not why_not_continuous(kind.declaration)
    name = f"{kind.__name__}@{kind.digest()[:12]}.{dtype}{'.event' if continuous else ''}"
    if name not in _added:
        _add(kind, name, dtype, continuous)
        _added.add(name)
    return name


def core_rule_name(rule: PlasticityRule, dtype: str) -> str:
    """The name by which the core knows a rule, in ``dtype``."""
    kind = type(rule)
    if not issubclass(kind, RuleEquations):
        return kind.__name__
    name = f"{kind.__name__}@{kind.digest()[:12]}.{dtype}"
    if name not in _added:
        _add_rule(kind, name, dtype)
        _added.add(name)
    return name


def _add_rule(kind: type[RuleEquations], name: str, dtype: str) -> None:
    d = kind.declaration
    program = rule_program(d, 32 if dtype == "float32" else 64)
    declared = {
        "params": _parameters(kind),
        "states": len(d.states),
        "words": len(program.words.values),
        "pre_taus": program.taus["pre"],
        "post_taus": program.taus["post"],
        "moves": d.moves,
        "fades": d.fades,
        "without_pre": d.without_pre,
        "reads": program.reads,
    }
    core().add_rule_equations(
        name,
        declared,
        single_precision=dtype == "float32",
        functions=addresses(program.text, program.names),
    )


def _parameters(kind: type[Equations] | type[RuleEquations]) -> list[tuple[str, str, float]]:
    """Those that the core knows. (One that must be given has no default: NaN, as of built-in models.)"""
    return [
        (parameter, unit, default if isinstance(default, float) else float("nan"))
        for parameter, (unit, default) in kind.parameter_table().items()
    ]


def _add(kind: type[Equations], name: str, dtype: str, continuous: bool) -> None:
    d = kind.declaration
    step = step_program(d, kind.chosen_scheme, 32 if dtype == "float32" else 64)
    flow = flow_program(d) if continuous else None
    declared = {
        "params": _parameters(kind),
        "states": list(kind.states.items()),
        "receptors": list(kind.receptors),
        "holds": d.refractory is not None,
        "resets": d.resets,
        "held": [list(d.states).index(state) for state in d.held],
        "rates": list(step.rates),
        "linear": [] if flow is None else list(flow.linear),
        "jump": None if flow is None or flow.jump is None else (flow.jump.entries, flow.jump.stride),
    }
    core().add_equations(
        name,
        declared,
        single_precision=dtype == "float32",
        step_words=_words(step.words),
        step=addresses(step.text, step.names),
        flow_words=None if flow is None else _words(flow.words),
        flow={} if flow is None else addresses(flow.text, flow.names),
    )


def _words(words: Words) -> dict[str, Any]:
    return {
        "values": len(words.values),
        "matrices": [(len(m.names), m.parts, list(m.entries)) for m in words.matrices],
        "sources": words.sources,
    }
