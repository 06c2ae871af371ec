"""Attention: one modality gates another.

A neuron that mixes the lines of one modality has one strong inhibitory line of another, which silences it
where that says so: for every line there are neurons that hear while it is off. So the readout can weigh a
modality by what another says of it (cross-modal attention of Tsai et al. 2019, ACL, 6558).
"""

from __future__ import annotations

from collections.abc import Sequence

from .pathway import Part, Pathway, pairs, register, shares


@register("attention")
def attention(modalities: Sequence[str], neurons: int) -> list[Pathway]:
    """One pathway with a part for every ordered pair (heard, gate)."""
    both = [(a, b) for pair in pairs("attention", modalities) for a, b in (pair, pair[::-1])]
    parts = tuple(
        Part("gated", pair, own) for pair, own in zip(both, shares(neurons, len(both)), strict=True)
    )
    return [Pathway("fused", tuple(modalities), parts)]
