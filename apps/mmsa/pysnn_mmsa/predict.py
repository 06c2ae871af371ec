"""Prediction with a trained model, which stands alone: the data it learnt from need not be there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from . import dataset, memory, model
from .chain import Votes, in_order
from .dataset import Corpus, Table
from .features import FeatureSet
from .model import Model
from .tables import known_code
from .train import Progress


@dataclass(frozen=True)
class Predictions:
    """Votes of ``model`` on the utterances ``rows`` of ``corpus``."""

    corpus: Corpus
    rows: NDArray[np.int64]
    model: Model
    votes: Votes
    features: FeatureSet


def predict(
    folder: Path, progress: Progress, corpus: Corpus | None = None, seed: int | None = None
) -> Predictions:
    """Predict all utterances of ``corpus``, or the test part of the data set the run was trained on.

    Parameters
    ----------
    folder : of a run. seed : one of the run's; its first by default.

    Raises ParameterError where the folder is no run, or the corpus has other features or other classes than
    the model, which the message names.
    """
    trained = model.read(folder / "model.h5", seed)
    config = trained.config
    if corpus is None:
        corpus = dataset.load(config.dataset, config.data)
        rows = np.flatnonzero(corpus.test)
    else:
        rows = np.arange(len(corpus))
    check_classes(trained, corpus)
    front = trained.front
    features = front.features_of(corpus)
    rows = in_order(corpus, rows)
    lines = front.lines(features)
    memory.check(config, len(rows), lines.shape[1])
    network = trained.network(lines.mean(axis=0))
    what = f"seed {trained.seed}, predict"
    votes = network.tell(corpus, features, rows, lambda done, total: progress(what, done, total)).votes
    return Predictions(corpus, rows, trained, votes, features)


def unused(trained: Model, corpus: Corpus) -> list[str]:
    """Warnings of what ``corpus`` has and the model does not look at, or has not and the model does."""
    recipes = trained.front.extractor.recipes
    found = [
        f"{corpus.name}: the model does not use {name!r}" for name in corpus.modalities if name not in recipes
    ]
    found += [f"{corpus.name}: {name!r} is missing" for name in recipes if name not in corpus.modalities]
    for name, modality in corpus.modalities.items():
        if isinstance(modality, Table) and name in recipes:
            more = [column for column in modality.names if column not in recipes[name].names]
            if more:
                shown = ", ".join(more[:5]) + (" ..." if len(more) > 5 else "")
                found.append(f"{corpus.name}: the model does not use {shown}")
    return found


def check_classes(trained: Model, corpus: Corpus) -> None:
    """ParameterError where ``corpus`` has labels that the model does not know."""
    if not corpus.labelled.any():
        return
    if corpus.task != ("classes" if trained.classes else "number"):
        raise snn.ParameterError(
            f"corpus {corpus.name!r}: expected labels to be {'classes' if trained.classes else 'numbers'}, "
            f"as in training (got {'classes' if corpus.classes else 'numbers'})"
        )
    used = [corpus.codes[k] for k in np.unique(corpus.label[corpus.labelled])] if corpus.classes else []
    odd = [code for code in used if not known_code(code, trained.classes, trained.codes)]
    if odd:
        raise snn.ParameterError(
            f"corpus {corpus.name!r}: expected labels among the model's {', '.join(trained.codes)} "
            f"(got {', '.join(odd[:10])}{' ...' if len(odd) > 10 else ''})"
        )
