"""Figures as SVG, so that a page needs nothing beside itself."""

from __future__ import annotations

import html
from collections.abc import Sequence

BLUE, GREY, GREEN, RED = "#2b6cb0", "#a0aec0", "#2f855a", "#c53030"
_BAR, _LEFT, _WIDE = 24, 210, 380


def text(value: object) -> str:
    """``value`` as it may stand in HTML."""
    return html.escape(str(value))


def bars(rows: Sequence[tuple[str, float, float, str, str]], most: float, title: str) -> str:
    """Horizontal bars of (name, value, deviation, colour, what stands beside); ``most`` is full length."""
    height = _BAR * len(rows) + 8
    parts = [
        f"<svg class='bars' role='img' aria-label='{text(title)}' width='{_LEFT + _WIDE + 170}' "
        f"height='{height}'>"
    ]
    for k, (name, value, spread, colour, beside) in enumerate(rows):
        y, scale = _BAR * k + 4, _WIDE / most if most > 0.0 else 0.0
        wide, low, high = (max(0.0, min(v, most)) * scale for v in (value, value - spread, value + spread))
        middle = y + _BAR / 2 - 2
        parts.append(f"<text x='{_LEFT - 8}' y='{y + 15}' text-anchor='end'>{text(name)}</text>")
        parts.append(f"<rect x='{_LEFT}' y='{y}' width='{wide:.1f}' height='{_BAR - 6}' fill='{colour}'/>")
        if spread > 0.0:
            parts.append(
                f"<line x1='{_LEFT + low:.1f}' x2='{_LEFT + high:.1f}' y1='{middle}' y2='{middle}' "
                "stroke='#1a202c' stroke-width='2'/>"
            )
        at = _LEFT + max(wide, high) + 8
        parts.append(f"<text x='{at:.1f}' y='{y + 15}'>{text(beside)}</text>")
    return "".join([*parts, "</svg>"])


def curve(series: Sequence[tuple[str, str, Sequence[tuple[float, float]]]], across: str, up: str) -> str:
    """Lines (name, colour, points) with x from 0 to 1 and y between the least and the largest of all."""
    values = [y for _, _, points in series for _, y in points]
    low, high = min(values), max(values)
    margin = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    low, high = low - margin, high + margin
    wide, tall, left, top = 420, 200, 60, 10

    def at(x: float, y: float) -> tuple[float, float]:
        return left + x * wide, top + tall * (high - y) / (high - low)

    size = f"width='{left + wide + 150}' height='260'"
    parts = [f"<svg class='curve' role='img' aria-label='{text(up)}' {size}>"]
    for k in range(5):
        y = low + (high - low) * k / 4
        x0, line = at(0.0, y)
        parts.append(f"<line x1='{x0}' x2='{x0 + wide}' y1='{line:.1f}' y2='{line:.1f}' stroke='#e2e8f0'/>")
        parts.append(f"<text x='{x0 - 6}' y='{line + 4:.1f}' text-anchor='end'>{y:.3g}</text>")
        x, bottom = at(k / 4, low)
        parts.append(f"<text x='{x}' y='{bottom + 18:.1f}' text-anchor='middle'>{k * 25} %</text>")
    for name, colour, points in series:
        dots = [at(x, y) for x, y in points]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        parts.append(f"<polyline points='{way}' fill='none' stroke='{colour}' stroke-width='2'/>")
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{colour}'/>" for x, y in dots]
        x, y = dots[-1]
        parts.append(f"<text x='{x + 8:.1f}' y='{y + 4:.1f}' fill='{colour}'>{text(name)}</text>")
    at_middle = f"x='{left + wide / 2}' y='{top + tall + 40}' text-anchor='middle'"
    parts.append(f"<text {at_middle}>{text(across)}</text>")
    return "".join([*parts, "</svg>"])


def table(head: Sequence[str], rows: Sequence[Sequence[str]], shades: Sequence[Sequence[float]] = ()) -> str:
    """A table; ``shades`` from 0 to 1 colour all cells but the first of each row."""
    top = "".join(f"<th>{text(cell)}</th>" for cell in head)
    body = []
    for k, row in enumerate(rows):
        cells = [f"<td>{text(row[0])}</td>"]
        for n, cell in enumerate(row[1:]):
            shade = f" style='background:rgba(43,108,176,{shades[k][n]:.2f})'" if shades else ""
            cells.append(f"<td{shade}>{text(cell)}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table>"
