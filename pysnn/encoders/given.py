"""What encoders are given, checked: values, durations, seeds, numbers of samples and rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import ParamInfo, as_numpy, check_number, check_whole, magnitude, shown
from ..errors import ParameterError
from .coder import Float

Seed = int | np.random.Generator | None

LENGTH = ParamInfo(unit="ms", above=0.0)

_WORD = ParamInfo(low=0.0, below=2.0**64)


def seed_number(seed: Seed, owner: str) -> int:
    """A whole number below 2^64 from ``seed`` (of a Generator its next); ParameterError if there is none."""
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(2**64, dtype=np.uint64))
    if seed is None:
        raise ParameterError(
            f"{owner}: draws at random; expected seed=, an integer or a numpy Generator (got None)"
        )
    return int(words([seed], f"{owner}: seed")[0])


def numbers(values: ArrayLike, owner: str) -> Float:
    """``values`` as float64, of any shape; ParameterError where they are no real numbers."""
    plain = magnitude(values, "", owner)
    try:
        given = np.asarray(plain)
        if given.dtype.kind != "c":
            return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as err:
        raise ParameterError(f"{owner}: expected an array of numbers (got {shown(plain)})") from err
    raise ParameterError(f"{owner}: expected real numbers (got {shown(plain)})")


def words(values: ArrayLike, owner: str) -> NDArray[np.uint64]:
    """Whole numbers in [0, 2^64) as uint64[m], none of them rounded on the way."""
    values = as_numpy(values, owner)
    array = values if isinstance(values, np.ndarray) else np.array(values, dtype=object)
    if array.ndim != 1:
        raise ParameterError(f"{owner}: expected a 1-D array of whole numbers (got shape {array.shape})")
    if array.dtype.kind == "u" or (array.dtype.kind == "i" and (array >= 0).all()):
        return array.astype(np.uint64)
    return np.array([_word(value, owner) for value in array.tolist()], np.uint64)


def _word(value: Any, owner: str) -> int:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and 0 <= value < 2**64:
        return int(value)  # a float64 would round what is above 2^53
    return check_whole(value, _WORD, owner)


def row_count(n_times: int | None, owner: str) -> int:
    """How many rows a contour has, >= 1; without any it stands still."""
    return 1 if n_times is None else check_whole(n_times, ParamInfo(low=1.0), f"{owner}: n_times")


def rows_and_step(duration: float, n_times: int | None, owner: str) -> tuple[int, float]:
    """Checked number of rows and the length of one [ms]."""
    length = check_number(duration, LENGTH, f"{owner}: duration")
    rows = row_count(n_times, owner)
    return rows, length / rows
