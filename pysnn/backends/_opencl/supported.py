"""What this engine can run: models and rules that have a kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...equations.model import Equations
from ...equations.opencl import step_text
from ...equations.rule import RuleEquations
from ...errors import BackendUnsupported
from ...neurons import NeuronModel
from ...plasticity import PlasticityRule
from ...spec import NetworkSpec, PopulationSpec
from .._equations import core_name
from .machine import has_kernel


@dataclass(frozen=True)
class ModelKernel:
    """A neuron model as the core knows it, and where the step of its kernel comes from.

    A file, or a text that is printed, for steps in double precision of states that are ``paired`` or not.
    """

    model: str
    parts: tuple[str, ...] = ()
    text: Callable[[bool], str] = lambda paired: ""


def neuron_kernel(population: PopulationSpec, dtype: str) -> ModelKernel:
    """Where the step of a population's model comes from, which ``check`` has found to be there."""
    model, name = type(population.model), core_name(population.model, dtype, False)
    if issubclass(model, Equations):
        bits = 32 if dtype == "float32" else 64
        return ModelKernel(
            name, text=lambda paired: step_text(model.declaration, model.chosen_scheme, bits, paired)
        )
    return ModelKernel(name, (_stem(model),))


def rule_kernel(rule: PlasticityRule) -> str:
    """Base name of the kernel of a rule."""
    return _stem(type(rule))


def check(spec: NetworkSpec) -> None:
    """BackendUnsupported that names every model, rule and part of a network that cannot run here."""
    neurons, rules = runs(NeuronModel), runs(PlasticityRule)
    refused = [
        f"the neuron model {type(p.model).__name__} (population {p.name!r})"
        for p in spec.populations
        if _stem(type(p.model)) not in neurons and not isinstance(p.model, Equations)
    ]
    for p in spec.projections:
        if isinstance(p.plasticity, RuleEquations):
            refused.append(f"the rule from equations {type(p.plasticity).__name__} (projection {p.name!r})")
        elif p.plasticity is not None and _stem(type(p.plasticity)) not in rules:
            refused.append(f"the rule {type(p.plasticity).__name__} (projection {p.name!r})")
        elif p.plasticity is not None and not p.plasticity.has_kernel:
            refused.append(f"{p.plasticity!r} (projection {p.name!r})")
        if p.dynamics is not None:
            refused.append(f"the dynamics {type(p.dynamics).__name__} (projection {p.name!r})")
    if refused:
        raise BackendUnsupported(
            f"backend 'opencl' cannot run {', '.join(refused)}: it has kernels for "
            f"{', '.join(sorted(neurons | rules))} (backend='clock' runs all)"
        )
    _refuse_parts(spec)


def _refuse_parts(spec: NetworkSpec) -> None:
    for p in spec.populations:
        for part in ("homeostasis", "winner_takes_all"):
            if getattr(p, part) is not None:
                raise BackendUnsupported(
                    f"backend 'opencl' cannot run {part} (population {p.name!r}; backend='clock' can)"
                )


def runs(family: Any) -> set[str]:
    """Base names of the files of all models or rules of a family that have a kernel."""
    stems = {_stem(family.registry.get(name, "opencl")) for name in family.registry}
    return {stem for stem in stems if stem and has_kernel(stem)}


def _stem(model: type) -> str:
    package, _, stem = model.__module__.rpartition(".")
    return stem if package.startswith("pysnn.") else ""  # a model of somebody else's has no kernel here
