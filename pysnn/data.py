"""What probes have recorded, as NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from .errors import OutOfRangeError, ParameterError
from .handles import D, Probe
from .params import ParamInfo, check_number

Float = NDArray[np.float64]
Index = NDArray[np.uint32]


class Data:
    """Recordings by probe: ``sim.data[probe]``, or by the probe's name."""

    def __init__(self, read: Callable[[Probe[Any] | str], Any], names: list[str]) -> None:
        self._read = read
        self._names = names

    @overload
    def __getitem__(self, probe: Probe[D]) -> D: ...
    @overload
    def __getitem__(self, probe: str) -> Any: ...
    def __getitem__(self, probe: Probe[Any] | str) -> Any:
        return self._read(probe)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, probe: object) -> bool:
        return (probe.name if isinstance(probe, Probe) else probe) in self._names

    def __repr__(self) -> str:
        return f"<Data: {', '.join(self._names) or 'no probes'}>"


class SpikeData:
    """Spikes of some neurons of one group, ordered by time and, at one time, by index.

    Attributes
    ----------
    t : float64[m], times in ms.
    i : uint32[m], indices in the whole group, whatever part of it was recorded.
    indices : uint32[n], the neurons recorded.
    duration : ms recorded, from 0.
    name : of the group.
    """

    def __init__(
        self, t: Float, i: Index, n: int, duration: float, indices: Index | None = None, name: str = ""
    ) -> None:
        self.t = _frozen(np.asarray(t, dtype=np.float64))
        self.i = _frozen(np.asarray(i, dtype=np.uint32))
        self.indices = _frozen(np.arange(n, dtype=np.uint32) if indices is None else indices)
        self.duration = float(duration)
        self.name = name

    @property
    def count(self) -> int:
        """Number of spikes."""
        return int(self.t.size)

    def __len__(self) -> int:
        return self.count

    @cached_property
    def _sorted(self) -> tuple[Float, Index]:
        order = np.argsort(self.i, kind="stable")
        return self.t[order], self.i[order]

    def train(self, i: int) -> Float:
        """Spike times of neuron ``i`` of the group [ms]; OutOfRangeError if it was not recorded."""
        if not (self.indices == i).any():
            raise OutOfRangeError(
                f"train: neuron {i} is not among the {len(self.indices)} recorded of {self.name or 'a group'}"
            )
        t, who = self._sorted
        begin, end = np.searchsorted(who, [i, i + 1])
        return t[begin:end]

    def trains(self) -> list[Float]:
        """Spike times [ms] of every neuron recorded, in the order of ``indices``."""
        t, who = self._sorted
        begin = np.searchsorted(who, self.indices, side="left")
        end = np.searchsorted(who, self.indices, side="right")
        return [t[a:b] for a, b in zip(begin, end, strict=True)]

    def counts(self, start: float = 0.0, stop: float | None = None) -> NDArray[np.int64]:
        """Spikes of each neuron recorded in (start, stop] ms, in the order of ``indices``."""
        inside = self._window(start, stop)[2]
        size = int(self.indices.max(initial=0)) + 1
        counted: NDArray[np.int64] = np.bincount(self.i[inside], minlength=size)[self.indices]
        return counted

    def rate(self, start: float = 0.0, stop: float | None = None) -> float:
        """Mean rate of the neurons recorded in (start, stop] ms, in Hz; the whole recording by default."""
        start, stop, inside = self._window(start, stop)
        return int(np.count_nonzero(inside)) / len(self.indices) / (stop - start) * 1e3

    def rates(self, start: float = 0.0, stop: float | None = None) -> Float:
        """Rate of each neuron recorded in (start, stop] ms, in Hz, in the order of ``indices``."""
        start, stop, _ = self._window(start, stop)
        return self.counts(start, stop) / (stop - start) * 1e3

    def _window(self, start: float, stop: float | None) -> tuple[float, float, NDArray[np.bool_]]:
        start = check_number(start, ParamInfo(unit="ms", low=0.0), "start")
        stop = self.duration if stop is None else check_number(stop, ParamInfo(unit="ms"), "stop")
        if not start < stop <= self.duration:
            raise ParameterError(
                f"expected 0 <= start < stop <= {self.duration:g} ms, the time recorded (got {start:g} and "
                f"{stop:g})"
            )
        # Nothing fires at 0: spikes of the first step bear its end, so a window holds its end too.
        return start, stop, (self.t > start) & (self.t <= stop)

    def __repr__(self) -> str:
        return f"<SpikeData {self.name}: {self.count} spikes of {len(self.indices)} in {self.duration:g} ms>"


