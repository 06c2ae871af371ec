"""A trained model that goes on learning from new utterances, and what it forgets by that.

Features, scaling, encoding and what votes are mixed by stay; STDP, e-prop and the delta rule go on from the
weights that there are, the last two at ``resume.rate`` of the rates of the training. The model is asked for
the test part of the data that it learnt from before and after.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import pysnn as snn

from . import dataset, model, readout
from .chain import in_order
from .config import Config
from .dataset import Corpus
from .evaluate import over_seeds
from .measures import main_metric, score_on
from .model import Model
from .predict import check_classes, unused
from .readout import Wanted
from .tables import known_code
from .train import Progress, Result, run_seeds
from .trained import Trained

FREE = ("dataset", "data", "resume", "run")  # what may be another than in the training


@dataclass(frozen=True)
class Resumed:
    """What came out: ``result`` on the new data, and the main metric before and after on each test part.

    old : None where the data that the model had learnt from are no longer there. warnings : of that, and of
    what the new data have and the model does not look at, or the other way round.
    """

    result: Result
    new: Mapping[str, Any]
    old: Mapping[str, Any] | None
    warnings: tuple[str, ...]


def settings_of(folder: Path) -> Config:
    """Those that the model in ``folder`` was trained with."""
    return model.read(folder / "model.h5").config


def resume(
    folder: Path, corpus: Corpus, config: Config, progress: Progress, logs: Mapping[int, Path] | None = None
) -> Resumed:
    """Go on with the networks of all seeds in the run ``folder`` on the training part of ``corpus``.

    Raises ParameterError where the folder is no run, or the corpus has other features or classes than it.
    """
    models = {seed: model.read(folder / "model.h5", seed) for seed in config.run.seeds}
    first = next(iter(models.values()))
    check_classes(first, corpus)
    new = _as_taught(corpus, first)
    new.check_trainable()
    old, why = _old(first)
    before: dict[str, list[float | None]] = {"new": [], "old": []}
    after: dict[str, list[float | None]] = {"new": [], "old": []}
    features = first.front.features_of(new)

    def learnt(seed: int) -> Trained:
        network = _network(models[seed], new, config)
        before["new"].append(_main(network, new))
        if old is not None:
            before["old"].append(_main(network, old))
        network = _gone_on(network, new, config, lambda *now: progress(f"seed {seed}, going on", *now))
        after["new"].append(_main(network, new))
        if old is not None:
            after["old"].append(_main(network, old))
        return network

    result = run_seeds(new, config, first.front, features, learnt, progress, logs)

    def both(which: str, name: str) -> dict[str, Any]:
        return {
            "dataset": name,
            "before": over_seeds(before[which]),
            "after": over_seeds(after[which]),
        }

    told = None if old is None else both("old", old.name)
    return Resumed(result, both("new", new.name), told, (*unused(first, corpus), *why))


def _as_taught(corpus: Corpus, trained: Model) -> Corpus:
    """``corpus`` with its labels as numbers of the model's classes."""
    if not corpus.classes:
        return corpus
    place = {code: k for k, code in enumerate(trained.codes)}
    known = [known_code(code, trained.classes, trained.codes) for code in corpus.codes]
    target = np.array([np.nan if k < 0 else place.get(known[k], np.nan) for k in corpus.label.tolist()])
    return dataclasses.replace(corpus, target=target, classes=trained.classes, codes=trained.codes)


def _old(trained: Model) -> tuple[Corpus | None, tuple[str, ...]]:
    try:
        return dataset.load(trained.config.dataset, trained.config.data), ()
    except (snn.PysnnError, OSError) as err:
        return None, (f"what is forgotten of {trained.dataset} cannot be told: {err}",)


def _network(trained: Model, new: Corpus, config: Config) -> Trained:
    """The network as it was, run as ``config`` says."""
    lines = trained.front.lines(trained.front.features_of(new))[new.training]
    own = dataclasses.replace(trained, config=dataclasses.replace(trained.config, run=config.run))
    return own.network(lines.mean(axis=0))


def _gone_on(network: Trained, new: Corpus, config: Config, shown: Any) -> Trained:
    """``network`` after learning from the training part of ``new``, everything at the rates of ``config``."""
    front, seed, rate = network.front, network.seed, config.resume.rate
    features, rows = front.features_of(new), np.flatnonzero(new.training)
    lines, labels = front.lines(features)[rows], new.target[rows]
    network.layer.learn(lines, shown)
    counts = network.layer.respond(lines, shown)
    readouts = dict(network.deciding.readouts)
    temporal, trains = network.temporal, features.trains
    if temporal is not None and trains is not None:
        heard = trains.of(rows)
        there = np.flatnonzero(heard.present())
        wanted = Wanted.like(readouts["time"], labels[there])
        temporal.learn(heard.of(there), wanted.values, shown, rate, config.resume.epochs)
        readouts["time"] = temporal.readout(heard.of(there), wanted.number)
        counts.append(temporal.respond(heard))
    arriving = front.arriving(features, rows, counts, network.deciding.paths, network.config, seed)
    for path, own in zip(network.deciding.paths, arriving, strict=True):
        if not path.in_time:
            known = np.any([features.present(name)[rows] for name in path.modalities], axis=0)
            readouts[path.name] = readout.go_on(
                readouts[path.name], own.of(known), labels[known], rate, config.resume.epochs, seed
            )
    deciding = dataclasses.replace(network.deciding, readouts=readouts)
    return dataclasses.replace(network, deciding=deciding)


def _main(network: Trained, corpus: Corpus) -> float | None:
    """The main metric on the test part."""
    rows = in_order(corpus, np.flatnonzero(corpus.test))
    if not corpus.labelled[rows].any():
        return None
    told = network.tell(corpus, network.front.features_of(corpus), rows)
    return score_on(corpus, rows, told.votes.together)[main_metric(corpus)]
