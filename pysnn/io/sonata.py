"""SpikeLog: spikes written to a SONATA file (``layout.py``) while the simulation runs.

The file is in HDF5's single-writer multiple-reader mode as soon as its datasets exist, so that others
read it while it grows and a killed writer leaves it readable. ``committed`` is written after the spikes
it counts are flushed: a reader trusts it and never meets a half-written slice.
"""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.interrupt import InterruptGuard, give_back
from ..base.params import ParamInfo, as_numpy, check_array, check_number, shown
from ..base.paths import as_path
from ..data import StateData, WeightChanges, WeightData
from ..errors import LogError, ParameterError, nearest, unknown
from .beside import beside, same_inode
from .layout import CHUNK, lay_out
from .left_open import left_open, remember
from .reports import Report, read_changes, read_states, read_weights
from .space import SLACK, ReservedSpace, check_space

COMPRESSIONS = ("gzip", "lzf")
# 'latest' breaks libsonata and h5py's default refuses SWMR; 1.10 is the first format with it.
LIBVER = ("v110", "v110")
# 16 bytes a spike in the buffer and as much again while it is written.
BUFFER = 1 << 20


class SpikeLog:
    """Writes the spikes of several populations to one file, through a bounded buffer.

    Use it as a context manager, or call ``close``; it is closed too when it is dropped, and at the end of the
    process. A process that is killed loses what it had not flushed: at most ``buffer`` spikes. In a forked
    child it takes nothing: the file is the parent's.

    Parameters
    ----------
    path: of the file; its folder must exist.
    populations: name -> number of neurons (>= 1). Names must not be empty nor contain "/".
    compression: None, "gzip" or "lzf". libsonata cannot read compressed files.
    overwrite: replace an existing file (at once, when the new one is ready to be written).
    sorting: "by_time", the promise that spikes come in time order, which ``append`` then checks, or
        "none".
    buffer: spikes held in memory before they are written without being asked, >= 1; two values of a state
        count as one.
    reports: name -> Report of what is sampled, whose samples ``append_states`` will bring.
    id: by which a checkpoint knows the log again; by default a new one.

    Raises LogError where the file cannot be made, ParameterError where a parameter is wrong.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        populations: Mapping[str, int],
        *,
        compression: str | None = None,
        overwrite: bool = False,
        sorting: str = "by_time",
        buffer: int = BUFFER,
        reports: Mapping[str, Report] | None = None,
        id: str | None = None,
    ) -> None:
        if compression is not None and compression not in COMPRESSIONS:
            raise ParameterError(
                f"SpikeLog.compression: unknown {compression!r}{nearest(str(compression), COMPRESSIONS)}"
            )
        if sorting not in ("none", "by_time"):
            raise ParameterError(f"SpikeLog.sorting: expected 'by_time' or 'none' (got {sorting!r})")
        self.populations = _checked_populations(populations)
        self.path = as_path(path, "SpikeLog.path")
        self.sorting = sorting
        self._limit = int(check_number(buffer, ParamInfo(low=1.0), "SpikeLog.buffer"))
        self._buffers: dict[str, list[tuple[NDArray[np.float64], NDArray[np.uint64]]]] = {
            name: [] for name in self.populations
        }
        self._buffered = 0
        self.reports = dict(reports or {})
        self.id = uuid.uuid4().hex if id is None else id
        self._samples: dict[str, list[tuple[NDArray[np.float64], NDArray[Any]]]] = {
            name: [] for name in self.reports
        }
        self._frames = np.zeros(len(self.reports), np.uint64)
        self._last = dict.fromkeys(self.populations, -np.inf)
        self._until = np.nan
        self._committed = np.zeros(len(self.populations), np.uint64)
        self._broken = False
        self._spare = 0 if compression is None else 1
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._file: h5py.File | None = None
        with InterruptGuard():
            self._file, self._space = self._create(compression, overwrite)
            remember(self)

    @property
    def closed(self) -> bool:
        """Whether the file has been closed."""
        return self._file is None

    def counts(self) -> dict[str, int]:
        """Number of spikes that are on disk, by population."""
        return {name: int(n) for name, n in zip(self.populations, self._committed, strict=True)}

    def mark(self) -> dict[str, Any]:
        """How much is on disk, also if the power fails now, for ``continued``: plain numbers."""
        fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        frames = {name: int(n) for name, n in zip(self.reports, self._frames, strict=True)}
        return {"id": self.id, "spikes": self.counts(), "frames": frames}

    def moved(self, path: Path) -> None:
        """The file has been given another name."""
        self.path = path

    def append(self, population: str, times: ArrayLike, node_ids: ArrayLike) -> None:
        """Log spikes of one population.

        Parameters
        ----------
        population: a name given at construction.
        times: float64[m], ms, finite. Where the log is sorted by time, none before one already logged
            (within one call any order will do).
        node_ids: integers [m], 0 <= node_ids < the population's size.
        """
        self._open_file()
        owner = f"SpikeLog.append({population!r})"
        if population not in self.populations:
            raise unknown("SpikeLog.append", "population", population, self.populations)
        when = check_array(times, ParamInfo(unit="ms"), f"{owner}: times")
        who = _node_ids(node_ids, self.populations[population], owner)
        if when.shape != who.shape:
            raise ParameterError(
                f"{owner}: times and node_ids must be of the same length (got {len(when)} and {len(who)})"
            )
        if len(when) == 0:
            return
        with InterruptGuard(), self._lock:
            if self.sorting == "by_time":
                when, who = self._in_order(population, when, who, owner)
            self._buffers[population].append((when, who))
            self._buffered += len(when)
            self._write_when_full()

    def append_states(self, report: str, times: NDArray[np.float64], values: NDArray[Any]) -> None:
        """Log samples of a state: times [m] in ms, ascending, and values [m, neurons of the report]."""
        self._open_file()
        if report not in self.reports:
            raise unknown("SpikeLog.append_states", "report", report, self.reports)
        expected = (len(times), self.reports[report].width)
        if np.shape(values) != expected:
            raise ParameterError(
                f"SpikeLog.append_states({report!r}): expected values of shape {expected} "
                f"(got {np.shape(values)})"
            )
        if len(times) == 0:
            return
        with InterruptGuard(), self._lock:
            self._samples[report].append((times, values))
            self._buffered += values.size // 2
            self._write_when_full()

    def states(self, report: str) -> StateData:
        """All samples logged so far, read from the file; MemoryError where they do not fit."""
        with self._lock:
            self.flush()
            at = list(self.reports).index(report)
            return read_states(self._open_file()["report"], report, int(self._frames[at]))

    def weights(self, report: str) -> WeightData:
        """All samples of weights logged so far; MemoryError where they do not fit."""
        with self._lock:
            self.flush()
            at = list(self.reports).index(report)
            return read_weights(self._open_file()["report"], report, int(self._frames[at]))

    def changes(self, report: str) -> WeightChanges:
        """All changes of weights logged so far, by time; MemoryError where they do not fit."""
        with self._lock:
            self.flush()
            at = list(self.reports).index(report)
            return read_changes(self._open_file()["changes"], report, int(self._frames[at]))

    def reached(self, until: float) -> None:
        """Note, for the next write, that everything up to ``until`` ms has been appended."""
        self._until = check_number(until, ParamInfo(unit="ms"), "SpikeLog.reached: until")

    def flush(self, until: float | None = None) -> None:
        """Bring everything appended so far to the file; ``until`` [ms]: the log is complete up to there.

        It is then safe from the death of this process (not from the loss of power) and readers see it.
        """
        self._open_file()
        if until is not None:
            self.reached(until)
        with InterruptGuard(), self._lock:
            self._write()

    def close(self, until: float | None = None) -> None:
        """Flush and close; a second call does nothing. In a forked child it only lets go of the file."""
        with InterruptGuard(), self._lock:
            file, self._file = self._file, None
            if file is None or self._process != os.getpid():
                return
            try:
                if not self._broken:
                    self._file = file
                    self.flush(until)
                    with self._errors("close"):
                        file["pysnn/closed"][0] = 1
            finally:
                self._file = None
                self._buffers.clear()
                self._samples.clear()
                # Of a broken file the reason was raised when it broke; HDF5 only repeats it.
                quiet = contextlib.suppress(LogError) if self._broken else contextlib.nullcontext()
                with quiet, self._errors("close"):
                    file.close()
                    self._space.release()
                self.__class__ = ClosedSpikeLog

    def check_in_place(self) -> None:
        """Raise LogError where another log has taken its place, to which nothing of this one would come."""
        self.check_mine()
        if self._file is not None and self.path.exists() and not self._writes_to(self.path):
            raise LogError(
                f"{self.path}: another file has taken the place of this spike log since it was begun: of two "
                "simulations each needs a path of its own"
            )

    def _writes_to(self, path: Path) -> bool:
        if self._file is None or self._process != os.getpid():
            return False
        return same_inode(path, self._file.id.get_vfd_handle())

    def check_mine(self) -> None:
        """Raise LogError in a forked child: two processes that write to one file destroy it."""
        if self._process != os.getpid():
            raise LogError(
                f"{self.path}: the spike log belongs to the process {self._process}, from which this one was "
                "forked: make the simulation in the process that runs it, with a log of its own"
            )

    def __del__(self) -> None:
        # Python prints what a finaliser raises, and goes on: nobody would have heard the Ctrl-C.
        try:
            if getattr(self, "_file", None) is not None:
                self.close()
        except KeyboardInterrupt:
            self.close()
            give_back()

    def __enter__(self) -> SpikeLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<SpikeLog {str(self.path)!r}, {state}, {sum(self.counts().values())} spikes on disk>"

    # ---- writing ----------------------------------------------------------------------------------

    def _in_order(
        self, population: str, times: NDArray[np.float64], ids: NDArray[np.uint64], owner: str
    ) -> tuple[NDArray[np.float64], NDArray[np.uint64]]:
        if np.any(np.diff(times) < 0.0):
            order = np.argsort(times, kind="stable")
            times, ids = times[order], ids[order]
        if times[0] < self._last[population]:
            raise ParameterError(
                f"{owner}: times must be >= {self._last[population]!r} ms, the last one logged, as the log "
                f"is sorted by time (got {float(times[0])!r} ms)"
            )
        self._last[population] = float(times[-1])
        return times, ids

    def _write_when_full(self) -> None:
        """Without the memory to write, what was appended stays in the buffers: the next call tries again."""
        if self._buffered >= self._limit:
            with contextlib.suppress(MemoryError):
                self._write()

    def _write(self) -> None:
        """Write and flush the buffers, then say how many spikes are there."""
        file = self._open_file()
        self._reserve(file)
        with self._errors("write to"):
            for at, (name, parts) in enumerate(self._buffers.items()):
                if parts:
                    times, ids = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
                    begin = int(self._committed[at])
                    group = file["spikes"][name]
                    for key, values in (("node_ids", ids), ("timestamps", times)):
                        group[key].resize((begin + len(values),))
                        group[key][begin:] = values
            for at, (name, samples) in enumerate(self._samples.items()):
                if samples:
                    t, frames = (np.concatenate(arrays) for arrays in zip(*samples, strict=True))
                    self.reports[name].write(file, name, int(self._frames[at]), t, frames)
            file.flush()
            for at, (name, parts) in enumerate(self._buffers.items()):
                self._committed[at] += sum(len(times) for times, _ in parts)
                self._buffers[name] = []
            for at, (name, samples) in enumerate(self._samples.items()):
                self._frames[at] += sum(len(t) for t, _ in samples)
                self._samples[name] = []
            self._buffered = 0
            if self.reports:
                file["pysnn/frames"][:] = self._frames
            file["pysnn/committed"][:] = self._committed
            file["pysnn/until"][0] = self._until
            file.flush()

    def _reserve(self, file: h5py.File) -> None:
        """Take the space the buffers need; without it they are kept, and the file is as it was."""
        chunks = 0
        for at, parts in enumerate(self._buffers.values()):
            begin = int(self._committed[at])
            end = begin + sum(len(times) for times, _ in parts)
            if parts:
                # A compressed chunk that grows moves: _spare is room for the last one once more.
                chunks += 2 * (-(-end // CHUNK) - -(-begin // CHUNK) + self._spare)
        states = 0
        for at, (name, samples) in enumerate(self._samples.items()):
            begin = int(self._frames[at])
            states += self.reports[name].chunk_bytes(begin, begin + sum(len(t) for t, _ in samples))
        try:
            self._space.reserve(file.id.get_filesize() + chunks * CHUNK * 8 + states + SLACK)
        except OSError as err:
            raise LogError(f"{self.path}: cannot write to the spike log: {reason(err)}") from err

    def _open_file(self) -> h5py.File:
        self.check_mine()
        if self._file is None:
            raise LogError(f"{self.path}: the spike log is closed")
        if self._broken:
            raise LogError(f"{self.path}: the spike log failed before and takes no more spikes")
        return self._file

    @contextlib.contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        """Turn h5py's errors into a LogError and remember that the file is no longer sound."""
        try:
            yield
        except (OSError, RuntimeError, ValueError) as err:
            self._broken = True
            raise LogError(f"{self.path}: cannot {doing} the spike log: {reason(err)}") from err
        except Exception:
            raise  # before anything was written, as for want of memory
        except BaseException:
            self._broken = True
            raise

    def let_go(self) -> None:
        """In a forked child: whatever HDF5 still does with the file, at exit for one, goes nowhere."""
        self._lock = threading.RLock()  # a thread that held it is not here
        if self._file is not None:
            nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
            os.dup2(nowhere, self._file.id.get_vfd_handle(), inheritable=False)
            os.close(nowhere)

    # ---- making the file --------------------------------------------------------------------------

    def _create(self, compression: str | None, overwrite: bool) -> tuple[h5py.File, ReservedSpace]:
        path = self.path
        # os.path, as pathlib raises on names that the system refuses.
        if os.path.isdir(path):
            raise LogError(f"{path}: cannot write a spike log: it is a folder")
        if not os.path.isdir(path.parent):
            raise LogError(f"{path}: cannot write a spike log: the folder {path.parent} does not exist")
        exists = os.path.lexists(path)
        if exists and not overwrite:
            raise LogError(f"{path}: the file exists already; pass overwrite=True to replace it")
        if os.path.exists(path) and not os.path.isfile(path):
            raise LogError(f"{path}: cannot write a spike log: it is no regular file")
        # An existing file gives way only to one that is whole: a failure on the way leaves it as it was.
        if any(isinstance(log, SpikeLog) and log._writes_to(path) for log in left_open()):
            raise LogError(
                f"{path}: cannot write a spike log: another simulation of this process writes its log there: "
                "close it first, or give each a path of its own"
            )
        made = beside(path, "tmp") if exists else path
        try:
            check_space(made)
        except (OSError, ValueError) as err:
            raise LogError(f"{path}: cannot write a spike log: {reason(err)}") from err
        with contextlib.ExitStack() as undo:
            undo.callback(_remove, made)
            try:
                file = undo.enter_context(h5py.File(made, "w", libver=LIBVER))
                space = ReservedSpace(made)
                undo.callback(space.release)
                space.reserve(SLACK)
                lay_out(file, self.populations, self.sorting, compression, self.reports)
                file["pysnn"].attrs["id"] = np.bytes_(self.id)
                file.swmr_mode = True
                if made != path:
                    os.replace(made, path)
            except (OSError, RuntimeError, ValueError) as err:
                raise LogError(f"{path}: cannot write a spike log: {reason(err)}") from err
            undo.pop_all()
        return file, space


