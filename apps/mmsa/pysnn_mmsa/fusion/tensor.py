"""Tensor fusion: neurons that fire where lines of two modalities are active together.

Products of features of different modalities (Zadeh et al. 2017, EMNLP, 1103) as coincidences: a neuron with
one line of each of two modalities, and a threshold that neither passes alone. Together with the lines
themselves, which the readout sees too, that is the outer product of (1, a) and (1, b).
"""

from __future__ import annotations

from collections.abc import Sequence

from .pathway import Part, Pathway, pairs, register, shares


@register("tensor")
def tensor(modalities: Sequence[str], neurons: int) -> list[Pathway]:
    """One pathway, of coincidences of every pair of modalities."""
    return [Pathway("fused", tuple(modalities), coincidences(modalities, neurons))]


def coincidences(modalities: Sequence[str], neurons: int) -> tuple[Part, ...]:
    """The parts of a population for every pair, the neurons divided evenly."""
    all_pairs = pairs("tensor", modalities)
    return tuple(
        Part("coincidence", pair, own)
        for pair, own in zip(all_pairs, shares(neurons, len(all_pairs)), strict=True)
    )
