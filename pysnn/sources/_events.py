"""Arrays of event cameras as spike times."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.params import (
    EXACT,
    ParamInfo,
    as_numpy,
    check_array,
    check_number,
    check_whole,
    check_whole_array,
    shown,
)
from ..errors import OutOfRangeError, ParameterError, nearest

UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}
OWNER = "SpikeArray.from_events"


def from_events(
    x: Any,
    y: Any,
    t: Any,
    p: Any,
    shape: tuple[int, int],
    unit: str,
    origin: float | None,
    grid: float | None,
) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
    """Times [ms], indices and the number of sources; ``SpikeArray.from_events`` has the arguments."""
    if y is None and t is None:
        x, y, t, p = _fields(x)
    x, y, t, p = (as_numpy(v, f"{OWNER}: {name}") for name, v in (("x", x), ("y", y), ("t", t), ("p", p)))
    if unit not in UNITS:
        raise ParameterError(f"{OWNER}: unit: unknown choice {shown(unit)}{nearest(str(unit), list(UNITS))}")
    if np.shape(shape) != (2,):
        raise ParameterError(f"{OWNER}: shape: expected (height, width) (got {shown(shape)})")
    height, width = (check_whole(side, ParamInfo(low=1), f"{OWNER}: shape") for side in shape)
    columns = _inside(x, width, "x")
    rows = _inside(y, height, "y")
    t, origin = _counted(t, origin)
    times = check_array(t, ParamInfo(), f"{OWNER}: t")
    polarities = None if p is None else _polarities(p)
    lengths = [len(array) for array in (columns, rows, times, polarities) if array is not None]
    if len(set(lengths)) != 1:
        raise ParameterError(f"{OWNER}: expected arrays of one length (got {', '.join(map(str, lengths))})")
    indices = rows * width + columns
    if polarities is not None:
        indices = indices + polarities * (height * width)
    n = height * width * (1 if polarities is None else 2)
    return _milliseconds(times, UNITS[unit], unit, origin, grid), indices, n


def _counted(t: Any, origin: float | None) -> tuple[Any, float | None]:
    """Whole numbers beyond 2^53, as nanoseconds since 1970 are, counted from the origin or the first of them.

    As float64 they would lose what lies between them.
    """
    stamps = np.asarray(t)
    if stamps.dtype.kind not in "iu" or not stamps.size or int(stamps.max()) <= EXACT >= -int(stamps.min()):
        return t, origin
    first = int(stamps.min()) if origin is None else origin
    if isinstance(first, float) and first.is_integer():
        first = int(first)
    if isinstance(first, (int, np.integer)) and int(first) <= int(stamps.min()):
        return stamps - stamps.dtype.type(first), None if origin is None else 0.0
    return t, origin


def _milliseconds(
    times: NDArray[np.float64], factor: float, unit: str, origin: float | None, grid: float | None
) -> NDArray[np.float64]:
    if grid is not None:
        grid = check_number(grid, ParamInfo(unit="ms", above=0.0), f"{OWNER}: grid")
    if origin is None:
        first = 1.0 if grid is None else grid
        since = times - times.min(initial=np.inf) if times.size else times
    else:
        first = 0.0
        since = times - check_number(origin, ParamInfo(), f"{OWNER}: origin")
        if since.size and since.min() < 0.0:
            at = int(np.argmin(since))
            raise ParameterError(
                f"{OWNER}: t[{at}]: lies before origin = {origin:g} {unit} (got {times[at]:g})"
            )
    # Whole numbers of a unit become decimals of a ms, and stay such.
    converted = np.round(since * factor + first, 9)
    if grid is not None:
        return np.round(np.maximum(np.rint(converted / grid), 1.0) * grid, 9)
    if converted.size and not converted.min() > 0.0:
        raise ParameterError(
            f"{OWNER}: an event at origin would come at 0 ms, at which nothing happens: give an earlier "
            "origin, or a grid"
        )
    return converted


def _fields(events: Any) -> tuple[Any, Any, Any, Any]:
    names = getattr(getattr(events, "dtype", None), "names", None)
    if names is None and hasattr(events, "columns"):  # a table of pandas, or of its like
        names = [str(name) for name in events.columns]
    if names is None:
        raise ParameterError(
            f"{OWNER}: expected arrays x, y, t, or a structured array or DataFrame with these fields "
            f"(got {shown(events)})"
        )
    missing = [name for name in ("x", "y", "t") if name not in names]
    if missing:
        raise ParameterError(f"{OWNER}: expected the fields x, y, t (got {', '.join(names)})")
    return events["x"], events["y"], events["t"], events["p"] if "p" in names else None


def _whole(values: Any, name: str) -> NDArray[np.int64]:
    given = np.asarray(values)
    if given.dtype.kind in "bO":  # polarities, and numbers of Python's own
        try:
            given = given.astype(np.float64)
        except (TypeError, ValueError) as err:
            raise ParameterError(
                f"{OWNER}: {name}: expected an array of numbers (got {shown(values)})"
            ) from err
    return check_whole_array(given, ParamInfo(), f"{OWNER}: {name}")


def _inside(values: Any, size: int, name: str) -> NDArray[np.int64]:
    numbers = _whole(values, name)
    wrong = (numbers < 0) | (numbers >= size)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise OutOfRangeError(
            f"{OWNER}: {name}[{at}] = {numbers[at]} is out of range: the sensor has {size} in {name}"
        )
    return numbers


def _polarities(values: Any) -> NDArray[np.int64]:
    numbers = _whole(values, "p")
    known = np.isin(numbers, (-1, 0, 1))
    if not known.all() or ((numbers == -1).any() and (numbers == 0).any()):
        raise ParameterError(
            f"{OWNER}: p: expected 0 and 1, or -1 and 1 (got {', '.join(map(str, np.unique(numbers)[:5]))})"
        )
    return np.where(numbers > 0, 1, 0).astype(np.int64)
