"""A spike log as it lies on disk: open, checked for what makes it one, read in part."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ..base.arrays import decimals
from ..data import SpikeData
from ..errors import LogError, UnknownNameError
from .as_closed import AsClosed
from .heaps import check_heaps
from .layout import FORMAT, SORTING, VERSION
from .reports import Report, is_of_weights
from .sonata import reason
from .superblock import SIZE, Superblock

_LARGEST_INDEX = 2**32 - 1
_MOST_UNSAID = 2**27  # neurons, where a file does not say how many there are
BLOCK = 1 << 20  # spikes looked at at a time
_UNITS = ("milliseconds", "ms")


class LogFile:
    """An open spike file, checked for what makes it one."""

    def __init__(self, path: Path, file: h5py.File, opened: str) -> None:
        self.path = path
        self.cut = opened == "cut"
        self._certain = opened == "closed"
        self._reports: Any = _child(file, "report")
        self._changes: Any = _child(file, "changes")
        if "spikes" not in file or not isinstance(file["spikes"], h5py.Group):
            raise LogError(f"{path}: no spike log: an HDF5 file without the group /spikes")
        own = _child(file, "pysnn")
        self._counted: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self.id: str | None = None
        self.until: float | None = None
        self.closed = True
        self.frames: dict[str, int] = {}
        if own is not None and _text(own.attrs.get("format")) == FORMAT:
            if own.attrs["version"] != VERSION:
                raise LogError(
                    f"{path}: spike log of version {own.attrs['version']}; this pysnn reads version {VERSION}"
                )
            kept = own.attrs if "populations" in own.attrs else own  # as versions before 0.2 had it
            names = [str(_text(name)) for name in kept["populations"][:]]
            sizes = [int(n) for n in kept["sizes"][:]]
            self.id = str(_text(own.attrs.get("id")))
            # First the numbers: datasets opened later are at least as long.
            self.closed = bool(own["closed"][0])
            until = float(own["until"][0])
            self.until = None if math.isnan(until) else until
            self.frames = self._frames_of(own)
            self._counted = {k: int(n) for k, n in zip(names, own["committed"][:], strict=True)}
            self._sizes = dict(zip(names, sizes, strict=True))
        spikes = file["spikes"]
        children = {name: _child(spikes, name) for name in spikes}
        found = {name: group for name, group in children.items() if isinstance(group, h5py.Group)}
        for name in self._counted.keys() - found.keys():
            raise LogError(f"{path}: damaged: population {name!r} is counted, but not there")
        order = [*(name for name in self._counted if name in found), *sorted(found.keys() - self._counted)]
        self.groups: dict[str, h5py.Group] = {name: found[name] for name in order}
        if not self.groups:
            raise LogError(f"{path}: no spike log: /spikes holds no population")
        for name, group in self.groups.items():
            self._check(name, group)

    def _frames_of(self, own: h5py.Group) -> dict[str, int]:
        """Frames of each report that the log counts, and that lie inside the file."""
        names = [str(_text(name)) for name in own.attrs.get("reports", ())]
        counted = [int(n) for n in own["frames"][:]] if names else []
        frames = dict(zip(names, counted, strict=True))
        if self._certain:
            return frames
        size = self.path.stat().st_size
        return {k: _inside(self.group_of(k)["data"], n, size) for k, n in frames.items()}

    def _check(self, name: str, group: h5py.Group) -> None:
        where = f"{self.path}: population {name!r}"
        for key, kinds, what in (("timestamps", "fiu", "numbers"), ("node_ids", "iu", "whole numbers")):
            data = _child(group, key)
            if not isinstance(data, h5py.Dataset):
                raise LogError(f"{where}: expected a dataset {key!r} (found {', '.join(group) or 'nothing'})")
            if data.ndim != 1 or data.dtype.kind not in kinds:
                raise LogError(
                    f"{where}: {key}: expected a 1-D array of {what} (got {data.dtype}, {data.shape})"
                )
        units = _text(group["timestamps"].attrs.get("units"))
        if units not in _UNITS:
            raise LogError(f"{where}: timestamps: expected units = 'milliseconds' (got {units!r})")
        lengths = [len(group[key]) for key in ("timestamps", "node_ids")]
        if name not in self._counted and lengths[0] != lengths[1]:
            raise LogError(f"{where}: damaged: {lengths[0]} timestamps but {lengths[1]} node_ids")
        if min(lengths) < self._counted.get(name, 0):
            raise LogError(f"{where}: damaged: holds {min(lengths)} of {self._counted[name]} spikes counted")

    def whole(self, name: str) -> tuple[int, int]:
        """How many leading spikes lie inside the file, and how many the log counts."""
        group = self.groups[name]
        counted = self._counted.get(name, len(group["timestamps"]))
        if self._certain:
            return counted, counted
        # What lies past the file's end would be read as zeros, without an error.
        size = self.path.stat().st_size
        ends = [_inside(group[key], counted, size) for key in ("timestamps", "node_ids")]
        return min(counted, *ends), counted

    def read(self, name: str, begin: int, end: int) -> tuple[NDArray[np.float64], NDArray[np.uint64]]:
        """Times and neurons of the spikes ``begin`` to ``end`` of a population."""
        group = self.groups[name]
        times = group["timestamps"][begin:end]
        times = times if times.dtype == np.float64 else decimals(times)
        ids = np.asarray(group["node_ids"][begin:end]).astype(np.uint64)
        if not np.isfinite(times).all():
            raise LogError(f"{self.path}: population {name!r}: damaged: a spike time is no number")
        if name in self._sizes and len(ids) and ids.max() >= self._sizes[name]:
            raise LogError(
                f"{self.path}: population {name!r}: damaged: node_ids must be < {self._sizes[name]} "
                f"(got {ids.max()})"
            )
        return times, ids

    def size(self, name: str) -> int:
        """Number of neurons; of a file that does not say, as many as its spikes need.

        (Ids may be spread over all of 32 bits: beyond ``_MOST_UNSAID`` data have those alone that fired.)
        """
        if name in self._sizes:
            return self._sizes[name]
        ids = self.groups[name]["node_ids"]
        largest = max((int(ids[b : b + BLOCK].max()) for b in range(0, len(ids), BLOCK)), default=0)
        return largest + 1

    def has_changes(self, name: str) -> bool:
        """Are a probe's data changes of weights?"""
        return self._changes is not None and name in self._changes

    def group_of(self, probe: str) -> Any:
        """Where the data of a probe are."""
        return (self._changes if self.has_changes(probe) else self._reports)[probe]

    def report(self, name: str) -> Report:
        """What a report of ours holds."""
        group = self.group_of(name)
        data, mapping = group["data"], group["mapping"]
        population, state = (str(_text(group.attrs[key])) for key in ("population", "state"))
        indices = mapping["node_ids"][:].astype(np.uint32)
        every = float(mapping["time"][2])
        unit = str(_text(data.attrs["units"]))
        if not is_of_weights(group):
            return Report(population, state, unit, indices, every)
        sources, k = (mapping[key][:].astype(np.uint32) for key in ("source_ids", "k"))
        projection = str(_text(group.attrs["projection"]))
        changes = self.has_changes(name)
        return Report(
            population, state, unit, indices, every, projection, sources, k, str(data.dtype), changes
        )

    def sorting(self, name: str) -> str:
        """by_time, by_id or none; none where the file does not say."""
        value: Any = self.groups[name].attrs.get("sorting", 0)
        return {v: k for k, v in SORTING.items()}.get(int(value), "none")

    def spike_data(self, name: str, times: NDArray[np.float64], ids: NDArray[np.uint64]) -> SpikeData:
        """Spikes of a population as ``SpikeData``, in order."""
        if len(ids) and ids.max() > _LARGEST_INDEX:
            raise LogError(
                f"{self.path}: population {name!r}: node_ids must be <= {_LARGEST_INDEX} (got {ids.max()})"
            )
        # Slices of a log are in order of time; at one time, and in others' files, any order is possible.
        later, together = np.diff(times) > 0.0, np.diff(times) == 0.0
        if not (later | (together & (ids[:-1] <= ids[1:]))).all():
            order = np.lexsort((ids, times))
            times, ids = times[order], ids[order]
        stop = self.until if self.until is not None else float(times.max(initial=0.0))
        i, n = ids.astype(np.uint32), self.size(name)
        fired = np.unique(i) if name not in self._sizes and n > _MOST_UNSAID else None
        return SpikeData(times, i, n, stop, indices=fired, name=name)


