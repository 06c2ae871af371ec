"""Global heaps of HDF5, where strings of any length lie: the one kind of metadata without a checksum.

HDF5 walks a heap from object to object by their sizes, and for ever where one of them was damaged to 0. In a
log the unit of the times lies there, as SONATA's readers expect it, and in older ones the names.
Layout: HDF5 File Format Specification, version 3.0, III.E.
"""

from __future__ import annotations

import struct
from pathlib import Path

_BEGIN = b"GCOL\x01\0\0\0"
_SEARCHED = 1 << 26  # bytes at the beginning of a file


def check_heaps(path: Path) -> None:
    """Raise ValueError where a global heap, in the first 64 MiB of a file, has no walk to its end."""
    with path.open("rb") as file:
        content = file.read(_SEARCHED)
    at = content.find(_BEGIN)
    while at >= 0:
        (size,) = struct.unpack_from("<Q", content.ljust(at + 16, b"\0"), at + 8)
        if at + size <= len(content) and not _has_an_end(content[at : at + size]):
            raise ValueError("a global heap is damaged")
        at = content.find(_BEGIN, at + 8)


def _has_an_end(heap: bytes) -> bool:
    at = 16
    while at + 16 <= len(heap):
        index, size = struct.unpack_from("<H6xQ", heap, at)
        # Object 0 is the free room that is left, with its own header; of others the size is of the content.
        step = 16 + -(-size // 8) * 8 if index else size
        if step < 16:
            return False
        at += step
    return at <= len(heap)
