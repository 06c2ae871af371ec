"""What this engine can run: models and rules that have a kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...equations.as_made import model_in_opencl
from ...equations.model import Equations
from ...equations.rule import RuleEquations
from ...errors import BackendUnsupported
from ...neurons import ALIF, LIF, SRM0, AlphaLIF, CobaLIF, CubaLIF, NeuronModel
from ...plasticity import PlasticityRule
from ...spec import NetworkSpec, PopulationSpec
from .._equations import core_name
from .machine import has_kernel

# Models with a threshold v_th that does not act on v below it.
MOVABLE = (LIF, CubaLIF, AlphaLIF, ALIF, CobaLIF, SRM0)


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
            name,
            ("philox",) if model.definition.get("escape") else (),
            lambda paired: model_in_opencl(model, bits, paired),
        )
    return ModelKernel(name, (stem(model),))


def rule_kernel(rule: PlasticityRule) -> str:
    """Base name of the kernel of a rule."""
    if isinstance(rule, RuleEquations):
        return "equation_rule"
    return rule.kernel or stem(type(rule))


def check(spec: NetworkSpec) -> None:
    """BackendUnsupported that names every model, rule and part of a network that cannot run here."""
    neurons, rules = runs(NeuronModel), runs(PlasticityRule)
    refused = [
        f"the neuron model {type(p.model).__name__} (population {p.name!r})"
        for p in spec.populations
        if stem(type(p.model)) not in neurons and not isinstance(p.model, Equations)
    ]
    refused += [
        f"noise in equations, {', '.join(p.model.noises)} of {type(p.model).__name__} (population {p.name!r})"
        for p in spec.populations
        if isinstance(p.model, Equations) and p.model.noises
    ]
    for p in spec.projections:
        known = p.plasticity is None or isinstance(p.plasticity, RuleEquations)
        if not known and stem(type(p.plasticity)) not in rules:
            refused.append(f"the rule {type(p.plasticity).__name__} (projection {p.name!r})")
        if p.dynamics is not None and not has_kernel(stem(type(p.dynamics))):
            refused.append(f"the dynamics {type(p.dynamics).__name__} (projection {p.name!r})")
    _check_potentials(spec)
    if refused:
        raise BackendUnsupported(
            f"backend 'opencl' cannot run {', '.join(refused)}: it has kernels for "
            f"{', '.join(sorted(neurons | rules))} (backend='clock' runs all)"
        )


def _check_potentials(spec: NetworkSpec) -> None:
    models = {p.name: p.model for p in spec.populations}
    for p in spec.projections:
        if p.plasticity is not None and p.plasticity.watches and "v" not in models[p.target].states:
            raise BackendUnsupported(
                f"projection {p.name!r}: {type(p.plasticity).__name__} needs the membrane potential of its "
                f"targets, a state v, which {type(models[p.target]).__name__} has not"
            )


def check_movable(population: PopulationSpec) -> None:
    """BackendUnsupported where the threshold of a model cannot be moved, as the core has it."""
    model = population.model
    if not isinstance(model, MOVABLE):
        raise BackendUnsupported(
            f"population {population.name!r}: Homeostasis, winner_takes_all: the threshold of "
            f"{type(model).__name__} cannot be moved (that of LIF, CubaLIF, AlphaLIF, ALIF, CobaLIF, SRM0 "
            "can)"
        )


def runs(family: Any) -> set[str]:
    """Base names of the files of all models or rules of a family that have a kernel."""
    stems = {stem(family.registry.get(name, "opencl")) for name in family.registry}
    return {stem for stem in stems if stem and has_kernel(stem)}


def stem(model: type) -> str:
    """Base name of the file of a declaration of ours, which its kernel has too."""
    package, _, stem = model.__module__.rpartition(".")
    return stem if package.startswith("pysnn.") else ""  # a model of somebody else's has no kernel here
