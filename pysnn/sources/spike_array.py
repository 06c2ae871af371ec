"""Given spike trains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import (
    ParamInfo,
    check_array,
    check_whole,
    check_whole_array,
    is_one,
    magnitude,
    shown,
)
from ..errors import OutOfRangeError, ParameterError
from ._events import from_events
from .base import Source

_TIMES = ParamInfo(unit="ms", above=0.0)


class SpikeArray(Source):
    """Sources that fire at given times.

    Two forms: a list with one array of times a source, ``SpikeArray([[1.0, 4.0], [], [2.5]])``, or
    flat ``times`` with the ``indices`` of the sources they belong to, in any order. Two equal times
    of one source are two spikes. On a fixed step every time must be a multiple of dt.

    Parameters
    ----------
    times : ms, > 0; list of 1-D arrays, or one 1-D array together with ``indices``.
    indices : source of each time, >= 0, as long as ``times``.
    trains : how many sources there are, if that is to be checked; of a list its length.
    start, stop : ms; spikes outside (start, stop] are left out, see Source.

    After construction ``times`` and ``indices`` are flat arrays, sorted by source and time. The
    ``SpikeTrains`` that an encoder returns are a source as they are.
    """

    # Checked below, both together; the core knows spike trains as flat arrays, not as parameters.
    times: ArrayLike | Sequence[ArrayLike]
    indices: ArrayLike | None = None
    trains: int | None = None

    def __post_init__(self) -> None:
        """Bring both forms to flat, sorted arrays."""
        super().__post_init__()
        trains = (
            None if self.trains is None else check_whole(self.trains, ParamInfo(low=0), "SpikeArray.trains")
        )
        times, indices = (
            _from_trains(self.times) if self.indices is None else _from_flat(self.times, self.indices)
        )
        if self.indices is None:
            trains = len(self.times)  # type: ignore[arg-type]
        order = np.lexsort((times, indices))
        times, indices = times[order], indices[order]
        times.setflags(write=False)
        indices.setflags(write=False)
        for name, value in (("times", times), ("indices", indices), ("trains", trains)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_events(
        cls,
        x: Any,
        y: Any = None,
        t: Any = None,
        p: Any = None,
        *,
        shape: tuple[int, int],
        unit: str = "us",
        origin: float | None = None,
        grid: float | None = None,
    ) -> SpikeArray:
        """What an event camera has seen, a source a pixel and polarity.

        Pixel (x, y) with polarity p is source ``(p * height + y) * width + x``: of ``2 * height * width``
        sources where there are polarities, else of ``height * width``.

        Parameters
        ----------
        x, y, t, p : arrays of one length: column, row, time and polarity (0 or 1, False or True, -1 or 1) of
            each event; ``p`` may be left out. Or ``x`` alone: a structured array with such fields (as Tonic
            reads N-MNIST and DVS recordings), or a pandas DataFrame with such columns.
        shape : (height, width) of the sensor.
        unit : of ``t``: "us", "ms", "s" or "ns".
        origin : what of ``t`` is 0 ms; by default the first event comes 1 ms (or ``grid``) after 0.
        grid : ms; times are rounded to multiples of it, for engines with fixed steps. As nothing happens at
            0, what rounds to 0 is at the first.

        Errors: ParameterError where arrays do not fit or times lie before ``origin``; OutOfRangeError where a
        pixel lies outside the sensor.
        """
        times, indices, n = from_events(x, y, t, p, shape, unit, origin, grid)
        return cls(times, indices, trains=n)

    def check_size(self, n: int, owner: str) -> None:
        """A list must have one train a source, and no index may lie beyond the sources."""
        if self.trains is not None and self.trains != n:
            raise ParameterError(f"{owner}: SpikeArray has {self.trains} trains for {n} sources")
        indices = np.asarray(self.indices)
        if indices.size and indices[-1] >= n:
            raise OutOfRangeError(
                f"{owner}: SpikeArray.indices: {indices[-1]} is out of range: there are {n} sources"
            )

    def lower(self, n: int) -> dict[str, float | NDArray[np.float64]]:
        """Flat ``times``, and ``offsets`` so that source i owns times[offsets[i]:offsets[i + 1]]."""
        offsets = np.searchsorted(np.asarray(self.indices), np.arange(n + 1)).astype(np.float64)
        times = np.asarray(self.times, dtype=np.float64)
        own = self.as_dict()
        return {"times": times, "offsets": offsets, "start": own["start"], "stop": own["stop"]}


def _from_trains(trains: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    trains = magnitude(trains, "ms", "SpikeArray.times")
    if isinstance(trains, (str, bytes)) or not hasattr(trains, "__len__"):
        raise ParameterError(f"SpikeArray.times: expected a list of arrays of times (got {shown(trains)})")
    trains = [magnitude(train, "ms", f"SpikeArray.times[{i}]") for i, train in enumerate(trains)]
    if any(is_one(train) for train in trains):
        raise ParameterError(
            "SpikeArray.times: expected one array of times a source (got flat times; give their sources "
            "as indices=, or write [times] for one source)"
        )
    checked = [check_array(train, _TIMES, f"SpikeArray.times[{i}]") for i, train in enumerate(trains)]
    times = np.concatenate(checked) if checked else np.empty(0)
    return times, np.repeat(np.arange(len(checked)), [len(train) for train in checked])


def _from_flat(times: Any, indices: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    flat = check_array(times, _TIMES, "SpikeArray.times")
    sources = check_whole_array(indices, ParamInfo(low=0.0), "SpikeArray.indices")
    if flat.size != sources.size:
        raise ParameterError(
            f"SpikeArray.indices: expected {flat.size} entries, one a time (got {sources.size})"
        )
    return flat, sources
