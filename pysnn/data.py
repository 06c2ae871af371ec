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
    """Synapses of a projection as one shard of the memory holds them.

    Rows by source, each row cut into runs of equal delay, in a run by target. Of plastic projections, and on
    "event" and "opencl" of all, ``weight`` is no copy and shows the weights of later runs too. Where "clock"
    packs the rows of static projections, ``weight`` is copied from them at every access.

    Attributes
    ----------
    weight : the weights, read-only; one entry where all are equal and static.
    unit : of delays, ms.
    source_begin, target_begin, target_end : neurons of the whole groups that rows and targets are of.
    """

    def __init__(self, arrays: dict[str, Any], unit: float) -> None:
        self._stored: NDArray[Any] | None = _frozen(arrays["weight"]) if "weight" in arrays else None
        self._constant = bool(arrays["constant"])
        self.unit = unit
        self.source_begin = int(arrays["row_base"])
        self.target_begin = int(arrays["target_begin"])
        self.target_end = int(arrays["target_end"])
        self._synapses = int(arrays["synapses"])
        self._arrays = arrays
        self._first = int(arrays["member_begin"])
        self._end = int(arrays["member_end"])

    @property
    def weight(self) -> NDArray[Any]:
        """Weights, in the order of ``i``, ``j`` and ``delay``; one where all are equal and static."""
        if self._stored is None:
            return _frozen(self._arrays["read_weight"]()[self._mine])
        return self._stored

    def __len__(self) -> int:
        return self._synapses

    def i(self) -> Index:
        """Source of each synapse in the whole group (computed)."""
        rows = np.repeat(np.arange(self._arrays["row_run"].size - 1), _lengths(self._arrays["row_run"]))
        i: Index = (np.repeat(rows, self._lengths) + self.source_begin).astype(np.uint32)
        return i[self._mine]

    def j(self) -> Index:
        """Target of each synapse in the whole group (computed)."""
        return self._targets[self._mine] - np.uint32(self._first) + np.uint32(self.target_begin)

    def delay(self) -> Float:
        """Delay of each synapse [ms] (computed)."""
        run_delay = self._arrays["run_delay"].astype(np.int64) * self._arrays.get("delay_unit", 1)
        whole = round(1.0 / self.unit)
        # 3 / 10 is the double nearest to 0.3 and 3 * 0.1 is not.
        ms = run_delay / whole if abs(whole * self.unit - 1.0) < 1e-12 else run_delay * self.unit
        delay: Float = np.repeat(ms, self._lengths)[self._mine]
        return delay

    @property
    def _lengths(self) -> NDArray[np.int64]:
        return _lengths(self._arrays["run_begin"])

    @cached_property
    def _targets(self) -> Index:
        """Targets of all synapses of the rows, counted from the first neuron that they share."""
        target: Index = self._arrays["target"].astype(np.uint32)
        if "bits" not in self._arrays:
            return target
        # Bitmaps: each run's bits, and beside them the targets met more than once.
        runs = self._lengths.size
        bits = np.unpackbits(self._arrays["bits"].view(np.uint8).reshape(runs, -1), axis=1, bitorder="little")
        run, found = np.nonzero(bits)
        again = np.repeat(np.arange(runs), _lengths(self._arrays["extra"]))
        run, found = np.concatenate([run, again]), np.concatenate([found, target])
        return found[np.lexsort((found, run))].astype(np.uint32)

    @property
    def _mine(self) -> NDArray[np.bool_]:
        mine: NDArray[np.bool_] = (self._targets >= self._first) & (self._targets < self._end)
        return mine


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
