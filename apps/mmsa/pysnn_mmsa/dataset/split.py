"""Parts: as the data have them, or drawn by speaker."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import pysnn as snn

from ..settings import DataConfig
from .base import PARTS

ALSO = {
    "training": "train", "val": "valid", "dev": "valid", "validation": "valid", "devel": "valid",
    "testing": "test", "": "none",
}  # fmt: skip


def part(text: str, where: str) -> str:
    """The part that ``text`` names; ParameterError with ``where`` for no such part."""
    word = text.strip().casefold()
    found = ALSO.get(word, word)
    if found not in PARTS:
        raise snn.ParameterError(
            f"{where}: expected one of {', '.join(PARTS)} (got {text!r}){snn.errors.nearest(word, PARTS)}"
        )
    return found


def draw(speakers: Sequence[str], options: DataConfig) -> tuple[tuple[str, ...], str]:
    """Parts of utterances by their ``speakers``, whole speakers at a time, and what a reader must know of it.

    ``test_share`` and ``valid_share`` of the speakers, rounded, at least one for the test; one speaker alone
    is in no part.
    """
    names = sorted(set(speakers))
    if len(names) < 2:
        return ("none",) * len(speakers), f"No split, and one speaker ({names[0]}): nothing can be tested."
    order = np.random.default_rng([options.split_seed, 77]).permutation(len(names))
    test = min(max(1, round(options.test_share * len(names))), len(names) - 1)
    valid = min(round(options.valid_share * len(names)), len(names) - 1 - test)
    home = {
        names[k]: "test" if place < test else "valid" if place < test + valid else "train"
        for place, k in enumerate(order.tolist())
    }
    note = (
        f"Split drawn by speaker with seed {options.split_seed}: {len(names) - test - valid} speakers for "
        f"training, {valid} for validation, {test} for the test."
    )
    return tuple(home[who] for who in speakers), note


def fold(speakers: Sequence[str], folds: int, number: int) -> tuple[tuple[str, ...], str]:
    """Parts for one of several ``folds``: each tests a run of the speakers in order of their names.

    ``number`` counts from 0. ParameterError where there are fewer speakers than folds, or no such fold.
    """
    names = sorted(set(speakers))
    if folds > len(names):
        raise snn.ParameterError(f"data.folds: expected at most {len(names)}, one a speaker (got {folds})")
    if number >= folds:
        raise snn.ParameterError(f"data.fold: expected less than {folds}, the number of folds (got {number})")
    place = {name: k * folds // len(names) for k, name in enumerate(names)}
    own = [name for name in names if place[name] == number]
    note = f"Fold {number} of {folds}: the test part is speakers {own[0]} to {own[-1]} of {len(names)}."
    return tuple("test" if place[who] == number else "train" for who in speakers), note
