"""TrialSpikes: the spikes of many trials, each on a clock of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ..base.arrays import frozen
from ..base.params import ParamInfo, check_array, check_number
from ..base.timebase import later, multiples
from ..errors import OutOfRangeError, ParameterError
from .trains import SpikeTrains, are_trains, whole_numbers


@dataclasses.dataclass(frozen=True, eq=False)
class TrialSpikes:
    """Spikes of ``n`` trains in many trials of ``duration`` ms, as flat arrays one trial after the other.

    Trial k has the spikes offsets[k] to offsets[k + 1]; ``trials[k]`` gives them as ``SpikeTrains``, a slice
    or a list of numbers gives some trials.

    Parameters
    ----------
    times : float64[m], ms, 0 < times <= duration: counted from the begin of the trial. Sorted here, by
        (time, index) in each trial. Several spikes of one train at one time are each delivered.
    indices : whole numbers [m], 0 <= indices < n, the train of each spike; kept as uint32.
    offsets : whole numbers [trials + 1], ascending from 0 to m.
    n : number of trains, >= 1.
    duration : ms, > 0, of each trial.

    Raises ParameterError where an array does not fit.
    """

    times: NDArray[np.float64]
    indices: NDArray[np.integer[Any]]
    offsets: NDArray[np.integer[Any]]
    n: int
    duration: float

    def __post_init__(self) -> None:
        owner = type(self).__name__
        n = int(check_number(self.n, ParamInfo(low=1.0, high=2.0**32), f"{owner}.n"))
        duration = check_number(self.duration, ParamInfo(unit="ms", above=0.0), f"{owner}.duration")
        times = check_array(self.times, ParamInfo(unit="ms", above=0.0, high=duration), f"{owner}.times")
        indices = whole_numbers(self.indices, n, f"{owner}.indices")
        if times.shape != indices.shape:
            raise ParameterError(
                f"{owner}: times and indices must be of the same length (got {len(times)} and {len(indices)})"
            )
        offsets = whole_numbers(self.offsets, len(times) + 1, f"{owner}.offsets")
        if len(offsets) == 0 or offsets[0] != 0 or offsets[-1] != len(times) or (np.diff(offsets) < 0).any():
            raise ParameterError(
                f"{owner}.offsets: expected trials + 1 numbers that ascend from 0 to {len(times)}, how many "
                f"spikes there are (got {len(offsets)} from {offsets[:1]} to {offsets[-1:]})"
            )
        trial = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        if not _in_order(trial, times, indices):
            order = np.lexsort((indices, times, trial))
            times, indices = times[order], indices[order]
        kept = ("times", frozen(times)), ("indices", indices.astype(np.uint32)), ("offsets", offsets)
        for name, value in kept:
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "n", n)
        object.__setattr__(self, "duration", duration)

    @staticmethod
    def of(trials: Sequence[SpikeTrains]) -> TrialSpikes:
        """From one SpikeTrains a trial, all of as many trains; as long as the longest of them.

        Raises ParameterError where there is none, or their trains differ.
        """
        if not are_trains(trials) or not len(trials):
            raise ParameterError("TrialSpikes.of: expected a list with one SpikeTrains a trial, at least one")
        if len({trial.n for trial in trials}) > 1:
            raise ParameterError(
                f"TrialSpikes.of: expected as many trains in each trial (got {sorted({t.n for t in trials})})"
            )
        return TrialSpikes(
            np.concatenate([trial.times for trial in trials]),
            np.concatenate([trial.indices for trial in trials]),
            np.cumsum([0, *(len(trial) for trial in trials)]),
            trials[0].n,
            max(trial.duration for trial in trials),
        )

    def __len__(self) -> int:
        """Number of trials."""
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[SpikeTrains]:
        return (self[k] for k in range(len(self)))

    @overload
    def __getitem__(self, which: int) -> SpikeTrains: ...
    @overload
    def __getitem__(self, which: slice | Sequence[int] | NDArray[Any]) -> TrialSpikes: ...
    def __getitem__(self, which: Any) -> SpikeTrains | TrialSpikes:
        numbers = np.arange(len(self))
        try:
            if isinstance(which, (bool, np.bool_)):  # for NumPy an axis more
                raise IndexError("neither a number nor a mask")
            chosen = numbers[which]
        except IndexError as err:
            raise OutOfRangeError(f"TrialSpikes: there are {len(self)} trials (asked for {which})") from err
        sizes = np.diff(self.offsets)
        if np.ndim(chosen) == 0:
            part = slice(self.offsets[chosen], self.offsets[chosen + 1])
            return SpikeTrains(self.times[part], self.indices[part], self.n, self.duration)
        offsets = np.concatenate(([0], np.cumsum(sizes[chosen])))
        spikes = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][chosen] - offsets[:-1], sizes[chosen])
        return TrialSpikes(self.times[spikes], self.indices[spikes], offsets, self.n, self.duration)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TrialSpikes):
            return NotImplemented
        return (self.n, self.duration) == (other.n, other.duration) and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("offsets", "times", "indices")
        )

    def __hash__(self) -> int:
        return hash((self.n, self.duration, self.offsets.tobytes(), self.times.tobytes()))

    def counts(self) -> NDArray[np.int64]:
        """Number of spikes of each train in each trial, int64[trials, n]."""
        trial = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        flat = np.bincount(trial * self.n + self.indices, minlength=len(self) * self.n)
        return flat.reshape(len(self), self.n)

    def one_after_another(self) -> SpikeTrains:
        """The trials on one clock: trial k begins at k * duration."""
        *begins, end = multiples(self.duration, np.arange(len(self) + 1)).tolist()
        times = later(self.times, np.repeat(begins, np.diff(self.offsets)))
        return SpikeTrains(np.minimum(times, end), self.indices, self.n, end)


def _in_order(trial: NDArray[np.int64], times: NDArray[np.float64], indices: NDArray[np.int64]) -> bool:
    """As nearly always: sorting costs more than many a trial."""
    earlier, later = slice(None, -1), slice(1, None)
    ordered = (times[later] > times[earlier]) | (trial[later] > trial[earlier])
    ordered |= (times[later] == times[earlier]) & (indices[later] >= indices[earlier])
    return bool(ordered.all())
