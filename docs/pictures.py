"""Draws the pictures of README and docs as SVG, from real masks: `python docs/pictures.py`.

Every ring and every run in them is what cocodec gives for the mask that is shown; the test
tests/docs/test_docs.py draws them again and compares.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocodec import RleArray

FOLDER = Path(__file__).resolve().parent / "pictures"
CELL = 18
STYLE = (
    "<style>text{font:13px sans-serif;fill:#555}.on{fill:#5b8def}.off{fill:#eceff4}"
    ".ring{fill:#5b8def55;stroke:#d9480f;stroke-width:2.5;fill-rule:evenodd}"
    ".node{fill:#d9480f}</style>"
)


def ring_with_hole() -> NDArray[np.uint8]:
    mask = np.zeros((10, 12), np.uint8)
    mask[1:9, 1:11] = 1
    mask[3:7, 4:8] = 0
    mask[1, 1] = mask[1, 10] = mask[8, 1] = mask[8, 10] = 0
    return mask


def pixels(mask: NDArray[np.uint8], x: int, y: int) -> str:
    parts = []
    for row, column in np.ndindex(*mask.shape):
        kind = "on" if mask[row, column] else "off"
        parts.append(
            f'<rect class="{kind}" x="{x + column * CELL + 0.5:g}" y="{y + row * CELL + 0.5:g}" '
            f'width="{CELL - 1}" height="{CELL - 1}"/>'
        )
    return "".join(parts)


def rings(polygons: list[list[float]], x: int, y: int) -> str:
    parts = []
    for ring in polygons:
        points = [(x + a * CELL, y + b * CELL) for a, b in zip(ring[::2], ring[1::2], strict=True)]
        listed = " ".join(f"{a:g},{b:g}" for a, b in points)
        parts.append(f'<polygon class="ring" points="{listed}"/>')
        parts += [f'<circle class="node" cx="{a:g}" cy="{b:g}" r="3"/>' for a, b in points]
    return "".join(parts)


def svg(width: int, height: int, title: str, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img"><title>{title}</title>'
        f'{STYLE}<rect width="100%" height="100%" fill="#fff"/>{body}</svg>\n'
    )


def there_and_back() -> str:
    """A mask with a hole, the one ring that tells it, and the mask that the ring gives."""
    mask = ring_with_hole()
    rles = RleArray.encode(mask)
    polygons = rles.to_polygons()
    back = RleArray.from_polygons(polygons, rles.sizes).decode()[0]
    assert (back == mask).all()
    wide, high = mask.shape[1] * CELL, mask.shape[0] * CELL
    step = wide + 44
    body = ""
    for i, (drawn, text) in enumerate(
        (
            (pixels(mask, 12, 34), "a mask with a hole"),
            (rings(polygons[0], 12 + step, 34), "one ring; a bridge leads to the hole"),
            (pixels(back, 12 + 2 * step, 34), "the same mask back, bit for bit"),
        )
    ):
        body += f'<text x="{12 + i * step}" y="22">{text}</text>{drawn}'
        if i:
            body += f'<text x="{12 + i * step - 32}" y="{34 + high // 2 + 5}">&#8594;</text>'
    return svg(2 * step + wide + 24, high + 46, "mask, ring with a bridge, mask", body)


def runs() -> str:
    """The runs of a small mask, column by column."""
    mask = np.zeros((4, 5), np.uint8)
    mask[1:3, 1:4] = 1
    rles = RleArray.encode(mask)
    body = pixels(mask, 12, 34) + '<text x="12" y="22">read down each column</text>'
    x, on = 150, False
    for count in rles.counts.tolist():
        kind = "on" if on else "off"
        body += f'<rect class="{kind}" x="{x}" y="52" width="{count * CELL - 2}" height="18"/>'
        body += f'<text x="{x + count * CELL / 2 - 7:g}" y="88">{count}</text>'
        x, on = x + count * CELL, not on
    text = rles.to_coco()[0]["counts"]
    body += '<text x="150" y="22">runs: pixels off, on, off, ...</text>'
    body += f'<text x="150" y="34">as text: {text}</text>'
    return svg(x + 16, 122, "a mask and its runs", body)


def rule() -> str:
    """A slanted ring over the pixels that it gives."""
    ring = [1.2, 1.1, 9.6, 2.4, 6.1, 8.3]
    mask = RleArray.from_polygons([[ring]], [[10, 12]]).decode()[0]
    body = '<text x="12" y="22">a ring, and the pixels that are in its mask</text>'
    body += pixels(mask, 12, 34) + rings([ring], 12, 34)
    return svg(330, 226, "a ring and its pixels", body)


PICTURES = {"there-and-back.svg": there_and_back, "runs.svg": runs, "rule.svg": rule}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
