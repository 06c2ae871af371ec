"""Files that this process writes: closed when it ends, let go of in a child that is forked from it."""

from __future__ import annotations

import atexit
import contextlib
import os
import weakref
from typing import Protocol

from ..base.interrupt import InterruptGuard


class Writer(Protocol):
    """What has a file open, until it is closed."""

    @property
    def closed(self) -> bool:
        """Is it closed?"""

    def close(self) -> None:
        """Complete the file."""

    def let_go(self) -> None:
        """Do nothing with it from here on: it is the parent's."""


# No WeakSet: its Python would run when one is dropped, and swallow a Ctrl-C that comes then.
_OPEN: list[weakref.ref[Writer]] = []


def remember(writer: Writer) -> None:
    """It is open from now on."""
    _OPEN.append(weakref.ref(writer))


def left_open() -> list[Writer]:
    """Those that nobody has closed."""
    _OPEN[:] = [there for there in _OPEN if (writer := there()) is not None and not writer.closed]
    return [writer for there in _OPEN if (writer := there()) is not None]


@atexit.register
def _close_all() -> None:
    """Each of them, whatever Ctrl-C comes meanwhile: the process is about to end."""
    with contextlib.suppress(KeyboardInterrupt), InterruptGuard():
        for writer in left_open():
            writer.close()


def _let_go_of_all() -> None:
    for writer in left_open():
        writer.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_of_all)
