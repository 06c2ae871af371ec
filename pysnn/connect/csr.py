"""Synapses listed row by row."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..base.distributions import Distribution
from ..base.params import ParamInfo, check_whole_array, param, shown
from ..errors import ParameterError
from ._indices import as_indices
from .base import ConnectionRule
from .coo import FromCOO


class FromCSR(ConnectionRule):
    """Connects source i to ``indices[indptr[i]:indptr[i + 1]]``, raw, duplicates and order kept.

    ``Array`` weights and delays have one value for each entry of ``indices``. A spec stores the
    pairs as ``FromCOO``.

    Parameters
    ----------
    indptr : 1-D, one entry more than there are sources, from 0, never falling, to len(indices).
    indices : 1-D, targets, >= 0.
    """

    explicit: ClassVar[bool] = True

    indptr: ArrayLike = param(low=0, array=True)
    indices: ArrayLike = param(low=0, high=2**32 - 1, array=True)

    def __post_init__(self) -> None:
        """Check that the pointers cut the indices into rows."""
        indices = as_indices(self.indices, "FromCSR.indices")
        indptr = check_whole_array(self.indptr, ParamInfo(low=0), "FromCSR.indptr")
        if indptr.size < 2 or indptr[0] != 0 or indptr[-1] != indices.size or (np.diff(indptr) < 0).any():
            raise ParameterError(
                f"FromCSR.indptr: must go from 0 to len(indices) = {indices.size} without falling, with one "
                f"entry more than sources (got {shown(self.indptr)})"
            )
        object.__setattr__(self, "indices", indices)
        object.__setattr__(self, "indptr", indptr)

    def __len__(self) -> int:
        return int(np.size(self.indices))

    def resolve(
        self, n_pre: int, n_post: int, owner: str
    ) -> tuple[ConnectionRule, Distribution | None, Distribution | None]:
        """The same pairs as FromCOO."""
        indptr = np.asarray(self.indptr)
        if indptr.size != n_pre + 1:
            raise ParameterError(
                f"{owner}: FromCSR.indptr: expected {n_pre + 1} entries, one more than sources "
                f"(got {indptr.size})"
            )
        rows = np.repeat(np.arange(n_pre, dtype=np.uint32), np.diff(indptr))
        return FromCOO(rows, self.indices), None, None