@dataclass(frozen=True, eq=False)
class StateData:
    """Samples of a state variable.

    Attributes
    ----------
    t : float64[m], ms.
    values : float64[m, n], in the unit of the state; column c is neuron ``i[c]``.
    i : uint32[n], indices in the whole group.
    """

    t: Float
    values: Float
    i: Index
    name: str = ""
    unit: str = ""

    def trace(self, i: int) -> Float:
        """The samples of neuron ``i`` of the group; OutOfRangeError if it was not recorded."""
        column = np.flatnonzero(self.i == i)
        if column.size == 0:
            raise OutOfRangeError(f"trace: neuron {i} is not among the {len(self.i)} recorded of {self.name}")
        return self.values[:, column[0]]

    def __len__(self) -> int:
        return int(self.t.size)

    def __repr__(self) -> str:
        return f"<StateData {self.name}: {len(self.t)} samples of {len(self.i)}>"


@dataclass(frozen=True, eq=False)
class WeightData:
    """All weights of a projection at intervals.

    Attributes
    ----------
    t : float64[m], ms.
    values : float32 or float64 [m, synapses], in (i, j, k) order, as ``Simulation.synapses`` has it.
    """

    t: Float
    values: NDArray[Any]
    name: str = ""

    def __len__(self) -> int:
        return int(self.t.size)

    def __repr__(self) -> str:
        return f"<WeightData {self.name}: {len(self.t)} samples of {self.values.shape[1]} weights>"


@dataclass(frozen=True, eq=False)
class WeightChanges:
    """Every change of a weight of a projection, by time.

    Attributes
    ----------
    t : float64[m], ms, when the change happened at the synapse.
    i, j, k : uint32[m], source, target and which of the pair's synapses (counted by delay).
    w : float64[m], the new weight.
    """

    t: Float
    i: Index
    j: Index
    k: Index
    w: Float
    name: str = ""

    def __len__(self) -> int:
        return int(self.t.size)

    def __repr__(self) -> str:
        return f"<WeightChanges {self.name}: {len(self.t)}>"


class StoredBlock:
    """Synapses of a projection as one thread's memory holds them: nothing here is a copy.

    Rows by source, each row cut into runs of equal delay, each run contiguous and by target.

    Attributes
    ----------
    weight : the weights, read-only; one entry where all are equal and static.
    target : uint32[synapses], counted from ``target_begin``.
    row_run : row r owns runs row_run[r]:row_run[r + 1].
    run_begin : run q owns synapses run_begin[q]:run_begin[q + 1].
    run_delay : of each run, in units of ``unit`` ms.
    source_begin, target_begin, target_end : neurons of the whole groups that rows and targets count from.
    """

    def __init__(self, arrays: dict[str, Any], unit: float) -> None:
        self.weight: NDArray[Any] = _frozen(arrays["weight"])
        self.target: Index = _frozen(arrays["target"])
        self.row_run: Index = arrays["row_run"]
        self.run_begin: Index = arrays["run_begin"]
        self.run_delay: NDArray[np.int64] = arrays["run_delay"]
        self.unit = unit
        self.source_begin = int(arrays["row_base"])
        self.target_begin = int(arrays["target_begin"])
        self.target_end = int(arrays["target_end"])

    def __len__(self) -> int:
        return int(self.target.size)

    def i(self) -> Index:
        """Source of each synapse in the whole group (computed)."""
        rows = np.repeat(np.arange(self.row_run.size - 1), _lengths(self.row_run))
        i: Index = (np.repeat(rows, _lengths(self.run_begin)) + self.source_begin).astype(np.uint32)
        return i

    def j(self) -> Index:
        """Target of each synapse in the whole group (computed)."""
        return self.target + np.uint32(self.target_begin)

    def delay(self) -> Float:
        """Delay of each synapse [ms] (computed)."""
        per_ms = 1.0 / self.unit
        whole = round(per_ms)
        # 3 / 10 is the double nearest to 0.3 and 3 * 0.1 is not.
        ms = self.run_delay / whole if abs(whole * self.unit - 1.0) < 1e-12 else self.run_delay * self.unit
        return np.repeat(ms, _lengths(self.run_begin))


def ordinals(i: Index, j: Index) -> Index:
    """k of each synapse in (i, j, k) order: how many of the same pair stand before it."""
    if i.size == 0:
        return np.empty(0, np.uint32)
    first = np.flatnonzero(np.concatenate(([True], (i[1:] != i[:-1]) | (j[1:] != j[:-1]))))
    k: Index = (np.arange(i.size) - np.repeat(first, np.diff(np.append(first, i.size)))).astype(np.uint32)
    return k


def _lengths(bounds: Index) -> NDArray[np.int64]:
    whole = bounds.astype(np.int64)
    return whole[1:] - whole[:-1]


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view (the array that was given stays as it is)."""
    view = array.view()
    view.setflags(write=False)
    return view
