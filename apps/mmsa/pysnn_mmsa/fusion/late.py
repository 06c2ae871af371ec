"""Late fusion: a population and a readout for each modality; their votes are combined."""

from __future__ import annotations

from collections.abc import Sequence

from .pathway import Pathway, plain, register, shares


@register("late")
def late(modalities: Sequence[str], neurons: int) -> list[Pathway]:
    """A pathway for each modality, the neurons divided evenly."""
    return [
        plain(name, (name,), own)
        for name, own in zip(modalities, shares(neurons, len(modalities)), strict=True)
    ]
