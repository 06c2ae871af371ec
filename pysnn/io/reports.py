"""Samples of states and of weights in a log: SONATA's report of elements, one group a probe.

Layout (SONATA developer guide, "Membrane potential and frame oriented element recordings")::

    /report/<probe>/data                    float32[frames, neurons], attribute units
    /report/<probe>/mapping/node_ids        uint64[neurons]
    /report/<probe>/mapping/index_pointers  uint64[neurons + 1]: one element each
    /report/<probe>/mapping/element_ids     uint32[neurons], 0: the neuron as a whole
    /report/<probe>/mapping/time            start, stop, step; attribute units

and what SONATA has no place for: ``times``, float64[frames], the samples' own, and as attributes of the
group ``population`` and ``state``. SONATA names such a group by its population; a probe may be named so.

Of weights a column is a synapse, in (i, j, k) order: node_ids are the targets and element_ids the synapses'
numbers, ``mapping/source_ids`` and ``mapping/k`` tell the rest of them, ``data`` has the precision of the
weights, and the attribute ``projection`` of the group whose they are.

Of changes of weights, which are no frames, there is a group ``/changes/<probe>`` beside, laid out likewise:
its ``data`` are float64[changes, 2], the number of a synapse and its new weight, as they became known: a
change is known when its synapse is next touched, so ``times`` do not ascend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ..base.memory import available
from ..data import StateData, WeightChanges, WeightData
from ..errors import LogError

CHUNK = 65_536  # values


@dataclass(frozen=True, eq=False)
class Report:
    """What is sampled: a state of some neurons of a population, each ``every`` ms.

    Or the weights of a projection: ``indices`` are then the targets of its synapses, ``sources`` and ``k``
    theirs too; or, with ``changes``, each change of one of these.
    """

    population: str
    state: str
    unit: str
    indices: NDArray[np.uint32]
    every: float
    projection: str = ""
    sources: NDArray[np.uint32] | None = None
    k: NDArray[np.uint32] | None = None
    dtype: str = "float32"
    changes: bool = False

    @property
    def width(self) -> int:
        """How many numbers a row of ``data`` has."""
        return 2 if self.changes else len(self.indices)

    def place(self, name: str) -> str:
        """The group of a probe of that name."""
        return f"{'changes' if self.changes else 'report'}/{name}"

    @property
    def chunk(self) -> tuple[int, int]:
        """Frames and neurons that are stored together."""
        width = min(self.width, CHUNK)
        return max(CHUNK // width, 1), width

    def chunk_bytes(self, begin: int, end: int) -> int:
        """Bytes of the chunks that frames ``begin`` to ``end`` add."""
        frames, width = self.chunk
        rows = -(-end // frames) - -(-begin // frames)
        row = -(-self.width // width) * frames * width * np.dtype(self.dtype).itemsize
        return rows * row + (-(-end // CHUNK) - -(-begin // CHUNK)) * CHUNK * 8

    def lay_out(self, file: h5py.File, name: str) -> None:
        """Make the group, without a frame."""
        n = len(self.indices)
        group = file.create_group(self.place(name))
        group.attrs["population"], group.attrs["state"] = _label(self.population), _label(self.state)
        shape = (None, self.width)
        data = group.create_dataset("data", (0, self.width), self.dtype, maxshape=shape, chunks=self.chunk)
        data.attrs["units"] = _label(self.unit)
        group.create_dataset("times", (0,), np.float64, maxshape=(None,), chunks=(CHUNK,))
        mapping = group.create_group("mapping")
        mapping["node_ids"] = self.indices.astype(np.uint64)
        mapping["index_pointers"] = np.arange(n + 1, dtype=np.uint64)
        mapping["element_ids"] = np.arange(n, dtype=np.uint32) * np.uint32(bool(self.projection))
        if self.projection:
            group.attrs["projection"] = _label(self.projection)
            mapping["source_ids"], mapping["k"] = self.sources, self.k
        mapping["time"] = np.array([0.0, 0.0, self.every])
        mapping["time"].attrs["units"] = np.bytes_("ms")

    def write(
        self, file: h5py.File, name: str, begin: int, t: NDArray[np.float64], values: NDArray[Any]
    ) -> None:
        """Write frames from number ``begin`` on."""
        group, end = file[self.place(name)], begin + len(t)
        for key, part in (("data", values), ("times", t)):
            group[key].resize(end, axis=0)
            group[key][begin:] = part
        if begin == 0:
            group["mapping/time"][0] = t[0]
        group["mapping/time"][1] = round(float(group["mapping/time"][0]) + end * self.every, 12)


def is_of_weights(group: h5py.Group) -> bool:
    """Does a report hold weights rather than states?"""
    return "projection" in group.attrs


def read_weights(reports: h5py.Group, name: str, frames: int | None = None) -> WeightData:
    """The first ``frames`` samples of a report of weights, or all; MemoryError where they do not fit."""
    times, values = _read(reports[name], name, frames)
    return WeightData(times, values, name)


def _label(text: str) -> np.bytes_:
    """As an attribute; names may be in any alphabet."""
    return np.bytes_(text.encode())


def read_changes(reports: h5py.Group, name: str, frames: int | None = None) -> WeightChanges:
    """The first ``frames`` changes that became known, or all, by time; MemoryError where they do not fit."""
    group = reports[name]
    times, values = _read(group, name, frames)
    synapse = values[:, 0].astype(np.uint64)
    if len(synapse) and synapse.max() >= len(group["mapping"]["k"]):
        raise LogError(f"changes of {name!r}: damaged: of a synapse that is not there")
    order = np.lexsort((synapse, times))  # stable: several changes of a synapse at one time stay in order
    synapse = synapse[order]
    i, j, k = (group["mapping"][key][:].astype(np.uint32)[synapse] for key in ("source_ids", "node_ids", "k"))
    return WeightChanges(times[order], i, j, k, np.asarray(values[order, 1], dtype=np.float64), name)


def read_states(reports: h5py.Group, name: str, frames: int | None = None) -> StateData:
    """The first ``frames`` samples of a report, or all; MemoryError where they do not fit."""
    group = reports[name]
    data, mapping = group["data"], group["mapping"]
    times, values = _read(group, name, frames)
    labels = [str(group.attrs[key].decode()) for key in ("population", "state") if key in group.attrs]
    unit = data.attrs.get("units", b"")
    return StateData(
        times,
        np.asarray(values, dtype=np.float64),
        mapping["node_ids"][:].astype(np.uint32),
        ".".join(labels) or name,
        unit.decode() if isinstance(unit, bytes) else str(unit),
    )


def _read(group: h5py.Group, name: str, frames: int | None) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Times and values."""
    data, mapping = group["data"], group["mapping"]
    rows = len(data) if frames is None else frames
    what = "synapses" if is_of_weights(group) else "neurons"
    # As stored, and as float64.
    needed, free = rows * data.shape[1] * (data.dtype.itemsize + 8), available()
    if free is not None and needed > free:
        raise MemoryError(
            f"report {name!r}: {rows} samples of {data.shape[1]} {what} are {needed / 2**30:.1f} GiB; there "
            f"are {free / 2**30:.1f} GiB free (h5py reads parts: file['report/{name}/data'][begin:end])"
        )
    if "times" in group:
        times = group["times"][:rows]
    else:
        start, _, step = mapping["time"][:]
        times = start + step * np.arange(rows)
    return times, data[:rows]
