"""The first bytes of an HDF5 file: whether it was closed, and where its content ends.

HDF5 itself is not to be asked of a file that nobody closed: opened as a reader beside a writer, it takes
damage for a write under way, and waits for its end in steps that double a hundred times.
Layout: HDF5 File Format Specification, version 3.0, II.A (superblocks of version 2 and 3).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

SIZE = 48
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_LAYOUT = struct.Struct(
    "<8s4B4QI"
)  # signature; version, 2 sizes, flags; base, extension, end, root; checksum
_WORD = 0xFFFFFFFF


@dataclass(frozen=True)
class Superblock:
    """What a superblock says.

    Attributes
    ----------
    version : 2 or 3.
    flags : 0 of a file that was closed.
    base, extension, root : addresses, of which only HDF5 makes use.
    end : of the content, bytes.
    """

    version: int
    flags: int
    base: int
    extension: int
    end: int
    root: int

    @classmethod
    def read(cls, head: bytes) -> Superblock | None:
        """From the first SIZE bytes of a file; None where it has another superblock or none.

        ValueError where its checksum is wrong.
        """
        if len(head) < SIZE or not head.startswith(_SIGNATURE):
            return None
        _, version, offsets, lengths, flags, base, extension, end, root, checksum = _LAYOUT.unpack(
            head[:SIZE]
        )
        if version not in (2, 3) or (offsets, lengths) != (8, 8):
            return None
        if lookup3(head[: SIZE - 4]) != checksum:
            raise ValueError("the checksum of its superblock is wrong")
        return cls(version, flags, base, extension, end, root)

    def closed(self, end: int) -> Superblock:
        """That of the same file, closed with its content ending at ``end``."""
        return replace(self, flags=0, end=end)

    def to_bytes(self) -> bytes:
        """As it stands in a file, with its checksum."""
        fields = (self.version, 8, 8, self.flags, self.base, self.extension, self.end, self.root)
        head = _LAYOUT.pack(_SIGNATURE, *fields, 0)[: SIZE - 4]
        return head + struct.pack("<I", lookup3(head))


def lookup3(data: bytes) -> int:
    """The checksum of HDF5's metadata: ``hashlittle`` of B. Jenkins' lookup3.c (2006, public domain)."""
    a = b = c = (0xDEADBEEF + len(data)) & _WORD
    # Twelve bytes a round; the last one to twelve are mixed differently.
    rest = data
    while len(rest) > 12:
        x, y, z = _words(rest[:12])
        a, b, c = (a + x) & _WORD, (b + y) & _WORD, (c + z) & _WORD
        for turn in (4, 6, 8, 16, 19, 4):
            a = (a - c) & _WORD ^ _turned(c, turn)
            a, b, c = b, (c + b) & _WORD, a
        rest = rest[12:]
    if not rest:
        return c
    x, y, z = _words(rest.ljust(12, b"\0"))
    a, b, c = (a + x) & _WORD, (b + y) & _WORD, (c + z) & _WORD
    for turn in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - _turned(b, turn)) & _WORD
        a, b, c = b, c, a
    # Seven turns leave c one place on.
    return b


def _words(twelve: bytes) -> tuple[int, int, int]:
    x, y, z = struct.unpack("<3I", twelve)
    return x, y, z


def _turned(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _WORD
