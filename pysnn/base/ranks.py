"""The processes that share a simulation, each with the neurons and the synapses onto them of its own.

All of them run the same program. What one of them comes to by itself (an error, Ctrl-C, that time is up)
counts only once all have heard of it, so that none waits for a message that another never sends.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..errors import ParameterError, RankError
from .params import shown

Words = NDArray[np.uint32]

TESTS = 200  # about 50 us
YIELDING = 0.01  # s
NAP = 2e-5  # s; with what the system adds, 70 us


class Ranks:
    """A communicator of mpi4py as a simulation uses it; without one, this process alone.

    Attributes
    ----------
    comm : the communicator, or None.
    rank, size : which of the processes this is, 0 the first, and how many there are.
    several : are there others?
    parted : has a call failed on some of them only, so that they are no longer alike?
    apart : are they in different calls? Then none hears of another any more.
    """

    def __init__(self, comm: Any = None) -> None:
        self.comm = comm
        self.rank = 0 if comm is None else comm.Get_rank()
        self.size = 1 if comm is None else comm.Get_size()
        self.several = self.size > 1
        self.parted = self.apart = False
        if self.several:
            self._mine, self._all = np.zeros(2, np.uint32), np.zeros(2 * self.size, np.uint32)

    @staticmethod
    def of(comm: Any) -> Ranks:
        """Of what a user gave as ``comm``; ParameterError if it is none, ImportError without mpi4py."""
        if comm is None:
            return ALONE
        try:
            from mpi4py import MPI
        except ImportError as err:
            raise ImportError(
                "Simulation.comm: needs mpi4py, which is not installed: pip install 'pysnn-sim[mpi]'",
                name="mpi4py",
            ) from err
        if not isinstance(comm, MPI.Intracomm):
            raise ParameterError(
                "Simulation.comm: expected a communicator of mpi4py, such as MPI.COMM_WORLD "
                f"(got {shown(comm)})"
            )
        if comm == MPI.COMM_NULL:
            raise ParameterError(
                "Simulation.comm: expected a communicator that this process belongs to (got MPI.COMM_NULL)"
            )
        return Ranks(comm)

    def exchange(self, mine: Words, everyone: Words) -> None:
        """The words of all ranks, as many of each, into ``everyone``.

        The last rank is waited for without a pause only for as long as an exchange takes: there may be more
        ranks and threads than cores. Then whoever else would have this core is let in before each look,
        which costs nothing where nobody would; only a rank that is long in coming (it saves, or compiles)
        is waited for asleep, since what wakes from sleep comes later than a window lasts.
        """
        request = self.comm.Iallgather(mine, everyone)
        for _ in range(TESTS):
            if request.Test():
                return
        until = time.perf_counter() + YIELDING
        while time.perf_counter() < until:
            _yield_core()
            if request.Test():
                return
        while not request.Test():
            time.sleep(NAP)

    def any(self, here: bool) -> bool:
        """Does it hold on any rank?"""
        if not self.several:
            return here
        self._mine[:] = here, 0
        self.exchange(self._mine, self._all)
        return bool(self._all[::2].any())

    def alike(self, what: str, value: Any) -> None:
        """ParameterError on all ranks where ``value``, that of ``what``, is not the same on all."""
        values = self.gather(value, root=None)
        others = [rank for rank, other in enumerate(values) if other != values[0]]
        if others:
            raise ParameterError(
                f"{what}: expected the same on all ranks (that of rank {others[0]} is another)"
            )

    def gather(self, value: Any, root: int | None = 0) -> list[Any]:
        """Of every rank, in order, on rank ``root`` (elsewhere an empty list), or on all of them."""
        if not self.several:
            return [value]
        if root is None:
            everywhere: list[Any] = self.comm.allgather(value)
            return everywhere
        there: list[Any] | None = self.comm.gather(value, root=root)
        return there or []

    def total(self, here: NDArray[Any]) -> NDArray[Any]:
        """The sum over all ranks, on each of them."""
        return (
            np.asarray(np.sum(self.gather(here, root=None), axis=0, dtype=here.dtype))
            if self.several
            else here
        )

    def share(self, value: Any) -> Any:
        """That of the first rank, on all of them."""
        return self.comm.bcast(value) if self.several else value

    def scatter(self, values: list[Any]) -> Any:
        """Of the values that the first rank has, the one for this rank."""
        return self.comm.scatter(values or None) if self.several else values[0]

    def in_turn(self, add: Callable[[Any], Any]) -> Any:
        """What all ranks make in their order, each given what the one before it has made; on the first rank.

        Where one fails all do (see ``together``).
        """
        if not self.several:
            return add(None)
        first, last = self.rank == 0, None
        with self.together("save"):
            before = None if first else self.comm.recv(source=self.rank - 1)
            made = None
            try:
                if first or before is not None:
                    made = add(before)
            finally:
                self.comm.send(made, dest=(self.rank + 1) % self.size)
                if first:
                    last = self.comm.recv(source=self.size - 1)
        return last

    def checked(self, call: str) -> AbstractContextManager[None]:
        """As ``together``, for a block that changes nothing: where it fails on some all are still alike."""
        return self.together(call, changes=False)

    @contextmanager
    def together(self, call: str, changes: bool = True) -> Iterator[None]:
        """All ranks leave the block before any goes on.

        Where one fails in it by an error of pysnn or for want of memory all others raise one of that kind, so
        that what heeds it does on all of them; else they raise RankError. A rank that is in another call, as
        no two may be, is a RankError for all.
        """
        if not self.several:
            yield
            return
        error: BaseException | None = None
        try:
            yield
        except BaseException as own:
            error = own
            raise
        finally:
            if not self.apart:
                self._agree(call, error, changes)

    def _agree(self, call: str, error: BaseException | None, changes: bool) -> None:
        name = zlib.crc32(call.encode())
        self._mine[:] = name, error is not None
        self.exchange(self._mine, self._all)
        heard = self._all.reshape(-1, 2)
        if (heard[:, 0] == name).all() and not heard[:, 1].any():
            return
        told = self.gather((call, type(error).__name__, str(error)), root=None)
        self.apart = bool((heard[:, 0] != name).any())
        if changes or self.apart:
            self.parted = self.parted or not heard[:, 1].all()
        if error is not None:
            return  # it is raised as it is
        for rank, (_, kind, message) in enumerate(told):
            if kind != "NoneType":
                raise _of_another(kind, f"{call}: rank {rank}: {message}") from None
        calls = ", ".join(f"rank {rank}: {other}" for rank, (other, _, _) in enumerate(told))
        raise RankError(f"{call}: all ranks must make the same calls in the same order (now {calls})")


def _yield_core() -> None:
    """To another thread of this machine that waits for a core, if there is one."""
    if hasattr(os, "sched_yield"):
        os.sched_yield()
    else:  # Windows
        time.sleep(0)


def _of_another(kind: str, message: str) -> Exception:
    known = getattr(errors, kind, MemoryError if kind == "MemoryError" else None)
    if isinstance(known, type) and issubclass(known, (errors.PysnnError, MemoryError)):
        return known(message)
    return RankError(f"{message} ({kind})")


ALONE = Ranks()
