"""A run as a folder: config.toml, metrics.json, predictions.csv, model.h5, spikes*.h5, report.html."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from . import model
from .chain import Votes
from .config import Config, to_toml
from .dataset import Corpus
from .evaluate import accuracy, confusion, f1_weighted, over_seeds
from .train import Result


def prepare(folder: Path) -> None:
    """Make ``folder``; ParameterError where that cannot be, before any time is spent on training."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise snn.ParameterError(f"--out {folder}: cannot make the folder: {err.strerror}") from err
    if not os.access(folder, os.W_OK):
        raise snn.ParameterError(f"--out {folder}: permission denied")
    # What an earlier run left must not pass for this one's.
    for old in ("metrics.json", "predictions.csv", "model.h5", "report.html", *_old_logs(folder)):
        (folder / old).unlink(missing_ok=True)


def spike_logs(folder: Path, config: Config) -> dict[int, Path]:
    """Files of the test pass's spikes by seed."""
    seeds = config.run.seeds
    if config.run.log == "first":
        return {seeds[0]: folder / "spikes.h5"}
    return {seed: folder / f"spikes_{seed}.h5" for seed in seeds} if config.run.log == "all" else {}


def write(folder: Path, result: Result) -> dict[str, Any]:
    """Write everything but the spike logs; return what is in metrics.json."""
    metrics = as_metrics(result)
    replace(folder / "config.toml", to_toml(result.config))
    votes = [(seed.seed, seed.votes) for seed in result.seeds]
    replace(folder / "predictions.csv", as_csv(result.corpus, result.test, votes))
    model.write(folder / "model.h5", result.seeds)
    replace(folder / "metrics.json", json.dumps(metrics, indent=2) + "\n")
    return metrics


def as_metrics(result: Result) -> dict[str, Any]:
    """Metrics as metrics.json has them: shares from 0 to 1, over the seeds."""
    label, corpus = result.label, result.corpus
    predicted = [seed.predicted for seed in result.seeds]
    names = list(result.seeds[0].votes.by_pathway)
    alone = {
        name: over_seeds([accuracy(label, s.votes.by_pathway[name].argmax(axis=1)) for s in result.seeds])
        for name in names
    }
    total = sum(confusion(label, p, len(corpus.classes)) for p in predicted)
    return {
        "dataset": corpus.name,
        "note": corpus.note,
        "classes": list(corpus.classes),
        "fusion": result.config.network.fusion,
        "utterances": {"train": len(corpus) - len(result.test), "test": len(result.test)},
        "missing_in_test": {
            name: int((~result.features.present(name)[result.test]).sum()) for name in corpus.modalities
        },
        "clipped_in_test": dict(result.clipped),
        "seeds": [seed.seed for seed in result.seeds],
        "test": {
            "accuracy": over_seeds([accuracy(label, p) for p in predicted]),
            "f1_weighted": over_seeds([f1_weighted(label, p) for p in predicted]),
        },
        "floors": {
            "majority": result.floors.majority,
            "linear": result.floors.linear,
            "linear_by_modality": dict(result.floors.by_modality),
        },
        "pathways": alone,
        "confusion": {
            "rows": "label",
            "columns": "predicted, all seeds together",
            "counts": np.asarray(total).tolist(),
        },
        "work": {
            "spikes_per_utterance": float(np.mean([seed.spikes for seed in result.seeds])),
            "synaptic_events_per_utterance": float(np.mean([seed.events for seed in result.seeds])),
        },
    }


def as_csv(corpus: Corpus, rows: NDArray[np.int64], votes: Sequence[tuple[int, Votes]]) -> str:
    """One row a seed and utterance: what it is, what was said, and the probability of each class."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(
        ["seed", "utterance", "speaker", "label", "label_code", "predicted", "predicted_code"]
        + [f"p_{name}" for name in corpus.classes]
    )
    for seed, said in votes:
        for k, logs in zip(rows, said.together, strict=True):
            names = [(corpus.classes[c], corpus.codes[c]) for c in (corpus.label[k], logs.argmax())]
            p = [f"{value:.6f}" for value in np.exp(logs)]
            out.writerow([seed, corpus.ids[k], corpus.speaker[k], *names[0], *names[1], *p])
    return text.getvalue()


def summary(metrics: Mapping[str, Any]) -> str:
    """The result in a few lines, in percent."""
    test, floor = metrics["test"], metrics["floors"]
    lines = [
        f"{metrics['dataset']}: {metrics['utterances']['train']} utterances for training, "
        f"{metrics['utterances']['test']} for the test; {metrics['fusion']} fusion",
        metrics["note"],
    ]
    for key, title in (("accuracy", "accuracy"), ("f1_weighted", "weighted F1")):
        values = test[key]
        seeds = " ".join(f"{100 * v:.1f}" for v in values["seeds"])
        lines.append(
            f"{title:12s} {100 * values['mean']:5.1f} +- {100 * values['std']:.1f} %   (seeds: {seeds})"
        )
    alone = ", ".join(f"{name} {100 * value:.1f}" for name, value in floor["linear_by_modality"].items())
    lines.append(f"{'majority':12s} {100 * floor['majority']:5.1f} %")
    lines.append(f"{'linear':12s} {100 * floor['linear']:5.1f} %   (alone: {alone})")
    return "\n".join(lines)


def replace(path: Path, text: str) -> None:
    """Write a file that is either the old one or the whole new one."""
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(text, encoding="utf-8", newline="\n")
    draft.replace(path)


def _old_logs(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("spikes*.h5")]
