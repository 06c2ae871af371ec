"""Tables of many columns and few utterances: not behind the linear floor by more than its standard error.

Columns are mixtures of a few factors, as features of voice and face are, with heavy tails in every third and
an offset of each speaker; labels depend on the factors.
"""

from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa.config import Config, override
from pysnn_mmsa.dataset import Corpus, Table, find
from pysnn_mmsa.train import train

from . import helpers

COLUMNS, FACTORS, TRAIN, TEST = 220, 25, 260, 500

# As `mmsa train --data TABLE` has it, but for what saves time.
CONFIG = override(
    Config(), {**find("own").preset, "readout.epochs": 6, "run.seeds": [0, 1], "run.missing": False}, "test"
)


def wide(classes: int, seed: int, strong: bool = False) -> Corpus:
    """``classes`` = 0: labels are numbers. strong : of columns that say much, a quarter are 0 or 1."""
    rng, n = np.random.default_rng(seed), TRAIN + TEST
    factors, speaker = rng.normal(size=(n, FACTORS)), np.arange(n) // 10
    if classes:
        target = rng.integers(0, classes, n).astype(float)
        factors += rng.normal(size=(classes, FACTORS))[target.astype(int)] * (0.5 if strong else 0.25)
    else:
        target = factors @ rng.normal(size=FACTORS) * 0.15 + 0.8 * rng.normal(size=n)
    values = factors @ rng.normal(size=(FACTORS, COLUMNS)) * 0.15 + 0.8 * rng.normal(size=(n, COLUMNS))
    values += 0.4 * rng.normal(size=(speaker[-1] + 1, COLUMNS))[speaker]
    values[:, ::3] = np.exp(values[:, ::3])
    if strong:
        values[:, 1::4] = values[:, 1::4] > 1.0
    who = tuple(f"s{k:02d}" for k in speaker)
    names = tuple(f"u{k:03d}" for k in range(n))
    cuts = {"voice": slice(0, 80), "face": slice(80, COLUMNS)}
    return Corpus(
        name="wide",
        ids=names,
        speaker=who,
        video=who,
        position=np.arange(n) % 10,
        target=target,
        classes=tuple("abcdefg"[:classes]),
        codes=tuple("abcdefg"[:classes]),
        part=tuple("train" if k < TRAIN else "test" for k in range(n)),
        modalities={
            name: Table(values[:, cut], tuple(f"{name}.{k}" for k in range(values[:, cut].shape[1])))
            for name, cut in cuts.items()
        },
    )


@pytest.mark.parametrize(("classes", "seed", "strong"), [(2, 1, False), (5, 2, False), (6, 4, True)])
def test_classes_are_told_no_worse_than_by_the_linear_floor(classes: int, seed: int, strong: bool) -> None:
    result = train(wide(classes, seed, strong), CONFIG, helpers.silent)
    label = result.corpus.label[result.test]
    shares = [float((one.votes.together.argmax(axis=1) == label).mean()) for one in result.seeds]
    floor = result.floors.linear
    assert np.mean(shares) >= floor - np.sqrt(floor * (1.0 - floor) / TEST)
    assert floor >= result.floors.majority + 0.05  # there is something to learn


def test_numbers_are_told_no_worse_than_by_the_linear_floor() -> None:
    result = train(wide(0, 3), CONFIG, helpers.silent)
    y = result.corpus.target[result.test]
    errors = np.array([np.abs(one.votes.together[:, 0] - y) for one in result.seeds])
    spread = errors[0].std() / np.sqrt(TEST)
    assert errors.mean() <= result.floors.linear + spread
    assert result.floors.linear <= result.floors.majority  # the median's
