"""Prediction with a trained model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import dataset, model
from .chain import Front, Votes, in_order, vote
from .config import Config, override, read_toml
from .dataset import Corpus
from .network import SpikingLayer
from .train import Progress


@dataclass(frozen=True)
class Predictions:
    """Votes on the utterances ``rows`` of ``corpus`` by one seed's network."""

    corpus: Corpus
    rows: NDArray[np.int64]
    seed: int
    votes: Votes


def predict(
    folder: Path, progress: Progress, corpus: Corpus | None = None, seed: int | None = None
) -> Predictions:
    """Predict all utterances of ``corpus``, or the test part of the data set the run was trained on.

    Weights come from the run's model.h5. Features and scaling are learnt again from the training part of
    its data set, which gives the same numbers and keeps fitted objects of other libraries out of the model.

    Parameters
    ----------
    folder : of a run. seed : one of the run's; its first by default.

    Raises ParameterError where the folder is no run or the corpus has other modalities or classes.
    """
    config = override(Config(), read_toml(folder / "config.toml"), str(folder / "config.toml"))
    seed = config.run.seeds[0] if seed is None else seed
    learnt = dataset.load(config.dataset)
    front = Front(learnt, config)
    if corpus is None:
        corpus, features = learnt, front.features
        rows = np.flatnonzero(corpus.test)
    else:
        features = front.features_of(corpus)
        rows = np.arange(len(corpus))
    rows = in_order(corpus, rows)
    wired = front.wired(config)
    lines = front.lines(features)
    wirings, readouts = model.read(folder / "model.h5", seed, [path.name for path, _ in wired])
    layer = SpikingLayer(wired, wirings, lines.mean(axis=0), front.encoder, config, seed)
    counts = layer.respond(lines[rows], lambda done, total: progress(f"seed {seed}, predict", done, total))
    votes = vote(layer.pathways, readouts, counts, corpus, features, rows, config)
    return Predictions(corpus, rows, seed, votes)
