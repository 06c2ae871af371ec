"""What a run found: the content of metrics.json, and of the lines printed at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import model, tables, timeline
from .config import Config, to_toml
from .measures import as_metrics
from .resume import Resumed
from .runfolder import replace
from .train import Result


def spike_logs(folder: Path, config: Config) -> dict[int, Path]:
    """Files of the test pass's spikes by seed."""
    seeds = config.run.seeds
    if config.run.log == "first":
        return {seeds[0]: folder / "spikes.h5"}
    return {seed: folder / f"spikes_{seed}.h5" for seed in seeds} if config.run.log == "all" else {}


def write(folder: Path, result: Result, resumed: Resumed | None = None) -> dict[str, Any]:
    """Write everything but the spike logs and the report; return what is in metrics.json."""
    metrics, corpus = as_metrics(result), result.corpus
    if resumed is not None:
        metrics["resumed"] = {"new": resumed.new, "old": resumed.old}
    replace(folder / "config.toml", to_toml(result.config))
    votes = [(seed.seed, seed.votes) for seed in result.seeds]
    table = tables.predictions(corpus, result.test, votes, corpus.classes, corpus.codes)
    replace(folder / "predictions.csv", table)
    replace(folder / "utterances.csv", tables.utterances(corpus))
    model.write(folder / "model.h5", result)
    replace(folder / "timeline.json", json.dumps(timeline.of(result), ensure_ascii=False) + "\n")
    replace(folder / "metrics.json", json.dumps(metrics, indent=2, ensure_ascii=False) + "\n")
    return metrics


SHOWN = {
    "classes": {
        "accuracy": "accuracy",
        "f1_weighted": "weighted F1",
        "f1_macro": "macro F1",
        "recall_mean": "mean recall",
    },
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
    also = ", ".join(
        f"{title} {shown(key, floor['linear_metrics'][key])}"
        for key, title in SHOWN[metrics["task"]].items()
        if key != main
    )
    lines.append(f"{'linear':12s} {shown(main, floor['linear']):>5s}   ({also}; alone: {alone})")
    if metrics["without_modality"]:
        less = ", ".join(
            f"{name} {shown(main, value['mean'])}" for name, value in metrics["without_modality"].items()
        )
        lines.append(f"{'without':12s}       ({less}: missing at the test)")
    lines.append(
        f"{'one by one':12s} {shown(main, metrics['alone'][main]['mean']):>5s}   (each utterance as the only "
        "one of its speaker and video)"
    )
    for which, both in metrics.get("resumed", {}).items():
        if both is not None:
            before, after = (shown(main, both[key]["mean"]) for key in ("before", "after"))
            title = f"{which} data"
            lines.append(f"{title:12s} {after:>5s}   (before: {before}; test part of {both['dataset']})")
    return "\n".join(line for line in lines if line)
