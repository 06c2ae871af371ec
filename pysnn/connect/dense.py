"""Synapses as the entries of a dense matrix."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..base.distributions import Array, Constant, Distribution
from ..errors import ParameterError
from ._matrix import DELAYS, WEIGHTS, as_matrix, check_shape, entries
from .base import ConnectionRule
from .coo import FromCOO


class FromDense(ConnectionRule):
    """Connects source i to target j wherever ``weights[i, j]`` is not 0, with that weight.

    A spec stores the pairs as ``FromCOO``, row by row; the matrix is copied.

    Parameters
    ----------
    weights : 2-D, a row a source and a column a target, in the unit of the receptor. A matrix of booleans
        says which pairs connect, and no more: their weights are then given to the projection.
    delays : 2-D of the same shape, >= 0 ms where there is a synapse; or None: the projection says.
    mask : 2-D of booleans: the pairs that connect, in place of those that are not 0. So a synapse may have
        weight 0 (and learn), and what is nowhere connected may be anything, such as NaN.

    Errors: ParameterError for other shapes, and for entries of synapses that are NaN or infinite.
    """

    explicit: ClassVar[bool] = True

    weights: Any
    delays: Any = None
    mask: Any = None

    def __post_init__(self) -> None:
        """Keep copies of one shape."""
        for name in ("weights", "delays", "mask"):
            value = getattr(self, name)
            if value is None and name != "weights":
                continue
            matrix = as_matrix(value, f"FromDense.{name}")
            if matrix.shape != np.shape(self.weights):
                raise ParameterError(
                    f"FromDense.{name}: expected the shape of weights, {np.shape(self.weights)} "
                    f"(got {matrix.shape})"
                )
            object.__setattr__(self, name, matrix)
        if self.mask is not None and self.mask.dtype != bool:
            raise ParameterError(
                f"FromDense.mask: expected booleans (got {self.mask.dtype}; weights that are not 0 are "
                "synapses without a mask)"
            )
        # What is connected must have its values: said here, where they are written.
        where = self._where()
        if self.weights.dtype != bool:
            entries(self.weights, where, WEIGHTS, "FromDense.weights")
        if self.delays is not None:
            entries(self.delays, where, DELAYS, "FromDense.delays")

    def _where(self) -> Any:
        return self.weights != 0 if self.mask is None else self.mask

    def __len__(self) -> int:
        return int(np.count_nonzero(self._where()))

    def resolve(
        self, n_pre: int, n_post: int, owner: str
    ) -> tuple[ConnectionRule, Distribution | None, Distribution | None]:
        """The pairs as FromCOO, with arrays of their weights and delays."""
        check_shape(self.weights, n_pre, n_post, f"{owner}: FromDense.weights")
        where = self._where()
        weight: Distribution | None = None
        delay: Distribution | None = None
        if self.weights.dtype != bool:
            weight = Array(self.weights[where]) if where.any() else Constant(0.0)
        if self.delays is not None and where.any():
            delay = Array(self.delays[where])
        return FromCOO(*np.nonzero(where)), weight, delay
