"""The page: results beside their floors, and all that a reader needs to judge them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pysnn as snn

from ..outcome import SHOWN, shown
from ..runfolder import replace
from . import videos
from .draw import BLUE, GREEN, GREY, bars, curve, table, text

Json = Mapping[str, Any]

STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:66em;margin:2em auto;padding:0 1em;color:#1a202c}"
    "table{border-collapse:collapse;margin:1em 0}"
    "td,th{border:1px solid #cbd5e0;padding:.25em .6em;text-align:right}"
    "th{background:#edf2f7;position:sticky;top:0}td:first-child,th:first-child{text-align:left}"
    ".note{background:#fefcbf;padding:.6em 1em}.small{font-size:11px}.name{font-weight:bold}"
    "pre{background:#f7fafc;padding:1em;overflow:auto}svg{font:12px sans-serif;max-width:none}"
    "#timeline,.wide{overflow-x:auto}.tall{max-height:32em;overflow:auto}.utterance{cursor:pointer}"
    "#all td:last-child{text-align:left;min-width:16em}.wrong td{background:#fff5f5}"
    ".words td,.words th{text-align:left}"
    "blockquote{border-left:4px solid #cbd5e0;margin:.5em 0;padding:.2em 1em}"
)


def write(folder: Path) -> Path:
    """Write report.html from what a run wrote; ParameterError where that is missing."""
    try:
        metrics, timeline = (
            json.loads((folder / name).read_text(encoding="utf-8"))
            for name in ("metrics.json", "timeline.json")
        )
        config = (folder / "config.toml").read_text(encoding="utf-8")
        with (folder / "utterances.csv").open(encoding="utf-8", newline="") as file:
            utterances = list(csv.reader(file))
        page = _page(metrics, timeline, config, utterances)
    except (OSError, ValueError, KeyError, TypeError, IndexError, csv.Error) as err:
        raise snn.ParameterError(
            f"report: {folder} is no run folder: expected metrics.json, timeline.json, config.toml and "
            f"utterances.csv of this version ({err})"
        ) from err
    path = folder / "report.html"
    replace(path, page)
    return path


def html(title: str, parts: Sequence[str]) -> str:
    """A page that needs nothing beside itself."""
    head = (
        "<meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{text(title)}</title><style>{STYLE}</style>"
    )
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _page(metrics: Json, timeline: Json, config: str, utterances: Sequence[Sequence[str]]) -> str:
    sections = [
        _head(metrics),
        _result(metrics),
        _resumed(metrics),
        _seeds(metrics),
        _classes(metrics) if metrics["classes"] else "",
        _missing(metrics),
        _weights(metrics),
        _work(metrics),
        videos.section(timeline),
        "<h2>Which utterance went where</h2><details><summary>all utterances</summary>",
        table(utterances[0], utterances[1:]),
        f"</details><h2>Settings</h2><pre>{text(config)}</pre>",
    ]
    return html(f"mmsa: {metrics['dataset']}", sections)


def _head(metrics: Json) -> str:
    size = metrics["utterances"]
    parts = [f"<h1>{text(metrics['dataset'])}</h1>"]
    if metrics["note"]:
        parts.append(f"<p class='note'>{text(metrics['note'])}</p>")
    if metrics["shared_speakers"]:
        parts.append("<p class='note'>Speakers may be in several parts here (data.shared_speakers).</p>")
    how = f"{metrics['fusion']} fusion"
    if metrics["combine"]:
        how += f", votes combined by the {metrics['combine']} rule"
    what = ", ".join(metrics["classes"]) if metrics["classes"] else "a number"
    parts.append(
        f"<p>A spiking network tells {text(what)} from {text(', '.join(metrics['modalities']))}: "
        f"{text(how)}. It learnt from {size['train']} utterances and was tested on {size['test']} that it "
        "had not seen "
        f"({size['valid']} for validation, {size['none']} in no part, {size['unlabelled']} without a label)."
        "</p>"
    )
    if metrics["warnings"]:
        items = "".join(f"<li>{text(warning)}</li>" for warning in metrics["warnings"])
        count = len(metrics["warnings"])
        parts.append(f"<details><summary>{count} warnings of the data</summary><ul>{items}</ul></details>")
    return "".join(parts)


def _spread(key: str, values: Json) -> str:
    return f"{shown(key, values['mean'])} ± {shown(key, values['std'])}"


def _result(metrics: Json) -> str:
    main, floor, test = metrics["main"], metrics["floors"], metrics["test"]
    columns = SHOWN[metrics["task"]]
    constant, line = (
        ("majority", "logistic regression") if metrics["classes"] else ("median", "ridge regression")
    )
    drawn = [("spiking network", test[main], BLUE)]
    drawn += [(f"{name} alone (pathway)", value, GREY) for name, value in metrics["pathways"].items()]
    fixed = [(f"{line} (floor)", floor["linear"]), (f"{constant} (floor)", floor["majority"])]
    fixed += [(f"{line}, {name} alone", value) for name, value in floor["linear_by_modality"].items()]
    if len(metrics["pathways"]) == 1:
        drawn = drawn[:1]
    rows = [(n, v["mean"] or 0.0, v["std"] or 0.0, c, _spread(main, v)) for n, v, c in drawn]
    rows += [(name, value, 0.0, GREEN, shown(main, value)) for name, value in fixed]
    most = 1.0 if main == "accuracy" else max(row[1] for row in rows)
    cells = [["spiking network", *(_spread(key, test[key]) for key in columns)]]
    cells.append(
        [
            "each utterance as the only one of its speaker",
            *(_spread(key, metrics["alone"][key]) for key in columns),
        ]
    )
    if "valid" in metrics:
        cells.append(
            ["validation part, on which it chose", *(_spread(key, metrics["valid"][key]) for key in columns)]
        )
    cells.append([f"{line} (floor)", *(shown(key, floor["linear_metrics"][key]) for key in columns)])
    cells.append([f"{constant} (floor)", *(shown(key, floor["majority_metrics"][key]) for key in columns)])
    title = columns[main]
    absent = metrics["absent_classes"]
    left_out = f"<p>In no label and no prediction: {text(', '.join(absent))}.</p>" if absent else ""
    better = "Longer is better." if main == "accuracy" else "Shorter is better."
    return "".join(
        [
            f"<h2>Test part: {text(title)}</h2><p>Floors need no spikes: a result is worth something only "
            f"beyond them. {better} Lines are the deviation over {len(metrics['seeds'])} seeds.</p>",
            bars(rows, most, title),
            table(["", *columns.values()], cells),
            left_out,
        ]
    )


def _resumed(metrics: Json) -> str:
    """What going on from an earlier run has taught, and what it has cost."""
    found = {which: both for which, both in metrics.get("resumed", {}).items() if both is not None}
    if not found:
        return ""
    main = metrics["main"]
    rows = [
        [f"{which} data: {both['dataset']}", _spread(main, both["before"]), _spread(main, both["after"])]
        for which, both in found.items()
    ]
    return (
        "<h2>Learning that went on</h2><p>Of each test part, before and after the new utterances were learnt "
        "from: what the new ones gave, and what was forgotten of the old.</p>"
        + table(["", "before", "after"], rows)
    )


def _seeds(metrics: Json) -> str:
    columns, test = SHOWN[metrics["task"]], metrics["test"]
    rows = [
        [str(seed), *(shown(key, test[key]["seeds"][k]) for key in columns)]
        for k, seed in enumerate(metrics["seeds"])
    ]
    return "<h2>Seeds</h2>" + table(["seed", *columns.values()], rows)


def _classes(metrics: Json) -> str:
    names, counts = metrics["classes"], metrics["confusion"]["counts"]
    rows, shades = [], []
    for name, row in zip(names, counts, strict=True):
        total = sum(row) or 1
        rows.append([name, *map(str, row)])
        shades.append([0.8 * value / total for value in row])
    each = [
        [name, *(_spread("f1", metrics["per_class"][name][key]) for key in ("precision", "recall", "f1"))]
        for name in names
    ]
    return "".join(
        [
            "<h2>Which class for which</h2><p>Rows are labels, columns predictions, all seeds together.</p>",
            f"<div class='wide'>{table(['', *names], rows, shades)}</div>",
            table(["class", "precision", "recall", "F1"], each),
        ]
    )


def _missing(metrics: Json) -> str:
    main = metrics["main"]
    title = SHOWN[metrics["task"]][main]
    absent = ", ".join(f"{name} {n}" for name, n in metrics["missing_in_test"].items())
    cut = ", ".join(f"{name} {100.0 * share:.1f} %" for name, share in metrics["clipped_in_test"].items())
    parts = [
        "<h2>What was missing or cut</h2>",
        f"<p>Test utterances that lack a modality: {text(absent)}. Values outside the range of the training "
        f"part, which are cut to it: {text(cut)}.</p>",
    ]
    if metrics["without_modality"]:
        full = metrics["test"][main]
        rows = [("all modalities", full["mean"] or 0.0, full["std"] or 0.0, BLUE, _spread(main, full))]
        rows += [
            (f"without {name}", value["mean"] or 0.0, value["std"] or 0.0, GREY, _spread(main, value))
            for name, value in metrics["without_modality"].items()
        ]
        most = 1.0 if main == "accuracy" else max(row[1] for row in rows)
        points = [(point["share"], point["mean"] or 0.0) for point in metrics["missing_curve"]]
        parts += [
            f"<p>{text(title)} where all test utterances lack one modality:</p>",
            bars(rows, most, f"{title} without a modality"),
            f"<p>{text(title)} where a share of them lacks one, drawn at random:</p>",
            curve([("", BLUE, points)], "test utterances that lack a modality", title),
        ]
    return "".join(parts)


def _weights(metrics: Json) -> str:
    if not any(entry["features"] or entry["grams"] for entry in metrics["weights"]):
        return ""
    rows = [
        [
            entry["output"],
            ", ".join(f"{name} {value:+.2f}" for name, value in entry["features"]) or "-",
            ", ".join(f"{name!r}" for name, _ in entry["grams"]) or "-",
        ]
        for entry in metrics["weights"]
    ]
    return (
        "<h2>What the readout learnt</h2><p>Features and n-grams of text with the largest weights on the "
        "direct path of the first network, for one standard deviation. Hidden neurons have weights "
        "of their own.</p>"
        f"<div class='wide words'>{table(['for', 'features', 'n-grams'], rows)}</div>"
    )


def _work(metrics: Json) -> str:
    work = metrics["work"]
    rows = [
        ["spikes of hidden neurons", f"{work['spikes_per_utterance']:,.0f}", ""],
        ["synaptic events", f"{work['synaptic_events_per_utterance']:,.0f}", f"{work['energy_nj']:,.1f} nJ"],
        [
            "multiply-adds of the same network without spikes",
            f"{work['multiply_adds_per_utterance']:,.0f}",
            f"{work['energy_without_spikes_nj']:,.1f} nJ",
        ],
        ["time on this machine", f"{1e3 * work['seconds_per_utterance']:.2f} ms", ""],
    ]
    return (
        "<h2>Work</h2><p>An utterance in the mean. Energy is an estimate of the arithmetic alone: 0.9 pJ an "
        "addition, 3.7 a multiplication of 32-bit floats in 45 nm (Horowitz 2014, ISSCC, 10); neurons' own "
        "steps and memory, which take more, are on neither side.</p>" + table(["", "number", "energy"], rows)
    )
