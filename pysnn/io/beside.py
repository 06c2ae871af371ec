"""Files that are written beside the one that they will replace, and who writes to a file now."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def beside(path: Path, ending: str) -> Path:
    """A name in the same folder that no other process or thread uses, and this one again if it was killed."""
    return path.with_name(f"{path.name}.{os.getpid()}.{threading.get_native_id()}.{ending}")


def same_inode(path: str | os.PathLike[str], fd: int) -> bool:
    """Is the open file ``fd`` the one that is found at ``path`` now?"""
    try:
        return os.path.samestat(os.stat(path), os.fstat(fd))
    except (OSError, ValueError):
        return False
