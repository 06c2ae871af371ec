"""A run as one HTML page that opens offline."""

from __future__ import annotations

import csv
import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pysnn as snn

from .outcome import SHOWN, shown
from .runfolder import replace

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:1em 0}"
    "td,th{border:1px solid #ccc;padding:.3em .7em;text-align:right}"
    "th{background:#f3f3f3}td:first-child,th:first-child{text-align:left}"
    ".note{background:#fff3cd;padding:.6em 1em}"
    "pre{background:#f6f6f6;padding:1em;overflow:auto}"
)


def write(folder: Path) -> Path:
    """Write report.html from what a run wrote; ParameterError where that is missing."""
    try:
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        config = (folder / "config.toml").read_text(encoding="utf-8")
        with (folder / "utterances.csv").open(encoding="utf-8", newline="") as file:
            utterances = list(csv.reader(file))
        page = _page(metrics, config, utterances)
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as err:
        raise snn.ParameterError(
            f"report: {folder} is no run folder: expected metrics.json, config.toml, utterances.csv ({err})"
        ) from err
    path = folder / "report.html"
    replace(path, page)
    return path


def _page(metrics: Mapping[str, Any], config: str, utterances: Sequence[Sequence[str]]) -> str:
    test, floor, classes, main = metrics["test"], metrics["floors"], metrics["classes"], metrics["main"]
    columns = SHOWN[metrics["task"]]
    blank = [""] * (len(columns) - 1)

    def with_spread(key: str, values: Mapping[str, Any]) -> str:
        return f"{shown(key, values['mean'])} ± {shown(key, values['std'])}"

    rows = [
        [
            f"spiking network, {metrics['fusion']} fusion, {len(metrics['seeds'])} seeds",
            *(with_spread(key, test[key]) for key in columns),
        ],
        [
            "the same, each utterance as the only one of its speaker and video",
            *(with_spread(key, metrics["alone"][key]) for key in columns),
        ],
    ]
    if "valid" in metrics:
        rows.append(["validation part", *(with_spread(key, metrics["valid"][key]) for key in columns)])
    rows += [[f"{name} (pathway)", with_spread(main, v), *blank] for name, v in metrics["pathways"].items()]
    constant, line = ("majority", "logistic") if classes else ("median", "ridge")
    rows.append([f"{constant} (floor)", shown(main, floor["majority"]), *blank])
    rows.append([f"{line} regression (floor)", shown(main, floor["linear"]), *blank])
    rows += [
        [f"{line} regression, {name} alone", shown(main, v), *blank]
        for name, v in floor["linear_by_modality"].items()
    ]
    seeds = [
        [str(seed), *(shown(key, test[key]["seeds"][k]) for key in columns)]
        for k, seed in enumerate(metrics["seeds"])
    ]
    work, size = metrics["work"], metrics["utterances"]
    parts = [
        f"<h1>{_text(metrics['dataset'])}</h1>",
        f"<p class='note'>{_text(metrics['note'])}</p>" if metrics["note"] else "",
        "<p class='note'>Speakers may be in several parts here (data.shared_speakers).</p>"
        if metrics["shared_speakers"]
        else "",
        f"<p>{size['train']} utterances for training, {size['valid']} for validation, {size['test']} for the "
        f"test, {size['none']} in no part; {size['unlabelled']} without a label.</p>",
        _warnings(metrics["warnings"]),
        "<h2>Test part</h2><p>Shares in percent.</p>",
        _table(["", *columns.values()], rows),
        "<h2>Seeds</h2>",
        _table(["seed", *columns.values()], seeds),
    ]
    if classes:
        counts = [
            [name, *map(str, row)] for name, row in zip(classes, metrics["confusion"]["counts"], strict=True)
        ]
        parts += [
            "<h2>Confusion</h2><p>Rows are labels, columns predictions, all seeds together.</p>",
            _table(["", *classes], counts),
        ]
    parts += [
        "<h2>Work</h2>",
        f"<p>{work['spikes_per_utterance']:.0f} spikes and {work['synaptic_events_per_utterance']:.0f} "
        "synaptic events an utterance.</p>",
        "<h2>Which utterance went where</h2><details><summary>all utterances</summary>",
        _table(utterances[0], utterances[1:]),
        f"</details><h2>Configuration</h2><pre>{_text(config)}</pre>",
    ]
    head = f"<meta charset='utf-8'><title>mmsa: {_text(metrics['dataset'])}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _warnings(warnings: Sequence[str]) -> str:
    if not warnings:
        return ""
    items = "".join(f"<li>{_text(warning)}</li>" for warning in warnings)
    return f"<details><summary>{len(warnings)} warnings of the data</summary><ul>{items}</ul></details>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{_text(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def _text(value: object) -> str:
    return html.escape(str(value))
