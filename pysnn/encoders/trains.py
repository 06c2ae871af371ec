"""SpikeTrains: what an encoder returns and a decoder takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import ParamInfo, as_numpy, check_array, check_number, shown
from ..base.timebase import later
from ..errors import ParameterError

_TIME = ParamInfo(unit="ms", above=0.0)
_PAUSE = ParamInfo(unit="ms", low=0.0)


@dataclasses.dataclass(frozen=True, eq=False)
class SpikeTrains:
    """Spikes of ``n`` trains in (0, ``duration``], as flat arrays sorted by (time, index).

    ``net.source("in", trains.n, trains)`` plays them into a network.

    Parameters
    ----------
    times: float64[m], ms, 0 < times <= duration; sorted here.
    indices: integers [m], 0 <= indices < n, the train of each spike; kept as uint32.
    n: number of trains, >= 1.
    duration: ms, > 0. The time encoded, which is not the time of the last spike.

    Raises ParameterError where an array does not fit.
    """

    times: NDArray[np.float64]
    indices: NDArray[np.integer[Any]]
    n: int
    duration: float

    def __post_init__(self) -> None:
        owner = type(self).__name__
        n = int(check_number(self.n, ParamInfo(low=1.0, high=2.0**32), f"{owner}.n"))
        duration = check_number(self.duration, ParamInfo(unit="ms", above=0.0), f"{owner}.duration")
        times = check_array(self.times, dataclasses.replace(_TIME, high=duration), f"{owner}.times")
        indices = whole_numbers(self.indices, n, f"{owner}.indices")
        if times.shape != indices.shape:
            raise ParameterError(
                f"{owner}: times and indices must be of the same length (got {len(times)} and {len(indices)})"
            )
        order = np.lexsort((indices, times))
        for name, value in (("times", times[order]), ("indices", indices[order].astype(np.uint32))):
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "n", n)
        object.__setattr__(self, "duration", duration)

    def __len__(self) -> int:
        """Number of spikes."""
        return len(self.times)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpikeTrains):
            return NotImplemented
        return (
            (self.n, self.duration) == (other.n, other.duration)
            and np.array_equal(self.times, other.times)
            and np.array_equal(self.indices, other.indices)
        )

    def __hash__(self) -> int:
        return hash((self.n, self.duration, self.times.tobytes(), self.indices.tobytes()))

    def train(self, index: int) -> NDArray[np.float64]:
        """Spike times of train ``index`` [ms], ascending."""
        whole_numbers([index], self.n, f"{type(self).__name__}.train: index")
        return np.asarray(self.times[self.indices == index])

    def counts(self) -> NDArray[np.int64]:
        """Number of spikes of each train, int64[n]."""
        return np.bincount(self.indices, minlength=self.n)

    def shifted(self, by: float) -> SpikeTrains:
        """The same spikes ``by`` ms later (>= 0), as decimals; the duration grows with them."""
        shift = check_number(by, _PAUSE, f"{type(self).__name__}.shifted: by")
        end = float(later(self.duration, shift))
        return SpikeTrains(np.minimum(later(self.times, shift), end), self.indices, self.n, end)

    @staticmethod
    def beside(parts: Sequence[SpikeTrains]) -> SpikeTrains:
        """All trains of ``parts`` numbered one part after the other, over the longest duration."""
        _some(parts, "beside")
        first = np.cumsum([0, *(p.n for p in parts)])
        return SpikeTrains(
            np.concatenate([p.times for p in parts]),
            np.concatenate([p.indices.astype(np.int64) + k for p, k in zip(parts, first, strict=False)]),
            int(first[-1]),
            max(p.duration for p in parts),
        )

    @staticmethod
    def joined(parts: Sequence[SpikeTrains]) -> SpikeTrains:
        """All spikes of ``parts`` of the same n trains on the same clock: what a stream gave."""
        n = _same_trains(parts, "joined")
        return SpikeTrains(
            np.concatenate([p.times for p in parts]),
            np.concatenate([p.indices for p in parts]),
            n,
            max(p.duration for p in parts),
        )

    @staticmethod
    def one_after_another(parts: Sequence[SpikeTrains], pause: float = 0.0) -> SpikeTrains:
        """``parts`` in time order on the same n trains, each ``pause`` ms [>= 0] after the last."""
        n = _same_trains(parts, "one_after_another")
        pause = check_number(pause, _PAUSE, "SpikeTrains.one_after_another: pause")
        shifted = []
        begin = Decimal(0)  # exactly: sums of floats are no decimals
        for part in parts:
            shifted.append(part.shifted(float(begin)))
            begin += Decimal(repr(float(part.duration))) + Decimal(repr(pause))
        return SpikeTrains(
            np.concatenate([part.times for part in shifted]),
            np.concatenate([part.indices for part in shifted]),
            n,
            shifted[-1].duration,
        )


def whole_numbers(values: ArrayLike, below: int, owner: str) -> NDArray[np.int64]:
    """Return ``values`` as int64[m] with 0 <= values < below, or raise ParameterError."""
    array: NDArray[Any] = np.asarray(as_numpy(values, owner))
    if array.ndim != 1:
        raise ParameterError(f"{owner}: expected a 1-D array of whole numbers (got shape {array.shape})")
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.dtype.kind not in "iu":
        raise ParameterError(f"{owner}: expected whole numbers (got dtype {array.dtype})")
    bad = np.flatnonzero((array < 0) | (array >= below))
    if len(bad):
        raise ParameterError(f"{owner}[{bad[0]}]: must be >= 0 and < {below} (got {array[bad[0]]})")
    return array.astype(np.int64)


def are_trains(parts: Any) -> bool:
    """Are these some SpikeTrains, or none, that can be counted?"""
    return hasattr(parts, "__len__") and all(isinstance(part, SpikeTrains) for part in parts)


def _some(parts: Sequence[SpikeTrains], method: str) -> None:
    if not are_trains(parts):
        raise ParameterError(f"SpikeTrains.{method}: expected a list of SpikeTrains (got {shown(parts)})")
    if not len(parts):
        raise ParameterError(f"SpikeTrains.{method}: expected at least one SpikeTrains (got none)")


def _same_trains(parts: Sequence[SpikeTrains], method: str) -> int:
    """Number of trains that all of ``parts`` have."""
    _some(parts, method)
    for k, part in enumerate(parts):
        if part.n != parts[0].n:
            raise ParameterError(
                f"SpikeTrains.{method}: parts[{k}] must have {parts[0].n} trains (got {part.n})"
            )
    return parts[0].n
