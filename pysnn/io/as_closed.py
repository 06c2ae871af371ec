"""Reading HDF5 files that nobody closed, or whose end is missing."""

from __future__ import annotations

import io
import os
from pathlib import Path

from .superblock import Superblock


class AsClosed(io.RawIOBase):
    """A file read as if it had been closed, as long as its superblock says, with zeros where it is not.

    HDF5 refuses a file that is shorter than that, or open for writing; asked to read it all the same, as a
    reader beside a writer, it waits for what is missing or damaged to be written. Through this it finds what
    is whole, and a checksum that is wrong where something is not.
    """

    def __init__(self, path: Path, superblock: Superblock) -> None:
        super().__init__()
        self._raw = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by close()
        self._size = max(os.fstat(self._raw.fileno()).st_size, superblock.end)
        self._head = superblock.closed(self._size).to_bytes()
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As any file's; the end is where the superblock puts it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: object, /) -> int:
        """Fill ``buffer`` from the present place on, with zeros past the file's own end."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        wanted = max(min(len(view), self._size - self._at), 0)
        found = os.pread(self._raw.fileno(), wanted, self._at)
        view[: len(found)] = found
        view[len(found) : wanted] = bytes(wanted - len(found))
        head = self._head[self._at : self._at + wanted]
        view[: len(head)] = head
        self._at += wanted
        return wanted

    def close(self) -> None:
        """Close the file beneath too."""
        self._raw.close()
        super().close()
