"""What the front ends share: they turn media into values in [0, 1], which an encoder turns into spikes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..base.params import magnitude, shown
from ..errors import ParameterError
from .coder import Float


def numbers_in(values: ArrayLike, low: float, high: float, owner: str, hint: str = "") -> Float:
    """``values`` as float64, each in [low, high]; ParameterError names the first that is not and where."""
    plain = magnitude(values, "", owner)
    try:
        array: Float = np.asarray(plain, dtype=np.float64)
    except (TypeError, ValueError) as err:
        raise ParameterError(f"{owner}: expected an array of numbers (got {shown(plain)})") from err
    outside = ~((array >= low) & (array <= high))
    if outside.any():
        at = tuple(np.argwhere(outside)[0].tolist())
        raise ParameterError(
            f"{owner}[{', '.join(map(str, at))}]: must be >= {low:g} and <= {high:g} "
            f"(got {float(array[at])!r}; {int(outside.sum())} of {array.size} are outside){hint}"
        )
    return array


def of_shape(array: Float, shape: tuple[int, ...], owner: str) -> tuple[Float, bool]:
    """One thing of ``shape`` or several as (m, *shape), and whether it was one; ParameterError otherwise."""
    if array.shape == shape:
        return array[None], True
    if array.shape[1:] == shape and len(array):
        return array, False
    one = ", ".join(map(str, shape))
    raise ParameterError(f"{owner}: expected shape ({one}) or (m, {one}) (got {_written(array.shape)})")


def _written(shape: tuple[Any, ...]) -> str:
    return f"({', '.join(map(str, shape))})"
