"""Every source to every target."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.distributions import Array
from ..base.params import ParamInfo, param
from ._matrix import DELAYS, WEIGHTS, as_matrix, check_shape, entries, is_matrix
from ._room import Overlap
from .base import ConnectionRule
from .coo import FromCOO


class AllToAll(ConnectionRule):
    """Connects every source to every target.

    Weights and delays may be matrices, a row a source and a column a target: a spec then stores the
    pairs as ``FromCOO``, row by row. Here a weight of 0 is a synapse like all others (``FromDense`` leaves
    out zeros).

    Parameters
    ----------
    autapses : may a neuron connect to itself? Where not, those entries of matrices are not read.
    """

    autapses: bool = param(default=True)

    def with_matrices(
        self, weight: Any, delay: Any, n_pre: int, n_post: int, shared: Overlap, owner: str
    ) -> tuple[ConnectionRule, Any, Any]:
        """Rule, weight and delay: where one is a matrix, the pairs as FromCOO and their values as Array."""
        if not (is_matrix(weight) or is_matrix(delay)):
            return self, weight, delay
        pairs = np.ones((n_pre, n_post), dtype=bool)
        if not self.autapses:
            at = [
                np.arange(s.start, s.stop) if isinstance(s, slice) else s
                for s in (shared.sources, shared.targets)
            ]
            pairs[at[0], at[1]] = False

        def listed(value: Any, info: ParamInfo, what: str) -> Any:
            if not is_matrix(value):
                return value
            matrix = as_matrix(value, what)
            check_shape(matrix, n_pre, n_post, what)
            return Array(entries(matrix, pairs, info, what))

        return (
            FromCOO(*np.nonzero(pairs)),
            listed(weight, WEIGHTS, f"{owner}: weight"),
            listed(delay, DELAYS, f"{owner}: delay"),
        )
