"""Matrices of a row a source and a column a target."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.params import ParamInfo, as_numpy, check_array, shown
from ..errors import ParameterError

WEIGHTS = ParamInfo(most_dimensions=2)
DELAYS = ParamInfo(unit="ms", low=0.0, most_dimensions=2)


def is_sparse(value: Any) -> bool:
    """Whether it is a sparse matrix or array as SciPy has them (which need not be installed)."""
    return hasattr(value, "tocoo") and hasattr(value, "shape")


def is_matrix(value: Any) -> bool:
    """Whether it has two dimensions: an array, rows in a list, or a sparse matrix."""
    value = as_numpy(value, "matrix")
    if isinstance(value, (list, tuple)):
        return len(value) > 0 and np.ndim(as_numpy(value[0], "matrix")) == 1
    return is_sparse(value) or (isinstance(value, np.ndarray) and value.ndim == 2)


def as_matrix(value: Any, owner: str) -> NDArray[Any]:
    """A copy of ``value`` as a 2-D array of numbers or booleans; the rest is a ParameterError."""
    if is_sparse(value):
        raise ParameterError(f"{owner}: expected a 2-D array (got a sparse matrix: write FromSparse(matrix))")
    plain = as_numpy(value, owner)
    try:
        matrix = np.array(plain)
    except ValueError as err:  # rows of different lengths
        raise ParameterError(f"{owner}: expected a 2-D array of numbers (got {shown(value)})") from err
    if matrix.ndim != 2:
        raise ParameterError(
            f"{owner}: expected a 2-D array, a row a source and a column a target (got shape {matrix.shape})"
        )
    if matrix.dtype.kind not in "biuf":
        raise ParameterError(f"{owner}: expected an array of numbers (got {shown(value)})")
    matrix.setflags(write=False)
    return matrix


def check_shape(matrix: Any, n_pre: int, n_post: int, owner: str) -> None:
    """Raise ParameterError unless there is a row for each source and a column for each target."""
    shape = tuple(map(int, matrix.shape))
    if shape != (n_pre, n_post):
        turned = "; transpose it: a row is a source" if shape == (n_post, n_pre) else ""
        raise ParameterError(
            f"{owner}: expected the shape ({n_pre}, {n_post}), {n_pre} sources and {n_post} targets "
            f"(got {shape}{turned})"
        )


def entries(
    matrix: NDArray[Any], where: NDArray[np.bool_], info: ParamInfo, owner: str
) -> NDArray[np.float64]:
    """The entries ``where``, row by row, each inside its range; the others are not looked at."""
    kept: NDArray[np.float64] = check_array(np.where(where, matrix, 1.0), info, owner)[where]
    return kept
