"""Ctrl-C at a moment of our choice, when nothing is half done."""

from __future__ import annotations

import _thread
import contextlib
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType


class InterruptGuard:
    """While active, a first Ctrl-C only sets ``requested``; a second one interrupts at once.

    Python may raise KeyboardInterrupt between any two of its lines. So whatever changes more than one thing
    is done inside a guard, and the guard is entered before anything is held (a lock, a file).

    ``at_once`` is asked when the first comes: where it says so, that one interrupts. One that nobody has
    answered is raised at the end, after whatever else went wrong.

    Guards may stand inside one another: what comes is the outermost's, and inner ones know of it. In a
    thread that is not the main one, or where the program handles the signal itself, nothing is changed.
    """

    def __init__(self, at_once: Callable[[], bool] | None = None) -> None:
        self._at_once = [] if at_once is None else [at_once]
        self._outermost = self
        self._active = False
        self._requested = False

    @property
    def requested(self) -> bool:
        """Has Ctrl-C come, and has not been answered?"""
        return self._outermost._requested

    def __enter__(self) -> InterruptGuard:
        if threading.current_thread() is not threading.main_thread():
            return self
        before = signal.getsignal(signal.SIGINT)
        owner = getattr(before, "__self__", None)
        if isinstance(owner, InterruptGuard):
            self._outermost = owner
            owner._at_once += self._at_once
        elif before is signal.default_int_handler:
            self._active = True
            signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._outermost is not self:
            for asked in self._at_once:
                self._outermost._at_once.remove(asked)
        elif self._active:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._active = False
            if self._requested and (kind is None or issubclass(kind, Exception)):
                raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._requested or any(asked() for asked in self._at_once):
            self._requested = False
            raise KeyboardInterrupt
        self._requested = True


def give_back() -> None:
    """Let Ctrl-C come once more, when the caller, who can raise nothing, has returned."""
    with contextlib.suppress(RuntimeError):  # no thread can begin where the process ends
        threading.Timer(0.01, _thread.interrupt_main).start()
