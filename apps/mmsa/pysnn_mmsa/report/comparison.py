"""The comparison of fusions as a page, and as a figure of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..compare import rows_of
from ..outcome import SHOWN, shown
from .draw import BLUE, GREEN, bars, curve, table, text
from .page import html

COLOURS = (BLUE, "#c05621", GREEN, "#6b46c1", "#b7791f", "#c53030", "#2c7a7b", "#702459")


def figure(found: Mapping[str, Any]) -> str:
    """SVG: the main metric of every fusion beside the floors."""
    main, floor = found["main"], found["floors"]
    rows = []
    for one in found["fusions"]:
        value = one["test"][main]
        beside = f"{shown(main, value['mean'])} ± {shown(main, value['std'])}"
        rows.append((one["fusion"], value["mean"] or 0.0, value["std"] or 0.0, BLUE, beside))
    for name, key in (("linear (floor)", "linear"), ("constant (floor)", "majority")):
        rows.append((name, floor[key], 0.0, GREEN, shown(main, floor[key])))
    most = 1.0 if main == "accuracy" else max(row[1] for row in rows)
    return bars(rows, most, "fusions")


def page(found: Mapping[str, Any]) -> str:
    """HTML that opens offline."""
    main = found["main"]
    title = SHOWN[found["task"]][main]
    head, rows = rows_of(dict(found))
    cells = [
        [one["fusion"], *(shown(main, value) for value in row)]
        for one, row in zip(found["fusions"], rows, strict=True)
    ]
    levels = [0.0, *(point["deviations"] for point in found["fusions"][0]["noise"])]
    series = []
    for k, one in enumerate(found["fusions"]):
        values = [one["test"][main]["mean"], *(point["mean"] for point in one["noise"])]
        points = [(level / levels[-1], value or 0.0) for level, value in zip(levels, values, strict=True)]
        series.append((one["fusion"], COLOURS[k % len(COLOURS)], points))
    return html(
        f"mmsa: fusions on {found['dataset']}",
        [
            f"<h1>Fusions on {text(found['dataset'])}</h1>",
            f"<p class='note'>{text(found['note'])}</p>" if found["note"] else "",
            f"<h2>{text(title)}</h2><p>Lines are the deviation over {len(found['seeds'])} seeds.</p>",
            figure(found),
            "<h2>Without a modality, and with noise</h2><p>without: missing at the test; learnt_without: it "
            "was not there in training either; noise: normal, in standard deviations of each feature, at the "
            f"test.</p><div class='wide'>{table(head, cells)}</div>",
            curve(series, f"noise, 100 % = {levels[-1]:g} deviations", title),
        ],
    )
