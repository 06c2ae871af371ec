"""Small corpora and runs for the application's tests."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

import numpy as np
from pysnn_mmsa.config import Config, override
from pysnn_mmsa.dataset import Corpus, Table


def optional(module: str) -> Any:
    """A library that may be missing, which the marker ``media`` says by itself; None where it is."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


# A network that learns in about a second.
SMALL = {
    "network.neurons": 60,
    "network.indegree": 6,
    "stdp.blocks": 2,
    "run.seeds": [3],
}


def small(**changes: object) -> Config:
    """A configuration for tests; keys with "__" for the dot."""
    return override(Config(), SMALL | {k.replace("__", "."): v for k, v in changes.items()}, "test")


def toy_corpus(n: int = 120, missing: bool = False) -> Corpus:
    """Two classes, two modalities of 3 and 2 features that tell them apart; two utterances a video."""
    rng = np.random.default_rng(5)
    label = np.arange(n) % 2
    left = rng.normal(size=(n, 3)) + np.where(label[:, None] == 1, 1.5, -1.5)
    right = rng.normal(size=(n, 2)) + np.where(label[:, None] == 1, 1.0, -1.0)
    if missing:
        left[::7] = np.nan
        right[3::11] = np.nan
        left[3] = right[3] = np.nan
    video = tuple(f"v{k // 4:02d}" for k in range(n))
    return Corpus(
        name="toy",
        ids=tuple(f"u{k:03d}" for k in range(n)),
        speaker=video,
        video=video,
        position=np.arange(n) % 4,
        target=label.astype(float),
        classes=("no", "yes"),
        codes=("0", "1"),
        part=tuple("test" if k >= 2 * n // 3 // 4 * 4 else "train" for k in range(n)),
        modalities={"left": Table(left, ("a", "b", "c")), "right": Table(right, ("d", "e"))},
    )


def replaced(corpus: Corpus, **fields: Any) -> Corpus:
    """``corpus`` with some fields others."""
    return dataclasses.replace(corpus, **fields)


def toy_numbers(x: np.ndarray, y: np.ndarray) -> Corpus:
    """Labels that are numbers, one modality; the last quarter is the test part."""
    n = len(y)
    names = tuple(f"u{k:03d}" for k in range(n))
    return Corpus(
        name="numbers",
        ids=names,
        speaker=names,
        video=names,
        position=np.zeros(n, dtype=np.int64),
        target=y,
        classes=(),
        codes=(),
        part=tuple("test" if k >= 3 * n // 4 else "train" for k in range(n)),
        modalities={"x": Table(x, tuple(f"x.{k}" for k in range(x.shape[1])))},
    )


def silent(what: str, done: int, total: int) -> None:
    """A progress callback that shows nothing."""
