"""No pathway of a moment: that of time, which ``time.layer`` adds to any fusion, decides alone."""

from __future__ import annotations

from collections.abc import Sequence

from .pathway import Pathway, register


@register("time")
def time(modalities: Sequence[str], neurons: int) -> list[Pathway]:
    """None."""
    return []
