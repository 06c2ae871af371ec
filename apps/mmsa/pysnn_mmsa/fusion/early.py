"""Early fusion: one population over the lines of all modalities, with one readout."""

from __future__ import annotations

from collections.abc import Sequence

from .pathway import Pathway, plain, register


@register("early")
def early(modalities: Sequence[str], neurons: int) -> list[Pathway]:
    """One pathway."""
    return [plain("fused", modalities, neurons)]
