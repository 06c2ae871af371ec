"""Which calls a simulation takes now: ready, running, broken or closed.

One lock is held while an engine answers a call and while what a slice of a run recorded is taken in. It is
free while the engine works on a slice, so that another thread may then look at the data. A signal handler may
run in the thread that holds it: what such a one must not find half done is ``recording``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..base.interrupt import InterruptGuard
from ..base.ranks import ALONE, Ranks
from ..errors import BrokenError, ClosedError, RunningError


class Protocol:
    """The state of one simulation, and its lock.

    Attributes
    ----------
    lock : held around everything that is not the work of a slice.
    closed : has the simulation been closed?
    ranks : the processes that share it.
    """

    def __init__(self, ranks: Ranks = ALONE) -> None:
        self.ranks = ranks
        self.lock = threading.RLock()
        self.closed = False
        self._running = False
        self._recording = False
        self._broken = ""
        self._process = os.getpid()

    @property
    def broken(self) -> bool:
        """Has a run failed?"""
        return bool(self._broken)

    @property
    def idle(self) -> bool:
        """Neither running nor broken: the engine stands still, between two runs."""
        return not self._running and not self._broken

    @property
    def state(self) -> str:
        """In a word."""
        names = {"running": self._running, "broken": self.broken, "closed": self.closed, "ready": True}
        return next(name for name, holds in names.items() if holds)

    @contextmanager
    def looking(self) -> Iterator[InterruptGuard]:
        """Read what has been recorded; in any state, also between the slices of another thread's run.

        Ctrl-C waits until the block is left, as in all that changes something: a second one is at once.
        """
        with InterruptGuard() as guard:
            self._notice_fork()
            with self.lock:
                yield guard

    @property
    def in_the_middle(self) -> bool:
        """Is something being recorded or read? (Of who has the lock: a signal handler asks.)"""
        return self._recording

    @contextmanager
    def recording(self, call: str) -> Iterator[InterruptGuard]:
        """As ``looking``, to take in what was recorded, read or forget it.

        RunningError where a signal handler calls while its thread is inside, which only it could.
        """
        with self.looking() as guard:
            self._check_whole(call)
            self._recording = True
            try:
                yield guard
            finally:
                self._recording = False

    @contextmanager
    def asking(self, call: str) -> Iterator[None]:
        """Let the engine answer ``call``; RunningError and BrokenError say why it cannot."""
        self._notice_fork()
        with self.lock:
            self._check(call)
            yield

    @contextmanager
    def changing(self, call: str) -> Iterator[None]:
        """As ``asking``, for what only a run would show: ClosedError where there will be none."""
        with InterruptGuard(), self.asking(call):
            self._check_open(call)
            with self.together(call):
                try:
                    yield
                except Exception:
                    raise  # what a call refuses, it refuses before it changes anything
                except BaseException as error:
                    if not self._broken:
                        self._broken = f"broken in {call} by {type(error).__name__}"
                    raise

    @contextmanager
    def together(self, call: str) -> Iterator[None]:
        """All ranks leave the block before any goes on; broken for all where it failed on some of them."""
        try:
            with self.ranks.together(call):
                yield
        except BaseException as error:
            if self.ranks.parted and not self._broken:
                self._broken = f"broken in {call}, on some ranks only, by {type(error).__name__}: {error}"
            raise

    @contextmanager
    def running(self, call: str = "run") -> Iterator[None]:
        """Run: until the block ends nobody else may ask the engine for anything."""
        with InterruptGuard():
            with self.changing(call):
                self._running = True
            try:
                yield
            finally:
                self._running = False

    def close(self) -> bool:
        """Take no more runs; was it open? RunningError while one goes on."""
        with self.looking():
            self._check_idle("close")
            was_open, self.closed = not self.closed, True
        return was_open

    def break_down(self, time: float, error: BaseException) -> None:
        """Remember that ``error`` left the engine at about ``time`` ms in a state nobody can vouch for."""
        if not self._broken:
            self._broken = f"broken at t = {time:.15g} ms by {type(error).__name__}: {error}"

    def _check(self, call: str) -> None:
        self._check_idle(call)
        if self._broken:
            raise BrokenError(
                f"{call}: the simulation is {self._broken} - build it anew; what was recorded stays readable "
                "in sim.data"
            )

    def _check_whole(self, call: str) -> None:
        if self._recording:
            raise RunningError(
                f"{call}: a signal handler cannot ask for it in the middle of recording: let it note that "
                "the signal came, and ask between two runs"
            )

    def _check_idle(self, call: str) -> None:
        self._check_whole(call)
        if self._running:
            raise RunningError(
                f"{call}: the simulation is running, in another thread: wait for run() to return; meanwhile "
                "sim.data, sim.time and sim.spike_counts() can be read"
            )

    def _check_open(self, call: str) -> None:
        if self.closed:
            raise ClosedError(f"{call}: the simulation is closed")

    def _notice_fork(self) -> None:
        """In a forked child a lock that another thread held is never released, and its run never ends."""
        if self._process == os.getpid():
            return
        self._process = os.getpid()
        self.lock = threading.RLock()
        self._recording = False
        if self._running:
            self._running = False
            self._broken = "broken: this process was forked in the middle of a run"
