"""What this engine can run: models and rules that have a kernel and a module of constants here."""

from __future__ import annotations

import pkgutil
from types import ModuleType

from ...errors import BackendUnsupported
from ...spec import NetworkSpec
from . import neurons, plasticity
from .machine import has_kernel


def kernel_stems(spec: NetworkSpec) -> dict[tuple[str, str], str]:
    """Base name of the kernel's file, by ("population", name) and, of plastic ones, ("projection", name).

    BackendUnsupported names every model and rule that has none.
    """
    wanted: list[tuple[tuple[str, str], object, ModuleType, str]] = [
        (
            ("population", p.name),
            p.model,
            neurons,
            f"the neuron model {type(p.model).__name__} (population {p.name!r})",
        )
        for p in spec.populations
    ]
    wanted += [
        (
            ("projection", p.name),
            p.plasticity,
            plasticity,
            f"the rule {type(p.plasticity).__name__} (projection {p.name!r})",
        )
        for p in spec.projections
        if p.plasticity is not None
    ]
    stems = {key: _stem(model) for key, model, _, _ in wanted}
    refused = [words for key, _, family, words in wanted if stems[key] not in _known(family)]
    if refused:
        known = sorted(_known(neurons) | _known(plasticity))
        raise BackendUnsupported(
            f"backend 'opencl' cannot run {', '.join(refused)}: it has kernels for {', '.join(known)} "
            "(backend='clock' runs all)"
        )
    return stems


def _known(family: ModuleType) -> set[str]:
    return {module.name for module in pkgutil.iter_modules(family.__path__) if has_kernel(module.name)}


def _stem(model: object) -> str:
    package, _, stem = type(model).__module__.rpartition(".")
    return stem if package.startswith("pysnn.") else ""  # a model of somebody else's has no kernel here
