"""Keys of random draws."""

from __future__ import annotations

import hashlib


def key(seed: int, kind: str, name: str) -> int:
    """64-bit key of an object's random draws: a hash of the seed, what it is and how it is named.

    So a draw does not depend on the order of declaration, nor on any other object.
    """
    text = f"{seed}\0{kind}\0{name}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
