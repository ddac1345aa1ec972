"""Charts as SVG, and tables, for pages without scripts: every text in them is escaped here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

__all__ = ["Bar", "Markup", "Series", "bars", "figure", "histogram", "lines", "table", "tag"]


class Markup(str):
    """A text that is HTML already."""

    __slots__ = ()


class Series(NamedTuple):
    """A line: its name, and its points."""

    name: str
    points: Sequence[tuple[float, float]]


class Bar(NamedTuple):
    """A row of a bar chart: its name, what stands behind the bar, and its parts, in order."""

    name: str
    said: str
    parts: Sequence[float]


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """Spell an element; children that are no `Markup` are texts. ``class_`` is ``class``."""
    spelled = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_said(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(one if isinstance(one, Markup) else escape(_said(one)) for one in children)
    return Markup(f"<{name}{spelled}>{inner}</{name}>")


def _said(value: object) -> str:
    """Spell a number short, and leave out what no HTML may hold."""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return "".join(char if char >= " " or char in "\t\n" else "\ufffd" for char in str(value))


def figure(title: str, chart: Markup) -> Markup:
    """Put a caption under a chart."""
    return tag("figure", chart, tag("figcaption", title))


def _svg(size: tuple[float, float], title: str, *children: Markup) -> Markup:
    width, height = size
    return tag(
        "svg",
        tag("title", title),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_said(float(width))} {_said(float(height))}",
        width=width,
        height=height,
        role="img",
        aria_label=title,
    )


def _text(x: float, y: float, text: object, anchor: str = "start", class_: str = "") -> Markup:
    return tag("text", text, x=x, y=y, text_anchor=anchor, class_=class_ or None)


def lines(
    series: Sequence[Series], *, title: str, x: str, y: str, size: tuple[int, int] = (420, 320)
) -> Markup:
    """Draw lines in a square from 0 to 1, as precision over recall is."""
    width, height = size
    left, right, top, bottom = 42.0, width - 10.0, 10.0, height - 40.0 - 14 * len(series)

    def place(px: float, py: float) -> tuple[float, float]:
        return left + px * (right - left), bottom - py * (bottom - top)

    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        tx, ty = place(tick, tick)
        parts.append(tag("line", x1=left, y1=ty, x2=right, y2=ty, class_="axis"))
        parts.append(_text(left - 5, ty + 4, tick, "end", "faint"))
        parts.append(_text(tx, bottom + 14, tick, "middle", "faint"))
    parts.append(_text((left + right) / 2, bottom + 30, x, "middle", "faint"))
    parts.append(
        tag("text", y, x=12, y=(top + bottom) / 2, text_anchor="middle", class_="faint",
            transform=f"rotate(-90 12 {_said((top + bottom) / 2)})")
    )  # fmt: skip
    for number, one in enumerate(series):
        points = " ".join(f"{_said(a)},{_said(b)}" for a, b in (place(*p) for p in one.points))
        parts.append(tag("polyline", points=points, class_=f"line s{number % 4}"))
        at = bottom + 44 + 14 * number
        parts.append(
            tag("line", x1=left, y1=at - 4, x2=left + 18, y2=at - 4, class_=f"line s{number % 4}")
        )
        parts.append(_text(left + 24, at, one.name))
    return _svg((width, height), title, *parts)


def _legend(names: Sequence[str], left: float) -> list[Markup]:
    """Names beside each other, with the colours of their parts."""
    parts, at = [], left
    for number, name in enumerate(names):
        parts.append(tag("rect", x=at, y=4, width=10, height=10, class_=f"b{number % 4}"))
        parts.append(_text(at + 14, 13, name))
        at += 30 + 6.5 * len(name)
    return parts


def bars(rows: Sequence[Bar], *, title: str, legend: Sequence[str] = ()) -> Markup:
    """Draw a bar a row; its parts follow each other."""
    width, left, right, step = 640.0, 190.0, 540.0, 18.0
    most = max((sum(row.parts) for row in rows), default=0) or 1.0
    above = 20.0 if legend else 4.0
    parts = _legend(legend, left)
    for number, row in enumerate(rows):
        y = above + number * step
        name = row.name if len(row.name) <= 28 else row.name[:25] + "..."
        parts.append(_text(left - 6, y + 13, name, "end"))
        x = left
        for part, value in enumerate(row.parts):
            long = max(0.0, value) / most * (right - left)
            parts.append(
                tag("rect", x=x, y=y + 3, width=long, height=step - 5, class_=f"b{part % 4}")
            )
            x += long
        parts.append(_text(x + 5, y + 13, row.said, class_="faint"))
    return _svg((width, above + len(rows) * step + 4), title, *parts)


def histogram(
    columns: Sequence[Bar],
    *,
    title: str,
    legend: Sequence[str] = (),
    size: tuple[int, int] = (640, 240),
) -> Markup:
    """Draw a column a bin; `Bar.name` stands below it."""
    width, height = size
    left, right, top, bottom = 50.0, width - 8.0, 24.0, height - 24.0
    most = max((sum(one.parts) for one in columns), default=0) or 1.0
    step = (right - left) / max(1, len(columns))
    every = max(1, math.ceil(len(columns) * 44 / (right - left)))
    parts = [tag("line", x1=left, y1=bottom, x2=right, y2=bottom, class_="axis")]
    parts.append(_text(left - 5, top + 4, f"{most:,.0f}", "end", "faint"))
    parts.append(_text(left - 5, bottom, 0, "end", "faint"))
    parts += _legend(legend, left)
    for number, one in enumerate(columns):
        x, y = left + number * step, bottom
        for part, value in enumerate(one.parts):
            tall = value / most * (bottom - top)
            y -= tall
            parts.append(
                tag("rect", tag("title", one.said), x=x + 1, y=y, width=max(1.0, step - 2),
                    height=tall, class_=f"b{part % 4}")
            )  # fmt: skip
        if number % every == 0:
            parts.append(_text(x, bottom + 14, one.name, "start", "faint"))
    return _svg((width, height), title, *parts)


def table(
    header: Sequence[str], rows: Sequence[Sequence[Any]], *, caption: str = "", heat: bool = False
) -> Markup:
    """Spell a table whose first cell of a row names it; `heat` shades numbers by their size."""
    numbers = [v for row in rows for v in row[1:] if isinstance(v, (int, float))]
    most = max(numbers, default=0)
    body = []
    for first, *rest in rows:
        cells = [tag("th", first, scope="row")]
        for value in rest:
            level = 0
            if heat and isinstance(value, (int, float)) and value > 0:
                level = min(4, 1 + int(3.999 * math.log1p(value) / math.log1p(most)))
            said = f"{value:,}" if isinstance(value, int) else value
            cells.append(tag("td", said, class_=f"h{level}" if level else None))
        body.append(tag("tr", *cells))
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in header)))
    inner = tag("table", *([tag("caption", caption)] if caption else []), head, tag("tbody", *body))
    return tag(
        "div", inner, class_="scroll", tabindex=0, role="region", aria_label=caption or "table"
    )
