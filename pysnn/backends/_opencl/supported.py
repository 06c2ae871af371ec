"""What this engine can run: models and rules that have a kernel."""

from __future__ import annotations

from typing import Any

from ...base.varied import Varied
from ...errors import BackendUnsupported
from ...neurons import NeuronModel
from ...plasticity import PlasticityRule
from ...spec import NetworkSpec
from .machine import has_kernel


def kernel_stems(spec: NetworkSpec) -> dict[tuple[str, str], str]:
    """Base name of the kernel's file, by ("population", name) and, of plastic ones, ("projection", name).

    BackendUnsupported names every model and rule that has none.
    """
    wanted: list[tuple[tuple[str, str], object, str]] = [
        (
            ("population", p.name),
            p.model,
            f"the neuron model {type(p.model).__name__} (population {p.name!r})",
        )
        for p in spec.populations
    ]
    wanted += [
        (
            ("projection", p.name),
            p.plasticity,
            f"the rule {type(p.plasticity).__name__} (projection {p.name!r})",
        )
        for p in spec.projections
        if p.plasticity is not None
    ]
    wanted += [
        (
            ("dynamics", p.name),
            p.dynamics,
            f"the dynamics {type(p.dynamics).__name__} (projection {p.name!r})",
        )
        for p in spec.projections
        if p.dynamics is not None
    ]
    _refuse_differing(spec)
    _refuse_parts(spec)
    stems = {key: _stem(type(model)) for key, model, _ in wanted}
    known = sorted(runs(NeuronModel) | runs(PlasticityRule))
    refused = [words for key, _, words in wanted if stems[key] not in known]
    refused += [
        f"{p.plasticity!r} (projection {p.name!r})"
        for p in spec.projections
        if p.plasticity is not None and not p.plasticity.has_kernel
    ]
    if refused:
        raise BackendUnsupported(
            f"backend 'opencl' cannot run {', '.join(refused)}: it has kernels for {', '.join(known)} "
            "(backend='clock' runs all)"
        )
    return stems


def _refuse_differing(spec: NetworkSpec) -> None:
    described: list[tuple[str, Varied]] = [(f"population {p.name!r}", p.model) for p in spec.populations]
    described += [(f"source {s.name!r}", s.model) for s in spec.sources]
    described += [(f"the current into {c.population!r}", c.current) for c in spec.currents]
    differing = [f"{name} of {owner}" for owner, model in described for name in model.varied()]
    if differing:
        raise BackendUnsupported(
            f"backend 'opencl' cannot run parameters that are drawn or differ from neuron to neuron: "
            f"{', '.join(differing)} (backend='clock' can)"
        )


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
