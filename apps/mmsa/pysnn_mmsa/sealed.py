"""An HDF5 file that knows whether it is whole: before its content stands a checksum of it.

The HDF5 library does not bear damage: on some it never comes back. A file is sealed by a line in its user
block (512 bytes, which HDF5 skips), and what the seal does not fit is refused before the library sees it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pysnn as snn

BLOCK = 512  # bytes: the least user block that HDF5 knows
MARK = b"mmsa sealed sha256 "


def seal(path: Path) -> None:
    """Write the checksum of an HDF5 file that was made with ``userblock_size=BLOCK``."""
    with path.open("r+b") as file:
        file.seek(0)
        file.write((MARK + _digest(path) + b"\n").ljust(BLOCK, b"\0"))


def check(path: Path, owner: str) -> None:
    """ParameterError where ``path`` is not sealed, or was damaged since; ``owner`` says what it should be."""
    with path.open("rb") as file:
        head = file.read(BLOCK)
    if not head.startswith(MARK):
        raise snn.ParameterError(f"{path}: no {owner} that `mmsa train` of this version wrote")
    if len(head) < BLOCK or head != (MARK + _digest(path) + b"\n").ljust(BLOCK, b"\0"):
        raise snn.ParameterError(f"{path}: no whole {owner}: it is not what `mmsa train` wrote (checksum)")


def _digest(path: Path) -> bytes:
    """Of all that follows the user block."""
    with path.open("rb") as file:
        file.seek(BLOCK)
        return hashlib.file_digest(file, "sha256").hexdigest().encode()
