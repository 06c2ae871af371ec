"""Delays and weights of synapses as a call gives them: read, checked, and made values of a description."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.distributions import Array, Distribution, as_distribution
from ..base.params import ParamInfo, as_numpy, check_array, magnitude, shown
from ..connect import ConnectionRule
from ..connect._matrix import is_matrix, is_sparse
from ..errors import ParameterError
from .handles import Projection
from .projection import Values


def feedback_weights(weights: Any, shape: tuple[int, int], owner: str) -> Distribution | str:
    """The name of a projection whose own weights count, or how they are drawn or given."""
    if isinstance(weights, Projection):
        return weights.name
    if isinstance(weights, Distribution):
        return weights
    if np.shape(weights) != shape:
        raise ParameterError(
            f"{owner}: weights: expected a plastic projection, a distribution, or a matrix of shape {shape}, "
            f"a row a neuron (got {shown(weights)}, of shape {np.shape(weights)})"
        )
    return Array(np.ravel(as_numpy(weights, f"{owner}: weights")))


def is_sequence(value: Any) -> bool:
    """Whether it is more than one value."""
    return isinstance(value, (list, tuple, range)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def check_no_matrix(value: Any, owner: str) -> None:
    """Refuse what would also say which pairs connect."""
    if is_sparse(value):
        raise ParameterError(
            f"{owner}: a sparse matrix also says which pairs connect: it is the rule, "
            "net.projection(pre, post, FromSparse(matrix), ...)"
        )
    if is_matrix(value):
        shape = (
            f"shape {value.shape}" if hasattr(value, "shape") else shown(value)
        )  # (rows may differ in length)
        raise ParameterError(
            f"{owner}: a matrix goes with AllToAll(), or is the rule: net.projection(pre, post, "
            f"FromDense(weights), ...) (got {shape})"
        )


def delay_of(value: Any, own: Distribution | None, rule: ConnectionRule, owner: str) -> Values:
    """Delays in ms; ``own`` : those that the rule brings."""
    if value is None and own is not None:
        return own
    if value is None:
        raise ParameterError(f"{owner}: expected a delay in ms (got none)")
    if own is not None:
        raise ParameterError(f"{owner}: the rule brings its own delays (got {shown(value)} besides)")
    plain = magnitude(value, "ms", owner)
    check_no_matrix(plain, owner)
    if not is_sequence(plain):
        return as_distribution(plain, owner, "ms")
    if rule.explicit and isinstance(plain, np.ndarray):
        # One meaning would give m synapses, the other m x m: here an array is too easily mistaken.
        raise ParameterError(
            f"{owner}: an array is ambiguous where the pairs are listed: write Array(delays) for one a "
            "synapse, or list(delays) for a fan of parallel synapses"
        )
    return tuple(check_array(plain, ParamInfo(unit="ms", low=0.0), owner).tolist())


def weight_of(
    value: Any, own: Distribution | None, delay: Any, rule: ConnectionRule, owner: str, unit: str
) -> Values:
    """Weights in ``unit``; ``own`` : those that the rule brings. By ``delay`` pairs have one or several."""
    if value is None and own is not None:
        return own
    if value is None:
        raise ParameterError(f"{owner}: expected a weight in {unit} (got none)")
    if own is not None:
        raise ParameterError(f"{owner}: the rule brings its own weights (got {shown(value)} besides)")
    plain = magnitude(value, unit, owner)
    check_no_matrix(plain, owner)
    fan = is_sequence(delay)
    if not is_sequence(plain) or (rule.explicit and not fan):
        return as_distribution(plain, owner, unit)
    return tuple(check_array(plain, ParamInfo(unit=unit), owner).tolist())
