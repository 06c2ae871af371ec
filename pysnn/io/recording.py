"""Reading spike logs: ``load`` and, for the log of a writer that was killed, ``recover``."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import h5py

from ..base.paths import as_path
from ..data import SpikeData, StateData, WeightChanges, WeightData
from ..errors import LogError, ParameterError, UnknownNameError, nearest
from .beside import beside
from .log_file import BLOCK, LogFile, open_log
from .reports import Report, is_of_weights, read_changes, read_states, read_weights
from .sonata import SpikeLog

D = TypeVar("D")

# A reader may meet a header half written; so short a write is over by the next try.
_TRIES, _PAUSE, _FRESH = 5, 0.02, 1.0  # the latter two in seconds


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
        if not isinstance(population, str) or population not in self._spikes:
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
        with open_log(self._path) as log:
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
    file = as_path(path, "load")
    for _ in range(_TRIES - 1):
        try:
            return _load(file, populations)
        except LogError:
            if not _changing(file):
                raise
            time.sleep(_PAUSE)
    return _load(file, populations)


def _load(path: Path, populations: Iterable[str] | None) -> Recording:
    with open_log(path) as log:
        wanted = list(log.groups) if populations is None else list(populations)
        for name in wanted:
            if not isinstance(name, str) or name not in log.groups:
                raise _UnknownPopulation(
                    f"{log.path}: unknown population {name!r}{nearest(str(name), log.groups)}"
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
    target = as_path(out, "recover: out")
    if target.exists() and not overwrite:
        raise LogError(f"{target}: the file exists already; pass overwrite=True to replace it")
    if not target.parent.is_dir():
        raise LogError(f"{target}: cannot write a spike log: the folder {target.parent} does not exist")
    with open_log(as_path(path, "recover")) as log:
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
        with open_log(target) as log:
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
        with open_log(path) as log:
            return log.id == id
    except LogError:
        return False


def _copy_up_to(log: LogFile, copy: SpikeLog, mark: Mapping[str, Any]) -> None:
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
        for begin in range(0, n, BLOCK):
            copy.append(name, *log.read(name, begin, min(begin + BLOCK, n)))


def _copy(log: LogFile, out: Path) -> Recovered:
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
            for begin in range(0, there, BLOCK):
                copy.append(name, *log.read(name, begin, min(begin + BLOCK, there)))
            kept[name], lost[name] = there, counted - there
        # With spikes missing the log is complete up to no known time.
        copy.close(log.until if not any(lost.values()) else None)
    return Recovered(kept, lost)


def _changing(path: Path) -> bool:
    """Was it written to a moment ago, so that what looks like damage may be a write under way?"""
    try:
        return time.time() - path.stat().st_mtime < _FRESH
    except OSError:
        return False
