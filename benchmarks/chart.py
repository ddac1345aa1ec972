"""Draws the speed chart of the README from the figures that are kept in README.md beside this file.

`python -m benchmarks --chart` measures nothing: the picture shows what the table says.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from benchmarks.report import README

CHART = README.parents[1] / "docs" / "pictures" / "speed.svg"
# Rows of the table, and what the picture calls them.
ROWS = {
    "encode C, 480x640 object": "encode a mask, C order",
    "encode (N,H,W), 100 objects": "encode 100 masks",
    "decode (N,H,W), batch of 100": "decode 100 masks",
    "939 polygons, lists": "939 polygons to masks",
    "merge 100": "unite 100 masks",
    "IoU 300x300": "IoU, 300 x 300 masks",
    "box IoU 1000x1000": "IoU, 1000 x 1000 boxes",
    "label map -> 12 masks": "label map to masks",
    "open a document of 25 MB": "open 25 MB of JSON",
}
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
OURS = ("cocodec drop-in", "cocodec")
_TIME = re.compile(r"([\d.e+-]+) (ns|us|ms|s)\b")


def seconds(cell: str) -> float | None:
    """The time that a cell of the table begins with."""
    found = _TIME.match(cell.strip("* "))
    return None if found is None else float(found[1]) * UNITS[found[2]]


def ratios(table: str) -> list[tuple[str, float, str, float]]:
    """For each row: its label, how many times as fast cocodec is, the best peer, and its ratio."""
    lines = [line.strip().strip("|").split(" | ") for line in table.splitlines() if "|" in line]
    head = next([c.strip() for c in line] for line in lines if line[0].strip() == "operation")
    peers = head[2 : head.index(OURS[0])]
    found = []
    for line in lines:
        label = ROWS.get(line[0].strip())
        if label is None or any(label == row[0] for row in found):
            continue  # of several tables the first one is shown
        times = {name: seconds(cell) for name, cell in zip(head, line, strict=False)}
        reference = times["pycocotools"]
        # The bold cell is the one that the goal is held against: the chart shows that one.
        bold = [c for n, c in zip(head, line, strict=False) if n in OURS and "**" in c]
        best = seconds(bold[0])
        rivals = [(t, name) for name in peers if (t := times[name]) is not None]
        assert reference is not None
        assert best is not None
        time, name = min(rivals)
        found.append((label, reference / best, name, reference / time))
    missing = set(ROWS.values()) - {row[0] for row in found}
    if missing:
        raise SystemExit(f"benchmarks/README.md has no row for: {', '.join(sorted(missing))}")
    return found


def chart(rows: list[tuple[str, float, str, float]]) -> str:
    """Two bars a row, on a logarithmic scale that begins at 0.3."""

    def x(ratio: float) -> float:
        return 190 + 400 * math.log10(max(ratio, 0.3) / 0.3) / math.log10(100 / 0.3)

    body = ""
    bottom = 44 + 34 * len(rows)
    for tick in (1, 3, 10, 30, 100):
        body += f'<path class="grid" d="M{x(tick):.1f} 34V{bottom}"/>'
        body += f'<text class="small" x="{x(tick) - 8:.1f}" y="{bottom + 14}">{tick}x</text>'
    for i, (label, ours, peer, theirs) in enumerate(rows):
        y = 40 + 34 * i
        body += f'<text x="182" y="{y + 17}" text-anchor="end">{label}</text>'
        for top, ratio, kind, said in (
            (y, ours, "ours", f"{ours:.3g}x"),
            (y + 13, theirs, "peer", f"{theirs:.3g}x {peer}"),
        ):
            wide = x(ratio) - 190
            body += f'<rect class="{kind}" x="190" y="{top}" width="{wide:.1f}" height="11"/>'
            body += f'<text class="small" x="{194 + wide:.1f}" y="{top + 9.5:g}">{said}</text>'
    title = "How many times as fast as pycocotools: cocodec, and the best other library"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{bottom + 26}" '
        f'viewBox="0 0 720 {bottom + 26}" role="img"><title>{title}</title>'
        "<style>text{font:13px sans-serif;fill:#444}.small{font-size:11px;fill:#666}"
        ".ours{fill:#d9480f}.peer{fill:#9aa5b8}.grid{stroke:#e2e6ee}</style>"
        '<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="12" y="20">{title} (one core)</text>{body}</svg>\n'
    )


def write(path: Path = CHART) -> None:
    """Write the picture."""
    path.write_text(chart(ratios(README.read_text(encoding="utf-8"))), encoding="utf-8")
