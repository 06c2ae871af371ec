"""All fusions side by side on one data set: whole, without each modality, and with noise."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from .config import Config
from .dataset import Corpus
from .evaluate import over_seeds
from .measures import as_metrics, score
from .robust import noisy, spreads
from .train import Progress, Result, train

NOISE = (0.5, 1.0, 2.0)  # standard deviations of each feature


def variants(names: Sequence[str]) -> list[tuple[str, str]]:
    """(fusion, rule) of "late-product" and the like; the rule is the mean where none is named."""
    return [(name, rule or "mean") for name, _, rule in (text.partition("-") for text in names)]


def compare(
    corpus: Corpus, config: Config, names: Sequence[str], ablate: bool, progress: Progress
) -> dict[str, Any]:
    """Train every fusion of ``names`` on ``corpus``; what each reaches, by seed, in the main metric.

    ``ablate`` : also learn without each modality, not only be tested without it.
    """
    rows = []
    floors: dict[str, Any] = {}
    main = ""
    for name, (fusion, rule) in zip(names, variants(names), strict=True):
        own = dataclasses.replace(
            config,
            network=dataclasses.replace(config.network, fusion=fusion),
            readout=dataclasses.replace(config.readout, combine=rule),
        )

        def shown(what: str, done: int, total: int, name: str = name) -> None:
            progress(f"{name}, {what}", done, total)

        result = train(corpus, own, shown)
        metrics = as_metrics(result)
        main, floors = metrics["main"], metrics["floors"]
        rows.append(
            {
                "fusion": name,
                "test": metrics["test"],
                "without": metrics["without_modality"],
                "learnt_without": _ablated(corpus, own, shown) if ablate else {},
                "noise": _noise(result, main),
            }
        )
    return {
        "dataset": corpus.name,
        "note": corpus.note,
        "task": corpus.task,
        "main": main,
        "modalities": list(corpus.modalities),
        "seeds": list(config.run.seeds),
        "floors": floors,
        "fusions": rows,
    }


def _ablated(corpus: Corpus, config: Config, progress: Progress) -> dict[str, Any]:
    """The main metric of networks that never met a modality, by its name; where one is left, early fusion."""
    found = {}
    for name in corpus.modalities:
        left = {other: value for other, value in corpus.modalities.items() if other != name}
        own = config
        if len(left) < 2:
            own = dataclasses.replace(config, network=dataclasses.replace(config.network, fusion="early"))
        without = dataclasses.replace(corpus, modalities=left)
        metrics = as_metrics(
            train(without, own, lambda what, *rest, name=name: progress(f"no {name}, {what}", *rest))
        )
        found[name] = metrics["test"][metrics["main"]]
    return found


def _noise(result: Result, main: str) -> list[dict[str, Any]]:
    """The main metric where every feature has noise of so many deviations at the test."""
    spread = spreads(result.features, result.corpus.training)
    found: list[dict[str, Any]] = []
    for level in NOISE:
        values = []
        for seed in result.seeds:
            features = noisy(result.features, level, spread, seed.seed)
            told = seed.network.tell(result.corpus, features, result.test)
            values.append(score(result, result.test, told.votes.together)[main])
        found.append({"deviations": level, **over_seeds(values)})
    return found


def rows_of(found: dict[str, Any]) -> tuple[list[str], list[list[float | None]]]:
    """Head and rows of the table: one a fusion, means over the seeds."""
    main, modalities = found["main"], found["modalities"]
    first = found["fusions"][0]
    several = bool(first["without"])
    head = ["fusion", main, f"{main}_std"]
    head += [f"without_{name}" for name in modalities if several]
    head += [f"learnt_without_{name}" for name in first["learnt_without"]]
    head += [f"noise_{point['deviations']:g}" for point in first["noise"]]
    rows: list[list[float | None]] = []
    for one in found["fusions"]:
        cells = [one["test"][main]["mean"], one["test"][main]["std"]]
        cells += [one["without"][name]["mean"] for name in modalities if several]
        cells += [value["mean"] for value in one["learnt_without"].values()]
        cells += [point["mean"] for point in one["noise"]]
        rows.append(cells)
    return head, rows
