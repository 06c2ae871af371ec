"""What an engine has come to as plain arrays by name, and an engine brought to that place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import CheckpointError

Arrays = dict[str, NDArray[Any]]


def within(arrays: Arrays, prefix: str) -> Arrays:
    """Those whose name begins so, by the rest of it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def named(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """The same under longer names."""
    return {prefix + name: array for name, array in arrays.items()}


def array(arrays: Mapping[str, NDArray[Any]], name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """One of them; CheckpointError where it is not there or another one, -1 standing for any size."""
    if name not in arrays:
        raise CheckpointError(f"checkpoint: {name} is missing")
    found = arrays[name]
    fits = found.ndim == len(shape) and all(n in (-1, m) for n, m in zip(shape, found.shape, strict=True))
    if not fits or not np.can_cast(found.dtype, dtype, "same_kind"):
        raise CheckpointError(
            f"checkpoint: {name}: expected {np.dtype(dtype)} of shape {shape} "
            f"(got {found.dtype} of shape {found.shape})"
        )
    return np.array(found, dtype, order="C")
