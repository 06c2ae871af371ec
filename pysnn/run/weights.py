"""Weights that are set or drawn, held against what a rule and a receptor allow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..backends import Engine
from ..base.distributions import undrawn
from ..base.params import ParamInfo, check_array, check_number, is_one, magnitude, shown
from ..errors import ParameterError
from ..neurons import NeuronModel
from ..spec import NetworkSpec, ProjectionSpec


def largest(projection: ProjectionSpec, dtype: str) -> float:
    """What the rule allows, as the plastic weights are stored: in float32 w_max may round up."""
    if projection.plasticity is None:
        return np.inf
    bound = projection.plasticity.largest
    return max(bound, float(np.dtype(dtype).type(min(bound, 1e30))))


def smallest(projection: ProjectionSpec, dtype: str) -> float:
    """The same of w_min."""
    if projection.plasticity is None:
        return 0.0
    bound = projection.plasticity.smallest
    return min(bound, float(np.dtype(dtype).type(bound))) if bound < 1e30 else bound


def _lowest(projection: ProjectionSpec, dtype: str) -> float:
    """Of the weights themselves."""
    rule = projection.plasticity
    if rule is None or not rule.signed:
        return -largest(projection, dtype)
    return min(rule.lowest, float(np.dtype(dtype).type(max(rule.lowest, -1e30))))


def new_weights(
    spec: ProjectionSpec,
    model: NeuronModel,
    n: int,
    weights: ArrayLike,
    dtype: str,
    call: str = "set_weights",
) -> NDArray[np.float64]:
    """The n weights that ``weights`` stand for, onto neurons of ``model``; errors where they may not be."""
    owner = f"{call}: {spec.name!r}"
    most, least = largest(spec, dtype), smallest(spec, dtype)
    lowest = max(_lowest(spec, dtype), model.lowest_weight)
    info = ParamInfo(unit=model.weight_unit, low=lowest, high=most)
    weights = magnitude(undrawn(weights, owner), model.weight_unit, owner)
    if is_one(weights):
        values = np.full(n, check_number(weights, info, owner))
    else:
        values = check_array(weights, info, owner)
    if values.size != n:
        raise ParameterError(f"{owner}: expected {n} weights, one a synapse (got {values.size})")
    if values.size and np.abs(values).min() < least:
        raise ParameterError(
            f"{owner}: |weight| must be >= w_min = {least:g} of {type(spec.plasticity).__name__} "
            f"(got {values[np.abs(values).argmin()]:g})"
        )
    if spec.zero_is_negative(model):
        values = np.where(values == 0.0, -0.0, values)
    return values


def normalised(
    weights: NDArray[Any], targets: NDArray[np.uint32], total: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Weights of which the absolute values onto each target sum up to ``total``, one number or one a target.

    Each is scaled by the same factor as all onto its target; those of a target whose weights are all 0 stay.
    Absolute values stay within ``low`` and ``high``.
    """
    values = weights.astype(np.float64)
    # (Of no synapses NumPy sums up whole numbers.)
    sums = np.bincount(targets, weights=np.abs(values)).astype(np.float64)
    wanted = np.broadcast_to(total, sums.shape) if total.size == 1 else total[: sums.size]
    factor = np.divide(wanted, sums, out=np.ones_like(sums), where=sums > 0.0)
    scaled = np.clip(np.abs(values) * factor[targets], low, high)
    return np.asarray(np.copysign(scaled, values), dtype=np.float64)


def check_drawn(spec: NetworkSpec, engine: Engine, dtype: str) -> None:
    """Refuse plastic weights drawn beyond w_min or w_max, which the call could not foresee in a tail."""
    for number, p in enumerate(spec.projections):
        if p.plasticity is None or isinstance(p.weight, tuple):
            continue
        if p.plasticity.signed:
            _check_signed(p, number, engine, dtype)
            continue
        most, least = largest(p, dtype), smallest(p, dtype)
        if max(abs(bound) for bound in p.weight.support()) <= most and least == 0.0:
            continue
        drawn = np.abs(engine.weights(number))
        for beyond, bound, value in (
            (drawn.max(initial=0.0) > most, "more than w_max", most),
            (drawn.min(initial=np.inf) < least, "less than w_min", least),
        ):
            if beyond:
                got = drawn.max() if value == most else drawn.min()
                raise ParameterError(
                    f"projection {p.name!r}: weight: {shown(p.weight)} drew {got:g}, {bound} = "
                    f"{value:g} of {type(p.plasticity).__name__}; truncate it there "
                    f"({'max' if value == most else 'min'}={value:g})"
                )


def _check_signed(p: ProjectionSpec, number: int, engine: Engine, dtype: str) -> None:
    low, high = _lowest(p, dtype), largest(p, dtype)
    support = (min(p.weight), max(p.weight)) if isinstance(p.weight, tuple) else p.weight.support()
    if low <= support[0] and support[1] <= high:
        return
    drawn = engine.weights(number)
    for beyond in drawn[(drawn < low) | (drawn > high)][:1]:
        raise ParameterError(
            f"projection {p.name!r}: weight: {shown(p.weight)} drew {beyond:g}, beyond w_min = {low:g} or "
            f"w_max = {high:g} of {type(p.plasticity).__name__}; truncate it there (min=, max=)"
        )
