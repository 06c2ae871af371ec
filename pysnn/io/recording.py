"""Reading spike logs: ``load`` and, for the log of a writer that was killed, ``recover``."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from ..data import SpikeData, StateData, WeightChanges, WeightData
from ..errors import LogError, ParameterError, UnknownNameError, nearest
from .as_closed import AsClosed
from .beside import beside
from .heaps import check_heaps
from .reports import Report, is_of_weights, read_changes, read_states, read_weights
from .sonata import FORMAT, SORTING, VERSION, SpikeLog, reason
from .superblock import SIZE, Superblock

D = TypeVar("D")

_BLOCK = 1 << 20  # spikes copied at a time by recover
_LARGEST_INDEX = 2**32 - 1
# A reader may meet a header half written; so short a write is over by the next try.
_TRIES, _PAUSE, _FRESH = 5, 0.02, 1.0  # the latter two in seconds
_UNITS = ("milliseconds", "ms")


class _UnknownPopulation(UnknownNameError, KeyError):
    """A Mapping owes its callers a KeyError; a user is owed the nearest name."""

    def __str__(self) -> str:
        return str(self.args[0])


class Recording(Mapping[str, SpikeData]):
    """Spikes read from a log, by population: ``recording["exc"].t``, ``.i``, ``.train(5)``, ``.rate()``.

    Attributes
    ----------
    path: of the file.
    until: ms up to which the log is complete; None if the file does not say.
    closed: whether its writer closed it; False while it is being written or after the writer was killed.
    states: samples of states by probe, each read from the file when it is asked for.
    weights: samples of weights by probe, likewise.
    changes: changes of weights by probe, likewise.
    """

    def __init__(
        self,
        path: Path,
        spikes: Mapping[str, SpikeData],
        until: float | None,
        closed: bool,
        reports: Mapping[str, int] = MappingProxyType({}),
        weights: Collection[str] = (),
        changes: Collection[str] = (),
    ) -> None:
        self.path = path
        self.until = until
        self.closed = closed
        self._spikes = dict(spikes)
        of_weights = {name: n for name, n in reports.items() if name in weights}
        of_changes = {name: n for name, n in reports.items() if name in changes}
        of_states = {n: k for n, k in reports.items() if n not in of_weights and n not in of_changes}
        self.states: Mapping[str, StateData] = _Reports(path, of_states, "states", read_states)
        self.weights: Mapping[str, WeightData] = _Reports(path, of_weights, "weights", read_weights)
        self.changes: Mapping[str, WeightChanges] = _Reports(path, of_changes, "changes", read_changes)

    def __getitem__(self, population: str) -> SpikeData:
        if population not in self._spikes:
            hint = nearest(str(population), self._spikes)
            raise _UnknownPopulation(f"{self.path}: unknown population {population!r}{hint}")
        return self._spikes[population]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spikes)

    def __len__(self) -> int:
        return len(self._spikes)

    def __repr__(self) -> str:
        held = ", ".join(f"{name}: {len(data.t)} spikes" for name, data in self.items())
        return f"<Recording {str(self.path)!r}, {'closed' if self.closed else 'not closed'}: {held}>"


class _Reports(Mapping[str, D]):
    """The reports of a kind in a file; ``frames`` of each are known to be whole."""

    def __init__(
        self, path: Path, frames: Mapping[str, int], kind: str, read: Callable[[h5py.Group, str, int], D]
    ) -> None:
        self._path = path
        self._frames = dict(frames)
        self._kind = kind
        self._read = read

    def __getitem__(self, probe: str) -> D:
        if probe not in self._frames:
            hint = nearest(str(probe), self._frames)
            raise _UnknownPopulation(f"{self._path}: unknown report of {self._kind} {probe!r}{hint}")
        with _open(self._path) as log:
            return self._read(log.group_of(probe).parent, probe, self._frames[probe])

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __repr__(self) -> str:
        return f"<{self._kind} of {str(self._path)!r}: {', '.join(self._frames) or 'none'}>"


@dataclasses.dataclass(frozen=True)
class Recovered:
    """What ``recover`` saved: spikes by population, and those that the log counted but are not there."""

    kept: dict[str, int]
    lost: dict[str, int]


def load(path: str | os.PathLike[str], populations: Iterable[str] | None = None) -> Recording:
    """Read a SONATA spike file: ours, also while it is being written or after its writer was killed,
    or anybody else's with ``/spikes/<population>/timestamps`` in milliseconds and ``node_ids``.

    Parameters
    ----------
    path: of the file.
    populations: names to read, or None for all.

    Spikes last from 0 to ``until``, or to the last spike where the file does not say.

    Raises LogError where there is no such file or it is no spike log, truncated or damaged: the message
    says which. UnknownNameError for a population that it does not hold.
    """
    for _ in range(_TRIES - 1):
        try:
            return _load(Path(path), populations)
        except LogError:
            if not _changing(Path(path)):
                raise
            time.sleep(_PAUSE)
    return _load(Path(path), populations)


def _load(path: Path, populations: Iterable[str] | None) -> Recording:
    with _open(path) as log:
        wanted = list(log.groups) if populations is None else list(populations)
        for name in wanted:
            if name not in log.groups:
                raise _UnknownPopulation(
                    f"{log.path}: unknown population {name!r}{nearest(name, log.groups)}"
                )
        spikes = {}
        for name in wanted:
            there, counted = log.whole(name)
            if there < counted:
                raise LogError(
                    f"{log.path}: truncated: {there} of {counted} spikes of population {name!r} are in the "
                    f"file; pysnn.recover (on the command line, pysnn recover) saves those"
                )
            spikes[name] = log.spike_data(name, *log.read(name, 0, counted))
        if log.cut:
            raise LogError(
                f"{log.path}: truncated: shorter than it says of itself; pysnn.recover (on the command line, "
                f"pysnn recover) saves what is there"
            )
        changes = [name for name in log.frames if log.has_changes(name)]
        weights = [name for name in log.frames if name not in changes and is_of_weights(log.group_of(name))]
        return Recording(log.path, spikes, log.until, log.closed, log.frames, weights, changes)


def recover(
    path: str | os.PathLike[str], out: str | os.PathLike[str], *, overwrite: bool = False
) -> Recovered:
    """Copy what the log of a killed writer holds into a new, closed file that every HDF5 reader opens.

    All spikes flushed before the kill are kept; of a truncated file, those before the cut. ``path`` stays
    as it is. Do not use it on a log that is still being written: ``load`` reads that.

    Raises LogError as ``load`` and ``SpikeLog`` do.
    """
    target = Path(out)
    if target.exists() and not overwrite:
        raise LogError(f"{target}: the file exists already; pass overwrite=True to replace it")
    if not target.parent.is_dir():
        raise LogError(f"{target}: cannot write a spike log: the folder {target.parent} does not exist")
    with _open(Path(path)) as log:
        if target.exists() and os.path.samefile(path, target):
            raise LogError(f"{target}: recover writes a new file; expected another path than that of the log")
        # A copy that fails half-way must not be left looking whole.
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            done = _copy(log, part)
            os.replace(part, target)
        except BaseException as err:
            part.unlink(missing_ok=True)
            if isinstance(err, ParameterError):
                raise LogError(f"{log.path}: damaged: {err}") from err
            raise
        return done


def continued(
    path: str | os.PathLike[str],
    mark: Mapping[str, Any] | None,
    populations: Mapping[str, int],
    reports: Mapping[str, Report],
) -> SpikeLog:
    """A log at ``path`` that goes on from ``mark`` (``SpikeLog.mark``) of the log that is there.

    That one is copied up to the mark, and gives way when the copy is whole. Where it is another log, or no
    file, or no mark is given, the log is new.

    Raises LogError where that log holds less than it did at the mark.
    """
    target = Path(path)
    if mark is None or not _is_log(target, mark["id"]):
        return SpikeLog(target, populations, overwrite=True, reports=reports)
    made = beside(target, "part")
    made.unlink(missing_ok=True)
    try:
        copy = SpikeLog(made, populations, reports=reports, id=mark["id"])
        with _open(target) as log:
            _copy_up_to(log, copy, mark)
        copy.flush()
        os.replace(made, target)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    copy.moved(target)
    return copy


def _is_log(path: Path, id: str) -> bool:
    """Is the log of that name there?"""
    if not path.is_file():
        return False
    try:
        with _open(path) as log:
            return log.id == id
    except LogError:
        return False


def _copy_up_to(log: _Log, copy: SpikeLog, mark: Mapping[str, Any]) -> None:
    for report, frames in mark["frames"].items():
        if log.frames.get(report, 0) < frames:
            raise LogError(f"{log.path}: holds fewer samples of {report!r} than when the checkpoint was made")
        data = log.group_of(report)
        step = copy.reports[report].chunk[0]
        for begin in range(0, frames, step):
            part = slice(begin, min(begin + step, frames))
            copy.append_states(report, data["times"][part], data["data"][part])
            copy.flush()
    for name, n in mark["spikes"].items():
        if name not in log.groups or log.whole(name)[0] < n:
            raise LogError(f"{log.path}: holds fewer spikes of {name!r} than when the checkpoint was made")
        for begin in range(0, n, _BLOCK):
            copy.append(name, *log.read(name, begin, min(begin + _BLOCK, n)))


def _copy(log: _Log, out: Path) -> Recovered:
    sizes = {name: log.size(name) for name in log.groups}
    by_time = all(log.sorting(name) == "by_time" for name in log.groups)
    kept, lost = {}, {}
    sorting = "by_time" if by_time else "none"
    with SpikeLog(out, sizes, sorting=sorting, reports={k: log.report(k) for k in log.frames}) as copy:
        for report, frames in log.frames.items():
            data = log.group_of(report)
            step = copy.reports[report].chunk[0]
            for begin in range(0, frames, step):
                part = slice(begin, min(begin + step, frames))
                copy.append_states(report, data["times"][part], data["data"][part])
        for name in log.groups:
            there, counted = log.whole(name)
            for begin in range(0, there, _BLOCK):
                copy.append(name, *log.read(name, begin, min(begin + _BLOCK, there)))
            kept[name], lost[name] = there, counted - there
        # With spikes missing the log is complete up to no known time.
        copy.close(log.until if not any(lost.values()) else None)
    return Recovered(kept, lost)


class _Log:
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
        for key, kinds, what in (("timestamps", "f", "numbers"), ("node_ids", "iu", "whole numbers")):
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
        group = self.groups[name]
        times = np.asarray(group["timestamps"][begin:end], dtype=np.float64)
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
        """Number of neurons; of a file that does not say, as many as its spikes need."""
        if name in self._sizes:
            return self._sizes[name]
        ids = self.groups[name]["node_ids"]
        largest = max((int(ids[b : b + _BLOCK].max()) for b in range(0, len(ids), _BLOCK)), default=0)
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
        return SpikeData(times, ids.astype(np.uint32), self.size(name), stop, name=name)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[_Log]:
    """Open a log for reading; whatever HDF5 raises on the way becomes a LogError."""
    if not os.path.exists(path):
        raise LogError(f"{path}: no such file")
    if path.is_dir():
        raise LogError(f"{path}: expected a spike log (got a folder)")
    opened = "closed"
    try:
        file, opened = _hdf5(path)
        with file:
            yield _Log(path, file, opened)
    except (LogError, _UnknownPopulation):
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


def _changing(path: Path) -> bool:
    """Was it written to a moment ago, so that what looks like damage may be a write under way?"""
    try:
        return time.time() - path.stat().st_mtime < _FRESH
    except OSError:
        return False


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
