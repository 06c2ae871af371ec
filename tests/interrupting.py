"""Ctrl-C between any two lines of Python, so that a test may go through all of them."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pysnn

WITHIN = (str(Path(pysnn.__file__).parent), contextlib.__file__)

Place = tuple[str, int]


@contextlib.contextmanager
def _before_each_line(see: Callable[[Place], None], within: tuple[str, ...]) -> Iterator[None]:
    """``see`` is called with file and number of each line of files whose paths begin so."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        # What comes in the handler of Ctrl-C comes after it.
        if not frame.f_code.co_filename.startswith(within) or frame.f_code.co_name == "_handle":
            return None
        if event == "line":
            see((frame.f_code.co_filename, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@contextlib.contextmanager
def ctrl_c_at(
    line: int, within: tuple[str, ...] = WITHIN, signal_number: int = signal.SIGINT
) -> Iterator[None]:
    """Ctrl-C before the line of that number, from 0, of all that are gone through."""
    gone = -1

    def see(place: Place) -> None:
        nonlocal gone
        gone += 1
        if gone == line:
            signal.raise_signal(signal_number)

    with _before_each_line(see, within):
        yield


def lines_of(act: Callable[[], Any], within: tuple[str, ...] = WITHIN) -> list[int]:
    """Numbers of the lines that ``act`` goes through: of each line its first and its last time."""
    gone: list[Place] = []
    with _before_each_line(gone.append, within):
        act()
    first = {place: number for number, place in reversed(list(enumerate(gone)))}
    last = {place: number for number, place in enumerate(gone)}
    return sorted({*first.values(), *last.values()})