@contextlib.contextmanager
def open_log(path: Path) -> Iterator[LogFile]:
    """Open a log for reading; whatever HDF5 raises on the way becomes a LogError."""
    if not os.path.exists(path):
        raise LogError(f"{path}: no such file")
    if path.is_dir():
        raise LogError(f"{path}: expected a spike log (got a folder)")
    opened = "closed"
    try:
        file, opened = _hdf5(path)
        with file:
            yield LogFile(path, file, opened)
    except (LogError, UnknownNameError):
        raise
    except (OSError, RuntimeError, KeyError, ValueError) as err:
        how = "truncated" if opened == "cut" else "damaged"
        raise LogError(f"{path}: {how}: HDF5 cannot read it ({reason(err)})") from err


def _hdf5(path: Path) -> tuple[h5py.File, str]:
    """The file and how it was found: closed; open, by a writer alive or killed; or cut, its end missing."""
    with path.open("rb") as file:
        head, size = file.read(SIZE), os.fstat(file.fileno()).st_size
    superblock = Superblock.read(head)
    check_heaps(path)
    if superblock is not None and size < superblock.end:
        return h5py.File(AsClosed(path, superblock), "r"), "cut"
    if superblock is not None and superblock.flags:
        return h5py.File(AsClosed(path, superblock), "r"), "open"
    try:
        return h5py.File(path, "r"), "closed"
    except OSError as err:
        text = str(err)
        if "signature not found" in text:
            raise LogError(f"{path}: no spike log: not an HDF5 file") from err
        raise LogError(f"{path}: cannot read the spike log: {reason(err)}") from err


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _child(group: h5py.Group, name: str) -> Any:
    """``group[name]``, None where there is none; get() gives None too for what HDF5 cannot read."""
    return group[name] if name in group else None  # noqa: SIM401 - get() would hide damage, as said


def _inside(data: h5py.Dataset, wanted: int, size: int) -> int:
    """Leading entries, up to ``wanted``, whose chunks lie within the first ``size`` bytes of the file."""
    chunk = data.chunks[0]
    there = np.zeros(-(-wanted // chunk), dtype=np.int64)

    def visit(info: Any) -> None:
        at = info.chunk_offset[0] // chunk
        if at < len(there):
            there[at] += info.byte_offset + info.size <= size

    data.id.chunk_iter(visit)
    abreast = -(-data.shape[1] // data.chunks[1]) if data.ndim == 2 else 1
    missing = np.flatnonzero(there < abreast)
    return min(wanted, int(missing[0]) * chunk) if len(missing) else wanted