class ClosedSpikeLog(SpikeLog):
    """What a log becomes when it is closed: nothing is left to do when it is dropped.

    Where Python runs then, it looks for signals, and what a Ctrl-C raises there is printed and dropped.
    """

    __del__ = object.__init__  # not Python's


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _checked_populations(populations: Mapping[str, int]) -> dict[str, int]:
    if not isinstance(populations, Mapping) or not populations:
        raise ParameterError(
            f"SpikeLog.populations: expected names and numbers of neurons (got {shown(populations)})"
        )
    checked = {}
    for name, n in populations.items():
        if not isinstance(name, str) or not name or "/" in name or name == "." or "\0" in name:
            raise ParameterError(f"SpikeLog.populations: expected a name without '/' (got {name!r})")
        size = check_number(n, ParamInfo(low=1.0, high=2.0**63), f"SpikeLog.populations[{name!r}]")
        if size != int(size):
            raise ParameterError(f"SpikeLog.populations[{name!r}]: expected a whole number (got {n!r})")
        checked[name] = int(n)
    return checked


def _node_ids(node_ids: ArrayLike, n: int, owner: str) -> NDArray[np.uint64]:
    ids: NDArray[Any] = np.asarray(as_numpy(node_ids, f"{owner}: node_ids"))
    if ids.ndim != 1 or (ids.size and ids.dtype.kind not in "iu"):
        raise ParameterError(
            f"{owner}: node_ids: expected a 1-D array of whole numbers (got {shown(node_ids)})"
        )
    bad = np.flatnonzero((ids < 0) | (ids >= n))
    if len(bad):
        raise ParameterError(f"{owner}: node_ids[{bad[0]}]: must be >= 0 and < {n} (got {ids[bad[0]]})")
    return ids.astype(np.uint64)


def reason(err: BaseException) -> str:
    """The cause in the system's words where it has any; HDF5's own is a page of its internals."""
    number = getattr(err, "errno", None)
    if number:
        return os.strerror(number)
    text = " ".join(str(err).split())
    for number in range(1, 134):  # HDF5 hides errno inside the text of a failed write
        if f"errno = {number}," in text:
            return os.strerror(number)
    return text.partition("(")[2].rpartition(")")[0] or text
