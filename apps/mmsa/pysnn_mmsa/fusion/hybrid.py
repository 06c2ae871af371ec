"""Hybrid fusion: late fusion with one more vote, that of coincidences between modalities with all lines.

What only the modalities together say is heard, and where one is missing those of the others are.
"""

from __future__ import annotations

from collections.abc import Sequence

from .late import late
from .pathway import Pathway, pairs, register
from .tensor import coincidences


@register("hybrid")
def hybrid(modalities: Sequence[str], neurons: int) -> list[Pathway]:
    """A pathway for each modality, with half of the neurons, and one for all."""
    pairs("hybrid", modalities)
    half = max(1, neurons // 2)
    return [*late(modalities, half), Pathway("fused", tuple(modalities), coincidences(modalities, half))]
