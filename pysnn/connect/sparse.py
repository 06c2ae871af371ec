"""Synapses as the entries of a sparse matrix."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..base.distributions import Array, Constant, Distribution
from ..base.params import ParamInfo, check_array, shown
from ..errors import ParameterError
from ._matrix import check_shape, is_sparse
from .base import ConnectionRule
from .coo import FromCOO


class FromSparse(ConnectionRule):
    """Makes one synapse of each stored entry of a SciPy sparse matrix, with its value as weight.

    Entries that are stored are synapses: zeros too, and a pair that is stored more than once gets as many
    (SciPy adds them up where it converts from COO to CSR, not here). A spec stores the pairs as ``FromCOO``,
    in the order of ``matrix.tocoo()``: an ``Array`` of delays has one value an entry in that order.

    Parameters
    ----------
    matrix : of a row a source and a column a target (``coo_array``, ``csr_matrix``, ...), in the unit of the
        receptor. A matrix of booleans says which pairs connect, and no more.

    Errors: ParameterError for another shape, and for values that are NaN or infinite.
    """

    explicit: ClassVar[bool] = True

    matrix: Any

    def __post_init__(self) -> None:
        """Take the entries: what the matrix becomes later is not heeded."""
        if not is_sparse(self.matrix):
            raise ParameterError(
                f"FromSparse.matrix: expected a SciPy sparse matrix (got {shown(self.matrix)}; a dense one "
                "goes as FromDense(weights))"
            )
        if len(self.matrix.shape) != 2:
            raise ParameterError(f"FromSparse.matrix: expected two dimensions (got {self.matrix.shape})")
        matrix = self.matrix.tocoo(copy=True)
        if matrix.dtype != bool and matrix.nnz:
            check_array(matrix.data, ParamInfo(), "FromSparse.matrix")
        object.__setattr__(self, "matrix", matrix)

    def __len__(self) -> int:
        return int(self.matrix.nnz)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FromSparse):
            return NotImplemented
        mine, theirs = self.matrix, other.matrix
        return mine.shape == theirs.shape and all(
            np.array_equal(getattr(mine, name), getattr(theirs, name)) for name in ("row", "col", "data")
        )

    def __hash__(self) -> int:
        return hash((type(self), self.matrix.shape, self.matrix.data.tobytes()))

    def resolve(
        self, n_pre: int, n_post: int, owner: str
    ) -> tuple[ConnectionRule, Distribution | None, Distribution | None]:
        """The entries as FromCOO, with an array of their values."""
        check_shape(self.matrix, n_pre, n_post, f"{owner}: FromSparse.matrix")
        weight: Distribution | None = None
        if self.matrix.dtype != bool:
            weight = Array(self.matrix.data) if len(self) else Constant(0.0)
        return FromCOO(self.matrix.row, self.matrix.col), weight, None
