"""What a run found: the content of metrics.json, and of the lines printed at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import model, tables
from .chain import Votes
from .config import Config, to_toml
from .dataset import PARTS
from .evaluate import class_metrics, confusion, over_seeds
from .evaluate_number import number_metrics
from .runfolder import replace
from .train import Result

Float = NDArray[np.float64]


def spike_logs(folder: Path, config: Config) -> dict[int, Path]:
    """Files of the test pass's spikes by seed."""
    seeds = config.run.seeds
    if config.run.log == "first":
        return {seeds[0]: folder / "spikes.h5"}
    return {seed: folder / f"spikes_{seed}.h5" for seed in seeds} if config.run.log == "all" else {}


def write(folder: Path, result: Result) -> dict[str, Any]:
    """Write everything but the spike logs and the report; return what is in metrics.json."""
    metrics, corpus = as_metrics(result), result.corpus
    replace(folder / "config.toml", to_toml(result.config))
    votes = [(seed.seed, seed.votes) for seed in result.seeds]
    table = tables.predictions(corpus, result.test, votes, corpus.classes, corpus.codes)
    replace(folder / "predictions.csv", table)
    replace(folder / "utterances.csv", tables.utterances(corpus))
    model.write(folder / "model.h5", result)
    replace(folder / "metrics.json", json.dumps(metrics, indent=2, ensure_ascii=False) + "\n")
    return metrics


def as_metrics(result: Result) -> dict[str, Any]:
    """Metrics as metrics.json has them: shares from 0 to 1, over the seeds; null where undefined."""
    corpus, rows = result.corpus, result.test
    parts = {part: int(corpus.in_part(part).sum()) for part in PARTS}
    names = list(result.seeds[0].votes.by_pathway)
    main = "accuracy" if corpus.classes else "mae"

    def over(said: list[Float], where: NDArray[np.int64]) -> dict[str, Any]:
        found = [_metrics(result, where, one) for one in said]
        return {key: over_seeds([one[key] for one in found]) for key in found[0]}

    votes = [seed.votes for seed in result.seeds]
    metrics: dict[str, Any] = {
        "dataset": corpus.name,
        "note": " ".join(filter(None, (corpus.note, _protocol(result)))),
        "task": corpus.task,
        "main": main,
        "classes": list(corpus.classes),
        "fusion": result.config.network.fusion,
        "utterances": {**parts, "unlabelled": int((~corpus.labelled).sum())},
        "shared_speakers": corpus.shared_speakers,
        "warnings": list(corpus.warnings),
        "missing_in_test": {
            name: int((~result.features.present(name)[rows]).sum()) for name in result.features.values
        },
        "clipped_in_test": dict(result.clipped),
        "seeds": [seed.seed for seed in result.seeds],
        "test": over([vote.together for vote in votes], rows),
        "alone": over([seed.alone.together for seed in result.seeds], rows),
        "floors": {
            "majority": result.floors.majority,
            "linear": result.floors.linear,
            "linear_by_modality": dict(result.floors.by_modality),
        },
        "pathways": {name: over([vote.by_pathway[name] for vote in votes], rows)[main] for name in names},
        "work": {
            "spikes_per_utterance": float(np.mean([seed.spikes for seed in result.seeds])),
            "synaptic_events_per_utterance": float(np.mean([seed.events for seed in result.seeds])),
        },
    }
    if (corpus.labelled[result.valid]).any():
        valid: list[Votes] = [seed.valid for seed in result.seeds if seed.valid is not None]
        metrics["valid"] = over([vote.together for vote in valid], result.valid)
    if corpus.classes:
        known = corpus.labelled[rows]
        total = sum(
            confusion(corpus.label[rows][known], vote.together.argmax(axis=1)[known], len(corpus.classes))
            for vote in votes
        )
        metrics["confusion"] = {
            "rows": "label",
            "columns": "predicted, all seeds together",
            "counts": np.asarray(total).tolist(),
        }
    return metrics


def _protocol(result: Result) -> str:
    """What a reader must know of how features were made, where that is not as usual."""
    mode = result.config.features.tables
    if mode == "as-is" or all(recipe.kind != "table" for recipe in result.front.extractor.recipes.values()):
        return ""
    which = "the utterances up to this one" if mode == "running" else "all utterances"
    return f"A protocol of its own: features are less the mean of {which} of the speaker, labels unseen."


def _metrics(result: Result, rows: NDArray[np.int64], said: Float) -> dict[str, float | None]:
    known = result.corpus.labelled[rows]
    if result.corpus.classes:
        return class_metrics(result.corpus.label[rows][known], said.argmax(axis=1)[known])
    return number_metrics(result.corpus.target[rows][known], said[known, 0])


SHOWN = {
    "classes": {"accuracy": "accuracy", "f1_weighted": "weighted F1"},
    "number": {
        "mae": "MAE",
        "corr": "Corr",
        "acc2_has0": "Acc-2 has0",
        "acc2_non0": "Acc-2 non0",
        "acc7": "Acc-7",
    },
}
_PLAIN = {"mae", "corr"}


def shown(key: str, value: float | None) -> str:
    """A metric for a person: percent, but for errors and correlations; "-" where undefined."""
    if value is None:
        return "-"
    return f"{value:.3f}" if key in _PLAIN else f"{100.0 * value:.1f}"


def summary(metrics: Mapping[str, Any]) -> str:
    """The result in a few lines, in percent."""
    floor, main, counts = metrics["floors"], metrics["main"], metrics["utterances"]
    others = ", ".join(f"{counts[part]} {part}" for part in ("valid", "none") if counts[part])
    lines = [
        f"{metrics['dataset']}: {counts['train']} utterances for training, {counts['test']} for the test"
        f"{f' ({others})' if others else ''}; {metrics['fusion']} fusion",
        metrics["note"],
    ]
    for key, title in SHOWN[metrics["task"]].items():
        values = metrics["test"][key]
        seeds = " ".join(shown(key, v) for v in values["seeds"])
        lines.append(
            f"{title:12s} {shown(key, values['mean']):>5s} +- {shown(key, values['std'])}   (seeds: {seeds})"
        )
    alone = ", ".join(f"{name} {shown(main, value)}" for name, value in floor["linear_by_modality"].items())
    lines.append(f"{'majority' if metrics['classes'] else 'median':12s} {shown(main, floor['majority']):>5s}")
    lines.append(f"{'linear':12s} {shown(main, floor['linear']):>5s}   (alone: {alone})")
    lines.append(
        f"{'one by one':12s} {shown(main, metrics['alone'][main]['mean']):>5s}   (each utterance as the only "
        "one of its speaker and video)"
    )
    return "\n".join(line for line in lines if line)
