"""A run as one HTML page that opens offline."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pysnn as snn

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:1em 0}"
    "td,th{border:1px solid #ccc;padding:.3em .7em;text-align:right}"
    "th{background:#f3f3f3}td:first-child,th:first-child{text-align:left}"
    ".note{background:#fff3cd;padding:.6em 1em}"
    "pre{background:#f6f6f6;padding:1em;overflow:auto}"
)


def write(folder: Path) -> Path:
    """Write report.html from a run's metrics.json and config.toml; ParameterError where they are missing."""
    try:
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        config = (folder / "config.toml").read_text(encoding="utf-8")
        page = _page(metrics, config)
    except (OSError, json.JSONDecodeError, KeyError) as err:
        raise snn.ParameterError(
            f"report: {folder} is no run folder: expected metrics.json and config.toml ({err})"
        ) from err
    path = folder / "report.html"
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)
    return path


def _page(metrics: Mapping[str, Any], config: str) -> str:
    test, floor, classes = metrics["test"], metrics["floors"], metrics["classes"]
    rows = [
        [
            name,
            *(
                f"{_percent(v['mean'])} ± {_percent(v['std'])}"
                for v in (test["accuracy"], test["f1_weighted"])
            ),
        ]
        for name in [f"spiking network, {metrics['fusion']} fusion, {len(metrics['seeds'])} seeds"]
    ]
    rows += [
        [f"{name} (pathway)", f"{_percent(v['mean'])} ± {_percent(v['std'])}", ""]
        for name, v in metrics["pathways"].items()
    ]
    rows.append(["majority (floor)", _percent(floor["majority"]), ""])
    rows.append(["logistic regression (floor)", _percent(floor["linear"]), ""])
    rows += [
        [f"logistic regression, {name} alone", _percent(v), ""]
        for name, v in floor["linear_by_modality"].items()
    ]
    seeds = zip(metrics["seeds"], test["accuracy"]["seeds"], test["f1_weighted"]["seeds"], strict=True)
    counts = [
        [name, *map(str, row)] for name, row in zip(classes, metrics["confusion"]["counts"], strict=True)
    ]
    work, size = metrics["work"], metrics["utterances"]
    parts = [
        f"<h1>{_text(metrics['dataset'])}</h1>",
        f"<p class='note'>{_text(metrics['note'])}</p>",
        f"<p>{size['train']} utterances for training, {size['test']} for the test.</p>",
        "<h2>Test part, %</h2>",
        _table(["", "accuracy", "weighted F1"], rows),
        "<h2>Seeds, %</h2>",
        _table(
            ["seed", "accuracy", "weighted F1"], [[str(s), _percent(a), _percent(f)] for s, a, f in seeds]
        ),
        "<h2>Confusion</h2><p>Rows are labels, columns predictions, all seeds together.</p>",
        _table(["", *classes], counts),
        "<h2>Work</h2>",
        f"<p>{work['spikes_per_utterance']:.0f} spikes and {work['synaptic_events_per_utterance']:.0f} "
        "synaptic events an utterance.</p>",
        f"<h2>Configuration</h2><pre>{_text(config)}</pre>",
    ]
    head = f"<meta charset='utf-8'><title>mmsa: {_text(metrics['dataset'])}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{_text(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def _percent(value: float) -> str:
    return f"{100.0 * value:.1f}"


def _text(value: object) -> str:
    return html.escape(str(value))
