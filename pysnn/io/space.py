"""Disk space taken before it is written to.

A write that fails inside HDF5, on a full disk or at a quota, leaves the library unable to close the file,
and the process ends in a segmentation fault. So the space is asked of the system first, where a refusal
is an ordinary error and the file stays sound.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from .superblock import SIZE, Superblock

# What HDF5 may want for itself between two reservations: indices of chunks, headers, the superblock.
SLACK = 1 << 20


class ReservedSpace:
    """Keeps a file at least as long as HDF5 will need, and cuts it to its content in the end.

    Raises OSError where the system has no more space or the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._size = 0

    def reserve(self, size: int) -> None:
        """Make the file ``size`` bytes long, with room for each of them, unless it is that long."""
        if size > self._size:
            # From where it ends: file systems that cannot allocate are written to block by block.
            allocate(self._fd, self._size, size)
            self._size = size

    def close(self) -> None:
        """Let go of the file as it is."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def release(self) -> None:
        """Cut what HDF5, which must have closed the file, did not use. Later calls do nothing."""
        if self._fd < 0:
            return
        fd, self._fd = self._fd, -1
        try:
            superblock = Superblock.read(os.pread(fd, SIZE, 0))
            if superblock is not None and superblock.end < os.fstat(fd).st_size:
                os.ftruncate(fd, superblock.end)
        finally:
            os.close(fd)


def check_space(path: Path) -> None:
    """Make ``path`` (which must not exist) and see that there is room to begin with; it stays, empty.

    Raises OSError where that is not so, and leaves nothing.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        allocate(fd, 0, SLACK)
        os.ftruncate(fd, 0)
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    finally:
        os.close(fd)


def allocate(fd: int, begin: int, end: int) -> None:
    """Allocate bytes begin to end of a file; file systems that know no such thing let it pass."""
    try:
        os.posix_fallocate(fd, begin, end - begin)
    except OSError as err:
        if err.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
            raise
