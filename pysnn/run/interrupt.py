"""Ctrl-C at a moment of our choice: between two slices of a run, when nothing is half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any


class InterruptGuard:
    """While active, a first Ctrl-C only sets ``requested``; a second one interrupts at once.

    ``at_once`` is asked when the first comes: where it says so, that one interrupts. One that nobody has
    answered is raised at the end.

    In a thread that is not the main one, or where the program handles the signal itself, nothing
    is changed.
    """

    def __init__(self, at_once: Callable[[], bool] = lambda: False) -> None:
        self.requested = False
        self._at_once = at_once
        self._before: Any = None

    def __enter__(self) -> InterruptGuard:
        ours = threading.current_thread() is threading.main_thread()
        if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
            if self.requested and kind is None:
                raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.requested or self._at_once():
            self.requested = False
            raise KeyboardInterrupt
        self.requested = True
