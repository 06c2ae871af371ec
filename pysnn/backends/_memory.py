"""Whether a network fits into the memory there is, before it is built."""

from __future__ import annotations

from ..base.memory import available as available

SMALLER = "dtype='float32', weight_dtype='float16', constant weights and delays take less"


def check_memory(needed: float, what: str = "the network", hint: str = SMALLER) -> None:
    """MemoryError with both figures where the ``needed`` bytes of ``what`` are more than there are."""
    there = available()
    if there is not None and needed > there:
        raise MemoryError(
            f"{what} needs about {needed / 2**30:.1f} GiB; there are {there / 2**30:.1f} GiB free ({hint})"
        )
