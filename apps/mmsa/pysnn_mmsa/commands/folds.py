"""``mmsa folds``: every fold of a data set by speaker, and what they give together."""

from __future__ import annotations

import argparse
import contextlib
import csv
import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

import pysnn as snn

from .. import dataset
from ..config import ABOUT, Config, override
from ..evaluate import over_seeds
from ..extract import pool
from ..measures import as_metrics
from ..outcome import SHOWN, shown
from ..runfolder import RunFolder, replace
from ..train import Progress, train
from .bar import Bar
from .options import add_settings, resolve
from .warn import warn

Fold = tuple[int, dict[str, Any]]
"""How many utterances a fold tested, and all metrics by name."""


def add(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "folds",
        help="train and test on every fold by speaker",
        description="Divide the speakers into data.folds folds (6 where the data say nothing), train on all "
        "but one and test on it, for each: folds.csv and folds.json with every fold, and their mean weighted "
        "by the utterances tested, each of which is tested once.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=_run)
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder as of `mmsa train`")
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="folds at a time, each in a process (default: 1)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_settings(parser, ABOUT)


def _run(args: argparse.Namespace) -> None:
    config = resolve(args)
    config = override(config, {"data.folds": config.data.folds or 6}, "folds")
    if config.data.folds < 2:
        raise snn.ParameterError(f"data.folds: expected 2 or more (got {config.data.folds})")
    if args.jobs < 1:
        raise snn.ParameterError(f"--jobs: expected >= 1 (got {args.jobs})")
    configs = [override(config, {"data.fold": fold}, "folds") for fold in range(config.data.folds)]
    with RunFolder(args.out) as run:
        with Bar(quiet=args.quiet) as bar:
            if args.jobs == 1:
                found = [fold(own, _shown_in(bar, number)) for number, own in enumerate(configs)]
            else:
                found = _side_by_side(configs, args.jobs, run.draft, bar)
        warn(list(dict.fromkeys(text for _, metrics in found for text in metrics["warnings"])))
        text, summary = _together(found)
        replace(run.draft / "folds.csv", text)
        content = {
            "together": summary,
            "folds": [{"tested": tested, **metrics} for tested, metrics in found],
            "settings": dataclasses.asdict(config),
        }
        replace(run.draft / "folds.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        folder = run.finish()
    print(text, end="")
    columns = SHOWN[found[0][1]["task"]]
    for key, title in columns.items():
        value = summary["test"][key]
        print(
            f"{title:12s} {shown(key, value['mean']):>5s} +- {shown(key, value['std'])}"
            f"   (linear {shown(key, summary['linear'][key])})"
        )
    main = found[0][1]["main"]
    for name, own in summary["pathways"].items():
        print(
            f"{name:12s} {shown(main, own['mean']):>5s} +- {shown(main, own['std'])}   (this pathway alone)"
        )
    print(f"written to {folder}")


def fold(config: Config, progress: Progress) -> Fold:
    """Train and test on the fold that ``config`` names: how many utterances were tested, and all metrics."""
    corpus = dataset.load(config.dataset, config.data)
    result = train(corpus, config, progress)
    return int((corpus.test & corpus.labelled).sum()), as_metrics(result)


def _shown_in(bar: Progress, number: int) -> Progress:
    return lambda what, done, total: bar(f"fold {number}, {what}", done, total)


def _side_by_side(configs: list[Config], jobs: int, folder: Path, bar: Progress) -> list[Fold]:
    """Every fold in a process of its own, ``jobs`` at a time; what they find passes through ``folder``."""
    paths = [folder / f"fold_{number}.json" for number in range(len(configs))]
    bar("folds", 0, len(configs))
    with contextlib.closing(pool.run(fold_into, list(zip(configs, paths, strict=True)), jobs)) as ended:
        for done, (number, failed) in enumerate(ended, 1):
            if failed is not None:
                raise snn.ParameterError(f"fold {number}: {failed}")
            bar("folds", done, len(configs))
    found = []
    for path in paths:
        tested, metrics = json.loads(path.read_text(encoding="utf-8"))
        found.append((tested, metrics))
        path.unlink()
    return found


def fold_into(config: Config, path: Path) -> None:
    """What ``fold`` finds, as JSON in ``path``."""
    path.write_text(json.dumps(fold(config, lambda what, done, total: None)), encoding="utf-8")


def _together(found: list[Fold]) -> tuple[str, dict[str, Any]]:
    """The table of folds, and their means weighted by what each tested."""
    keys = list(found[0][1]["test"])
    weights = np.array([tested for tested, _ in found], dtype=np.float64)

    def mean(values: list[float | None]) -> float | None:
        known = np.array([value is not None for value in values])
        if not known.any():
            return None
        numbers = np.array([0.0 if value is None else value for value in values])
        return float((weights * numbers)[known].sum() / weights[known].sum())

    def together(seeds_by_fold: list[list[float | None]]) -> dict[str, Any]:
        return over_seeds([mean(list(values)) for values in zip(*seeds_by_fold, strict=True)])

    pathways = list(found[0][1]["pathways"])
    summary = {
        "test": {key: together([m["test"][key]["seeds"] for _, m in found]) for key in keys},
        # What each says by itself, in the main metric; one pathway alone is all there is.
        "pathways": {
            name: together([m["pathways"][name]["seeds"] for _, m in found])
            for name in (pathways if len(pathways) > 1 else ())
        },
        "linear": {key: mean([m["floors"]["linear_metrics"][key] for _, m in found]) for key in keys},
    }
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["fold", "tested", *keys, *(f"linear_{key}" for key in keys)])
    for fold, (tested, m) in enumerate(found):
        values = [m["test"][key]["mean"] for key in keys]
        values += [m["floors"]["linear_metrics"][key] for key in keys]
        out.writerow([fold, tested, *("" if value is None else f"{value:.5f}" for value in values)])
    return text.getvalue(), summary
