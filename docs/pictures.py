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
SMALL = 14
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


def blob() -> NDArray[np.uint8]:
    """A shape with a hole, a notch, a thin arm and a speck."""
    mask = np.zeros((10, 12), np.uint8)
    mask[2:8, 1:8] = 1
    mask[4:6, 3:5] = 0
    mask[2, 5:7] = 0
    mask[6, 8:11] = 1
    mask[1, 10] = 1
    return mask


def changes(before: NDArray[np.uint8], after: NDArray[np.uint8], x: int, y: int) -> str:
    """Pixels that stay, come and go."""
    kinds = {(0, 0): "off", (1, 1): "on", (0, 1): "new", (1, 0): "gone"}
    parts = []
    for row, column in np.ndindex(*after.shape):
        was = row < before.shape[0] and column < before.shape[1] and before[row, column]
        kind = kinds[int(was), int(after[row, column])]
        parts.append(
            f'<rect class="{kind}" x="{x + column * SMALL + 0.5:g}" y="{y + row * SMALL + 0.5:g}" '
            f'width="{SMALL - 1}" height="{SMALL - 1}"/>'
        )
    return "".join(parts)


def grid_of(shown: list[tuple[str, str]], columns: int, title: str) -> str:
    """Titled drawings in rows; each is drawn in a cell of its own."""
    wide, high = 12 * SMALL + 30, 12 * SMALL + 44
    body = ""
    for i, (text, drawn) in enumerate(shown):
        x, y = 12 + i % columns * wide, 24 + i // columns * high
        body += f'<g transform="translate({x} {y})"><text x="0" y="-8">{text}</text>{drawn}</g>'
    rows = -(-len(shown) // columns)
    style = "<style>.new{fill:#37b24d}.gone{fill:#ffc9c9}</style>"
    return svg(12 + columns * wide, rows * high + 4, title, style + body)


def changed(names: dict[str, RleArray], columns: int, title: str) -> str:
    mask = blob()
    shown = [("the mask", changes(mask, mask, 0, 0))]
    for name, after in names.items():
        shown.append((name, changes(mask, after.decode()[0], 0, 0)))
    return grid_of(shown, columns, title)


def morphology() -> str:
    mask = RleArray.encode(blob())
    return changed(
        {
            "dilate(3)": mask.dilate(3),
            "erode(3)": mask.erode(3),
            "open(3)": mask.open(3),
            "close(3)": mask.close(3, border="ignore"),
            'dilate(3, shape="cross")': mask.dilate(3, shape="cross"),
            'dilate(2, shape="disk")': mask.dilate(2, shape="disk"),
            "outline()": mask.outline(),
        },
        4,
        "what morphology makes of a mask: green pixels come, red ones go",
    )


def borders() -> str:
    """What lies outside of the image, of a mask that reaches its side; and steps that repeat."""
    mask = RleArray.encode(blob()).shift(-1, 0)
    before = mask.decode()[0]
    shown = {
        "at the left side": mask,
        "erode(3)": mask.erode(3),
        'erode(3, border="ignore")': mask.erode(3, border="ignore"),
        'dilate, border="foreground"': mask.dilate(3, border="foreground"),
        "close(3)": mask.close(3),
        'close(3, border="ignore")': mask.close(3, border="ignore"),
        "dilate(3, iterations=2)": mask.dilate(3, iterations=2),
        "outline(connectivity=8)": mask.outline(connectivity=8),
    }
    drawn = [(name, changes(before, after.decode()[0], 0, 0)) for name, after in shown.items()]
    return grid_of(drawn, 4, "what lies outside of the image: green pixels come, red ones go")


def coloured(masks: RleArray) -> str:
    """Each mask in a colour of its own, above those before it."""
    nothing = np.zeros(masks.sizes[0], np.uint8)
    body = changes(nothing, nothing, 0, 0)
    for number, mask in enumerate(masks.decode(layout="NHW")):
        for row, column in zip(*np.nonzero(mask), strict=True):
            body += (
                f'<rect class="part{number % 4}" x="{column * SMALL + 0.5:g}" '
                f'y="{row * SMALL + 0.5:g}" width="{SMALL - 1}" height="{SMALL - 1}"/>'
            )
    return body


def several() -> str:
    """Parts of one mask, and what becomes of masks that overlap."""
    corners = np.zeros((10, 12), np.uint8)
    corners[1:4, 1:5], corners[4:7, 5:8], corners[7:9, 9:11] = 1, 1, 1
    one = RleArray.encode(corners)
    boxes = [[1, 1, 6, 5], [2, 2, 6, 5], [7, 5, 4, 4]]
    masks, scores = RleArray.from_boxes(boxes, (10, 12)), [0.9, 0.8, 0.7]
    shares = {
        name: masks[:1].overlap(masks[1:2], measure=name)[0, 0] for name in ("iou", "iomin", "dice")
    }
    kept, lowered = masks.soft_nms(scores)
    soft = ", ".join(f"{score:.2f}" for score in lowered[np.argsort(kept)])
    said = ", ".join(f"{name} {share:.2f}" for name, share in shares.items())
    shown = [
        ("components: 4", coloured(one.connected_components(4).masks)),
        ("components: 8", coloured(one.connected_components(8).masks)),
        ("scores 0.9, 0.8, 0.7", coloured(masks)),
        (said.replace(", dice", ","), coloured(masks[:2])),
        ("nms(scores, 0.4)", coloured(masks[masks.nms(scores, 0.4)])),
        ("merge_nms(scores, 0.4)", coloured(masks.merge_nms(scores, 0.4)[0])),
        (f"soft_nms: {soft}", coloured(masks)),
        (
            "to_label_map([1, 2, 3])",
            coloured(RleArray.from_label_map(masks.to_label_map([1, 2, 3]))[0]),
        ),
    ]
    colours = ("5b8def", "37b24d", "f59f00", "ae3ec9")
    style = "".join(f".part{i}{{fill:#{colour};opacity:.8}}" for i, colour in enumerate(colours))
    return grid_of(shown, 4, "parts, overlaps and suppression").replace(
        "</style>", style + "</style>", 1
    )


def parts() -> str:
    mask = RleArray.encode(blob())
    return changed(
        {
            "fill_holes()": mask.fill_holes(),
            "fill_holes(3)": mask.fill_holes(3),
            "remove_small(2)": mask.remove_small(2),
            "largest_component()": mask.largest_component(),
            "shift(1, 2)": mask.shift(1, 2),
            'flip("horizontal")': mask.flip("horizontal"),
            'flip("vertical")': mask.flip("vertical"),
            "fill_holes(connectivity=8)": mask.fill_holes(connectivity=8),
            "remove_small(4)": mask.remove_small(4),
            "convex hull as a mask": RleArray.from_polygons(
                [[ring.ravel().tolist()] for ring in mask.convex_hull()], mask.sizes
            ),
            "boundary(0.05)": mask.boundary(0.05),
        },
        4,
        "parts, holes and places of a mask: green pixels come, red ones go",
    )


def placed() -> str:
    """Operations whose result has another size, drawn by themselves."""
    mask = RleArray.encode(blob())
    turned = [[0.8, -0.6, 4], [0.6, 0.8, -2]]
    grid = np.array([[[0.1, 0.9, 0.2], [0.8, 0.9, 0.7], [0.1, 0.9, 0.2]]], np.float32)
    shown = {
        "the mask": mask,
        "transpose()": mask.transpose(),
        "rotate90()": mask.rotate90(),
        "resize((5, 6))": mask.resize((5, 6)),
        'resize((5, 6), rule="area")': mask.resize((5, 6), rule="area"),
        "crop([2, 3, 7, 5])": mask.crop([2, 3, 7, 5]),
        "crop([-2, 5, 8, 7])": mask.crop([-2, 5, 8, 7]),
        "crop_to_bbox()": mask.largest_component().crop_to_bbox()[0],
        "pad(0, 0, 0, 2)": mask.crop([0, 0, 12, 8]).pad(0, 0, 0, 2),
        "uncrop([3, 2], (10, 12))": mask.crop([1, 2, 7, 6]).uncrop([3, 2], (10, 12)),
        "warp_affine(...)": mask.warp_affine(turned, (11, 12)),
        "paste(3 x 3 scores, box)": RleArray.paste(grid, [[1, 1, 9, 8]], (10, 12)),
    }
    drawings = []
    for name, after in shown.items():
        dense = after.decode()[0]
        drawings.append((name, changes(dense, dense, 0, 0)))
    return grid_of(drawings, 4, "masks turned, scaled, cut and pasted")


def sides(mask: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Column and row of where neighbours in a row differ: the sides between them."""
    padded = np.pad(mask, 1).astype(np.int8)
    rows, columns = np.nonzero(np.diff(padded, axis=1))
    return [(int(x), int(y) - 1) for x, y in zip(columns, rows, strict=True)]


def measures() -> str:
    """What is read off a mask, drawn over it."""
    mask = RleArray.encode(blob()).largest_component()
    dense = mask.decode()[0]
    x, y, width, height = (v * SMALL for v in mask.largest_inner_rectangle()[0].tolist())
    corners = " ".join(f"{a * SMALL},{b * SMALL}" for a, b in mask.convex_hull()[0].tolist())
    centre = [(v + 0.5) * SMALL for v in mask.centroid()[0].tolist()]
    points = [[(v + 0.5) * SMALL for v in p] for p in mask.extreme_points()[0].tolist()]
    edges = "".join(
        f'<path d="M{x * SMALL} {y * SMALL}{way}{SMALL}" stroke="#d9480f" stroke-width="2"/>'
        for way, found in (("v", sides(dense)), ("h", [(y, x) for x, y in sides(dense.T)]))
        for x, y in found
    )
    angle = mask.orientation()[0]
    across, down = 60 * np.cos(angle), 60 * np.sin(angle)
    spots = np.array([[2.5, 3.5], [4.2, 5.1], [9.5, 6.5], [10.5, 2.5]])
    over = {
        "largest_inner_rectangle()": f'<rect class="ring" x="{x:g}" y="{y:g}" width="{width:g}" '
        f'height="{height:g}"/>',
        "convex_hull()": f'<polygon class="ring" points="{corners}"/>',
        "centroid()": f'<circle class="node" cx="{centre[0]:.2f}" cy="{centre[1]:.2f}" r="5"/>',
        "extreme_points()": "".join(
            f'<circle class="node" cx="{a:g}" cy="{b:g}" r="5"/>' for a, b in points
        ),
        f"perimeter(): {mask.perimeter()[0]}": edges,
        f"orientation(): {angle:.2f}": f'<path d="M{centre[0] - across:.2f} '
        f'{centre[1] - down:.2f}L{centre[0] + across:.2f} {centre[1] + down:.2f}" '
        'stroke="#d9480f" stroke-width="3"/>',
        "contains(points)": "".join(
            f'<circle cx="{a * SMALL:g}" cy="{b * SMALL:g}" r="5" stroke="#d9480f" '
            f'stroke-width="2" fill="{"#d9480f" if inside else "#fff"}"/>'
            for (a, b), inside in zip(spots.tolist(), mask.contains(spots)[0], strict=True)
        ),
        f"m00, m10, m01: {', '.join(f'{m:g}' for m in mask.moments()[0, :3])}": "",
    }
    under = changes(dense, dense, 0, 0)
    return grid_of([(name, under + drawn) for name, drawn in over.items()], 4, "measures of a mask")


PICTURES = {
    "there-and-back.svg": there_and_back,
    "runs.svg": runs,
    "rule.svg": rule,
    "morphology.svg": morphology,
    "borders.svg": borders,
    "several.svg": several,
    "parts.svg": parts,
    "placed.svg": placed,
    "measures.svg": measures,
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
