"""What probes have recorded, as NumPy arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from .base import exports
from .base.alive import Alive
from .base.arrays import frozen
from .base.params import ParamInfo, check_number, check_whole, shown
from .base.sealed import Sealed, refuse_assignment
from .errors import OutOfRangeError, ParameterError, unknown
from .spec import Probe, ProbeSpec, check_own
from .spec.handles import D

Float = NDArray[np.float64]
Index = NDArray[np.uint32]
T = TypeVar("T")


_RECORDED = "what was recorded is there to be read; arrays of your own can be made of it"


def _recorded(cls: type[T]) -> type[T]:
    """Let a frozen dataclass name the way when it is assigned to."""

    def refuse(self: Any, name: str, value: Any) -> None:
        fields = [field.name for field in dataclasses.fields(self)]
        refuse_assignment(self, type(self).__name__, name, dict.fromkeys(fields, _RECORDED))

    # mypy takes no method for replaceable.
    cls.__setattr__ = refuse  # type: ignore[method-assign]
    return cls


class Data(Sealed, Alive):
    """Recordings by probe: ``sim.data[probe]``, or by the probe's name."""

    _instead = "what it gives, data[probe], can be"

    def __init__(self, read: Callable[[str], Any], probes: Iterable[ProbeSpec]) -> None:
        self._read = read
        self._probes = {probe.name: probe for probe in probes}

    @overload
    def __getitem__(self, probe: Probe[D]) -> D: ...
    @overload
    def __getitem__(self, probe: str) -> Any: ...
    def __getitem__(self, probe: Probe[Any] | str) -> Any:
        return self._read(self._name_of(probe))

    def _add(self, probe: ProbeSpec) -> None:
        self._probes[probe.name] = probe

    def _specs(self) -> tuple[ProbeSpec, ...]:
        return tuple(self._probes.values())

    def _name_of(self, probe: Probe[Any] | str) -> str:
        name = probe.name if isinstance(probe, Probe) else probe
        if not isinstance(name, str):
            raise ParameterError(f"data: expected a probe or its name (got {shown(probe)})")
        if name not in self._probes:
            owner = "data (what is declared after the simulation was built is not in it: sim.probe(...) is)"
            raise unknown(owner, "probe", name, self._probes)
        if isinstance(probe, Probe):
            check_own(probe, self._probes[name])
        return name

    def __iter__(self) -> Iterator[str]:
        return iter(self._probes)

    def __len__(self) -> int:
        return len(self._probes)

    def __contains__(self, probe: object) -> bool:
        name = probe.name if isinstance(probe, Probe) else probe
        return isinstance(name, str) and name in self._probes

    def __repr__(self) -> str:
        return f"<Data: {', '.join(self._probes) or 'no probes'}>"


