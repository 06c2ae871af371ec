"""Bi-bimodal fusion: each pair of modalities has a pathway of its own, with gain and with difference neurons.

Gain neurons hear both modalities mixed, difference neurons where one says more than the other:
fusion and separation of pairs (Han, Chen, Gelbukh, Zadeh, Morency & Poria 2021, ICMI, 6).
"""

from __future__ import annotations

from collections.abc import Sequence

from .pathway import Part, Pathway, pairs, register, shares


@register("bibimodal")
def bibimodal(modalities: Sequence[str], neurons: int) -> list[Pathway]:
    """A pathway for each pair: half gain neurons, a quarter for each direction of the difference."""
    all_pairs = pairs("bibimodal", modalities)
    paths = []
    for (a, b), own in zip(all_pairs, shares(neurons, len(all_pairs)), strict=True):
        quarter = max(1, own // 4)
        parts = (
            Part("mixed", (a, b), max(1, own - 2 * quarter)),
            Part("difference", (a, b), quarter),
            Part("difference", (b, a), quarter),
        )
        paths.append(Pathway(f"{a}+{b}", (a, b), parts))
    return paths
