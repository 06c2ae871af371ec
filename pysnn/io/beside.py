"""Files that are written beside the one that they will replace, and who writes to a file now."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from ..base.interrupt import InterruptGuard


def beside(path: Path, ending: str) -> Path:
    """A name in the same folder that no other process or thread uses, and this one again if it was killed."""
    return path.with_name(f"{path.name}.{os.getpid()}.{threading.get_native_id()}.{ending}")


@contextlib.contextmanager
def whole(*paths: Path) -> Iterator[list[Path]]:
    """Files to write beside ``paths``, which all take their names at the end, or none does and none is left.

    The last takes its name last.
    """
    made = [beside(path, "part") for path in paths]
    try:
        yield made
        with InterruptGuard():
            for draft, path in zip(made, paths, strict=True):
                os.replace(draft, path)
    finally:
        for draft in made:
            draft.unlink(missing_ok=True)


def same_inode(path: str | os.PathLike[str], fd: int) -> bool:
    """Is the open file ``fd`` the one that is found at ``path`` now?"""
    try:
        return os.path.samestat(os.stat(path), os.fstat(fd))
    except (OSError, ValueError):
        return False