class SpikeData(Sealed):
    """Spikes of some neurons of one group, ordered by time and, at one time, by index.

    Attributes
    ----------
    t : float64[m], times in ms.
    i : uint32[m], indices in the whole group, whatever part of it was recorded.
    indices : uint32[n], the neurons recorded.
    duration : ms, up to which was recorded.
    begin : ms, from which on was recorded; 0 but for probes that began later, or were taken since.
    name : of the group.
    """

    def __init__(
        self,
        t: Float,
        i: Index,
        n: int,
        duration: float,
        indices: Index | None = None,
        name: str = "",
        begin: float = 0.0,
    ) -> None:
        self.t = frozen(np.asarray(t, dtype=np.float64))
        self.i = frozen(np.asarray(i, dtype=np.uint32))
        self.indices = frozen(np.arange(n, dtype=np.uint32) if indices is None else indices)
        self.duration = float(duration)
        self.begin = float(begin)
        self.name = name

    def _ways(self, value: Any) -> dict[str, str]:
        return dict.fromkeys(("t", "i", "indices", "duration", "begin", "name", "count", "rows"), _RECORDED)

    @property
    def count(self) -> int:
        """Number of spikes."""
        return int(self.t.size)

    def __len__(self) -> int:
        return self.count

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """int64[m], the place in ``indices`` of the neuron of each spike."""
        order = np.argsort(self.indices, kind="stable")
        return order[np.searchsorted(self.indices, self.i, sorter=order)].astype(np.int64)

    @cached_property
    def _sorted(self) -> tuple[Float, Index]:
        order = np.argsort(self.i, kind="stable")
        return self.t[order], self.i[order]

    def train(self, i: int) -> Float:
        """Spike times of neuron ``i`` of the group [ms]; OutOfRangeError if it was not recorded."""
        i = check_whole(i, ParamInfo(), "train: i")
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

    def counts(self, start: float | None = None, stop: float | None = None) -> NDArray[np.int64]:
        """Spikes of each neuron recorded in (start, stop] ms, in the order of ``indices``; all by default."""
        everything = start is None and stop is None and self.duration > 0.0
        inside: Any = slice(None) if everything else self._window(start, stop)[2]
        n, size = len(self.indices), int(self.indices.max(initial=0)) + 1
        if size > 1000 * n:  # indices far apart, which counts of all between them would fill memory with
            return np.bincount(self.rows[inside], minlength=n)
        counted: NDArray[np.int64] = np.bincount(self.i[inside], minlength=size)[self.indices]
        return counted

    def rate(self, start: float | None = None, stop: float | None = None) -> float:
        """Mean rate of the neurons recorded in (start, stop] ms, in Hz; the whole recording by default."""
        start, stop, inside = self._window(start, stop)
        return int(np.count_nonzero(inside)) / len(self.indices) / (stop - start) * 1e3

    def rates(self, start: float | None = None, stop: float | None = None) -> Float:
        """Rate of each neuron recorded in (start, stop] ms, in Hz, in the order of ``indices``."""
        start, stop, _ = self._window(start, stop)
        return self.counts(start, stop) / (stop - start) * 1e3

    def _window(self, start: float | None, stop: float | None) -> tuple[float, float, NDArray[np.bool_]]:
        begin, end = self.begin, self.duration
        start = begin if start is None else check_number(start, ParamInfo(unit="ms", low=0.0), "start")
        if end <= begin:
            raise ParameterError(
                f"expected {begin:g} <= start < stop <= {end:g} ms, the time recorded: nothing ran "
                f"{'yet' if begin == 0.0 else 'since'}: run the simulation first, sim.run(duration)"
            )
        stop = end if stop is None else check_number(stop, ParamInfo(unit="ms"), "stop")
        if not begin <= start < stop <= end:
            raise ParameterError(
                f"expected {begin:g} <= start < stop <= {end:g} ms, the time recorded (got {start:g} and "
                f"{stop:g})"
            )
        # Nothing fires at 0: spikes of the first step bear its end, so a window holds its end too.
        return start, stop, (self.t > start) & (self.t <= stop)

    def to_neo(self) -> Any:
        """The trains as a ``neo.SpikeTrainList``, one for each neuron recorded, in ms.

        ``channel_id`` of a train is the index of its neuron in the group. Needs neo (the extra ``interop``).
        """
        return exports.spikes_to_neo(self.t, self.i, self.indices, self.begin, self.duration, self.name)

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame`` with the columns t [ms] and i, a row a spike. Needs pandas."""
        return exports.table({"t": self.t, "i": self.i})

    def __repr__(self) -> str:
        since = f"{self.begin:g} to " if self.begin else ""
        spikes = f"{self.count} spikes of {len(self.indices)}"
        return f"<SpikeData {self.name}: {spikes} in {since}{self.duration:g} ms>"


@_recorded
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
        i = check_whole(i, ParamInfo(), "trace: i")
        column = np.flatnonzero(self.i == i)
        if column.size == 0:
            raise OutOfRangeError(f"trace: neuron {i} is not among the {len(self.i)} recorded of {self.name}")
        return self.values[:, column[0]]

    def __len__(self) -> int:
        return int(self.t.size)

    def to_neo(self) -> Any:
        """The samples as a ``neo.AnalogSignal``, a channel a neuron, in the unit of the state.

        ``array_annotations["channel_index"]`` has the neurons' indices in the group. Needs neo.
        """
        return exports.states_to_neo(self.t, self.values, self.i, self.name, self.unit)

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame`` with the index t [ms] and a column a neuron, named by it. Needs pandas."""
        columns = {int(i): self.values[:, column] for column, i in enumerate(self.i)}
        return exports.table({"t": self.t, **columns}, index="t")  # type: ignore[dict-item]  # names differ

    def __repr__(self) -> str:
        return f"<StateData {self.name}: {len(self.t)} samples of {len(self.i)}>"


@_recorded
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


@_recorded
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

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame`` with the columns t [ms], i, j, k and w, a row a change. Needs pandas."""
        return exports.table({"t": self.t, "i": self.i, "j": self.j, "k": self.k, "w": self.w})

    def __repr__(self) -> str:
        return f"<WeightChanges {self.name}: {len(self.t)}>"
