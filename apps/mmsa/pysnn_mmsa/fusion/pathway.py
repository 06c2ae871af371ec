"""A fusion is a graph of pathways: populations, what each sees, and how it is wired to that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import pysnn as snn


@dataclass(frozen=True)
class Part:
    """A part of a population: ``neurons`` that see the lines of ``modalities`` through one kind of ``wiring``
    (``wiring.KINDS``), which may tell the first modality from the others.
    """

    wiring: str
    modalities: tuple[str, ...]
    neurons: int


@dataclass(frozen=True)
class Pathway:
    """A population with a readout of its own.

    modalities : whose lines, and n-grams, reach the readout beside the neurons of ``parts``.
    in_time : is it the layer that hears utterances go on in time, which has no parts?
    """

    name: str
    modalities: tuple[str, ...]
    parts: tuple[Part, ...]
    in_time: bool = False

    @property
    def neurons(self) -> int:
        """In all parts."""
        return sum(part.neurons for part in self.parts)


Fusion = Callable[[Sequence[str], int], list[Pathway]]
"""From the names of the modalities and the number of neurons in all to the pathways."""

FUSIONS: dict[str, Fusion] = {}


def register(name: str) -> Callable[[Fusion], Fusion]:
    """Make a fusion known under its name."""

    def known(fusion: Fusion) -> Fusion:
        FUSIONS[name] = fusion
        return fusion

    return known


def plain(name: str, modalities: Sequence[str], neurons: int) -> Pathway:
    """One population that sees all of ``modalities`` mixed."""
    return Pathway(name, tuple(modalities), (Part("mixed", tuple(modalities), neurons),))


def pairs(fusion: str, modalities: Sequence[str]) -> list[tuple[str, str]]:
    """All pairs, in order; ParameterError where there are no two."""
    found = list(combinations(modalities, 2))
    if not found:
        raise snn.ParameterError(
            f"network.fusion: {fusion} fusion expects two modalities or more (got {', '.join(modalities)})"
        )
    return found


def shares(neurons: int, parts: int) -> list[int]:
    """``neurons`` divided evenly, each part at least one."""
    return [max(1, (neurons + k) // parts) for k in range(parts)]
