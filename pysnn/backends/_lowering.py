"""From a description to plain numbers: the calls that hand a NetworkSpec to the compiled core."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ..base.distributions import Array
from ..neurons import NeuronModel
from ..spec import CurrentSpec, NetworkSpec, ProjectionSpec, Values, count, levels
from . import _each
from ._core_module import core
from ._equations import core_name, core_rule_name
from ._keys import key

if TYPE_CHECKING:
    from .._core import NetworkBuilder


def build(
    spec: NetworkSpec,
    builder: NetworkBuilder,
    noise_seed: int | None = None,
    *,
    dtype: str = "float64",
    continuous: bool = False,
) -> None:
    """Declare everything of ``spec`` to ``builder``: populations, sources, currents, projections.

    Models and rules from equations are compiled in ``dtype``, and where time is ``continuous`` for that too.

    Groups get the numbers 0, 1, ... in the order of ``spec.populations`` followed by
    ``spec.sources``; projections those of ``spec.projections``.

    What is drawn in the course of time has keys of ``noise_seed``, if there is one; all else of the spec's.
    """
    noise = spec.seed if noise_seed is None else noise_seed
    number: dict[str, int] = {}
    level = levels((population.name for population in spec.populations), spec.projections)
    for population in spec.populations:
        differing = _each.columns(population.model, population.n, spec.seed, "population", population.name)
        number[population.name] = builder.add_population(
            population.name,
            core_name(population.model, dtype, continuous),
            population.n,
            _each.numbers(population.model, differing, 0).as_numbers(),
            {state: values.lower() for state, values in population.init},
            key(spec.seed, "population", population.name),
            key(noise, "population", population.name),
            differing,
            population.parts(),
            level[population.name],
        )
    for source in spec.sources:
        params, differing = _each.of_sources(source.model, source.n, spec.seed, source.name)
        number[source.name] = builder.add_source(
            source.name,
            type(source.model).__name__,
            source.n,
            params,
            key(spec.seed, "source", source.name),
            key(noise, "source", source.name),
            differing,
        )
    # A current has no name of its own: its key goes by its neurons and how many of its kind they have.
    declared: Counter[tuple[str, str]] = Counter()
    for current in spec.currents:
        _add_current(builder, current, number[current.population], declared, spec.seed, noise)
    listens: dict[str | None, int] = {None: -1}
    for modulator in spec.modulators:
        of = None if modulator.of is None else number[modulator.of]
        by = None if modulator.by is None else number[modulator.by]
        listens[modulator.name] = builder.add_modulator(
            modulator.name, of, by, modulator.weight, modulator.delay
        )
    _add_teaching(builder, spec, number, listens, noise)
    for projection in spec.projections:
        target = next(p for p in spec.populations if p.name == projection.target)
        _add_projection(
            builder, projection, number, target.model, spec.seed, noise, listens[projection.modulator], dtype
        )


def _add_teaching(
    builder: NetworkBuilder,
    spec: NetworkSpec,
    number: dict[str, int],
    modulator: dict[str | None, int],
    noise: int,
) -> None:
    for error in spec.errors:
        builder.add_error(
            modulator[error.modulator],
            number[error.readout],
            error.state,
            error.scale,
            error.loss,
            key(noise, "error", error.modulator),
        )
    projections = {p.name: q for q, p in enumerate(spec.projections)}
    widths = {m.name: m.width(spec.groups) for m in spec.modulators}
    for feedback in spec.feedbacks:
        own, drawn = None, None
        if feedback.follows is not None:
            own = projections[feedback.follows]
        if isinstance(feedback.weights, str):
            own = projections[feedback.weights]
        else:
            n = widths[feedback.modulator] * widths[feedback.of]
            owner = f"feedback {feedback.modulator!r}"
            drawn = core().draw(
                feedback.weights.lower(), key(spec.seed, "feedback", feedback.modulator), n, owner
            )
        builder.add_feedback(
            modulator[feedback.modulator], modulator[feedback.of], own, drawn, feedback.decay
        )


def _add_current(
    builder: NetworkBuilder,
    c: CurrentSpec,
    population: int,
    declared: Counter[tuple[str, str]],
    seed: int,
    noise: int,
) -> None:
    neurons = c.target_range
    which = ":" if isinstance(neurons, tuple) else ","
    place = f"{c.population}[{which.join(map(str, neurons))}]"
    model = c.current.typical().lower()[0]
    name = f"{place} {model} {declared[place, model]}"
    declared[place, model] += 1
    model, params, own = _each.of_currents(c.current, count(neurons), seed, name)
    builder.add_current(population, neurons, model, params, key(noise, "current", name), own)


def _add_projection(
    builder: NetworkBuilder,
    p: ProjectionSpec,
    number: dict[str, int],
    model: NeuronModel,
    seed: int,
    noise: int,
    modulator: int,
    dtype: str,
) -> None:
    rule, rule_params = p.rule.lower()
    builder.add_projection(
        p.name,
        source=number[p.source],
        source_range=p.source_range,
        target=number[p.target],
        target_range=p.target_range,
        receptor=p.receptor,
        rule=rule,
        rule_params=rule_params,
        weight=_lower(p.weight),
        delay=_lower(p.delay),
        synapses_per_pair=p.synapses_per_pair,
        dendritic_fraction=(
            p.dendritic_fraction.numbers if isinstance(p.dendritic_fraction, Array) else p.dendritic_fraction
        ),
        plasticity=None if p.plasticity is None else core_rule_name(p.plasticity, dtype),
        plasticity_params={} if p.plasticity is None else p.plasticity.as_numbers(),
        zero_is_negative=p.zero_is_negative(model),
        modulator=modulator,
        dynamics=None if p.dynamics is None else type(p.dynamics).__name__,
        dynamics_params={} if p.dynamics is None else p.dynamics.as_numbers(),
        key=key(seed, "projection", p.name),
        noise_key=key(noise, "projection", p.name),
    )


def _lower(values: Values) -> dict[str, Any] | list[float]:
    return [float(value) for value in values] if isinstance(values, tuple) else values.lower()
