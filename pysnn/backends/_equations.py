"""Models and rules from equations, compiled and made known to the core when a network of theirs is built."""

from __future__ import annotations

from ..equations.as_made import model_as_made, rule_as_made
from ..equations.binary import addresses
from ..equations.model import Equations
from ..equations.rule import RuleEquations
from ..neurons import NeuronModel
from ..plasticity import PlasticityRule
from ._core_module import core

_added: set[str] = set()


def core_name(model: NeuronModel, dtype: str, continuous: bool) -> str:
    """The name by which the core knows a model, in ``dtype`` and perhaps in continuous time too."""
    kind = type(model)
    if not issubclass(kind, Equations):
        return kind.__name__
    continuous = continuous and not model.only_steps()
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
    made = rule_as_made(kind, dtype)
    core().add_rule_equations(
        name,
        {**made["declared"], "params": _parameters(kind)},
        single_precision=dtype == "float32",
        functions=addresses(*made["functions"]),
    )


def _parameters(kind: type[Equations] | type[RuleEquations]) -> list[tuple[str, str, float]]:
    """Those that the core knows. (One that must be given has no default: NaN, as of built-in models.)"""
    return [
        (parameter, unit, default if isinstance(default, float) else float("nan"))
        for parameter, (unit, default) in kind.parameter_table().items()
    ]


def _add(kind: type[Equations], name: str, dtype: str, continuous: bool) -> None:
    made = model_as_made(kind, dtype, continuous)
    core().add_equations(
        name,
        {**made["declared"], "params": _parameters(kind)},
        single_precision=dtype == "float32",
        step_words=made["step_words"],
        step=addresses(*made["step"]),
        flow_words=made["flow_words"],
        flow={} if made["flow"] is None else addresses(*made["flow"]),
    )
